"""The whole pipeline: read a frame, carry the last frame's dream to it, dream it on, write it.

    read  ->  carry the last dream  ->  dream it on  ->  write
    media     coherence or camera       dreamer          media

Videos and zooms have one interface: `frames(stretch, state)` makes a stretch of frames, each with the state that the
next one needs (`render/renderers.py`). A plan is rendered here at once, or as a job (`render/durable.py`). A job
survives a crash and may run on several processes and machines. Its frames are the same.
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
        picture: an array (H, W, 3) or (H, W), a Pillow image, or a file's path; or a batch (N, H, W, C), or a list of
            pictures of one size. Arrays hold floats from 0 to 1, or integers from 0 to 255.
        recipe: the settings, a preset's name or a recipe's file; None: all defaults.
        preset: a preset's name, in place of a recipe: `dream(picture, preset="animals")`.
        objective: what to dream of; None: as the recipe says.
        progress: True shows a bar, in a notebook's cell or on the terminal; a function is called at every step.
        settings: fields of `DreamConfig` to change, such as `steps=20, layers="mixed6"`; and `strength`.

    Returns:
        The dream, (H, W, 3), or (N, H, W, 3) for a batch or list. Floats give float32 at the same scale, all else gives
        uint8. Notebooks show it as a picture.

    Raises:
        ConfigError: `picture` is no picture, or there is no such preset or setting.
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
    """Dream one picture from a file: a still, or the frame of a video at `read.start`.

    Args:
        source: the file to dream. Schedules take their value at 0 s.
        target: the file to make. An existing one is an error, unless `recipe.write.overwrite` is set.
        recipe: the settings, a preset's name or a recipe's file; None: all defaults.
        on_progress: called at every step; True shows a bar.
        objective: what to dream of; None: as the recipe says.

    Raises:
        DreamVideoError: see `dreamvideo.errors`.
    """
    source, target = path_of(source), path_of(target)
    recipe = apply_schedules(for_objective(as_recipe(recipe), objective), 0.0)
    check_target(target, source, recipe.write.overwrite, "still")
    with reported(on_progress) as report:
        report(Progress(0, None, "load"))
        start = read_first(source, recipe.read)
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
        source: the file to dream; "-": YUV4MPEG2, Matroska or a transport stream from standard input.
        target: the file to make; "-": standard output. An existing file is an error, unless `recipe.write.overwrite`
            is set.
        recipe: the settings, a preset's name or a recipe's file; None: all defaults.
        on_progress: called at every frame; True shows a bar.
        music: sound in place of the source's. Schedules may use its loudness.
        piped_as: the format on standard output: YUV4MPEG2, or Matroska.
        objective: what to dream of; None: as the recipe says. Not in a job.
        stop: called after every frame; True ends the render. The file then holds the frames so far, and plays.
        job: render as a job with these options; None: render at once, in this process. A job survives a crash, and the
            same call resumes it; `stop` makes it raise StoppedError. Pipes cannot be jobs.

    Raises:
        ConfigError: `job` is given with a pipe or an objective.
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
    """Dive into a picture: each frame is the last one, moved by the camera and dreamed again.

    Other arguments are as for `dream_video`.

    Args:
        source: a picture, or a video, whose last frame is taken; None with `zoom.from_noise`.
        music: sound of the result. Schedules may use its loudness.
        objective: what to dream of in all frames; None: as the recipe says. Not in a job.

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
    """Resume a job that was interrupted.

    Args:
        folder: the job's folder, TARGET.job, beside its target.
        on_progress: called at every frame.
        target: the file to make, on the same disk as the job; None: the folder's name without ".job".
        overwrite: whether a file at the target may be replaced.
        stop: called after every frame; True ends the work, which can be resumed again.
        job: how the work is spread over processes and machines.

    Raises:
        JobChangedError: an input or a version has changed since the job began.
        TargetExistsError: another file is at the target, and `overwrite` is not set.
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
    """Dream frames inside another tool: takes source frames, yields dreamed frames.

    Args:
        frames: `Frame`s, or pictures of one size: float32 RGB (H, W, 3) in [0, 1], or anything else that
            `media.as_picture` takes. The first picture determines the scale of floats, 0 to 1 or 0 to 255.
        recipe: the settings, a preset's name or a recipe's file; None: all defaults.
        fps: frames per second of pictures that are no `Frame`s, and of schedules in frames.
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
    """Render a plan in this process: make its frames one after another, and encode them."""
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
