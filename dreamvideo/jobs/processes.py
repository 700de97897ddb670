"""Worker processes on this machine, each with its own GPU if there are any."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from dreamvideo.errors import ConfigError
from dreamvideo.jobs.stop import SIGNALS, signals_held
from dreamvideo.jobs.threads import thread_settings
from dreamvideo.jobs.worker import Attempt, Outcome, perform
from dreamvideo.networks.quiet import hush_tensorflow

_ENVIRONMENT = threading.Lock()
_NAME = "dreamvideo-worker-"


@dataclass
class _Worker:
    process: SpawnProcess
    pipe: Connection
    attempt: Attempt | None = None


class Processes:
    """Spawned processes. One that dies is replaced, and its attempt ends with a WorkerError."""

    def __init__(self, workers: int, threads: int) -> None:
        if workers < 1:
            raise ConfigError(f"expected at least one worker, got {workers}")
        self.slots = workers
        self._threads = threads
        self._workers: dict[int, _Worker] = {}

    def submit(self, attempt: Attempt) -> None:
        """Send an attempt to an idle process; start one if there is none."""
        slot = next(
            slot for slot in range(self.slots) if slot not in self._workers or self._workers[slot].attempt is None
        )
        worker = self._workers.get(slot) or self._start(slot)
        worker.attempt = attempt
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # `as_completed` reports its death
            worker.pipe.send(attempt)

    def as_completed(self, timeout: float) -> list[Outcome]:
        """Outcomes that have arrived, and one for each process that died."""
        busy = {slot: worker for slot, worker in self._workers.items() if worker.attempt is not None}
        ready = wait([item for worker in busy.values() for item in (worker.pipe, worker.process.sentinel)], timeout)
        outcomes = []
        for slot, worker in busy.items():
            if worker.pipe in ready or worker.process.sentinel in ready:
                outcomes.append(self._outcome(slot, worker))
        return outcomes

    def _outcome(self, slot: int, worker: _Worker) -> Outcome:
        assert worker.attempt is not None
        name, worker.attempt = worker.attempt.name, None
        with contextlib.suppress(EOFError, OSError):
            if worker.pipe.poll():
                outcome = worker.pipe.recv()
                assert isinstance(outcome, Outcome)
                return outcome
        self._end(slot)
        return Outcome(name, "WorkerError", f"worker process {worker.process.pid} {_death(worker.process.exitcode)}")

    def cancel(self, attempt: Attempt) -> None:
        """Kill the process of an attempt."""
        for slot, worker in list(self._workers.items()):
            if worker.attempt is not None and worker.attempt.name == attempt.name:
                self._end(slot)

    def close(self) -> None:
        """Kill all processes."""
        for slot in list(self._workers):
            self._end(slot)

    def _start(self, slot: int) -> _Worker:
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=_serve, args=(there,), daemon=True, name=f"{_NAME}{slot}")
        with _ENVIRONMENT, environment_set(environment(slot, self._threads)), signals_held():
            process.start()
        there.close()
        self._workers[slot] = _Worker(process, here)
        return self._workers[slot]

    def _end(self, slot: int) -> None:
        worker = self._workers.pop(slot)
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()


def refuse_within_worker() -> None:
    """Refuse to start a job inside a worker process.

    Raises:
        ConfigError: this is a worker, which has imported the main script, as spawned processes do.
    """
    if multiprocessing.current_process().name.startswith(_NAME):
        raise ConfigError(
            'expected a script that begins its work under `if __name__ == "__main__":`, got one that begins it '
            "wherever it is read: each worker process reads it, and would begin the work again"
        )


def gpus() -> list[str]:
    """Names of the NVIDIA GPUs that this process may use, as in CUDA_VISIBLE_DEVICES."""
    if (chosen := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        return [name for name in chosen.split(",") if name]
    folder = Path("/proc/driver/nvidia/gpus")
    return [str(number) for number, _ in enumerate(folder.iterdir())] if folder.is_dir() else []


def environment(slot: int, threads: int) -> dict[str, str]:
    """Environment variables of a worker: TensorFlow's threads, and one GPU."""
    settings = thread_settings(threads)
    if devices := gpus():
        settings |= {"CUDA_VISIBLE_DEVICES": devices[slot % len(devices)], "TF_FORCE_GPU_ALLOW_GROWTH": "true"}
    return settings


@contextlib.contextmanager
def environment_set(settings: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables inside a `with` block."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _death(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with code {code}"


def _serve(pipe: Connection) -> None:
    """Main loop of a worker process. It ignores signals: the driver stops it by the run file, or kills it."""
    hush_tensorflow()
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    with contextlib.suppress(EOFError, OSError):
        while True:
            pipe.send(perform(pipe.recv()))
