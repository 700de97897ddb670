"""Arguments of several commands. Files are checked by the code that reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dreamvideo.cli.flags import default_text


def argument(metavar: str, words: str, *, unset: str = "", **more: Any) -> Any:
    """An argument; `unset` describes its default."""
    help_text = f"{words} {default_text(unset)}" if unset else words
    return typer.Argument(metavar=metavar, help=help_text, show_default=False, **more)


def option(words: str, *names: str, panel: str | None = None, unset: str = "", **more: Any) -> Any:
    """An option; `unset` describes the default None."""
    help_text = f"{words} {default_text(unset)}" if unset else words
    return typer.Option(*names, help=help_text, rich_help_panel=panel, **more)


def _file(metavar: str, words: str, *, unset: str = "") -> Any:
    return argument(metavar, words, unset=unset, readable=False)


ClipsArgument = Annotated[
    list[Path],
    _file(
        "INPUT",
        "A video, a GIF, a folder of pictures or a pattern such as 'in/*.png'; several, or a folder of videos, "
        "each by itself; - for YUV4MPEG2, Matroska or MPEG-TS from standard input. The second of two is the OUTPUT, "
        "unless it is a clip to dream, too; - for standard output. Without one it is INPUT_dream.EXT beside the input.",
    ),
]
PicturesArgument = Annotated[
    list[Path],
    _file(
        "INPUT",
        "A picture, or a video; several, or a folder or a pattern such as 'in/*.jpg', each by itself. The second "
        "of two is the OUTPUT, unless it is a picture to dream, too. Without one it is INPUT_dream.EXT beside the "
        "input.",
    ),
]
ClipArgument = Annotated[Path, _file("INPUT", "A video, a GIF, a folder of pictures or a pattern such as 'in/*.png'.")]
AnythingArgument = Annotated[Path, _file("INPUT", "A picture or a video.")]
ZoomArgument = Annotated[
    Path | None, _file("INPUT", "A picture, or a video, whose last frame is taken; none with --from-noise.")
]
VideoArgument = Annotated[
    Path | None,
    _file(
        "OUTPUT",
        ".mp4, .mov, .mkv, .webm, .gif, or a folder for PNGs. [dim]\\[default: INPUT_dream.EXT beside the input][/dim]",
    ),
]
PictureArgument = Annotated[Path | None, _file("OUTPUT", "A picture.", unset="beside the input")]
MusicOption = Annotated[
    Path | None,
    option(
        "Sound laid under the result; schedules may use its bass, mid, treble and loudness.",
        panel="Camera",
        metavar="FILE",
    ),
]
