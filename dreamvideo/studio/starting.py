"""`studio`: a local page to play with."""

from __future__ import annotations

import signal
import time
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from dreamvideo.cli.arguments import option
from dreamvideo.cli.display import Display
from dreamvideo.cli.options import Run, takes
from dreamvideo.recipe.settings import SETTINGS, convert

_CHECK = 0.5
"""Seconds between checks for a signal."""


@takes(makes=False)
def studio(
    *,
    port: Annotated[
        int, option("Port on this machine; 0 takes any that is free.", min=0, max=65535, metavar="PORT")
    ] = 7860,
    browser: Annotated[bool, option("Whether the browser opens the page.", "--browser/--no-browser")] = True,
    max_upload: Annotated[str, option("Largest file that can be dropped.", metavar="SIZE")] = "512MB",
    model: Annotated[
        str | None,
        option(
            "Network that dreams; `dreamvideo models` lists them.", "--model", "-m", unset="dreamnet", metavar="NAME"
        ),
    ] = None,
    weights: Annotated[
        Path | None, option("Its weights, from a file.", unset="bundled or downloaded", metavar="FILE")
    ] = None,
    keep: Annotated[
        Path | None,
        option(
            "Folder where uploads and tries stay, and are found again.",
            unset="they go with the studio",
            metavar="FOLDER",
        ),
    ] = None,
    run: Run,
) -> None:
    """Choose a look by eye, on a page that only this machine sees.

    Ctrl-C ends it, and takes what was not downloaded with it.
    """
    from dreamvideo.jobs.stop import StopNow, stop_on_signals
    from dreamvideo.studio.server import serving

    own = {"network.model": model, "network.weights": None if weights is None else str(weights)}
    most = convert(SETTINGS["write.max_bytes"], max_upload, "--max-upload")
    show = Display(quiet=run.quiet, verbose=run.verbose, as_json=run.json)
    with stop_on_signals() as stop:
        try:
            with serving(
                port, {key: value for key, value in own.items() if value}, max_upload=most, keep=keep
            ) as address:
                show.answer("page", {"url": address}, address)
                stays = "what was not downloaded goes with it" if keep is None else f"tries stay in {keep}"
                show.note(f"Ctrl-C ends the studio; {stays}")
                if browser:
                    webbrowser.open(address)
                while not stop:
                    time.sleep(_CHECK)
        except StopNow:
            raise typer.Exit(128 + (stop.signal or signal.SIGINT)) from None
