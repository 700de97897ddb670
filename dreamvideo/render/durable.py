"""Render as a job, which survives a crash, can be resumed, and may run on several processes or machines.

`jobs/` knows nothing about dreams. `renderers.py` and `result.py` connect the two.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dreamvideo.errors import ConfigError, StoppedError
from dreamvideo.jobs import Plan, RendererOpener, run_job
from dreamvideo.jobs.finish import done_frames
from dreamvideo.jobs.processes import gpus
from dreamvideo.jobs.store import Job
from dreamvideo.jobs.threads import own_threads
from dreamvideo.media import Target
from dreamvideo.media.drafts import LONGEST_NAME
from dreamvideo.progress import OnProgress, Progress, silent
from dreamvideo.render.renderers import open_renderer
from dreamvideo.render.result import Result, open_result
from dreamvideo.render.watched import OnFrame, OpenWatched
from dreamvideo.values import read

if TYPE_CHECKING:
    from dreamvideo.objectives import Objective


ALONE = 2
"""Cores that one process keeps busy (`tests/benchmarks/frame.py`). So few processes would not be faster."""

MOST_UNASKED = 8
"""Most processes with workers="auto". Each takes about a gigabyte."""


@dataclass(frozen=True, slots=True)
class JobOptions:
    """How a job is run.

    Attributes:
        workers: number of processes, with one thread each; None: this process, with all its threads; "auto": as many as
            the job's shots keep busy, if these are more than one process keeps busy.
        scheduler: address of a Dask scheduler whose workers dream instead, with one thread each.
        force: start even if the disk seems too small.
        on_frame: called with every finished frame, if this process makes all of them.
    """

    workers: int | str | None = None
    scheduler: str | None = None
    force: bool = False
    on_frame: OnFrame | None = None

    def __post_init__(self) -> None:
        if self.workers in (None, "auto"):
            return
        wanted = "1 or more, or auto,"
        number: int = read("workers", int, self.workers, wanted)
        if number < 1:
            raise ConfigError(f"expected {wanted} for workers, got {number}")
        object.__setattr__(self, "workers", number)

    @property
    def threads(self) -> int:
        """Threads of TensorFlow in each process of a new job."""
        alone = self.workers in (None, "auto") and self.scheduler is None
        return own_threads() if alone else 1

    def arranged(self, plan: Plan) -> Plan:
        """Set the threads of a new job's plan once its shots are known: one, if processes run in parallel."""
        many = self.workers == "auto" and self.scheduler is None and _side_by_side(plan) > ALONE
        return replace(plan, threads=1) if many else plan

    def processes(self, plan: Plan) -> int | None:
        """Number of processes of a job; None: this process, or a scheduler's workers."""
        if self.workers != "auto":
            return None if self.workers is None else int(self.workers)
        if self.scheduler is not None or plan.threads > 1:
            return None
        number = _side_by_side(plan)
        return number if number > 1 else None


def _side_by_side(plan: Plan) -> int:
    """Number of processes that a job's parts keep busy, with a core or a GPU each. The longest part ends last."""
    lengths = [len(part.frames) for part in plan.parts]
    return min(len(gpus()) or own_threads(), sum(lengths) // max(lengths), MOST_UNASKED)


def render_job(
    job: Job,
    target: Path,
    options: JobOptions,
    on_progress: OnProgress = silent,
    *,
    overwrite: bool,
    stop: Callable[[], bool] | None = None,
) -> Result:
    """Run a job to its end. If it is stopped, its finished frames are encoded as NAME_partial.EXT beside the target.

    Args:
        stop: called after every frame; True stops the job, which can be resumed. None: signals stop it.

    Raises:
        StoppedError: the job was stopped.
        DreamVideoError: see `dreamvideo.errors`.
    """
    opener: RendererOpener = open_renderer if options.on_frame is None else OpenWatched(options.on_frame)
    try:
        return _run(job, target, options, on_progress, opener, overwrite=overwrite, stop=stop)
    except StoppedError:
        partly = partial_path(target)
        if _encode_done(job, partly, overwrite=True) is not None:
            on_progress(Progress(0, None, "encode", f"what is done so far: {partly}"))
        raise


def partial_path(target: Path) -> Path:
    """NAME_partial.EXT for a target; NAME is shortened if it would be too long."""
    tail = f"_partial{target.suffix}"
    room = LONGEST_NAME - len(os.fsencode(tail))
    stem = target.stem
    while len(os.fsencode(stem)) > room:
        stem = stem[:-1]
    return target.with_name(stem + tail)


def render_reversed(
    plan: Plan,
    target: Path,
    on_progress: OnProgress = silent,
    *,
    overwrite: bool,
    objective: Objective | None = None,
    stop: Callable[[], bool] | None = None,
) -> Result:
    """Render a reversed zoom at once. Its last frame is shown first, so a temporary job stores the frames."""
    with tempfile.TemporaryDirectory(prefix=".dreamvideo-", dir=target.absolute().parent) as folder:
        job = Job.create(Path(folder) / "reversed.job", plan)
        opener = partial(open_renderer, objective=objective)
        try:
            return _run(
                job, target, JobOptions(), on_progress, opener, overwrite=overwrite, stop=stop or (lambda: False)
            )
        except StoppedError:
            made = _encode_done(job, target, overwrite=overwrite)
            if made is None:
                raise
            return made


def _run(
    job: Job,
    target: Path,
    options: JobOptions,
    on_progress: OnProgress,
    opener: RendererOpener,
    *,
    overwrite: bool,
    stop: Callable[[], bool] | None,
) -> Result:
    notes: list[str] = []

    @contextmanager
    def opened(plan: Plan, made: Path) -> Iterator[Target]:
        with open_result(plan, made, overwrite=True) as result:
            yield result
        notes.extend(result.notes)

    path = run_job(
        job,
        opener,
        opened,
        target=target,
        workers=options.processes(job.plan),
        scheduler=options.scheduler,
        overwrite=overwrite,
        force=options.force,
        on_progress=on_progress,
        stop=stop,
    )
    return Result.of(job.plan, path, job.plan.frames, notes)


def _encode_done(job: Job, path: Path, *, overwrite: bool) -> Result | None:
    """Encode the finished frames of a stopped job; None if there are none. The job does not change."""
    with open_result(job.plan, path, overwrite=overwrite) as writer:
        for frame in done_frames(job):
            writer.write(frame.picture, frame.time, frame.duration)
        made = writer.finish_early()
    return None if made is None else Result.of(job.plan, made, writer.frames, writer.notes)
