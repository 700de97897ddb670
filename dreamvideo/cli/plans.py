"""What a command would do, and what it costs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dreamvideo.cli.display import Display, clock_text
from dreamvideo.cli.options import Run
from dreamvideo.config import Recipe
from dreamvideo.progress import OnProgress, silent

if TYPE_CHECKING:
    from dreamvideo.pipeline import Plan


def make_plan(
    kind: Literal["video", "zoom"], source: Path | None, recipe: Recipe, on_progress: OnProgress = silent
) -> Plan:
    """Measure and estimate, without rendering."""
    from dreamvideo.pipeline import plan_video, plan_zoom

    return plan_zoom(source, recipe) if kind == "zoom" or source is None else plan_video(source, recipe)


def words(plan: Plan) -> str:
    """The plan in one line."""
    return (
        f"{plan.frames} frames, {plan.shots} shot{'s' * (plan.shots != 1)}, {plan.size[0]}x{plan.size[1]}: "
        f"about {clock_text(plan.seconds)} here, {megabytes(plan.disk_bytes)} on disk while it works, "
        f"{megabytes(plan.output_bytes)} in the end"
    )


def facts(plan: Plan) -> dict[str, object]:
    """The plan for a program."""
    return asdict(plan)


def megabytes(size: float) -> str:
    """Bytes in MB, or KB or GB where that reads better."""
    for unit, one in (("GB", 1e9), ("MB", 1e6)):
        if size >= one:
            return f"{size / one:.1f} {unit}"
    return f"{size / 1e3:.0f} KB"


def show_plan(kind: Literal["video", "zoom"], source: Path | None, recipe: Recipe, run: Run) -> None:
    """Print the plan as the result of a dry run."""
    plan = make_plan(kind, source, recipe)
    Display(as_json=run.json).answer("plan", facts(plan), words(plan))
