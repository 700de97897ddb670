"""Show results in a notebook: pictures as pictures, clips as players, both inside the cell's output."""

from __future__ import annotations

import base64
import html
import io
import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

MOST_BYTES = 32 * 2**20
"""Most bytes of a file that is shown in a cell. The notebook stores all of them."""
SIDE = 1280
"""Longest side, in pixels, at which an array is shown. Larger ones would only bloat the notebook."""

_PLAYED = {".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/mp4", ".webm": "video/webm"}
_LOOKED_AT = frozenset({".png", ".apng", ".jpg", ".jpeg", ".gif", ".webp"})


class Dreamed(np.ndarray[Any, np.dtype[Any]]):
    """A dreamed picture (H, W, 3), or a batch (N, H, W, 3): a numpy array that notebooks show as a picture.

    Results of arithmetic with it are plain arrays.
    """

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return array[()] if return_scalar else np.asarray(array)

    def _repr_png_(self) -> bytes | None:
        """The picture as PNG, a batch as a row of pictures; None for slices that are no picture, such as one line."""
        if self.ndim not in (3, 4) or self.shape[-1] != 3 or self.size == 0:
            return None
        from PIL import Image

        from dreamvideo.media.frame import to_uint8

        pixels = np.asarray(self)
        row = np.concatenate(list(pixels), axis=1) if pixels.ndim == 4 else pixels
        if row.dtype != np.uint8:
            row = to_uint8(np.asarray(row if row.max() <= 1 else row / 255, np.float32))
        image = Image.fromarray(row)
        image.thumbnail((SIDE, SIDE))
        made = io.BytesIO()
        image.save(made, "PNG")
        return made.getvalue()


def embedded(path: Path, notes: Sequence[str] = ()) -> str:
    """HTML with a file embedded: a picture, or a video that loops, muted at first.

    Formats that browsers do not show, and files larger than `MOST_BYTES`, appear by name only.
    """
    kind = path.suffix.lower()
    body = f"<code>{html.escape(str(path))}</code>"
    if kind in _LOOKED_AT | set(_PLAYED) and path.is_file() and path.stat().st_size <= MOST_BYTES:
        type_ = _PLAYED.get(kind) or mimetypes.guess_type(path.name)[0] or "image/png"
        data = f"data:{type_};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
        if kind in _PLAYED:
            body = f'<video controls loop autoplay muted style="max-width:100%" src="{data}"></video>'
        else:
            body = f'<img alt="{html.escape(path.name)}" style="max-width:100%" src="{data}">'
    return "".join([body, *(f"<p>{html.escape(note)}</p>" for note in notes)])
