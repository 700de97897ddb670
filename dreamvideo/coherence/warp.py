"""Warp pictures along a flow."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Field: TypeAlias = NDArray[np.float32]
"""Float32 (H, W, 2): x and y, pixels."""

SOFTENING = 0.21
"""Weight of linear interpolation in a warp; the rest is cubic. OpenCV's cubic kernel (a = -0.75) amplifies waves of six
to ten pixels by up to 3 % each time. With this weight it is 0.5 % at most, which the decay of a dream outweighs."""


def warp(picture: NDArray[np.float32], backward: Field, *, smooth: bool = False) -> NDArray[np.float32]:
    """Warp a picture along a backward flow: result(x) = picture(x + backward(x)).

    The interpolation is cubic with a part of linear: a dream is warped hundreds of times, and must neither blur nor
    grow. Lanczos over 8 x 8 pixels keeps finer detail at three times the cost, but the finished video measures no
    better, since new steps restore the finest detail first.

    Args:
        picture: float32 (H, W) or (H, W, C).
        backward: float32 (H, W, 2), pixels. Places outside the picture repeat its border.
        smooth: use linear interpolation, for pictures without fine detail. It never leaves their range.

    Returns:
        Float32, of the picture's shape. Where the flow is zero, the picture's own values, bit for bit.
    """
    x, y = places(backward)
    moved = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if not smooth:
        sharp = cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        # Exact where both are equal, unlike a weighted sum.
        moved = cv2.scaleAdd(cv2.subtract(sharp, moved, dst=sharp), 1 - SOFTENING, moved)
    return np.asarray(moved, np.float32).reshape(picture.shape)


def places(backward: Field) -> tuple[Field, Field]:
    """The coordinates to which a flow (H, W, 2) leads each pixel: x and y, float32 (H, W), pixels."""
    height, width = backward.shape[:2]
    x = np.arange(width, dtype=np.float32) + backward[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + backward[..., 1]
    return x, y


def inside_frame(x: Field, y: Field) -> NDArray[np.bool_]:
    """Mask (H, W) of the coordinates `x`, `y` (H, W) that lie inside a frame of that shape."""
    height, width = x.shape
    return np.asarray((x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5))
