"""The loops of `pipeline.py` as jobs: durable, resumable, spread over processes or machines.

`jobs/` knows nothing of dreams; what it needs to know of them is here: how a video or a zoom is planned,
how a stretch of its frames is rendered from a saved state, and how the result is encoded.
"""

from __future__ import annotations

import itertools
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from dreamvideo.coherence import CarryState
from dreamvideo.config import Recipe
from dreamvideo.errors import DamagedInputError, JobChangedError, StoppedError
from dreamvideo.jobs import Plan, Segment, Shot, State, Survey, fingerprint, load_job, open_job, run_job
from dreamvideo.jobs.finish import done_frames
from dreamvideo.jobs.run import job_target
from dreamvideo.jobs.store import Job
from dreamvideo.jobs.threads import own_threads
from dreamvideo.media import AudioSpan, Frame, Target, check_target, open_source, open_target
from dreamvideo.pipeline import (
    Result,
    Stop,
    metadata_of,
    music_span,
    open_dreamer,
    read_music,
    video_dreamer,
    zoom_start,
)
from dreamvideo.progress import OnProgress, Progress, silent
from dreamvideo.recipe import Settings, assemble, to_toml
from dreamvideo.shots import mark_shots
from dreamvideo.zoom import ZoomState, plan_journey, zoom_frames, zoom_length

if TYPE_CHECKING:
    from dreamvideo.music import Music
    from dreamvideo.zoom.journey import Journey

ALONE_FRAMES = 48
"""Frames of a part where each is dreamed without the one before, so that shots may be shared without a seam."""


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
        plan = _plan("video", recipe, inputs, frames.size, jobs.threads)
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
    first = zoom_start(source, recipe)
    plan = _plan("zoom", recipe, inputs, (first.shape[1], first.shape[0]), jobs.threads)
    facts = {"rate": str(recipe.zoom.fps), "time_base": str(1 / recipe.zoom.fps)}
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


class VideoRenderer:
    """Renders stretches of a video for `jobs/`."""

    def __init__(self, plan: Plan) -> None:
        self.recipe = recipe_of(plan)
        self.source = Path(plan.inputs["source"].path)
        self.music = _music_of(plan)
        self.times = plan.facts["times"]
        start, shown = self.times[-1]
        self.duration = float(Fraction(start) + (Fraction(shown) if shown else 0))
        self.dreamer = open_dreamer(self.recipe)

    def render(self, segment: Segment, state: State | None, write: Callable[[Frame], bool]) -> State:
        """Write the segment's frames and return the state after the last one written."""
        begin = Fraction(self.times[segment.first][0])
        read = self.recipe.read
        end = Fraction(self.times[segment.stop][0]) + read.start if segment.stop < len(self.times) else read.end
        last = None if state is None else CarryState.from_arrays({k: np.asarray(v) for k, v in state.items()})
        span = replace(read, start=read.start + begin, end=end)
        with open_source(self.source, span) as frames:
            looper = video_dreamer(frames, self.recipe, self.dreamer, self.music, duration=self.duration)
            moved = (
                replace(frame, index=frame.index + segment.first, time=frame.time + begin)
                for frame in frames
                if frame.index < segment.stop - segment.first
            )
            with closing(looper.dream(moved, last)) as dreamed:
                for one in dreamed:
                    last = one.state
                    if not write(one.frame):
                        break
        return {} if last is None else {name: np.asarray(value) for name, value in last.arrays().items()}


class ZoomRenderer:
    """Renders stretches of a zoom for `jobs/`."""

    def __init__(self, plan: Plan) -> None:
        self.recipe = recipe_of(plan)
        source = plan.inputs.get("source")
        self.first = zoom_start(None if source is None else Path(source.path), self.recipe)
        self.music = _music_of(plan)
        self.dreamer = open_dreamer(self.recipe)
        self.journey: Journey | Literal["plan"] | None = "plan"

    def render(self, segment: Segment, state: State | None, write: Callable[[Frame], bool]) -> State:
        """Write the segment's frames and return the state after the last one written."""
        if self.journey == "plan":  # once for all segments: it takes longer than many frames
            self.journey = plan_journey(self.first, self.recipe, self.dreamer)
        last = None
        if state is not None:
            last = ZoomState(np.asarray(state["canvas"], np.float32), int(state["index"]))
        made = zoom_frames(self.first, self.recipe, self.dreamer, music=self.music, state=last, journey=self.journey)
        with closing(made) as frames:  # type: ignore[type-var]
            for frame in frames:
                last = ZoomState(frame.picture, frame.index)
                if not write(frame) or frame.index + 1 >= segment.stop:
                    break
        return {} if last is None else {"canvas": last.canvas, "index": last.index}


def open_renderer(plan: Plan) -> VideoRenderer | ZoomRenderer:
    """What renders a plan, in any process.

    Raises:
        JobChangedError: the network's weights are others than the plan's.
    """
    renderer = VideoRenderer(plan) if plan.kind == "video" else ZoomRenderer(plan)
    found = renderer.dreamer.network.weights_hash
    if found != plan.weights:
        raise JobChangedError(f"expected the weights {plan.weights[:12]} that the job began with, got {found[:12]}")
    return renderer


def open_result(plan: Plan, target: Path) -> Target:
    """The encoder of a plan's result, at a path inside the job."""
    recipe, facts = recipe_of(plan), plan.facts
    rate, time_base = (None if facts.get(key) is None else Fraction(facts[key]) for key in ("rate", "time_base"))
    return open_target(
        target,
        plan.size,
        rate,
        replace(recipe.write, overwrite=True),
        audio_from=_sound(plan, recipe),
        metadata=metadata_of(recipe, plan.weights),
        time_base=time_base,
    )


def recipe_of(plan: Plan) -> Recipe:
    """The recipe that a plan was made from."""
    values: dict[str, object] = {}
    for room, table in plan.settings.items():
        values |= {key if room == "schedules" else f"{room}.{key}": value for key, value in table.items()}
    return assemble([Settings("the job", values)])


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


def _plan(kind: Any, recipe: Recipe, inputs: Mapping[str, Path], size: tuple[int, int], threads: int) -> Plan:
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
        split_frames=ALONE_FRAMES if kind == "video" and recipe.coherence.coherence == "none" else None,
    )


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.absolute()


def _music_of(plan: Plan) -> Music | None:
    track = plan.inputs.get("music")
    return read_music(None if track is None else Path(track.path))


def _sound(plan: Plan, recipe: Recipe) -> AudioSpan | None:
    if "music" in plan.inputs:
        return music_span(Path(plan.inputs["music"].path))
    if plan.kind == "video" and plan.facts.get("sound") and recipe.write.audio:
        return AudioSpan(Path(plan.inputs["source"].path), recipe.read.start)
    return None


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
