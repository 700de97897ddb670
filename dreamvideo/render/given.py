"""Convert the arguments of callers to what the loops take: paths, settings, objectives, frames."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from dreamvideo.config import DreamConfig, Recipe
from dreamvideo.errors import ConfigError
from dreamvideo.media import Frame, PictureLike, PictureReader, refuse_one
from dreamvideo.progress import OnProgress, Progress
from dreamvideo.recipe import nearest
from dreamvideo.schedule import MIXTURES
from dreamvideo.values import field_types

if TYPE_CHECKING:
    from dreamvideo.dreamer.walk import OnStep
    from dreamvideo.objectives import Objective

AnyPath: TypeAlias = "str | os.PathLike[str]"


def path_of(given: AnyPath) -> Path:
    """Convert an argument to a path.

    Raises:
        ConfigError: it is no path, or an empty one.
    """
    try:
        name = os.fsdecode(given)
    except TypeError as error:
        raise ConfigError(
            f"expected a file's path, got {type(given).__name__}: `dream` takes pictures and arrays, and gives them"
        ) from error
    if not name:
        raise ConfigError("expected a file's path, got an empty one")
    return Path(name)


def for_objective(recipe: Recipe, objective: Objective | None) -> Recipe:
    """The recipe to use with a caller's objective: without metadata, since the recipe alone would not repeat it.

    Raises:
        ConfigError: the recipe schedules layers or words.
    """
    if objective is None:
        return recipe
    if any(setting in MIXTURES for setting, _ in recipe.schedules):
        raise ConfigError("expected either an objective or a schedule of layers or words, got both")
    return replace(recipe, write=replace(recipe.write, metadata=False))


def with_settings(recipe: Recipe, settings: Mapping[str, Any]) -> Recipe:
    """Change fields of a recipe's `DreamConfig`, or its strength.

    Raises:
        ConfigError: there is no such field.
    """
    own = dict(settings)
    strength = own.pop("strength", recipe.coherence.strength)
    for name in own:
        if name not in field_types(DreamConfig):
            raise ConfigError(
                f"there is no setting {name!r} of a dream: {nearest(name, [*field_types(DreamConfig), 'strength'])}"
            )
    return replace(recipe, dream=replace(recipe.dream, **own), coherence=replace(recipe.coherence, strength=strength))


def told_of_steps(report: OnProgress) -> OnStep:
    """Make a callback that reports the steps of a dream."""
    return lambda step: report(Progress(step.done, step.total, "dream", unit="steps"))


def frames_of(frames: Iterable[Frame] | Iterable[PictureLike], fps: Fraction) -> Iterator[Frame]:
    """Convert pictures to frames at `fps` frames per second; frames keep their times.

    Raises:
        ConfigError: one of them is no picture, or differs in size from the first.
    """
    refuse_one(frames)
    reader = PictureReader()
    for index, frame in enumerate(frames):
        # Frames are read ahead, but a tool may reuse one buffer for all of them. So copy them.
        if isinstance(frame, Frame):
            yield replace(frame, picture=reader.read(frame.picture).copy())
        else:
            yield Frame(reader.read(frame).copy(), index / fps, 1 / fps, index)
