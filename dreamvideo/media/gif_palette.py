"""Encode GIFs with ffmpeg's palette filters, run by imageio-ffmpeg's binary."""

from __future__ import annotations

import errno
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dreamvideo.config import GifPalette
from dreamvideo.errors import EncodeError, printable
from dreamvideo.media.drafts import target_name
from dreamvideo.media.geometry import Size
from dreamvideo.media.publish import writing

_ONE_MORE = "tpad=stop=1:color=0x01FE03"
"""A frame after the last, in a rare colour: palettegen counts only colours that the next frame changes."""
_DISK_FULL_MESSAGES = {"No space left on device": errno.ENOSPC, "File too large": errno.EFBIG}


@dataclass(frozen=True, slots=True)
class GifEncoding:
    """Settings of a GIF: (width, height), every nth frame, and number of colours in a palette."""

    size: Size
    every: int = 1
    colors: int = 256


def encode_gif(spool: Path, draft: Path, encoding: GifEncoding, palette: GifPalette, last_delay: int) -> None:
    """Encode the frames of `spool` to `draft`, in an endless loop; the last frame lasts `last_delay` centiseconds.

    Raises:
        OutputError: ffmpeg failed.
    """
    chosen = f"select=not(mod(n\\,{encoding.every})),scale={encoding.size[0]}:{encoding.size[1]}:flags=area"
    source = ["-i", _url(spool)]
    out = ["-fps_mode", "passthrough", "-loop", "0", "-final_delay", str(last_delay), "-f", "gif", _url(draft)]
    make = f"palettegen=max_colors={encoding.colors}"
    if palette == "frame":
        graph = f"[0:v]{chosen},split[a][b];[a]{make}:stats_mode=single[p];[b][p]paletteuse=new=1:dither=sierra2_4a"
        _run([*source, "-filter_complex", graph, *out], draft)
        return
    # Two passes, since in one ffmpeg would hold the whole clip in memory.
    colors = draft.with_suffix(".palette.png")
    try:
        counted = f"{chosen},{_ONE_MORE},{make}:stats_mode=diff"
        _run([*source, "-vf", counted, "-frames:v", "1", "-update", "1", _url(colors)], draft)
        graph = f"[0:v]{chosen}[a];[a][1:v]paletteuse=dither=sierra2_4a:diff_mode=rectangle"
        _run([*source, "-i", _url(colors), "-filter_complex", graph, *out], draft)
    finally:
        colors.unlink(missing_ok=True)


def _url(path: Path) -> str:
    """A name that ffmpeg does not take for an option, an address or a pattern."""
    return f"file:{path.absolute()}"


def _run(arguments: list[str], draft: Path) -> None:
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-loglevel", "error", "-y", *arguments]
    with writing(draft):
        # In its own session, so that Ctrl-C in the terminal does not end it.
        result = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, start_new_session=True
        )
        if result.returncode == 0:
            return
        text = result.stderr.decode(errors="replace").strip()
        for message, number in _DISK_FULL_MESSAGES.items():
            if message in text:
                raise OSError(number, message)
        reason = printable((text.splitlines() or [f"ffmpeg ended with {result.returncode}"])[-1])
        raise EncodeError(f"{printable(target_name(draft))} cannot be written: {reason}")
