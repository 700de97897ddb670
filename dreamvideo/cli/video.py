"""`video`: the dream along a clip."""

from __future__ import annotations

from dreamvideo.cli.arguments import Clip, Music, Video
from dreamvideo.cli.jobs import Force, Scheduler, Workers
from dreamvideo.cli.options import Run, takes
from dreamvideo.cli.plans import show_plan
from dreamvideo.cli.targets import agreed, beside, is_done
from dreamvideo.cli.working import deliver, working
from dreamvideo.config import Recipe


@takes("network", "dream", "coherence", "parts", "size", "span", "camera", "write", plans=True)
def video(
    source: Clip,
    target: Video = None,
    *,
    music: Music = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    force: Force = False,
    recipe: Recipe,
    run: Run,
) -> None:
    """Dream a video, a GIF or a sequence of pictures.

    The result has the source's frames, times, size and sound, unless options say otherwise. A run that was cut off
    goes on where it was with the same command.
    """
    target = target or beside(source)
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

        job = JobOptions(workers=workers, scheduler=scheduler, force=force)
        deliver(dream_video(source, target, recipe, work.show, music=music, stop=work.stop, job=job), work, target)
