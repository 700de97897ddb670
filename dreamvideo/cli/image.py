"""`image`: one picture."""

from __future__ import annotations

from pathlib import Path

from dreamvideo.cli.arguments import PicturesArgument
from dreamvideo.cli.batch import Output, To, each, pairs
from dreamvideo.cli.options import Run, takes
from dreamvideo.cli.plans import show_plan
from dreamvideo.cli.targets import agreed, is_done
from dreamvideo.cli.working import deliver, working
from dreamvideo.config import Recipe


@takes("network", "dream", "amount", "moment", "size", "still", plans=True)
def image(sources: PicturesArgument, *, to: To = None, output: Output = None, recipe: Recipe, run: Run) -> None:
    """Dream a picture, or a frame of a video.

    Of several inputs each has its own result.
    """
    each(pairs(sources, to, output, "still", run), lambda source, target: _make(source, target, recipe, run), run)


def _make(source: Path, target: Path, recipe: Recipe, run: Run) -> None:
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
