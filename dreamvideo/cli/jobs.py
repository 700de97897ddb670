"""`resume`, and how a video's work is spread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dreamvideo.cli.options import Run, takes
from dreamvideo.cli.working import deliver, working

if TYPE_CHECKING:
    from dreamvideo.pipeline import JobOptions

_PANEL = "Work"
Workers = Annotated[
    int, typer.Option(min=1, help="Processes that dream shots side by side.", metavar="N", rich_help_panel=_PANEL)
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        help="Address of a Dask scheduler whose workers dream the shots.", metavar="ADDRESS", rich_help_panel=_PANEL
    ),
]
Split = Annotated[bool, typer.Option("--split", help="Let workers share a long shot, too.", rich_help_panel=_PANEL)]


def job_options(workers: int, scheduler: str | None, split: bool) -> JobOptions:
    """How the work is spread, for the pipeline."""
    from dreamvideo.pipeline import JobOptions

    return JobOptions(workers=workers, scheduler=scheduler, split=split)


@takes(makes=False)
def resume(
    job: Annotated[
        Path, typer.Argument(metavar="JOB", help="Folder of a job: OUTPUT.job, beside its output.", show_default=False)
    ],
    *,
    workers: Workers = 1,
    scheduler: Scheduler = None,
    run: Run,
) -> None:
    """Go on with a job that was cut off.

    [bold]dreamvideo resume clip_dream.mp4.job[/bold]
    """
    with working(run) as work:
        from dreamvideo.pipeline import resume_job

        deliver(resume_job(job, work.show, jobs=job_options(workers, scheduler, False), stop=work.stop), work)
