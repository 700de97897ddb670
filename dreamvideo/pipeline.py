"""The whole idea: frames come in, each is met by the dream of the one before and dreamed on, and goes to an encoder.

    reader -> met by the last dream -> octave core -> writer
    media     coherence, or a camera   dreamer        media

A video and a zoom have one shape: `frames(stretch, state)` makes the frames of a stretch, each with the state that the
next one needs (`render/renderers.py`). The same plan is rendered here at once, or as a job, which survives a crash
and may be spread over processes and machines (`render/durable.py`); the frames are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dreamvideo.errors import ConfigError, OutputError
from dreamvideo.jobs import Plan, load_job, open_job, render_at_once
from dreamvideo.jobs.finish import is_finished
from dreamvideo.jobs.opening import job_target
from dreamvideo.media import (
    Frame,
    PictureLike,
    PictureReader,
    check_target,
    is_batch,
    prefetch,
    write_still,
)
from dreamvideo.media.oneway import is_piped
from dreamvideo.media.target import PipedAs
from dreamvideo.notebook import Dreamed
from dreamvideo.progress import OnProgress, Progress, reported, silent
from dreamvideo.recipe import RecipeLike, as_recipe, metadata_of
from dreamvideo.render.durable import JobOptions, render_job, render_reversed
from dreamvideo.render.given import AnyPath, for_objective, frames_of, path_of, told_of_steps, with_settings
from dreamvideo.render.opening import open_dreamer, read_first
from dreamvideo.render.piped import render_piped
from dreamvideo.render.planning import Commission, plan_video, plan_zoom
from dreamvideo.render.renderers import open_renderer
from dreamvideo.render.result import Result, open_result
from dreamvideo.render.video import VideoDreamer
from dreamvideo.schedule import apply_schedules
from dreamvideo.values import read

if TYPE_CHECKING:
    from dreamvideo.objectives import Objective

Stop = Callable[[], bool]


def dream(
    picture: PictureLike | Sequence[PictureLike],
    recipe: RecipeLike | None = None,
    *,
    preset: str | None = None,
    objective: Objective | None = None,
    progress: bool | OnProgress = False,
    **settings: Any,
) -> Dreamed:
    """Dream a picture, or each of a batch: array in, array out.

    Args:
        picture: an array (H, W, 3) or (H, W), a picture of Pillow's, or a file's path; floats from 0 to 1, or integers
            from 0 to 255. Of a batch (N, H, W, C), or a list of pictures of one size, each.
        recipe: how, a preset's name or a recipe's file; None: all defaults.
        preset: a preset's name, in place of a recipe: `dream(picture, preset="animals")`.
        objective: what to dream of; None: as the recipe says.
        progress: True shows a bar, in a notebook's cell or on the terminal; a function is told instead.
        settings: fields of `DreamConfig` that differ, such as `steps=20, layers="mixed6"`, and `strength`.

    Returns:
        (H, W, 3), or (N, H, W, 3) of a batch or list: float32 at the scale of floats that were given, else uint8. A
        notebook shows it.

    Raises:
        ConfigError: it is no picture, or there is no such preset or setting.
        DreamVideoError: see `dreamvideo.errors`.
    """
    if recipe is not None and preset is not None:
        raise ConfigError(f"expected either a recipe or a preset, got both, and the preset {preset!r}")
    made = with_settings(as_recipe(recipe if preset is None else preset), settings)
    batch = is_batch(picture)
    reader = PictureReader()
    given: Iterable[Any] = picture if batch else [picture]  # type: ignore[assignment]
    pictures = [reader.read(one) for one in given]
    dreamer = open_dreamer(apply_schedules(made, 0.0), objective)
    with reported(progress) as report:
        dreams = [
            reader.back(
                dreamer.dream(one, strength=made.coherence.strength, index=index, on_step=told_of_steps(report))
            )
            for index, one in enumerate(pictures)
        ]
    return (np.stack(dreams) if batch else dreams[0]).view(Dreamed)


def dream_image(
    source: AnyPath,
    target: AnyPath,
    recipe: RecipeLike | None = None,
    on_progress: bool | OnProgress = False,
    *,
    objective: Objective | None = None,
) -> Result:
    """Dream one picture: from a file, or the frame at `read.start` of a video; of schedules their beginning counts.

    Args:
        source: what to dream.
        target: where the result goes; kept if it is there, unless `recipe.write.overwrite`.
        recipe: how, a preset's name or a recipe's file; None: all defaults.
        on_progress: told of every step; True shows a bar.
        objective: what to dream of; None: as the recipe says.

    Raises:
        DreamVideoError: see `dreamvideo.errors`.
    """
    source, target = path_of(source), path_of(target)
    recipe = apply_schedules(for_objective(as_recipe(recipe), objective), 0.0)
    check_target(target, source, recipe.write.overwrite, "still")
    with reported(on_progress) as report:
        report(Progress(0, None, "load"))
        start = read_first(source, recipe)
        dreamer = open_dreamer(recipe, objective)
        made = dreamer.dream(start.picture, strength=recipe.coherence.strength, on_step=told_of_steps(report))
    write_still(target, made, recipe.write, metadata_of(recipe, dreamer.network.weights_hash))
    return Result(target, 1, (), start.warnings, start.damaged)


def dream_video(
    source: AnyPath,
    target: AnyPath,
    recipe: RecipeLike | None = None,
    on_progress: bool | OnProgress = False,
    *,
    music: AnyPath | None = None,
    piped_as: PipedAs = "y4m",
    objective: Objective | None = None,
    stop: Stop | None = None,
    job: JobOptions | None = None,
) -> Result:
    """Dream a video, GIF or image sequence into .mp4, .mov, .webm, .gif or a folder of PNGs.

    Args:
        source: what to dream; "-": YUV4MPEG2, Matroska or a transport stream from standard input.
        target: where the result goes, kept if it is there, unless `recipe.write.overwrite`; "-": standard output.
        recipe: how, a preset's name or a recipe's file; None: all defaults.
        on_progress: told of every frame; True shows a bar.
        music: sound in place of the source's, whose loudness schedules may use.
        piped_as: the format on standard output: YUV4MPEG2, or Matroska.
        objective: what to dream of, in this process only; None: as the recipe says.
        stop: asked after every frame; True ends the work with a playable file of what is done.
        job: how the work is kept and spread: it survives a crash, the same call goes on, and a stop raises
            StoppedError; None: at once, in this process. A pipe is no job.

    Raises:
        ConfigError: a pipe is to be a job.
        DreamVideoError: see `dreamvideo.errors`.
    """
    source, target = path_of(source), path_of(target)
    recipe = for_objective(as_recipe(recipe), objective)
    check_target(target, source, recipe.write.overwrite, "clip")
    track = None if music is None else path_of(music)
    if is_piped(source) or is_piped(target):
        if job is not None:
            raise ConfigError("expected files in a job, got a pipe, which cannot be gone back in: leave `job` out")
        with reported(on_progress) as report:
            report(Progress(0, None, "load"))
            return render_piped(
                source, target, recipe, report, music=track, objective=objective, stop=stop, piped_as=piped_as
            )
    planned = partial(plan_video, source, recipe, music=track)
    return _render(planned, target, recipe.write.overwrite, on_progress, objective, stop, job)


def dream_zoom(
    source: AnyPath | None,
    target: AnyPath,
    recipe: RecipeLike | None = None,
    on_progress: bool | OnProgress = False,
    *,
    music: AnyPath | None = None,
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
    source, target = None if source is None else path_of(source), path_of(target)
    recipe = for_objective(as_recipe(recipe), objective)
    check_target(target, source, recipe.write.overwrite, "clip")
    planned = partial(plan_zoom, source, recipe, music=None if music is None else path_of(music))
    return _render(planned, target, recipe.write.overwrite, on_progress, objective, stop, job)


def resume(
    folder: AnyPath,
    on_progress: OnProgress = silent,
    *,
    target: AnyPath | None = None,
    overwrite: bool = False,
    stop: Stop | None = None,
    job: JobOptions | None = None,
) -> Result:
    """Go on with a job that was cut off.

    Args:
        folder: the job's: TARGET.job, beside its target.
        on_progress: told of every frame.
        target: where the result goes, on the disk of the job; None: as the job's folder is named.
        overwrite: whether a file at the target may be replaced.
        stop: asked after every frame; True ends the work, to be gone on with.
        job: how the work is spread.

    Raises:
        JobChangedError: its input or a version has changed since.
        TargetExistsError: something else is at the target, and `overwrite` is not set.
        DreamVideoError: see `dreamvideo.errors`.
    """
    folder = path_of(folder)
    found, goal = load_job(folder), job_target(folder) if target is None else path_of(target).absolute()
    if not is_finished(found, goal):
        check_target(goal, None, overwrite, "clip")
    if target is not None and goal.parent.stat().st_dev != folder.stat().st_dev:
        raise OutputError(f"expected a result on the disk of its job, {folder}, got {goal}: make it there, and move it")
    return render_job(found, goal, job or JobOptions(), on_progress, overwrite=overwrite, stop=stop)


def dream_frames(
    frames: Iterable[Frame] | Iterable[PictureLike],
    recipe: RecipeLike | None = None,
    *,
    fps: Fraction | float | str = 24,
    objective: Objective | None = None,
) -> Iterator[Frame]:
    """Dream frames from anywhere, for use inside another tool: frames in, dreamed frames out.

    Args:
        frames: `Frame`s, or pictures of one size: float32 RGB (H, W, 3) in [0, 1], or what else `media.as_picture`
            makes one of. Floats have one scale, which the first picture decides.
        recipe: how, a preset's name or a recipe's file; None: all defaults.
        fps: frames a second of bare pictures, and of schedules that count frames.
        objective: what to dream of; None: as the recipe says.

    Raises:
        ConfigError: one of the frames is no picture, or of another size than the first.
        DreamVideoError: see `dreamvideo.errors`.
    """
    recipe = for_objective(as_recipe(recipe), objective)
    rate: Fraction = read("fps", Fraction, fps)
    if rate <= 0:
        raise ConfigError(f"expected a frame rate over 0, got {fps!r}")
    dreamer = VideoDreamer(recipe, open_dreamer(recipe, objective), fps=float(rate))
    for frame, _ in dreamer.dream(frames_of(frames, rate)):
        yield frame


def _render(
    planned: Callable[..., Commission],
    target: Path,
    overwrite: bool,
    on_progress: bool | OnProgress,
    objective: Objective | None,
    stop: Stop | None,
    job: JobOptions | None,
) -> Result:
    """Plan, and render the plan: as a job, or at once."""
    if job is not None and objective is not None:
        raise ConfigError(
            "expected a recipe's layers, guide or words in a job, got an objective of your own: it lives in this "
            "process alone, and another one that goes on with the job would not have it; leave `job` out"
        )
    with reported(on_progress) as report:
        report(Progress(0, None, "load"))
        wanted = planned(report, threads=(job or JobOptions()).threads)
        if job is not None:
            kept = open_job(wanted.plan, target, wanted.survey, open_renderer, job.arranged)
            return render_job(kept, target, job, report, overwrite=overwrite, stop=stop)
        plan = wanted.plan.surveyed(wanted.survey())
        if plan.backwards:
            return render_reversed(plan, target, report, overwrite=overwrite, objective=objective, stop=stop)
        return _render_at_once(plan, target, overwrite, report, objective, stop)


def _render_at_once(
    plan: Plan, target: Path, overwrite: bool, on_progress: OnProgress, objective: Objective | None, stop: Stop | None
) -> Result:
    """Frames come in, each is met by the dream of the one before and dreamed on, and goes to the encoder."""
    on_progress(Progress(0, None, "prepare"))
    made = render_at_once(plan, open_renderer(plan, objective))
    with open_result(plan, target, overwrite=overwrite) as writer, prefetch(made, 1) as frames:
        for count, frame in enumerate(frames, 1):
            writer.write(frame.picture, frame.time, frame.duration)
            on_progress(Progress(count, plan.frames, "dream"))
            if stop is not None and stop():
                writer.finish_early()
                break
    return Result.of(plan, writer.path, writer.frames, writer.notes)
