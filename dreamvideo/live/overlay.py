"""Text over the window's picture: help and messages. Recordings and snapshots do not contain it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.live.keys import KEYS

Pixels = NDArray[np.uint8]

LEAST_WIDTH = 800
"""Width in pixels to which smaller pictures are enlarged, so that text is legible."""
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_SCALE, _LINE, _MARGIN = 0.55, 24, 14
_INK = (255, 255, 255)


def enlarged(pixels: Pixels) -> Pixels:
    """Enlarge a picture (H, W, 3) to `LEAST_WIDTH`."""
    factor = LEAST_WIDTH / pixels.shape[1]
    if factor <= 1:
        return pixels
    return np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR), np.uint8)


def with_help(pixels: Pixels, status: Sequence[str]) -> Pixels:
    """Draw all keys and the lines of `status` over a picture (H, W, 3)."""
    lines = [(key.shown, key.does) for key in KEYS]
    height = (len(lines) + len(status) + 1) * _LINE + 2 * _MARGIN
    room = min(1.0, pixels.shape[0] / height)
    made = (pixels * np.float32(0.35)).astype(np.uint8)
    step = round(_LINE * room)
    y = _MARGIN + step // 2
    for left, right in lines:
        _write(made, left, (2 * _MARGIN, y), room)
        _write(made, right, (2 * _MARGIN + round(90 * room), y), room)
        y += step
    for line in status:
        y += step
        _write(made, line, (2 * _MARGIN, y), room)
    return made


def with_line(pixels: Pixels, text: str) -> Pixels:
    """Draw one line at the lower edge of a picture (H, W, 3)."""
    made = pixels.copy()
    top = made.shape[0] - _LINE - _MARGIN // 2
    made[top:] = (made[top:] * np.float32(0.4)).astype(np.uint8)
    _write(made, text, (_MARGIN, made.shape[0] - _MARGIN), 1.0)
    return made


def with_dot(pixels: Pixels) -> Pixels:
    """Draw a recording's red dot into a picture (H, W, 3)."""
    made = pixels.copy()
    cv2.circle(made, (made.shape[1] - 24, 24), 9, (230, 30, 30), -1, cv2.LINE_AA)
    return made


def _write(pixels: Pixels, text: str, at: tuple[int, int], scale: float) -> None:
    safe = "".join(letter if " " <= letter <= "~" else "?" for letter in text)
    cv2.putText(pixels, safe, at, _FONT, _SCALE * scale, _INK, 1, cv2.LINE_AA)
