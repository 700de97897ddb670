"""The arguments that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Clip = Annotated[
    Path,
    typer.Argument(
        metavar="INPUT",
        help="A video, a GIF, a folder of pictures or a pattern such as 'in/*.png'.",
        show_default=False,
    ),
]
Still = Annotated[Path, typer.Argument(metavar="INPUT", help="A picture.", show_default=False)]
Anything = Annotated[Path, typer.Argument(metavar="INPUT", help="A picture or a video.", show_default=False)]
Video = Annotated[
    Path | None,
    typer.Argument(
        metavar="OUTPUT",
        help=".mp4, .webm, .mov, .gif or a folder for PNGs. [dim]\\[default: INPUT_dream.EXT beside the input][/dim]",
        show_default=False,
    ),
]
Picture = Annotated[
    Path | None,
    typer.Argument(metavar="OUTPUT", help="A picture. [dim]\\[default: beside the input][/dim]", show_default=False),
]
Music = Annotated[
    Path | None,
    typer.Option(
        help="Sound laid under the result; schedules may use its bass, mid, treble and loudness.",
        metavar="FILE",
        rich_help_panel="Camera",
    ),
]
