"""The loops of `pipeline.py` as jobs: durable, resumable, spread over processes or machines.

`jobs/` knows nothing of dreams; what it needs to know of them is here and in `renderers.py`: how a video or a zoom is
planned here, how its frames are rendered and encoded there.
"""

from __future__ import annotations

import itertools
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from dreamvideo.config import Recipe
from dreamvideo.errors import DamagedInputError, StoppedError
from dreamvideo.jobs import Plan, Shot, Survey, fingerprint, load_job, open_job, run_job
from dreamvideo.jobs.finish import done_frames
from dreamvideo.jobs.run import job_target
from dreamvideo.jobs.seams import Splitting
from dreamvideo.jobs.store import Job
from dreamvideo.jobs.threads import own_threads
from dreamvideo.media import Target, check_target, open_source
from dreamvideo.progress import OnProgress, Progress, silent
from dreamvideo.recipe import to_toml
from dreamvideo.render.opening import open_dreamer, read_start
from dreamvideo.render.result import Result, Stop
from dreamvideo.render.shots import mark_shots, splitting
from dreamvideo.render.stretches import open_renderer, open_result
from dreamvideo.render.video import video_dreamer
from dreamvideo.zoom import zoom_length


@dataclass(frozen=True, slots=True)
class JobOptions:
    """How the work of a job is spread.

    Attributes:
        workers: processes that dream side by side, one thread each; None: this process, on all its threads.
        scheduler: address of a Dask scheduler whose workers dream instead, one thread each.
        force: begin although the disk seems too small.
    """

    workers: int | None = None
    scheduler: str | None = None
    force: bool = False

    @property
    def threads(self) -> int:
        """Threads of TensorFlow in each process, for a job that begins so."""
        return own_threads() if self.workers is None and self.scheduler is None else 1


def render_video(
    source: Path,
    target: Path,
    recipe: Recipe,
    on_progress: OnProgress = silent,
    *,
    music: Path | None = None,
    jobs: JobOptions | None = None,
    stop: Stop | None = None,
) -> Result:
    """Dream a video as a job beside its target: what is done survives a crash, and the same call goes on.

    Args:
        source: what to dream.
        target: where the result goes.
        recipe: how.
        on_progress: told of every frame.
        music: sound in place of the source's, whose loudness schedules may use.
        jobs: how the work is spread.
        stop: asked after every frame; True ends the work, to be gone on with; None: at a signal.

    Raises:
        StoppedError: a signal came; what is done is kept, and can be watched (see `publish_partial`).
        DreamVideoError: see `dreamvideo.errors`.
    """
    jobs = jobs or JobOptions()
    check_target(target, source, recipe.write.overwrite)
    with open_source(source, recipe.read) as frames:
        inputs = {"source": source} | ({} if music is None else {"music": music})
        video_dreamer(frames, recipe, open_dreamer(recipe))  # refuses frames that are too small, before a job begins
        parts = splitting(recipe, frames.rate)
        plan = _plan("video", recipe, inputs, frames.size, jobs.threads, parts)
    job = open_job(plan, target, lambda: survey_video(source, recipe, on_progress))
    return _run(job, target, jobs, on_progress, overwrite=recipe.write.overwrite, stop=stop)


def render_zoom(
    source: Path | None,
    target: Path,
    recipe: Recipe,
    on_progress: OnProgress = silent,
    *,
    music: Path | None = None,
    jobs: JobOptions | None = None,
    stop: Stop | None = None,
) -> Result:
    """Make a zoom as a job beside its target: what is done survives a crash, and the same call goes on.

    Raises:
        StoppedError: a signal came; what is done is kept.
        DreamVideoError: see `dreamvideo.errors`.
    """
    check_target(target, source, recipe.write.overwrite)
    jobs = jobs or JobOptions()
    inputs = {name: path for name, path in (("source", source), ("music", music)) if path is not None}
    start = read_start(source, recipe)
    first = start.picture
    plan = _plan("zoom", recipe, inputs, (first.shape[1], first.shape[0]), jobs.threads, Splitting())
    facts = {
        "rate": str(recipe.zoom.fps),
        "time_base": str(1 / recipe.zoom.fps),
        "warnings": list(start.warnings),
        "damaged": start.damaged,
    }
    job = open_job(plan, target, lambda: Survey((Shot(0, zoom_length(recipe)),), facts))
    return _run(job, target, jobs, on_progress, overwrite=recipe.write.overwrite, stop=stop)


