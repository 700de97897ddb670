"""The `dreamvideo` command with stand-ins for its commands, so that its help imports none of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from dreamvideo.cli.tables import Command, Group

MAKE, CHOOSE, KNOW = "Make", "Choose", "Know"
COMMANDS: Mapping[str, tuple[str, str]] = {
    "video": (MAKE, "Dream a video, a GIF or a sequence of pictures."),
    "image": (MAKE, "Dream a picture, or a frame of a video."),
    "zoom": (MAKE, "Dive into a picture, dreaming on the way."),
    "live": (MAKE, "Dream a camera while you look, in a window with keys."),
    "resume": (MAKE, "Go on with a job that was cut off."),
    "atlas": (CHOOSE, "Show a picture dreamed through every layer, on one sheet."),
    "preview": (CHOOSE, "Show a few frames of a clip dreamed, beside their sources, and what the whole will cost."),
    "compare": (CHOOSE, "Put clips side by side in one video."),
    "layers": (CHOOSE, "List the layers of a network, with how many channels each has."),
    "words": (CHOOSE, "List the words to dream of, by group, those of your own first; or draw them."),
    "learn": (CHOOSE, "Teach it a word from a few pictures, to dream of with --of."),
    "studio": (CHOOSE, "Choose a look by eye, on a page that only this machine sees."),
    "show": (
        KNOW,
        "Print the recipe inside a file as TOML; without one, the recipe that files, variables and flags make.",
    ),
    "presets": (KNOW, "List the looks that --preset knows."),
    "bench": (KNOW, "Measure this machine: seconds a step, frames a second, memory."),
    "man": (KNOW, "Print the manual of a command, or of all."),
    "models": (KNOW, "List networks, fetch and check their weights."),
}
"""Command, in order of the help -> its panel and its line."""


def root() -> typer.Typer:
    """The command, without subcommands."""
    app = typer.Typer(
        name="dreamvideo",
        cls=Group,
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
    app.callback()(_main)
    return app


def outline() -> typer.Typer:
    """The command with stand-ins, whose help is that of `app.app`."""
    app = root()
    for name, (panel, line) in COMMANDS.items():
        app.command(name, cls=Command, help=line, rich_help_panel=panel)(_nothing)
    return app


def _nothing() -> None:
    pass


def _versions(wanted: bool) -> None:
    if wanted:
        from dreamvideo.cli.show import versions_text

        typer.echo(versions_text())
        raise typer.Exit


def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_versions, is_eager=True, help="Versions of this and of what it uses.")
    ] = False,
) -> None:
    """DeepDream videos and zoom animations."""
