"""Print plans and their cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from dreamvideo.cli.display import Display, clock_text
from dreamvideo.cli.options import Run

if TYPE_CHECKING:
    from dreamvideo.cost.measuring import Estimate


MEASURING = "measuring a few frames"


def words(plan: Estimate) -> str:
    """The plan in one line: its frames, and after a colon the cost."""
    shots = f"{plan.shots} shot{'s' * (plan.shots != 1)}, " if plan.shots else ""
    return (
        f"{plan.frames} frame{'s' * (plan.frames != 1)}, {shots}{plan.size[0]}x{plan.size[1]}: "
        f"about {clock_text(plan.seconds)} here, {megabytes(plan.disk_bytes)} on disk while it works, "
        f"{megabytes(plan.output_bytes)} in the end"
    )


def facts(plan: Estimate, target: Path) -> dict[str, object]:
    """The plan as JSON."""
    return {"path": str(target), **asdict(plan)}


def megabytes(size: float) -> str:
    """Bytes in KB, MB or GB."""
    for unit, one in (("GB", 1e9), ("MB", 1e6)):
        if size >= one:
            return f"{size / one:.1f} {unit}"
    return f"{size / 1e3:.0f} KB"


def show_plan(measure: Callable[[], Estimate], target: Path, run: Run) -> None:
    """Measure, and print the plan of a dry run."""
    show = Display(quiet=run.quiet, as_json=run.json)
    show.note(MEASURING)
    plan = measure()
    show.answer("plan", facts(plan, target), f"{target}: {words(plan)}")
