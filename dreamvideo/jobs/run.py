"""Begin a job, find it again, and run it to its end."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dreamvideo.errors import (
    ConfigError,
    DreamVideoError,
    InputNotFoundError,
    JobChangedError,
    OutputError,
    StoppedError,
    printable,
)
from dreamvideo.jobs.disk import check_room
from dreamvideo.jobs.drive import Drive
from dreamvideo.jobs.executors import open_executor
from dreamvideo.jobs.fingerprint import Fingerprint, fingerprint
from dreamvideo.jobs.finish import ResultOpener, finish, is_finished
from dreamvideo.jobs.lock import Lock, locked
from dreamvideo.jobs.plan import Plan, Survey, differences, version_changes
from dreamvideo.jobs.stop import StopNow, stop_on_signals
from dreamvideo.jobs.store import PLAN, Job
from dreamvideo.jobs.worker import RendererOpener, forget_renderer
from dreamvideo.media.parts import LONGEST_NAME
from dreamvideo.progress import OnProgress, Progress, silent

TRIES = 3
LEASE = 600.0
"""Seconds without a frame after which a worker counts as hung; the first frame includes loading the network."""
SUFFIX = ".job"


def job_folder(target: Path) -> Path:
    """Where the job of a target is: beside it, so that moving the result into place is atomic.

    Raises:
        OutputError: the name is too long for a job's folder to be named after it.
    """
    most = LONGEST_NAME - len(SUFFIX)
    if len(os.fsencode(target.name)) > most:
        raise OutputError(
            f"expected a name of at most {most} bytes, so that a job's folder can be named after it, "
            f"got {len(os.fsencode(target.name))} bytes: {printable(target.name)[:40]}..."
        )
    return target.with_name(target.name + SUFFIX)


def has_job(target: Path) -> bool:
    """Whether a job of a target was begun and is not done."""
    return (job_folder(target.absolute()) / PLAN).exists()


def job_target(folder: Path) -> Path:
    """What a job makes: told by its folder's name, never by what is in it.

    Raises:
        ConfigError: no job is named so.
    """
    folder = folder.absolute()
    if not folder.name.endswith(SUFFIX) or folder.name == SUFFIX:
        raise ConfigError(f"expected a job's folder, named TARGET{SUFFIX}, got {folder}")
    return folder.with_name(folder.name.removesuffix(SUFFIX))


def open_job(
    plan: Plan, target: Path, survey: Callable[[], Survey], open_renderer: RendererOpener | None = None
) -> Job:
    """Begin the job of a target, or find it where it was left.

    Args:
        plan: what is wanted now; without shots.
        target: where the result will be.
        survey: looks at the source; called for a new job only.
        open_renderer: tried for a new job only: what it refuses leaves no job behind.

    Raises:
        JobChangedError: there is a job for this target with other input, settings, weights or versions.
        DamagedInputError: the job that is there is damaged.
    """
    path = job_folder(target.absolute())
    if not (path / PLAN).exists():
        plan = plan.surveyed(survey())
        if open_renderer is not None:
            open_renderer(plan)
        return Job.create(path, plan)
    job = Job.load(path)
    _refuse(job, differences(job.plan, plan))
    _settle(job, plan.inputs)
    return job


def load_job(folder: Path) -> Job:
    """Find a job by its folder, and check that it would still make the same frames.

    Raises:
        InputNotFoundError: there is no job, or an input is neither where it was nor as near to the folder as it was.
        JobChangedError: an input or a version has changed since.
        DamagedInputError: the job is damaged.
        RefusedError: the job names files that are none of its business.
    """
    job_target(folder)
    job = Job.load(folder.absolute())
    inputs = {name: _found(job, name) for name in job.plan.inputs}
    same = {name: item.same_content(job.plan.inputs[name]) for name, item in inputs.items()}
    changed = [f"{name}: other content than then" for name in inputs if not same[name]]
    _refuse(job, changed + version_changes(job.plan))
    _settle(job, inputs)
    return job


def _found(job: Job, name: str) -> Fingerprint:
    """An input of a job: where it has the content that it had, or else where there is anything."""
    places = job.plan.places(name, job.path)
    there = [fingerprint(place) for place in places if os.path.lexists(place)]
    if not there:
        raise InputNotFoundError(
            f"no such file: {places[-1]}, the {name} of {job.path}; where it is elsewhere now, repeat the command that "
            "began the job, with its new name"
        )
    return next((item for item in there if item.same_content(job.plan.inputs[name])), there[0])


def _settle(job: Job, inputs: Mapping[str, Fingerprint]) -> None:
    if dict(job.plan.inputs) != dict(inputs) or job.plan.home != str(job.path):
        job.relocate(inputs)


def _refuse(job: Job, changed: list[str]) -> None:
    if changed:
        lines = "\n  ".join(changed)
        raise JobChangedError(
            f"{job.path} was begun otherwise, and its frames would not match:\n  {lines}\n"
            "repeat it as it was, or delete its folder to start again"
        )


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
                run.render(open_renderer, workers, scheduler, force=force, tries=tries, lease=lease)
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
        executor = open_executor(job.plan, workers, scheduler, self._made_one)
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

    def _made_one(self, frame: int) -> None:
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
