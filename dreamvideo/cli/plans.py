"""What a command would do, and what it costs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dreamvideo.cli.display import Display, clock_text
from dreamvideo.cli.options import Run
from dreamvideo.config import Recipe

if TYPE_CHECKING:
    from dreamvideo.estimate import Estimate

Kind = Literal["image", "video", "zoom"]


def make_plan(kind: Kind, source: Path | None, target: Path, recipe: Recipe) -> Estimate:
    """Measure a few frames, and estimate the whole from them."""
    from dreamvideo.estimate import estimate_image, estimate_video, estimate_zoom

    if kind == "zoom" or source is None:
        return estimate_zoom(source, recipe, target.suffix)
    return estimate_image(source, recipe) if kind == "image" else estimate_video(source, recipe, target.suffix)


def words(plan: Estimate) -> str:
    """The plan in one line."""
    return (
        f"{plan.frames} frame{'s' * (plan.frames != 1)}, {plan.shots} shot{'s' * (plan.shots != 1)}, "
        f"{plan.size[0]}x{plan.size[1]}: about {clock_text(plan.seconds)} here, "
        f"{megabytes(plan.disk_bytes)} on disk while it works, {megabytes(plan.output_bytes)} in the end"
    )


def facts(plan: Estimate) -> dict[str, object]:
    """The plan for a program."""
    return asdict(plan)


def megabytes(size: float) -> str:
    """Bytes in MB, or KB or GB where that reads better."""
    for unit, one in (("GB", 1e9), ("MB", 1e6)):
        if size >= one:
            return f"{size / one:.1f} {unit}"
    return f"{size / 1e3:.0f} KB"


def show_plan(kind: Kind, source: Path | None, target: Path, recipe: Recipe, run: Run) -> None:
    """Print the plan as the result of a dry run."""
    plan = make_plan(kind, source, target, recipe)
    Display(as_json=run.json).answer("plan", facts(plan), words(plan))
