"""The arguments that commands share; whether a file can be read is found out, and said, by who reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ClipsArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="INPUT",
        help="A video, a GIF, a folder of pictures or a pattern such as 'in/*.png'; several, or a folder of videos, "
        "each by itself; - for YUV4MPEG2, Matroska or MPEG-TS from standard input. The second of two is the OUTPUT, "
        "unless it is a clip to dream, too; - for standard output. Without one it is INPUT_dream.EXT beside the input.",
        show_default=False,
        readable=False,
    ),
]
PicturesArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="INPUT",
        help="A picture, or a video; several, or a folder or a pattern such as 'in/*.jpg', each by itself. The second "
        "of two is the OUTPUT, unless it is a picture to dream, too. Without one it is INPUT_dream.EXT beside the "
        "input.",
        show_default=False,
        readable=False,
    ),
]
ClipArgument = Annotated[
    Path,
    typer.Argument(
        metavar="INPUT",
        help="A video, a GIF, a folder of pictures or a pattern such as 'in/*.png'.",
        show_default=False,
        readable=False,
    ),
]
AnythingArgument = Annotated[
    Path, typer.Argument(metavar="INPUT", help="A picture or a video.", show_default=False, readable=False)
]
VideoArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="OUTPUT",
        help=".mp4, .mov, .mkv, .webm, .gif, or a folder for PNGs. "
        "[dim]\\[default: INPUT_dream.EXT beside the input][/dim]",
        show_default=False,
        readable=False,
    ),
]
PictureArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="OUTPUT", help="A picture. [dim]\\[default: beside the input][/dim]", show_default=False, readable=False
    ),
]
MusicOption = Annotated[
    Path | None,
    typer.Option(
        help="Sound laid under the result; schedules may use its bass, mid, treble and loudness.",
        metavar="FILE",
        rich_help_panel="Camera",
    ),
]
