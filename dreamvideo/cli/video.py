"""`video`: dream a clip."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from dreamvideo.cli.arguments import ClipsArgument, MusicOption
from dreamvideo.cli.batch import Output, To, each, pairs
from dreamvideo.cli.jobs import Force, Scheduler, Workers
from dreamvideo.cli.options import Run, takes
from dreamvideo.cli.piping import PipedAsOption, refuse_piped_job
from dreamvideo.cli.plans import show_plan
from dreamvideo.cli.targets import agreed, is_done
from dreamvideo.cli.working import deliver, working
from dreamvideo.config import Recipe


@takes("network", "dream", "coherence", "parts", "size", "span", "camera", "write", plans=True)
def video(
    sources: ClipsArgument,
    *,
    to: To = None,
    output: Output = None,
    music: MusicOption = None,
    workers: Workers = "auto",
    scheduler: Scheduler = None,
    force: Force = False,
    piped_as: PipedAsOption = "y4m",
    recipe: Recipe,
    run: Run,
) -> None:
    """Dream a video, a GIF or a sequence of pictures.

    The result has the source's frames, times, size and sound, unless options say otherwise. A run that was cut off
    goes on where it was with the same command. Of several inputs each has its own result.
    A pipe, named -, is no job: it cannot be gone back in.
    """
    from dreamvideo.jobs.threads import leave_a_core
    from dreamvideo.media.oneway import is_piped

    leave_a_core()
    spread = {"workers": workers, "scheduler": scheduler, "force": force}
    inputs = pairs(sources, to, output, "clip", run)
    piped = any(is_piped(path) for pair in inputs for path in pair)
    if piped:
        refuse_piped_job(inputs, run, spread | {"workers": workers != "auto"})

    def make(source: Path, target: Path) -> None:
        _make(source, target, recipe, run, music, None if piped else spread, piped_as)

    each(inputs, make, run)


def _make(
    source: Path,
    target: Path,
    recipe: Recipe,
    run: Run,
    music: Path | None,
    spread: Mapping[str, Any] | None,
    piped_as: Literal["y4m", "mkv"],
) -> None:
    if is_done(target, run):
        return
    recipe = agreed(recipe, source, target, run, "clip")
    if run.dry_run:
        from dreamvideo.cost.estimate import estimate_video

        show_plan(lambda: estimate_video(source, recipe, target.suffix, music=music), target, run)
        return
    with working(run) as work:
        from dreamvideo.pipeline import dream_video
        from dreamvideo.render.durable import JobOptions

        job = None if spread is None else JobOptions(**spread)
        made = dream_video(source, target, recipe, work.show, music=music, piped_as=piped_as, stop=work.stop, job=job)
        deliver(made, work, target)
