"""Pictures, progress and results as pieces of the page."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path
from urllib.parse import quote

from dreamvideo.errors import printable
from dreamvideo.media import Picture, load_cv2
from dreamvideo.media.frame import to_uint8
from dreamvideo.media.geometry import resized

LARGEST = 1600
"""Longest side in pixels of a picture on the page; the result itself has its own size."""
_QUALITY = 90
_MOVING = (".mp4", ".webm", ".mov")

INVITATION = (
    '<div class="invitation"><b>Drop a picture or a clip here</b><span>or click to choose one</span>'
    "<span>Nothing leaves this machine.</span></div>"
)


def picture_html(picture: Picture) -> str:
    """A picture (H, W, 3) in [0, 1] inside the page itself, so that none of its steps leaves a file."""
    height, width = picture.shape[:2]
    scale = min(1.0, LARGEST / max(height, width))
    small = resized(picture, (max(1, round(width * scale)), max(1, round(height * scale))))
    cv2 = load_cv2()
    done, data = cv2.imencode(".jpg", to_uint8(small)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert done
    return f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(data).decode()}">'


def status_html(words: str, part: float = 0.0, *, failed: bool = False) -> str:
    """One line that says how it goes, under a bar; no words, nothing."""
    if not words:
        return ""
    kind = "status failed" if failed else "status"
    bar = f'<div class="bar"><i style="width:{100 * min(max(part, 0.0), 1.0):.1f}%"></i></div>'
    return f'<div class="{kind}" role="status">{"" if failed else bar}<span>{escape(printable(words))}</span></div>'


def file_address(path: Path) -> str:
    """Where the page finds a result."""
    return f"/gradio_api/file={quote(str(path))}"


def film_html(path: Path) -> str:
    """A finished clip, playing."""
    address = escape(file_address(path))
    if path.suffix.lower() in _MOVING:
        return f'<video src="{address}" controls autoplay loop muted playsinline></video>'
    return f'<img alt="" src="{address}">'


def download_html(path: Path) -> str:
    """The link by which a result is saved."""
    name, address = escape(path.name), escape(file_address(path))
    size = path.stat().st_size
    much = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} KB"
    return f'<a class="save" href="{address}" download="{name}"><b>Download</b> {name} <i>{much}</i></a>'
