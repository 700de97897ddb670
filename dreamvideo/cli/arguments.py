"""Arguments of several commands. Files are checked by the code that reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def _argument(metavar: str, words: str) -> Any:
    return typer.Argument(metavar=metavar, help=words, show_default=False, readable=False)


ClipsArgument = Annotated[
    list[Path],
    _argument(
        "INPUT",
        "A video, a GIF, a folder of pictures or a pattern such as 'in/*.png'; several, or a folder of videos, "
        "each by itself; - for YUV4MPEG2, Matroska or MPEG-TS from standard input. The second of two is the OUTPUT, "
        "unless it is a clip to dream, too; - for standard output. Without one it is INPUT_dream.EXT beside the input.",
    ),
]
PicturesArgument = Annotated[
    list[Path],
    _argument(
        "INPUT",
        "A picture, or a video; several, or a folder or a pattern such as 'in/*.jpg', each by itself. The second "
        "of two is the OUTPUT, unless it is a picture to dream, too. Without one it is INPUT_dream.EXT beside the "
        "input.",
    ),
]
ClipArgument = Annotated[
    Path, _argument("INPUT", "A video, a GIF, a folder of pictures or a pattern such as 'in/*.png'.")
]
AnythingArgument = Annotated[Path, _argument("INPUT", "A picture or a video.")]
ZoomArgument = Annotated[
    Path | None, _argument("INPUT", "A picture, or a video, whose last frame is taken; none with --from-noise.")
]
VideoArgument = Annotated[
    Path | None,
    _argument(
        "OUTPUT",
        ".mp4, .mov, .mkv, .webm, .gif, or a folder for PNGs. [dim]\\[default: INPUT_dream.EXT beside the input][/dim]",
    ),
]
PictureArgument = Annotated[Path | None, _argument("OUTPUT", "A picture. [dim]\\[default: beside the input][/dim]")]
MusicOption = Annotated[
    Path | None,
    typer.Option(
        help="Sound laid under the result; schedules may use its bass, mid, treble and loudness.",
        metavar="FILE",
        rich_help_panel="Camera",
    ),
]
