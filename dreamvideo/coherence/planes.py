"""Planes: one number for each pixel, such as the confidence of the flow."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.frame import Picture

Plane: TypeAlias = NDArray[np.float32]
"""Float32 (H, W), 0 to 1."""


def times(picture: Picture, plane: Plane) -> Picture:
    """Multiply each pixel of a picture (H, W, 3) by its value in a plane (H, W)."""
    # OpenCV on three merged planes is several times faster than numpy's broadcast along the last axis.
    return np.asarray(cv2.multiply(picture, cv2.merge([plane] * 3)), np.float32)
