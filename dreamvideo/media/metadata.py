"""Read the metadata of a result, in any format."""

from __future__ import annotations

from pathlib import Path

from dreamvideo.media.comments import EXIF_IMAGE_DESCRIPTION, GIF_COMMENT, GIF_EXTENSION, GIF_TRAILER, unpack
from dreamvideo.media.formats import format_inside
from dreamvideo.media.safety import local_file, open_container, reading
from dreamvideo.media.stills import opened

_GIF_HEADER = 13
_GIF_IMAGE = 0x2C


def read_metadata(path: Path | str) -> dict[str, str]:
    """Read the metadata of a video, GIF, picture or folder of PNGs; empty if there is none.

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


def _still_comment(path: Path) -> str:
    with opened(path, 2**62) as image:
        text = image.info.get("Comment") or image.getexif().get(EXIF_IMAGE_DESCRIPTION, "")
    return text if isinstance(text, str) else ""


def _gif_comment(data: bytes) -> str:
    """The last comment of a GIF; damage ends the search."""
    comment = b""
    with reading(Path("GIF")):
        if data[:4] != b"GIF8" or len(data) < _GIF_HEADER:
            return ""
        position = _GIF_HEADER + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
        while position + 2 < len(data) and data[position] != GIF_TRAILER:
            is_comment = data[position] == GIF_EXTENSION and data[position + 1] == GIF_COMMENT
            if data[position] == GIF_EXTENSION:
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
