"""Moving pictures along a flow."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Field: TypeAlias = NDArray[np.float32]
"""Float32 (H, W, 2): x and y, pixels."""

SOFTENING = 0.21
"""Part of linear interpolation in a smooth move. OpenCV's cubic kernel (a = -0.75) makes waves of six to ten pixels
up to 3 % stronger each time; with this part it is 0.5 % at most, which the decay of a dream outweighs."""


def warp(picture: NDArray[np.float32], backward: Field, *, smooth: bool = False) -> NDArray[np.float32]:
    """Move a picture along a backward flow: result(x) = picture(x + backward(x)).

    Cubic interpolation, softened: a dream is warped hundreds of times, and must neither blur nor blow up. Lanczos over
    8 x 8 pixels keeps finer detail, at three times the price, which no measure of the finished video shows: steps
    bring the finest detail back first.

    Args:
        picture: float32 (H, W) or (H, W, C).
        backward: float32 (H, W, 2), pixels. Places outside the picture repeat its border.
        smooth: the picture has no fine detail to lose: linear interpolation, which never leaves its range.

    Returns:
        Float32, the picture's shape. Where the flow is zero the picture itself, bit for bit.
    """
    x, y = places(backward)
    moved = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if not smooth:
        sharp = cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        # In this form nothing is rounded where both are the same.
        moved = cv2.scaleAdd(cv2.subtract(sharp, moved, dst=sharp), 1 - SOFTENING, moved)
    return np.asarray(moved, np.float32).reshape(picture.shape)


def places(backward: Field) -> tuple[Field, Field]:
    """Where a flow (H, W, 2) leads each place: x and y, float32 (H, W), pixels."""
    height, width = backward.shape[:2]
    x = np.arange(width, dtype=np.float32) + backward[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + backward[..., 1]
    return x, y


def inside_frame(x: Field, y: Field) -> NDArray[np.bool_]:
    """Which of these places (H, W) lie in a frame of that size."""
    height, width = x.shape
    return np.asarray((x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5))
