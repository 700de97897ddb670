"""The recipe inside the result: written as a comment, read back from any of our formats.

Every format keeps one text comment, so the mapping is stored as one JSON object in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dreamvideo.media.formats import Format, format_inside
from dreamvideo.media.safety import local_file, open_container, reading

_EXIF_IMAGE_DESCRIPTION = 0x010E
_GIF_HEADER = 13
_GIF_EXTENSION, _GIF_IMAGE, _GIF_TRAILER, _GIF_COMMENT = 0x21, 0x2C, 0x3B, 0xFE


def pack(metadata: Mapping[str, str]) -> str:
    """The comment that holds `metadata`; ASCII, since not every format has more."""
    return json.dumps(dict(metadata), ensure_ascii=True, sort_keys=True)


def unpack(comment: str) -> dict[str, str]:
    """The mapping that a comment holds; a foreign comment comes back under the key `comment`."""
    try:
        values = json.loads(comment)
    except (ValueError, RecursionError):
        values = None
    if isinstance(values, dict) and all(isinstance(value, str) for value in values.values()):
        return values
    return {"comment": comment} if comment else {}


def read_metadata(path: Path | str) -> dict[str, str]:
    """What was written into a video, GIF, picture or folder of PNGs; empty where there is nothing.

    Raises:
        InputError: there is no such file, or it cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        first = min(path.glob("*.png"), default=None)
        return {} if first is None else read_metadata(first)
    form = format_inside(path)
    if form is not None and form.name == "GIF":
        return unpack(_gif_comment(local_file(path).read_bytes()))
    if form is not None and form.holds == "still":
        return unpack(_still_comment(path))
    with open_container(path) as container:
        tags = {name.lower(): value for name, value in container.metadata.items()}
    return unpack(tags.get("comment", ""))


def still_metadata(form: Format, metadata: Mapping[str, str]) -> dict[str, Any]:
    """Options for Pillow's writer of that format."""
    from PIL import Image, PngImagePlugin

    comment = pack(metadata)
    if form.name == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", comment)
        return {"pnginfo": text}
    exif = Image.Exif()
    exif[_EXIF_IMAGE_DESCRIPTION] = comment
    return {"exif": exif.tobytes()}


def _still_comment(path: Path) -> str:
    from dreamvideo.media.stills import opened

    with opened(path, 2**62) as image:
        text = image.info.get("Comment") or image.getexif().get(_EXIF_IMAGE_DESCRIPTION, "")
    return text if isinstance(text, str) else ""


def append_gif_comment(path: Path, comment: str) -> None:
    """Put a comment extension before the trailer of a GIF; ffmpeg's muxer cannot."""
    data = comment.encode("ascii")
    blocks = b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255))
    with open(path, "r+b") as file:
        file.seek(-1, 2)
        if file.read(1) == bytes([_GIF_TRAILER]):
            file.seek(-1, 2)
        file.write(bytes([_GIF_EXTENSION, _GIF_COMMENT]) + blocks + bytes([0, _GIF_TRAILER]))


def _gif_comment(data: bytes) -> str:
    """Walk the blocks of a GIF and return its last comment; damage ends the walk."""
    comment = b""
    with reading(Path("GIF")):
        if data[:4] != b"GIF8" or len(data) < _GIF_HEADER:
            return ""
        position = _GIF_HEADER + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
        while position + 2 < len(data) and data[position] != _GIF_TRAILER:
            is_comment = data[position] == _GIF_EXTENSION and data[position + 1] == _GIF_COMMENT
            if data[position] == _GIF_EXTENSION:
                position += 2
            elif data[position] == _GIF_IMAGE and position + 10 < len(data):
                flags = data[position + 9]
                position += 11 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
            else:
                break
            content = b""
            while position < len(data) and data[position]:
                content += data[position + 1 : position + 1 + data[position]] if is_comment else b""
                position += data[position] + 1
            position += 1
            comment = content if is_comment else comment
    return comment.decode("ascii", "replace")
