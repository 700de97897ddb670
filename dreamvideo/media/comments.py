"""Metadata as one text comment, which every format can store: a mapping in JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dreamvideo.media.formats import Format

EXIF_IMAGE_DESCRIPTION = 0x010E
GIF_EXTENSION, GIF_TRAILER, GIF_COMMENT = 0x21, 0x3B, 0xFE


def pack(metadata: Mapping[str, str]) -> str:
    """Write `metadata` as a comment, in ASCII, since some formats have nothing else."""
    return json.dumps(dict(metadata), ensure_ascii=True, sort_keys=True)


def unpack(comment: str) -> dict[str, str]:
    """Read the mapping of a comment; any other text is returned under the key `comment`."""
    try:
        values = json.loads(comment)
    except (ValueError, RecursionError):
        values = None
    if isinstance(values, dict) and all(isinstance(value, str) for value in values.values()):
        return values
    return {"comment": comment} if comment else {}


def still_metadata(form: Format, metadata: Mapping[str, str]) -> dict[str, Any]:
    """Options for Pillow's writer of that format."""
    from PIL import Image, PngImagePlugin

    comment = pack(metadata)
    if form.name == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", comment)
        return {"pnginfo": text}
    exif = Image.Exif()
    exif[EXIF_IMAGE_DESCRIPTION] = comment
    return {"exif": exif.tobytes()}


def append_gif_comment(path: Path, comment: str) -> None:
    """Insert a comment extension before the trailer of a GIF, since ffmpeg's muxer cannot."""
    data = comment.encode("ascii")
    blocks = b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255))
    with open(path, "r+b") as file:
        file.seek(-1, 2)
        if file.read(1) == bytes([GIF_TRAILER]):
            file.seek(-1, 2)
        file.write(bytes([GIF_EXTENSION, GIF_COMMENT]) + blocks + bytes([0, GIF_TRAILER]))
