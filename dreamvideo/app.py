"""The `dreamvideo` command with all of its commands."""

from __future__ import annotations

from collections.abc import Callable

from dreamvideo.cli import bench, image, jobs, live, looks, man, models, show, video, words, zoom
from dreamvideo.cli.examples import epilog
from dreamvideo.cli.outline import COMMANDS, root
from dreamvideo.cli.tables import Command, unwrapped
from dreamvideo.studio.starting import studio

app = root()

STAR = (
    "* Or a schedule: '0s: 1, 4s: 1.5 smooth, 8s: 1'; with keys in frames as in Deforum, '0: (1.0), 60: (1.04)', "
    "speeds are per frame."
)


def _offer(command: Callable[..., None], *notes: str) -> None:
    panel, _ = COMMANDS[command.__name__]
    app.command(
        cls=Command, help=unwrapped(command.__doc__), rich_help_panel=panel, epilog=epilog(command.__name__, *notes)
    )(command)


_offer(video.video, STAR)
_offer(image.image)
_offer(zoom.zoom, STAR)
_offer(live.live, live.KEYS_NOTE)
_offer(jobs.resume)
_offer(looks.atlas)
_offer(looks.preview, STAR)
_offer(looks.compare)
_offer(looks.layers)
_offer(words.words)
_offer(words.learn)
_offer(studio)
_offer(show.show, STAR)
_offer(show.presets)
_offer(bench.bench)
_offer(man.man)
app.add_typer(models.app, name="models", rich_help_panel=COMMANDS["models"][0])
