"""`resume`, and the options of jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from dreamvideo.cli.arguments import argument, option
from dreamvideo.cli.options import Run, takes
from dreamvideo.cli.plans import show_plan
from dreamvideo.cli.working import deliver, working

Workers = Annotated[
    str,
    option(
        "Processes that dream shots side by side, one thread each; auto: as many as there are cores and shots "
        "for, if these are more than one process keeps busy.",
        panel="Work",
        metavar="N|auto",
    ),
]
Scheduler = Annotated[
    str | None, option("Address of a Dask scheduler whose workers dream the shots.", panel="Work", metavar="ADDRESS")
]
Force = Annotated[bool, option("Begin although the disk seems too small.", "--force", panel="Work")]


@takes(plans=True)
def resume(
    job: Annotated[Path, argument("JOB", "Folder of a job: OUTPUT.job, beside its output.")],
    *,
    output: Annotated[
        Path | None,
        option(
            "Another result than the job was begun for, on its disk.",
            panel="Result",
            unset="OUTPUT of OUTPUT.job",
            metavar="OUTPUT",
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
        from dreamvideo.jobs.store import Job
        from dreamvideo.jobs.threads import leave_a_core

        if Job.load(job).plan.kind == "video":
            leave_a_core()
        from dreamvideo.pipeline import resume as go_on
        from dreamvideo.render.durable import JobOptions

        options = JobOptions(workers=workers, scheduler=scheduler, force=force)
        overwrite = bool(run.overwrite)
        deliver(go_on(job, work.show, target=output, overwrite=overwrite, stop=work.stop, job=options), work)
