"""Executors: the same frames wherever they are made, and no worker's end is a job's end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dreamvideo.errors import ConfigError, InputNotFoundError, RefusedError, WorkerError
from dreamvideo.jobs import Plan, Renderer, job_folder, load_job, open_job, run_job
from dreamvideo.jobs.cluster import checked_address
from dreamvideo.jobs.executors import Inline
from dreamvideo.jobs.processes import Processes, environment
from dreamvideo.jobs.store import Job
from dreamvideo.jobs.threads import cores, leave_a_core
from dreamvideo.jobs.worker import Attempt, Outcome
from tests.toy_dreams import Toy, hashes, plan, start_driver, survey, wait_for_frames

LENGTHS = [9, 4, 12]
WAIT = 60.0


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.bin"
    path.write_bytes(b"frames would be here")
    return path


def render(source: Path, target: Path, workers: int | None = None, lease: float = WAIT, **settings: object) -> str:
    job = open_job(plan(source, **settings), target, lambda: survey(LENGTHS))
    return run_job(job, Toy, hashes, workers=workers, lease=lease).read_text()


def fleeting(plan: Plan) -> Renderer:
    """A source that has gone."""
    raise InputNotFoundError(f"no such file: {plan.inputs['source'].path}")


def test_workers_make_the_same_frames(source: Path, tmp_path: Path) -> None:
    expected = render(source, tmp_path / "inline.txt")
    assert render(source, tmp_path / "one.txt", 1) == expected
    assert render(source, tmp_path / "two.txt", 2) == expected


def test_split_shots_are_the_same_for_any_number_of_workers(source: Path, tmp_path: Path) -> None:
    inline = render(source, tmp_path / "inline.txt", split=5, overlap=2)
    assert render(source, tmp_path / "two.txt", 2, split=5, overlap=2) == inline
    whole = render(source, tmp_path / "whole.txt").splitlines()
    same = [one == other for one, other in zip(inline.splitlines(), whole, strict=True)]
    assert all(same[:21]) and not any(same[21:])  # the last part alone has more past than its warm-up
    assert len(set(inline.splitlines())) == sum(LENGTHS)


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_worker_that_dies_or_hangs_is_replaced(source: Path, tmp_path: Path, how: str) -> None:
    once, began = str(tmp_path / "happened"), time.monotonic()
    render(source, tmp_path / "whole.txt", 2)
    # As long as two workers need here and now to begin, and to end, several times over
    lease = WAIT if how == "kill" else max(5.0, 3 * (time.monotonic() - began))
    text = render(source, tmp_path / "out.txt", 2, lease, how=how, bad_frame=11, once=once)
    assert Path(once).exists()
    assert text == render(source, tmp_path / "inline.txt")


def test_time_that_the_driver_slept_is_no_silence_of_its_workers(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Ctrl-Z, or on a machine that slept, attempts go on; where the driver looks on, silence counts."""
    expected, clock, naps = render(source, tmp_path / "awake.txt"), [0.0], [0]

    class Waiting(Inline):
        def as_completed(self, timeout: float) -> list[Outcome]:
            naps[0] += 1
            clock[0] += pause
            return super().as_completed(timeout) if naps[0] % 40 == 0 else []

        def cancel(self, attempt: Attempt) -> None:
            raise WorkerError("given up")

    monkeypatch.setattr("dreamvideo.jobs.run.open_executor", lambda *_: Waiting())
    monkeypatch.setattr("dreamvideo.jobs.drive.time", SimpleNamespace(monotonic=lambda: clock[0]))
    pause = 5000.0
    assert render(source, tmp_path / "asleep.txt", lease=10.0) == expected
    pause = 0.5
    with pytest.raises(WorkerError, match="given up"):
        render(source, tmp_path / "silent.txt", lease=10.0)


