"""`resume`, and the options of jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dreamvideo.cli.options import Run, takes
from dreamvideo.cli.plans import show_plan
from dreamvideo.cli.working import deliver, working

_PANEL = "Work"
Workers = Annotated[
    str,
    typer.Option(
        help="Processes that dream shots side by side, one thread each; auto: as many as there are cores and shots "
        "for, if these are more than one process keeps busy.",
        metavar="N|auto",
        rich_help_panel=_PANEL,
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        help="Address of a Dask scheduler whose workers dream the shots.", metavar="ADDRESS", rich_help_panel=_PANEL
    ),
]
Force = Annotated[
    bool, typer.Option("--force", help="Begin although the disk seems too small.", rich_help_panel=_PANEL)
]


@takes(plans=True)
def resume(
    job: Annotated[
        Path, typer.Argument(metavar="JOB", help="Folder of a job: OUTPUT.job, beside its output.", show_default=False)
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Another result than the job was begun for, on its disk. [dim]\\[default: OUTPUT of OUTPUT.job][/dim]",
            metavar="OUTPUT",
            rich_help_panel="Result",
            show_default=False,
        ),
    ] = None,
    workers: Workers = "auto",
    scheduler: Scheduler = None,
    force: Force = False,
    run: Run,
) -> None:
    """Go on with a job that was cut off.

    Settings are those it began with.
    """
    if run.dry_run:
        from dreamvideo.cost.estimate import estimate_job
        from dreamvideo.jobs.opening import job_target
        from dreamvideo.media import check_target

        target = output or job_target(job)
        check_target(target, None, True, "clip")
        show_plan(lambda: estimate_job(job), target, run)
        return
    with working(run) as work:
        from dreamvideo.pipeline import resume as go_on
        from dreamvideo.render.durable import JobOptions

        options = JobOptions(workers=workers, scheduler=scheduler, force=force)
        overwrite = bool(run.overwrite)
        deliver(go_on(job, work.show, target=output, overwrite=overwrite, stop=work.stop, job=options), work)
