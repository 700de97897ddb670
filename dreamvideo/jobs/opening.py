"""Create a job, or find it again if it would still make the same frames."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from dreamvideo.errors import ConfigError, InputNotFoundError, JobChangedError, OutputError, printable
from dreamvideo.jobs.fingerprint import Fingerprint, fingerprint
from dreamvideo.jobs.plan import Plan, Survey, differences, version_changes
from dreamvideo.jobs.processes import refuse_within_worker
from dreamvideo.jobs.store import PLAN, Job
from dreamvideo.jobs.worker import RendererOpener
from dreamvideo.media.drafts import LONGEST_NAME

SUFFIX = ".job"


def job_folder(target: Path) -> Path:
    """The folder of a target's job: beside the target, so that the result can be moved atomically.

    Raises:
        OutputError: the target's name is too long for it.
    """
    most = LONGEST_NAME - len(SUFFIX)
    if len(os.fsencode(target.name)) > most:
        raise OutputError(
            f"expected a name of at most {most} bytes, so that a job's folder can be named after it, "
            f"got {len(os.fsencode(target.name))} bytes: {printable(target.name)[:40]}..."
        )
    return target.with_name(target.name + SUFFIX)


def has_job(target: Path) -> bool:
    """Whether a target has an unfinished job."""
    return (job_folder(target.absolute()) / PLAN).exists()


def job_target(folder: Path) -> Path:
    """The target of a job, from its folder's name.

    Raises:
        ConfigError: the name is not TARGET.job.
    """
    folder = folder.absolute()
    if not folder.name.endswith(SUFFIX) or folder.name == SUFFIX:
        raise ConfigError(f"expected a job's folder, named TARGET{SUFFIX}, got {folder}")
    return folder.with_name(folder.name.removesuffix(SUFFIX))


def open_job(
    plan: Plan,
    target: Path,
    survey: Callable[[], Survey],
    open_renderer: RendererOpener | None = None,
    arranged: Callable[[Plan], Plan] | None = None,
) -> Job:
    """Create the job of a target, or find an unfinished one.

    Args:
        plan: the plan, without shots.
        survey: finds the shots; called for a new job only.
        open_renderer: called for a new job only, so that it can refuse the plan before the job exists.
        arranged: changes the plan of a new job once its shots are known.

    Raises:
        JobChangedError: the target has a job with other input, settings, weights or versions.
        DamagedInputError: that job is damaged.
    """
    refuse_within_worker()
    path = job_folder(target.absolute())
    if not (path / PLAN).exists():
        plan = plan.surveyed(survey())
        plan = plan if arranged is None else arranged(plan)
        if open_renderer is not None:
            open_renderer(plan)
        return Job.create(path, plan)
    job = Job.load(path)
    _refuse(job, differences(job.plan, plan))
    _relocate(job, plan.inputs)
    return job


def load_job(folder: Path) -> Job:
    """Find a job by its folder, and check that it would still make the same frames.

    Raises:
        InputNotFoundError: there is no job; or an input is missing at its path, absolute and relative to the folder.
        JobChangedError: an input or a version has changed.
        DamagedInputError: the job is damaged.
        RefusedError: the job names files outside its folder.
    """
    refuse_within_worker()
    job_target(folder)
    job = Job.load(folder.absolute())
    inputs = {name: _found(job, name) for name in job.plan.inputs}
    same = {name: item.same_content(job.plan.inputs[name]) for name, item in inputs.items()}
    changed = [f"{name}: other content than then" for name in inputs if not same[name]]
    _refuse(job, changed + version_changes(job.plan))
    _relocate(job, inputs)
    return job


def _found(job: Job, name: str) -> Fingerprint:
    """An input of a job: the file with the same content, else any file at its possible paths."""
    paths = job.plan.possible_paths(name, job.path)
    there = [fingerprint(path) for path in paths if os.path.lexists(path)]
    if not there:
        raise InputNotFoundError(
            f"no such file: {paths[-1]}, the {name} of {job.path}; where it is elsewhere now, repeat the command that "
            "began the job, with its new name"
        )
    return next((item for item in there if item.same_content(job.plan.inputs[name])), there[0])


def _relocate(job: Job, inputs: Mapping[str, Fingerprint]) -> None:
    if dict(job.plan.inputs) != dict(inputs) or job.plan.home != str(job.path):
        job.relocate(inputs)


def _refuse(job: Job, changed: list[str]) -> None:
    if changed:
        lines = "\n  ".join(changed)
        raise JobChangedError(
            f"{job.path} was begun otherwise, and its frames would not match:\n  {lines}\n"
            "repeat it as it was, or delete its folder to start again"
        )