def test_poison_is_set_aside_and_only_it_is_tried_again(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    with pytest.raises(
        WorkerError, match=r"shot 2 \(frames 9 to 12\): worker process \d+ was killed by SIGKILL"
    ) as caught:
        render(source, target, 2, how="kill", bad_frame=10)
    assert caught.value.exit_code == 4 and not target.exists()
    job = load_job(job_folder(target))
    chains = [job.chain(part) for part in job.plan.parts]
    assert [sum(receipt.stop - receipt.first for receipt in chain) for chain in chains] == [9, 0, 12]
    kept = [job.segment_path(receipt) for chain in chains for receipt in chain]
    before = {path: path.stat().st_mtime_ns for path in kept}
    run_job(job, Cured, hashes, workers=1, keep=True)
    assert target.read_text() == render(source, tmp_path / "inline.txt")
    assert all(path.stat().st_mtime_ns == at for path, at in before.items())


class Cured(Toy):
    """The same frames, without the mishap."""

    def _mishap(self, stretch: range, index: int) -> None:
        pass


def test_what_no_other_try_would_help_ends_the_run(source: Path, tmp_path: Path) -> None:
    job = open_job(plan(source), tmp_path / "out.txt", lambda: survey(LENGTHS))
    with pytest.raises(InputNotFoundError, match="no such file") as caught:
        run_job(job, fleeting, hashes, workers=2)
    assert caught.value.exit_code == 3


def test_a_stopped_driver_has_its_workers_commit(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    driver = start_driver(
        target, "--source", source, "--delay", 0.05, "--workers", 2, "--segment", 100, "--shots", 40, 30
    )
    wait_for_frames(driver, 4)
    os.killpg(driver.pid, signal.SIGINT)  # as the terminal does: to workers, too
    _, told = driver.communicate(timeout=WAIT)
    assert driver.returncode == 130, told
    job = Job.load(job_folder(target))
    assert sum(receipt.stop - receipt.first for part in job.plan.parts for receipt in job.chain(part)) >= 4


def test_workers_end_with_their_driver(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    driver = start_driver(target, "--source", source, "--delay", 0.05, "--workers", 2, "--shots", 400, 400)
    wait_for_frames(driver, 4)
    workers = children(driver.pid)
    driver.kill()
    driver.communicate()
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in workers):
        assert time.monotonic() < deadline, "workers outlive their driver"
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    if not path.exists():
        pytest.skip("children of a process are listed on Linux only")
    return [int(child) for child in path.read_text().split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_inline_runs_one_task_at_a_time(source: Path, tmp_path: Path) -> None:
    job = open_job(plan(source), tmp_path / "out.txt", lambda: survey(LENGTHS))
    job.begin_run("run")
    inline = Inline()
    tasks = [Attempt(f"t{part}", str(job.path), job.hash, "run", part, Toy) for part in range(3)]
    for task in tasks:
        inline.submit(task)
    inline.cancel(tasks[1])
    assert [inline.as_completed(0), inline.as_completed(0), inline.as_completed(0)] == [
        [Outcome("t0")],
        [Outcome("t2")],
        [],
    ]


def test_workers_have_the_threads_of_the_plan_and_a_gpu_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5")
    assert [environment(slot, 1)["CUDA_VISIBLE_DEVICES"] for slot in range(3)] == ["2", "5", "2"]
    assert environment(0, 3)["TF_NUM_INTRAOP_THREADS"] == "3"
    with pytest.raises(ConfigError, match="at least one worker"):
        Processes(0, 1)


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8786", "tcp://localhost:8786", "tcp://[::1]:8786", "tls://10.1.2.3:8786"]
)
def test_schedulers_that_may_be_used(address: str) -> None:
    assert checked_address(address).endswith(address)


@pytest.mark.parametrize("address", ["tcp://10.1.2.3:8786", "10.1.2.3:8786", "ws://8.8.8.8:80", "tcp://0.0.0.0:8786"])
def test_a_foreign_scheduler_without_encryption_is_refused(address: str) -> None:
    with pytest.raises(RefusedError, match="tls://") as caught:
        checked_address(address)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "address", ["", "tcp://", "inproc://x/1", "http://127.0.0.1:80", "127.0.0.1", "tcp://127.0.0.1:x"]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ConfigError, match="expected an address"):
        checked_address(address)


def test_a_worker_that_reads_its_script_again_does_not_begin_the_work_again(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As scripts without a guard have it."""
    started: list[Any] = []
    monkeypatch.setattr(SpawnProcess, "start", lambda self: started.append(self))
    processes = Processes(1, 1)
    processes._start(0)
    monkeypatch.setattr(multiprocessing, "current_process", lambda: started[0])
    for begin in (
        lambda: open_job(plan(source), tmp_path / "out.txt", lambda: survey([4])),
        lambda: load_job(tmp_path / "out.txt.job"),
    ):
        with pytest.raises(ConfigError, match=r'if __name__ == "__main__":'):
            begin()


@pytest.mark.parametrize(("told", "expected"), [(None, str(max(1, cores() - 1))), ("5", "5")])
def test_a_film_leaves_a_core_to_what_runs_beside_the_network(
    told: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.environ", {} if told is None else {"TF_NUM_INTRAOP_THREADS": told})
    monkeypatch.setitem(sys.modules, "tensorflow", sys)
    leave_a_core()
    assert os.environ.get("TF_NUM_INTRAOP_THREADS") == told, "TensorFlow has started"
    monkeypatch.delitem(sys.modules, "tensorflow")
    leave_a_core()
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == expected
