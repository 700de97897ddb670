"""The whole idea: frames come in, each is met by the dream of the one before and dreamed on, and goes to an encoder.

    reader -> met by the last dream -> octave core -> writer
    media     coherence, or a camera   dreamer        media

A video and a zoom have one shape: `frames(stretch, state)` makes the frames of a stretch, each with the state that the
next one needs (`render/renderers.py`). The same plan is rendered here at once, or as a job, which survives a crash
and may be spread over processes and machines (`render/durable.py`); the frames are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from dreamvideo.config import Recipe
from dreamvideo.errors import ConfigError
from dreamvideo.jobs import Plan, Survey, load_job, open_job, render_at_once
from dreamvideo.jobs.run import job_target
from dreamvideo.media import Frame, PictureLike, PictureReader, check_target, refuse_one, write_still
from dreamvideo.progress import OnProgress, Progress, silent
from dreamvideo.recipe import metadata_of
from dreamvideo.render.durable import JobOptions, render_job, render_reversed
from dreamvideo.render.opening import first_picture, open_dreamer
from dreamvideo.render.planning import Commission, plan_video, plan_zoom
from dreamvideo.render.renderers import open_renderer
from dreamvideo.render.result import Result, open_result
from dreamvideo.render.video import VideoDreamer
from dreamvideo.schedule import MIXTURES, apply_schedules
from dreamvideo.values import read

if TYPE_CHECKING:
    from dreamvideo.objectives import Objective

Stop = Callable[[], bool]


def dream_image(
    source: Path,
    target: Path,
    recipe: Recipe | None = None,
    on_progress: OnProgress = silent,
    *,
    objective: Objective | None = None,
) -> Path:
    """Dream one picture: from a file, or the frame at `read.start` of a video.

    Args:
        source: what to dream.
        target: where the result goes; kept if it is there, unless `recipe.write.overwrite`.
        recipe: how; None: all defaults.
        on_progress: told when it is done.
        objective: what to dream of; None: as the recipe says.

    Raises:
        DreamVideoError: see `dreamvideo.errors`.
    """
    recipe = _said(recipe or Recipe(), objective)
    check_target(target, source, recipe.write.overwrite, "still")
    picture = first_picture(source, recipe)
    dreamer = open_dreamer(recipe, objective)
    on_progress(Progress(0, 1, "dream"))
    # Whatever is scheduled, a picture shows its first moment.
    dream = dreamer.dream(picture, apply_schedules(recipe, 0.0).dream)
    on_progress(Progress(1, 1, "dream"))
    return write_still(target, dream, recipe.write, metadata_of(recipe, dreamer.network.weights_hash))


def dream_video(
    source: Path,
    target: Path,
    recipe: Recipe | None = None,
    on_progress: OnProgress = silent,
    *,
    music: Path | None = None,
    objective: Objective | None = None,
    stop: Stop | None = None,
    job: JobOptions | None = None,
) -> Result:
    """Dream a video, GIF or image sequence into .mp4, .mov, .webm, .gif or a folder of PNGs.

    Args:
        source: what to dream.
        target: where the result goes; kept if it is there, unless `recipe.write.overwrite`.
        recipe: how; None: all defaults.
        on_progress: told of every frame.
        music: sound in place of the source's, whose loudness schedules may use.
        objective: what to dream of, in this process only; None: as the recipe says.
        stop: asked after every frame; True ends the work with a playable file of what is done.
        job: how the work is kept and spread: it survives a crash, the same call goes on, and a stop raises
            StoppedError; None: at once, in this process.

    Raises:
        DreamVideoError: see `dreamvideo.errors`.
    """
    recipe = _said(recipe or Recipe(), objective)
    check_target(target, source, recipe.write.overwrite, "clip")
    options = job or JobOptions()
    wanted = plan_video(source, recipe, on_progress, music=music, threads=options.threads)
    return _render(wanted, target, recipe.write.overwrite, on_progress, objective, stop, job)


def dream_zoom(
    source: Path | None,
    target: Path,
    recipe: Recipe | None = None,
    on_progress: OnProgress = silent,
    *,
    music: Path | None = None,
    objective: Objective | None = None,
    stop: Stop | None = None,
    job: JobOptions | None = None,
) -> Result:
    """Dive into a picture, dreaming on the way: each frame is the last one through the camera, dreamed again.

    What is not named here is as for `dream_video`.

    Args:
        source: a picture, or a video, whose last frame is taken; None with `zoom.from_noise`.
        music: sound to lay under it, whose loudness schedules may use.
        objective: what to dream of all the way, in this process only; None: as the recipe says.

    Raises:
        DreamVideoError: see `dreamvideo.errors`.
    """
    recipe = _said(recipe or Recipe(), objective)
    check_target(target, source, recipe.write.overwrite, "clip")
    wanted = plan_zoom(source, recipe, music=music, threads=(job or JobOptions()).threads)
    return _render(wanted, target, recipe.write.overwrite, on_progress, objective, stop, job)


def resume(
    folder: Path,
    on_progress: OnProgress = silent,
    *,
    overwrite: bool = False,
    stop: Stop | None = None,
    job: JobOptions | None = None,
) -> Result:
    """Go on with a job that was cut off.

    Args:
        folder: the job's: TARGET.job, beside its target.
        on_progress: told of every frame.
        overwrite: whether a file at the target may be replaced.
        stop: asked after every frame; True ends the work, to be gone on with.
        job: how the work is spread.

    Raises:
        JobChangedError: its input or a version has changed since.
        DreamVideoError: see `dreamvideo.errors`.
    """
    found, target = load_job(folder), job_target(folder)
    return render_job(found, target, job or JobOptions(), on_progress, overwrite=overwrite, stop=stop)


def dream_frames(
    frames: Iterable[Frame] | Iterable[PictureLike],
    recipe: Recipe | None = None,
    *,
    fps: Fraction | float | str = 24,
    objective: Objective | None = None,
) -> Iterator[Frame]:
    """Dream frames from anywhere, for use inside another tool: frames in, dreamed frames out.

    Args:
        frames: `Frame`s, or pictures of one size: float32 RGB (H, W, 3) in [0, 1], or what else `media.as_picture`
            makes one of. Floats have one scale, which the first picture decides.
        recipe: how; None: all defaults.
        fps: frames a second of bare pictures, and of schedules that count frames.
        objective: what to dream of; None: as the recipe says.

    Raises:
        ConfigError: one of the frames is no picture, or of another size than the first.
        DreamVideoError: see `dreamvideo.errors`.
    """
    recipe = _said(recipe or Recipe(), objective)
    rate: Fraction = read("fps", Fraction, fps)
    dreamer = VideoDreamer(recipe, open_dreamer(recipe, objective), fps=float(rate))
    for frame, _ in dreamer.dream(_as_frames(frames, rate)):
        yield frame


def _render(
    wanted: Commission,
    target: Path,
    overwrite: bool,
    on_progress: OnProgress,
    objective: Objective | None,
    stop: Stop | None,
    job: JobOptions | None,
) -> Result:
    """Render a plan: as a job, or at once."""

    def survey() -> Survey:
        found = wanted.survey()
        open_renderer(wanted.plan.surveyed(found), objective)  # refuses what cannot be dreamed, before a job begins
        return found

    if job is not None:
        if objective is not None:
            raise ConfigError(
                "expected a recipe's layers, guide or words in a job, got an objective of your own: it lives in this "
                "process alone, and another one that goes on with the job would not have it; leave `job` out"
            )
        kept = open_job(wanted.plan, target, survey)
        return render_job(kept, target, job, on_progress, overwrite=overwrite, stop=stop)
    plan = wanted.plan.surveyed(wanted.survey())
    if plan.backwards:
        return render_reversed(plan, target, on_progress, overwrite=overwrite, objective=objective, stop=stop)
    return _render_now(plan, target, overwrite, on_progress, objective, stop)


def _render_now(
    plan: Plan, target: Path, overwrite: bool, on_progress: OnProgress, objective: Objective | None, stop: Stop | None
) -> Result:
    frames = render_at_once(plan, open_renderer(plan, objective))
    with open_result(plan, target, overwrite=overwrite) as writer:
        for count, frame in enumerate(frames, 1):
            writer.write(frame.picture, frame.time, frame.duration)
            on_progress(Progress(count, plan.frames, "dream"))
            if stop is not None and stop():
                writer.finish_early()
                break
    return Result.of(plan, writer.path, writer.frames, writer.notes)


def _said(recipe: Recipe, objective: Objective | None) -> Recipe:
    """The recipe beside an objective of the caller's: it is not what was dreamed, so a result does not carry it."""
    if objective is None:
        return recipe
    if any(setting in MIXTURES for setting, _ in recipe.schedules):
        raise ConfigError("expected either an objective or a schedule of layers or words, got both")
    return replace(recipe, write=replace(recipe.write, metadata=False))


def _as_frames(frames: Iterable[Frame] | Iterable[PictureLike], fps: Fraction) -> Iterator[Frame]:
    refuse_one(frames)
    reader = PictureReader()
    for index, frame in enumerate(frames):
        # Frames are read ahead of the dream, and a tool may fill one buffer again for each: so copies.
        if isinstance(frame, Frame):
            yield replace(frame, picture=reader.read(frame.picture).copy())
        else:
            yield Frame(reader.read(frame).copy(), index / fps, 1 / fps, index)
