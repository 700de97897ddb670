"""How a change is added to a picture without clipping: by a shoulder towards white and a toe towards black.

As film does, and as the sigmoid of lucid does (Olah et al. 2017), but centred on the picture: a small change is added
in full wherever the picture is, a large one comes ever closer to the end and never reaches it. With `room` the
distance from the picture to the end that a change points to,

    shown = picture + change / sqrt(1 + (change / room)^2)

so that pink clouds stay pink where a clip would burn them white. The preset `classic` and the seed clip.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.frame import Picture

_ENDS = 1 / 255
"""Distance from black and white that a change comes no closer to: what is not clipped in the picture never is."""
_LEAST_ROOM = 1e-4
"""Where the picture is that close itself."""
_ROWS = 64
"""Rows at a time: what is worked out in between stays near the processor."""


def meet(picture: Picture, change: Picture) -> Picture:
    """A picture with a change.

    Args:
        picture: float32 (H, W, 3) in [0, 1].
        change: float32 (H, W, 3), of any size.

    Returns:
        Float32 (H, W, 3) in [0, 1].
    """
    return meet_in_part(picture, change)[0]


def meet_in_part(picture: Picture, change: Picture) -> tuple[Picture, NDArray[np.float32]]:
    """What `meet` gives, and the part of the change that it shows, 0 to 1: both (H, W, 3)."""
    shown, part = np.empty_like(picture), np.empty_like(picture)
    for top in range(0, len(picture), _ROWS):
        rows = slice(top, top + _ROWS)
        _meet_rows(picture[rows], change[rows], shown[rows], part[rows])
    return shown, part


def _meet_rows(picture: Picture, change: Picture, shown: Picture, part: NDArray[np.float32]) -> None:
    # Not by `cv2.magnitude`, whose last bits depend on where in the memory the pictures lie. Of what is done in its
    # place by numpy or OpenCV, each is the quicker one.
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
