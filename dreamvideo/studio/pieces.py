"""HTML of pictures, progress and results."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path
from urllib.parse import quote

from dreamvideo.choose.sheet import thumbnail
from dreamvideo.errors import printable
from dreamvideo.media import Picture, load_cv2
from dreamvideo.media.frame import to_uint8

LARGEST = 1600
"""Longest side of a picture on the page, in pixels."""
_QUALITY = 90
_MOVING = (".mp4", ".webm", ".mov")

SHOWN = "shown.jpg"
"""Picture of a try, in its folder."""
THUMB = "thumb.jpg"
_THUMB_SIDE = 240

INVITATION = (
    '<div class="invitation"><b>Drop a picture or a clip here</b><span>or click to choose one</span>'
    "<span>Nothing leaves this machine.</span></div>"
)


def picture_html(picture: Picture, words: str = "") -> str:
    """A picture (H, W, 3) in [0, 1], inside the page itself, so that steps leave no files."""
    data = base64.b64encode(_jpeg(picture, LARGEST)).decode()
    return f'<img alt="{escape(words)}" src="data:image/jpeg;base64,{data}">'


def save_shown(picture: Picture, folder: Path) -> None:
    """Save the picture of a try (H, W, 3), large and small."""
    (folder / SHOWN).write_bytes(_jpeg(picture, LARGEST))
    save_thumb(picture, folder / THUMB)


def save_thumb(picture: Picture, path: Path) -> None:
    """Save a small copy of a picture (H, W, 3)."""
    path.write_bytes(_jpeg(picture, _THUMB_SIDE))


def saved_html(folder: Path) -> str:
    """A try's saved picture; empty if there is none."""
    return f'<img alt="the dream" src="{_address(folder / SHOWN)}">' if (folder / SHOWN).exists() else ""


def aim_html(size: tuple[int, int], x: float, y: float) -> str:
    """A mark at a fraction of a picture of (width, height)."""
    width, height = size
    across, down, radius = x * width, y * height, 0.03 * max(size)
    return (
        f'<svg aria-hidden="true" viewBox="0 0 {width} {height}" preserveAspectRatio="xMidYMid meet">'
        f'<circle cx="{across:.1f}" cy="{down:.1f}" r="{radius:.1f}"/>'
        f'<circle class="dot" cx="{across:.1f}" cy="{down:.1f}" r="{radius / 5:.1f}"/></svg>'
    )


def pair_html(source: str, dream: str) -> str:
    """A frame beside its source."""
    return f'<div class="pair"><div>{source}</div><div>{dream}</div></div>'


def compare_html(first: str, second: str, names: tuple[str, str]) -> str:
    """Two tries on top of each other, with a slider that moves the line between them."""
    one, two = map(escape, names)
    return (
        f'<div class="compare"><div class="under">{second}</div><div class="over">{first}</div>'
        f'<b class="one">{one}</b><b class="two">{two}</b>'
        f'<input type="range" min="0" max="100" value="50" aria-label="Line between {one} and {two}"'
        " oninput=\"this.parentNode.style.setProperty('--at', this.value + '%')\"></div>"
    )


def _jpeg(picture: Picture, most: int) -> bytes:
    small = thumbnail(picture, most)
    cv2 = load_cv2()
    done, data = cv2.imencode(".jpg", to_uint8(small)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert done
    return bytes(data)


def status_html(words: str, part: float = 0.0, *, failed: bool = False) -> str:
    """A status line under a progress bar; empty without words."""
    if not words:
        return ""
    kind = "status failed" if failed else "status"
    bar = f'<div class="bar"><i style="width:{100 * min(max(part, 0.0), 1.0):.1f}%"></i></div>'
    return f'<div class="{kind}" role="status">{"" if failed else bar}<span>{escape(printable(words))}</span></div>'


def file_address(path: Path) -> str:
    """URL of a file. It changes with the file, so that browsers do not show an old one."""
    return f"/gradio_api/file={quote(str(path))}?{path.stat().st_mtime_ns}"


def _address(path: Path) -> str:
    return escape(file_address(path))


def film_html(path: Path) -> str:
    """A finished clip."""
    if path.suffix.lower() in _MOVING:
        return f'<video src="{_address(path)}" controls autoplay loop muted playsinline></video>'
    return f'<img alt="the dreamed clip" src="{_address(path)}">'


def download_html(path: Path) -> str:
    """The download link of a result."""
    name = escape(path.name)
    size = path.stat().st_size
    much = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} KB"
    words = f"<b>Download</b> <span>{name}</span> <i>{much}</i>"
    return f'<a class="save" href="{_address(path)}" download="{name}">{words}</a>'
