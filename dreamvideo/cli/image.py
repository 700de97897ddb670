"""`image`: one picture."""

from __future__ import annotations

from dreamvideo.cli.arguments import Anything, Picture
from dreamvideo.cli.options import Run, takes
from dreamvideo.cli.plans import show_plan
from dreamvideo.cli.targets import agreed, beside, is_done, still_suffix
from dreamvideo.cli.working import deliver, working
from dreamvideo.config import Recipe


@takes("network", "dream", "amount", "moment", "size", "still", plans=True)
def image(source: Anything, target: Picture = None, *, recipe: Recipe, run: Run) -> None:
    """Dream a picture, or a frame of a video."""
    target = target or beside(source, still_suffix(source))
    if is_done(target, run):
        return
    recipe = agreed(recipe, source, target, run, "still")
    if run.dry_run:
        from dreamvideo.cost.estimate import estimate_image

        show_plan(lambda: estimate_image(source, recipe, target.suffix), target, run)
        return
    with working(run) as work:
        from dreamvideo.pipeline import dream_image

        deliver(dream_image(source, target, recipe, work.show), work, target)
