"""How a change is added to a picture without clipping: by a shoulder towards white and a toe towards black.

As film does, and as the sigmoid of lucid does (Olah et al. 2017), but centred on the picture: a small change is added
in full wherever the picture is, a large one comes ever closer to the end and never reaches it. With `room` the
distance from the picture to the end that a change points to,

    shown = picture + change / sqrt(1 + (change / room)^2)

so that pink clouds stay pink where a clip would burn them white. The preset `classic` and the seed clip.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from dreamvideo.media.frame import Picture

Tensor: TypeAlias = Any

_ENDS = 1 / 255
"""Distance from black and white that a change comes no closer to: what is not clipped in the picture never is."""
_LEAST_ROOM = 1e-4
"""Where the picture is that close itself."""
_ROWS = 16
"""Rows at a time: what is worked out in between stays near the processor."""


def meet(picture: Picture, change: Picture) -> Picture:
    """A picture with a change.

    Args:
        picture: float32 (H, W, 3) in [0, 1].
        change: float32 (H, W, 3), of any size.

    Returns:
        Float32 (H, W, 3) in [0, 1].
    """
    shown = np.empty_like(picture)
    for top in range(0, len(picture), _ROWS):
        rows, more = picture[top : top + _ROWS], change[top : top + _ROWS]
        room = np.abs((more > 0) - rows)
        room -= np.float32(_ENDS)
        np.maximum(room, np.float32(_LEAST_ROOM), out=room)
        # Not by `cv2.magnitude`, whose last bits depend on where in the memory the pictures lie.
        length = room * room
        length += more * more
        room /= np.sqrt(length, out=length)
        room *= more
        room += rows
        np.clip(room, 0, 1, out=shown[top : top + _ROWS])
    return shown


def meet_in_graph(picture: Tensor, change: Tensor) -> tuple[Tensor, Tensor]:
    """What `meet` gives, as tensors; and the part of the change that it shows, 0 to 1: both (H, W, 3)."""
    # As a difference, since TensorFlow's `where` takes several times as long.
    room = tf.maximum(tf.abs(tf.cast(change > 0, tf.float32) - picture) - _ENDS, _LEAST_ROOM)
    part = room * tf.math.rsqrt(room * room + change * change)
    return tf.clip_by_value(picture + change * part, 0.0, 1.0), part