def resume_job(
    folder: Path,
    on_progress: OnProgress = silent,
    *,
    jobs: JobOptions | None = None,
    overwrite: bool = False,
    stop: Stop | None = None,
) -> Result:
    """Go on with a job that was cut off.

    Raises:
        JobChangedError: its input or a version has changed since.
        DreamVideoError: see `dreamvideo.errors`.
    """
    job = load_job(folder)
    target = job_target(folder)
    return _run(job, target, jobs or JobOptions(), on_progress, overwrite=overwrite, stop=stop)


def survey_video(source: Path, recipe: Recipe, on_progress: OnProgress = silent) -> Survey:
    """Read a source once: the times of its frames, and where its shots begin.

    Raises:
        DamagedInputError: the source is damaged, and the recipe says to stop at that.
    """
    times: list[list[str | None]] = []
    starts = []
    with open_source(source, recipe.read) as frames:
        for frame, begins in mark_shots(frames, recipe):
            times.append([str(frame.time), None if frame.duration is None else str(frame.duration)])
            starts += [frame.index] if begins else []
            on_progress(Progress(frame.index + 1, frames.frames, "look"))
        if not times:
            raise DamagedInputError(f"no frame of {source} could be read")
        facts = {
            "times": times,
            "rate": None if frames.rate is None else str(frames.rate),
            "time_base": None if frames.time_base is None else str(frames.time_base),
            "sound": frames.info.has_audio,
            "warnings": list(frames.warnings),
            "damaged": frames.damaged,
        }
    alone = recipe.coherence.coherence == "none"  # every frame stands alone: one shot, which may be split anywhere
    edges = [0, len(times)] if alone else [*starts, len(times)]
    return Survey(tuple(Shot(*edge) for edge in itertools.pairwise(edges)), facts)


def publish_partial(job: Path) -> Path | None:
    """Encode what a stopped job has so far, beside its target, as NAME_partial.EXT; None where that is nothing.

    The job stays as it is.
    """
    opened = load_job(job)
    target = job_target(job)
    partial = target.with_name(f"{target.stem}_partial{target.suffix}")
    with open_result(opened.plan, partial) as writer:
        for frame in done_frames(opened):
            writer.write(frame.picture, frame.time, frame.duration)
        return writer.finish_early()


def _plan(
    kind: Any, recipe: Recipe, inputs: Mapping[str, Path], size: tuple[int, int], threads: int, parts: Splitting
) -> Plan:
    from dreamvideo.networks import load_network

    dream = recipe.dream
    files = {"guide": dream.guide, "mask": dream.mask} | dict(inputs)
    recipe = replace(recipe, dream=replace(dream, guide=_absolute(dream.guide), mask=_absolute(dream.mask)))
    return Plan(
        kind=kind,
        inputs={name: fingerprint(path) for name, path in files.items() if path is not None},
        size=size,
        settings=json.loads(json.dumps(tomllib.loads(to_toml(recipe)))),
        seed=dream.seed,
        weights=load_network(recipe.network).weights_hash,
        threads=threads,
        backwards=kind == "zoom" and recipe.zoom.reverse,
        split_frames=parts.frames,
        overlap_frames=parts.overlap,
        warmup_frames=parts.warmup,
    )


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.absolute()


def _run(
    job: Job, target: Path, jobs: JobOptions, on_progress: OnProgress, *, overwrite: bool, stop: Stop | None
) -> Result:
    plan = job.plan
    notes: list[str] = []

    @contextmanager
    def opened(plan: Plan, made: Path) -> Iterator[Target]:
        with open_result(plan, made) as result:
            yield result
        notes.extend(result.notes)

    try:
        path = run_job(
            job,
            open_renderer,
            opened,
            workers=jobs.workers,
            scheduler=jobs.scheduler,
            overwrite=overwrite,
            force=jobs.force,
            on_progress=on_progress,
            stop=stop,
        )
    except StoppedError as stopped:
        partial = publish_partial(job.path)
        if partial is not None:
            on_progress(Progress(0, None, "encode", f"what is done so far: {partial}"))
        raise stopped
    warnings = (*plan.facts.get("warnings", ()), *notes)
    return Result(path, plan.frames, cuts_of(plan), warnings, bool(plan.facts.get("damaged")))


def cuts_of(plan: Plan) -> tuple[Fraction, ...]:
    """Seconds at which shots begin, but for the first."""
    shots: Sequence[Shot] = plan.shots if plan.kind == "video" else ()
    return tuple(Fraction(plan.facts["times"][shot.first][0]) for shot in shots[1:])
