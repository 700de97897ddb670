"""A render as a job: it survives a crash, can be gone on with, and may be spread over processes or machines.

`jobs/` knows nothing of dreams; what it needs to know of them is in `renderers.py` and `result.py`.
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
"""Cores that one process keeps busy (`tests/benchmarks/frame.py`): so few processes are not worth their start."""

MOST_UNASKED = 8
"""Processes that are begun without being asked for: each takes about a gigabyte."""


@dataclass(frozen=True, slots=True)
class JobOptions:
    """How the work of a job is spread.

    Attributes:
        workers: processes that dream side by side, one thread each; None: this process, on all its threads; "auto": as
            many as a job's shots keep busy, where these are more than a process keeps busy by itself.
        scheduler: address of a Dask scheduler whose workers dream instead, one thread each.
        force: begin although the disk seems too small.
        on_frame: given every frame as it is finished, where this process makes them all.
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
        """Threads of TensorFlow in each process, for a job that begins so."""
        alone = self.workers in (None, "auto") and self.scheduler is None
        return own_threads() if alone else 1

    def arranged(self, plan: Plan) -> Plan:
        """A new job's plan, once its shots are known: processes side by side have a thread each."""
        many = self.workers == "auto" and self.scheduler is None and _side_by_side(plan) > ALONE
        return replace(plan, threads=1) if many else plan

    def processes(self, plan: Plan) -> int | None:
        """How many processes a job is spread over; None: this one, or a scheduler's."""
        if self.workers != "auto":
            return None if self.workers is None else int(self.workers)
        if self.scheduler is not None or plan.threads > 1:
            return None
        number = _side_by_side(plan)
        return number if number > 1 else None


def _side_by_side(plan: Plan) -> int:
    """How many processes a job's parts keep busy, with a core or a GPU each: the longest part ends last."""
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
    """Run a job to its end; where it is stopped, encode what is done beside the target, as NAME_partial.EXT.

    Args:
        job: new, or left by an earlier run.
        target: where the result goes.
        options: how the work is spread.
        on_progress: told of every frame.
        overwrite: whether a file at the target may be replaced.
        stop: asked after every frame; True ends the work, to be gone on with; None: at a signal.

    Raises:
        StoppedError: someone asked to stop; what is done is kept.
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
    """Where what is done of a stopped job is encoded: NAME_partial.EXT, as much of the name as leaves room for that."""
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
    """Render what plays backwards at once: the frame made last is shown first, so a passing job keeps the others."""
    with tempfile.TemporaryDirectory(prefix=".dreamvideo-", dir=target.absolute().parent) as folder:
        job = Job.create(Path(folder) / "reversed.job", plan)
        opener = partial(open_renderer, objective=objective)
        try:
            return _run(job, target, JobOptions(), on_progress, opener, overwrite=overwrite, stop=stop or _never)
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
    """Encode what a stopped job has so far; None where that is nothing. The job stays as it is."""
    with open_result(job.plan, path, overwrite=overwrite) as writer:
        for frame in done_frames(job):
            writer.write(frame.picture, frame.time, frame.duration)
        made = writer.finish_early()
    return None if made is None else Result.of(job.plan, made, writer.frames, writer.notes)


def _never() -> bool:
    return False
