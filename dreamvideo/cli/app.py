"""The `dreamvideo` command: what it offers, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from dreamvideo.cli import bench, image, jobs, looks, man, models, show, studio, video, zoom
from dreamvideo.cli.examples import epilog

app = typer.Typer(
    name="dreamvideo",
    help="DeepDream videos and zoom animations. Results are named on stdout, all else goes to stderr.",
    epilog="Exit codes: 0 done, 1 a bug, 2 usage or refusal, 3 input unusable, 4 output, disk or worker failed, "
    "5 finished but the input was damaged, 6 model or device, 130/143 interrupted.\n\n"
    "Settings: flags, DREAMVIDEO_* variables such as DREAMVIDEO_STEPS=20, --config FILE, ./dreamvideo.toml, "
    "~/.config/dreamvideo/config.toml, defaults.\n\n"
    "`dreamvideo COMMAND --help` has examples; `dreamvideo man COMMAND | man -l -` is its manual; "
    "`dreamvideo --install-completion` lets the shell complete commands, options, layers, looks and networks.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

MAKE, CHOOSE, KNOW = "Make", "Choose", "Know"
STAR = "* Or a schedule: '0s: 1, 4s: 1.5 smooth, 8s: 1'."


def _offer(panel: str, command: Callable[..., None], *notes: str) -> None:
    app.command(rich_help_panel=panel, epilog=epilog(command.__name__, *notes))(command)


_offer(MAKE, video.video, STAR)
_offer(MAKE, image.image)
_offer(MAKE, zoom.zoom, STAR)
_offer(MAKE, jobs.resume)
_offer(CHOOSE, looks.atlas)
_offer(CHOOSE, looks.preview, STAR)
_offer(CHOOSE, looks.compare)
_offer(CHOOSE, looks.layers)
_offer(CHOOSE, studio.studio)
_offer(KNOW, show.show, STAR)
_offer(KNOW, show.presets)
_offer(KNOW, bench.bench)
_offer(KNOW, man.man)
app.add_typer(models.app, name="models", rich_help_panel=KNOW)


def _versions(wanted: bool) -> None:
    if wanted:
        typer.echo(show.versions())
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_versions, is_eager=True, help="Versions of this and of what it uses.")
    ] = False,
) -> None:
    """DeepDream videos and zoom animations."""
