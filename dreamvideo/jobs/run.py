"""Run a job to its end."""

from __future__ import annotations

import contextlib
import shlex
import signal
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dreamvideo.errors import DreamVideoError, StoppedError
from dreamvideo.jobs.disk import check_room
from dreamvideo.jobs.drive import Drive
from dreamvideo.jobs.early import EarlyResult
from dreamvideo.jobs.executors import open_executor
from dreamvideo.jobs.finish import ResultOpener, finish, is_finished
from dreamvideo.jobs.lock import Lock, locked
from dreamvideo.jobs.opening import job_target
from dreamvideo.jobs.stop import StopNow, stop_on_signals
from dreamvideo.jobs.store import Job
from dreamvideo.jobs.worker import RendererOpener, forget_renderer
from dreamvideo.media.frame import Frame
from dreamvideo.progress import OnProgress, Progress, silent

TRIES = 3
LEASE = 600.0
"""Seconds without a frame after which a worker counts as hung; the first frame includes loading the network."""


def run_job(
    job: Job,
    open_renderer: RendererOpener,
    open_result: ResultOpener,
    *,
    target: Path | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    overwrite: bool = False,
    force: bool = False,
    keep: bool = False,
    tries: int = TRIES,
    lease: float = LEASE,
    on_progress: OnProgress = silent,
    stop: Callable[[], bool] | None = None,
) -> Path:
    """Render what is missing, encode the result, and remove the job.

    Args:
        job: from `open_job` or `load_job`.
        open_renderer: makes the renderer, in each process; importable by name.
        open_result: opens the encoder.
        target: where the result goes, on the file system of the job; None: as the job's folder is named.
        workers: render in so many processes; None: in this one, or in one with the threads of the plan where this
            one has others.
        scheduler: address of a Dask scheduler whose workers render instead.
        overwrite: whether a file at the target may be replaced.
        force: begin although the disk seems too small.
        keep: leave the job's folder when the result is done.
        tries: how often a part may fail before it is set aside.
        lease: seconds without a frame after which a worker counts as hung.
        on_progress: told of every frame.
        stop: asked after every frame, such as the `StopSignal` of a caller of `stop_on_signals`; None: signals are
            caught here.

    Returns:
        The target.

    Raises:
        JobLockedError: another process works on the job.
        DiskFullError: the disk is full, or would be.
        WorkerError: some shots could not be made, or the cluster was lost; the rest is kept.
        StoppedError: a signal came; what was finished is kept.
    """
    target = target or job_target(job.path)
    with _asked(stop) as stopping, locked(job.path / "lock") as lock:
        job = Job.load(job.path)  # as it is now that nobody else can touch it
        again = _again(job.path, workers, scheduler)
        run = _Run(job, target, lock, stopping, on_progress, again)
        try:
            if not is_finished(job, target):
                run.render(open_renderer, open_result, workers, scheduler, force=force, tries=tries, lease=lease)
                run.encode(open_result, overwrite)
        except StopNow:
            raise run.stopped() from None
        except DreamVideoError as error:
            if not isinstance(error, StoppedError) and not job.begun:
                job.remove()  # nothing is lost, and a command that is put right is not refused
            raise
        if not keep:
            job.remove()
    return target


@contextlib.contextmanager
def _asked(stop: Callable[[], bool] | None) -> Iterator[Callable[[], bool]]:
    if stop is not None:
        yield stop
    else:
        with stop_on_signals() as caught:
            yield caught


@dataclass
class _Run:
    """One driver at work on a job that it has locked."""

    job: Job
    target: Path
    lock: Lock
    stopping: Callable[[], bool]
    on_progress: OnProgress
    again: str
    """The command that goes on."""
    made: int = 0
    """Frames that stand."""

    @cached_property
    def total(self) -> int:
        """Frames to make."""
        return self.job.plan.rendered

    def render(
        self,
        open_renderer: RendererOpener,
        open_result: ResultOpener,
        workers: int | None,
        scheduler: str | None,
        *,
        force: bool,
        tries: int,
        lease: float,
    ) -> None:
        job, total = self.job, self.total
        self.made = job.sweep()
        if self.made == total:
            return
        early = EarlyResult(job, self.target, open_result)
        executor = open_executor(job.plan, workers, scheduler, partial(self._made_one, early))
        try:
            if not force:
                check_room(job.plan, job.path, total - self.made, executor.slots, self.target.suffix)
            name = uuid.uuid4().hex
            job.begin_run(name)
            self._made_in_all(self.made)
            drive = Drive(
                job,
                executor,
                open_renderer,
                run=name,
                tries=tries,
                lease=lease,
                stopping=self.stopping,
                on_done=self._made_in_all,
            )
            with early:
                drive.render()
        finally:
            job.end_run()
            executor.close()
            forget_renderer()
        if self.stopping() and drive.progress() < total:
            raise self.stopped()
        drive.raise_poisoned()

    def encode(self, open_result: ResultOpener, overwrite: bool) -> None:
        finish(self.job, self.target, open_result, overwrite=overwrite, on_frame=self._encoded)

    def stopped(self) -> StoppedError:
        number = getattr(self.stopping, "signal", None) or signal.SIGINT
        return StoppedError(f"stopped; go on with: {self.again}", str(self.job.path), number)

    def _made_one(self, early: EarlyResult, frame: Frame, pixels: NDArray[np.uint8]) -> None:
        early.write(frame, pixels)
        self._made_in_all(self.made + 1)

    def _made_in_all(self, count: int) -> None:
        """Tell how much is done: never less than before, though a part may have been begun again."""
        self.made = max(self.made, count)
        self.lock.beat()
        if self.stopping():
            self.job.end_run()
        # Until the first frame a network is loaded and, of a dive, a journey is planned.
        self.on_progress(Progress(self.made, self.total, "dream") if self.made else Progress(0, None, "prepare"))

    def _encoded(self, count: int) -> None:
        self.lock.beat()
        self.on_progress(Progress(count, self.job.plan.frames, "encode"))
        if self.stopping():
            raise self.stopped()


def _again(path: Path, workers: int | None, scheduler: str | None) -> str:
    """The command that goes on in the same way."""
    words = ["dreamvideo", "resume", str(path)]
    words += [] if workers is None else ["--workers", str(workers)]
    words += [] if scheduler is None else ["--scheduler", scheduler]
    return shlex.join(words)
