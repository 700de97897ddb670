"""The `dreamvideo` command: what it offers, by name."""

from __future__ import annotations

from typing import Annotated

import typer

from dreamvideo.cli import bench, image, jobs, looks, models, show, studio, video, zoom

app = typer.Typer(
    name="dreamvideo",
    help="DeepDream videos and zoom animations. Results are named on stdout, all else goes to stderr.",
    epilog="Exit codes: 0 done, 1 a bug, 2 usage or refusal, 3 input unusable, 4 output, disk or worker failed, "
    "5 finished but the input was damaged, 6 model or device, 130/143 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

MAKE, CHOOSE, KNOW = "Make", "Choose", "Know"
STAR = "* Or a schedule: '0s: 1, 4s: 1.5 smooth, 8s: 1'."

app.command(rich_help_panel=MAKE, epilog=STAR)(video.video)
app.command(rich_help_panel=MAKE, epilog=STAR)(image.image)
app.command(rich_help_panel=MAKE, epilog=STAR)(zoom.zoom)
app.command(rich_help_panel=MAKE)(jobs.resume)
app.command(rich_help_panel=CHOOSE)(looks.atlas)
app.command(rich_help_panel=CHOOSE)(looks.preview)
app.command(rich_help_panel=CHOOSE)(looks.compare)
app.command(rich_help_panel=CHOOSE)(looks.layers)
app.command(rich_help_panel=CHOOSE)(studio.studio)
app.command(rich_help_panel=KNOW)(show.show)
app.command(rich_help_panel=KNOW)(show.presets)
app.command(rich_help_panel=KNOW)(bench.bench)
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
