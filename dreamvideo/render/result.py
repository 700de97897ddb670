"""The result of a render: its encoder, and its summary."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from dreamvideo.config import ReadConfig, Recipe
from dreamvideo.jobs import Plan
from dreamvideo.media import AudioSpan, ExtrasSpan, Target, open_target
from dreamvideo.media.target import PipedAs
from dreamvideo.recipe import metadata_of
from dreamvideo.render.planning import recipe_of


@dataclass(frozen=True, slots=True)
class Result:
    """The summary of a finished render.

    Attributes:
        path: the file or folder that was made.
        frames: its number of frames.
        cuts: times, in seconds, at which shots begin; the first shot is left out.
        warnings: what was assumed, repaired or left out, in plain sentences.
        damaged: whether the source was damaged, so that only its readable part was dreamed.
    """

    path: Path
    frames: int
    cuts: tuple[Fraction, ...] = ()
    warnings: tuple[str, ...] = ()
    damaged: bool = False

    def _repr_html_(self) -> str:
        """HTML for notebooks: the picture or the clip itself, and the warnings."""
        from dreamvideo.notebook import embedded

        return embedded(self.path, self.warnings)

    @classmethod
    def of(cls, plan: Plan, path: Path, frames: int, notes: list[str]) -> Result:
        """The result of a plan, whose encoder left `notes`."""
        facts = plan.facts
        cuts = [Fraction(facts["times"][shot.first][0]) for shot in plan.shots[1:] if shot.first < frames]
        return cls(path, frames, tuple(cuts), (*facts["warnings"], *notes), facts["damaged"])


def open_result(plan: Plan, target: Path, *, overwrite: bool, piped_as: PipedAs = "y4m") -> Target:
    """Open the encoder of a plan's result.

    Args:
        plan: a plan with its shots, or of a pipe.
        target: where the result goes.
        overwrite: whether a file at the target may be replaced.
        piped_as: the format on standard output.

    Raises:
        TargetExistsError: a file is at the target, and `overwrite` is not set.
    """
    recipe, facts = recipe_of(plan), plan.facts
    rate, time_base = (None if facts[key] is None else Fraction(facts[key]) for key in ("rate", "time_base"))
    return open_target(
        target,
        plan.size,
        rate,
        replace(recipe.write, overwrite=overwrite),
        audio_from=_sound(plan, recipe),
        metadata=metadata_of(recipe, plan.weights),
        time_base=time_base,
        extras_from=_extras(plan, recipe.read),
        piped_as=piped_as,
    )


def _extras(plan: Plan, read: ReadConfig) -> ExtrasSpan | None:
    """The part of a source from which chapters, subtitles and timecode are taken; None for a zoom and a pipe."""
    if plan.kind != "video" or not plan.shots:
        return None
    return ExtrasSpan(Path(plan.inputs["source"].path), read.start, read.end)


def _sound(plan: Plan, recipe: Recipe) -> AudioSpan | None:
    """The sound: a given track, which fades out at the end; else the video's own, starting at `read.start`."""
    if "music" in plan.inputs:
        return AudioSpan(Path(plan.inputs["music"].path), fade_out=Fraction(1))
    if plan.kind == "video" and plan.facts["sound"] and recipe.write.audio:
        return AudioSpan(Path(plan.inputs["source"].path), recipe.read.start)
    return None
