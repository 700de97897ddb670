"""`zoom`: a dive into a picture."""

from __future__ import annotations

from pathlib import Path

from dreamvideo.cli.arguments import MusicOption, VideoArgument, ZoomArgument
from dreamvideo.cli.jobs import Force
from dreamvideo.cli.options import Run, takes
from dreamvideo.cli.plans import show_plan
from dreamvideo.cli.targets import agreed, beside, is_done
from dreamvideo.cli.working import deliver, working
from dreamvideo.config import Recipe
from dreamvideo.errors import ConfigError


@takes("network", "dream", "camera", "zoom", "size", "write", plans=True)
def zoom(
    source: ZoomArgument = None,
    target: VideoArgument = None,
    *,
    music: MusicOption = None,
    force: Force = False,
    recipe: Recipe,
    run: Run,
) -> None:
    """Dive into a picture, dreaming on the way.

    Each frame is the last one, moved by the camera and dreamed a little more. Without layers of yours it wanders
    through the network's, so that there is always something new to see.
    """
    if recipe.zoom.from_noise and source is not None:
        source, target = None, target or source
    if source is None and not recipe.zoom.from_noise:
        raise ConfigError("expected a picture to dive into, got none: name one, or say --from-noise")
    target = target or (Path("noise_dream.mp4") if source is None else beside(source, ".mp4"))
    if is_done(target, run):
        return
    recipe = agreed(recipe, source, target, run, "clip")
    if run.dry_run:
        from dreamvideo.cost.estimate import estimate_zoom

        show_plan(lambda: estimate_zoom(source, recipe, target.suffix, music=music), target, run)
        return
    with working(run) as work:
        from dreamvideo.pipeline import dream_zoom
        from dreamvideo.render.durable import JobOptions

        job = JobOptions(force=force)
        deliver(dream_zoom(source, target, recipe, work.show, music=music, stop=work.stop, job=job), work, target)
