"""Add a change to a picture without clipping: with a shoulder towards white and a toe towards black.

Film does this, and so does the sigmoid of lucid (Olah et al. 2017), but here the curve is centred on the picture. A
small change is added in full, whatever the picture's value. A large one approaches black or white, never reaching it:

    shown = picture + change / sqrt(1 + (change / room)^2)

where `room` is the distance from the picture's value to 0 or 1, whichever the change points to. So pink clouds stay
pink, where clipping would turn them white. The preset `classic` and the seed clip.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.frame import Picture

_ENDS = 1 / 255
"""Distance from black and white that a change keeps: one level of 255, so that it clips no pixel in 8 bits."""
_LEAST_ROOM = 1e-4
"""The room of pixels that are within `_ENDS` of black or white already. It must not be 0: it is a divisor."""
_ROWS = 64
"""Rows processed at once, so that intermediate results stay in the processor's cache."""


def meet(picture: Picture, change: Picture) -> Picture:
    """Add a change to a picture.

    Args:
        picture: float32 (H, W, 3) in [0, 1].
        change: float32 (H, W, 3), unbounded.

    Returns:
        Float32 (H, W, 3) in [0, 1].
    """
    return meet_in_part(picture, change)[0]


def meet_in_part(picture: Picture, change: Picture) -> tuple[Picture, NDArray[np.float32]]:
    """What `meet` returns, and the fraction of the change that it shows, 0 to 1: both (H, W, 3)."""
    shown, part = np.empty_like(picture), np.empty_like(picture)
    for top in range(0, len(picture), _ROWS):
        rows = slice(top, top + _ROWS)
        _meet_rows(picture[rows], change[rows], shown[rows], part[rows])
    return shown, part


def _meet_rows(picture: Picture, change: Picture, shown: Picture, part: NDArray[np.float32]) -> None:
    # `cv2.magnitude` is no option: its last bits depend on the alignment of the arrays in memory.
    room = (change > 0).astype(np.float32)
    room -= picture
    np.abs(room, out=room)
    room -= np.float32(_ENDS)
    np.clip(room, _LEAST_ROOM, 1, out=room)
    np.divide(change, room, out=room)
    room *= room
    room += 1
    cv2.sqrt(room, room)
    np.divide(1, room, out=part)
    np.multiply(part, change, out=shown)
    shown += picture
    np.clip(shown, 0, 1, out=shown)
