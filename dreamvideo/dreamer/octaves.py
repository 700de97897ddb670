"""The sizes at which a picture is dreamed, the way between them, and how steps are dealt out to them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

_GOLDEN = (math.sqrt(5) - 1) / 2
_DEAL = 2
"""Purpose number of the random numbers that deal out steps."""


def octave_size(size: tuple[int, int], scale: float, factor: int) -> tuple[int, int]:
    """(width, height) of an octave: rounded down in float32, as the seed does."""
    ratio = np.float32(scale**factor)
    width, height = (max(1, int(np.float32(side) * ratio)) for side in size)
    return width, height


def smallest_side(least: int, scale: float, factor: int) -> int:
    """The shortest side of a picture whose octave has a side of `least`."""
    side = max(1, math.ceil(least / scale**factor) - 1)
    while octave_size((side, side), scale, factor)[0] < least:
        side += 1
    return side


def resize(picture: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Resize to (width, height), by area down and by cubic up; cubic may leave [0, 1] a little."""
    height, width = picture.shape[:2]
    if (width, height) == size:
        return picture
    down = size[0] * size[1] < width * height
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if down else cv2.INTER_CUBIC), np.float32)


def resize_plainly(picture: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Resize to (width, height) as the seed does: bilinear, and nothing against aliasing."""
    return np.asarray(tf.image.resize(picture, size[::-1]), np.float32)


def deal_steps(steps: float | Sequence[float], octaves: int, seed: int, index: int) -> list[int]:
    """Whole steps for each octave of a frame, whose mean over octaves and over frames is `steps`.

    A fraction is dealt out by thresholds: evenly over the octaves of a frame, and from frame to frame by the
    golden ratio, whose multiples fill [0, 1) evenly. So no octave is left out for long, and two frames differ by
    one step in all at most.

    Args:
        steps: of each octave alike, or one number for each.
        octaves: how many there are.
        seed: of the dream.
        index: number of the frame.
    """
    each = [steps] * octaves if isinstance(steps, (int, float)) else list(steps)
    first = np.random.default_rng((seed, 0, _DEAL)).random() + index * _GOLDEN
    return [math.floor(each[octave] + (first + octave / octaves) % 1.0) for octave in range(octaves)]
