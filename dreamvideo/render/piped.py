"""Dream from a pipe, or into one: frame by frame, in one pass.

Frames are the same as those of a file. But a pipe cannot be read twice. So this is no job, and shots are not known in
advance: they cannot be split, or distributed to workers.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dreamvideo.config import Recipe
from dreamvideo.errors import DamagedInputError, ScheduleError, printable
from dreamvideo.media import open_source
from dreamvideo.media.target import PipedAs
from dreamvideo.progress import OnProgress, Progress
from dreamvideo.render.planning import plan_piped
from dreamvideo.render.renderers import VideoRenderer
from dreamvideo.render.result import Result, open_result

if TYPE_CHECKING:
    from dreamvideo.objectives import Objective

_OF_THE_LENGTH = ("%", "max_f")
"""What depends on a clip's length in a schedule."""


def render_piped(
    source: Path,
    target: Path,
    recipe: Recipe,
    on_progress: OnProgress,
    *,
    music: Path | None = None,
    objective: Objective | None = None,
    stop: Callable[[], bool] | None = None,
    piped_as: PipedAs = "y4m",
) -> Result:
    """Dream a clip whose source or target is a pipe.

    Args:
        music: sound in place of the source's. Schedules may use its loudness.
        objective: what to dream of; None: as the recipe says.
        stop: called after every frame; True ends the result.
        piped_as: the format on standard output.

    Raises:
        ScheduleError: a schedule depends on the clip's length, which is unknown.
        DamagedInputError: no frame could be read.
        DreamVideoError: see `dreamvideo.errors`.
    """
    with open_source(source, recipe.read) as frames:
        if frames.info.duration is None:
            _refuse_lengths(recipe)
        plan = plan_piped(frames, recipe, music=music)
        renderer = VideoRenderer(plan, objective)
        with open_result(plan, target, overwrite=recipe.write.overwrite, piped_as=piped_as) as writer:
            for frame, _ in renderer.loop.dream(frames):
                writer.write(frame.picture, frame.time, frame.duration)
                on_progress(Progress(writer.frames, frames.frames, "dream"))
                if stop is not None and stop():
                    writer.finish_early()
                    break
            if not writer.frames:
                raise DamagedInputError(f"no frame of {printable(source)} could be read")
        return Result(target, writer.frames, warnings=(*frames.warnings, *writer.notes), damaged=frames.damaged)


def _refuse_lengths(recipe: Recipe) -> None:
    for setting, text in recipe.schedules:
        found = next((mark for mark in _OF_THE_LENGTH if mark in text), None)
        if found is not None:
            raise ScheduleError(
                f"expected seconds or frames in the schedule of {setting}, got {found} in {text!r}: how long a pipe "
                "will be is not known"
            )
