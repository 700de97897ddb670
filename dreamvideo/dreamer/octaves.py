"""Octaves: the sizes at which a picture is dreamed, how to resize between them, and their number of steps.

A network recognises things of a certain size in pixels. So octaves have absolute sizes. The smallest is the size at
which the network sees best. Up to one canonical size, the same for all frames, octaves take all steps. Octaves above
it, up to the frame's own size, are fine: a few steps sharpen the dream and add no new motifs. So a frame has the same
motifs at 360p and at 4K.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dreamvideo.config import CANONICAL_PIXELS, DreamConfig

FINE_SCALE = 1.7
"""Largest ratio of the sides of neighbouring fine octaves. Above 2, some detail would be dreamed in no octave."""
FINE_SHARE, FINE_STEP = 0.2, 1.25
"""Number and size of steps in a fine octave, as factors of the recipe's. More steps grow small eyes in the fur of large
heads."""
FINEST_SHARE, FINEST_STEP = 0.1, 1.75
"""The same at the frame's own size, where a step costs most. Much larger steps leave grain around eyes."""

_GOLDEN = (math.sqrt(5) - 1) / 2
_NOISE = 3
"""Random stream of the initial noise: part of its seed."""
_DEAL = 2
"""Random stream that rounds numbers of steps: part of its seed."""


@dataclass(frozen=True, slots=True)
class Octave:
    """One size at which a picture is dreamed.

    Attributes:
        size: (width, height) in pixels.
        share: number of steps, as a factor of the recipe's.
        step: step size, as a factor of the recipe's.
    """

    size: tuple[int, int]
    share: float = 1.0
    step: float = 1.0


def ladder(size: tuple[int, int], config: DreamConfig, view: float, least: int) -> tuple[Octave, ...]:
    """The octaves of a picture, small to large.

    Args:
        size: (width, height) of the picture in pixels.
        config: motif, octaves and octave scale; or octave factors, which are relative to the picture's size.
        view: square root of the smallest octave's area, in pixels; used if `config.octaves` is None.
        least: shortest side of an octave, in pixels.
    """
    if config.octave_factors is not None:
        return tuple(Octave(octave_size(size, config.octave_scale, factor)) for factor in config.octave_factors)
    canonical = config.canonical_size(size)
    top = math.sqrt(canonical[0] * canonical[1])
    unscaled = math.sqrt(CANONICAL_PIXELS)
    smallest = (
        view if config.octaves is None else unscaled * config.octave_scale ** (1 - config.octaves)
    ) / config.motif
    # No octave's shorter side may fall below the least.
    smallest = min(max(smallest, (least + 1) * top / min(canonical)), top)
    count = 1 + round(math.log(top / smallest) / math.log(config.octave_scale))
    ratio = (top / smallest) ** (1 / max(count - 1, 1))
    coarse = [Octave(_divided(canonical, ratio**number)) for number in reversed(range(count))]
    beyond = math.sqrt(size[0] * size[1]) / top
    fine = math.ceil(math.log(beyond) / math.log(FINE_SCALE) - 1e-6) if canonical != size else 0
    ratio = beyond ** (1 / max(fine, 1))
    between = [Octave(_divided(size, ratio**number), FINE_SHARE, FINE_STEP) for number in reversed(range(1, fine))]
    return (*coarse, *between, *([Octave(size, FINEST_SHARE, FINEST_STEP)] if fine else []))


def octave_size(size: tuple[int, int], scale: float, factor: int) -> tuple[int, int]:
    """(width, height) of a picture's octave, scaled by `scale ** factor`, rounded down in float32 as the seed does."""
    ratio = np.float32(scale**factor)
    width, height = (max(1, int(np.float32(side) * ratio)) for side in size)
    return width, height


def smallest_side(least: int, scale: float, factor: int) -> int:
    """The shortest side of a picture whose octave `factor` has a side of at least `least` pixels."""
    side = max(1, math.ceil(least / scale**factor) - 1)
    while octave_size((side, side), scale, factor)[0] < least:
        side += 1
    return side


def resize(picture: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Resize to (width, height): area interpolation down, cubic up. Cubic may overshoot [0, 1] a little."""
    height, width = picture.shape[:2]
    if (width, height) == size:
        return picture
    down = size[0] * size[1] < width * height
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if down else cv2.INTER_CUBIC), np.float32)


def resize_plainly(picture: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Resize to (width, height) as the seed does: bilinear, without antialiasing."""
    return np.asarray(tf.image.resize(picture, size[::-1]), np.float32)


def deal_steps(steps: Sequence[float], seed: int, index: int) -> list[int]:
    """Round numbers of steps to whole ones, so that their mean over octaves and over frames stays the same.

    Each octave rounds up or down by its own threshold. Thresholds are spaced evenly over the octaves, and move from
    frame to frame by the golden ratio, whose multiples fill [0, 1) evenly. So no octave waits long for its step, and
    the totals of two frames differ by one step at most.

    Args:
        steps: wanted steps of each octave, with fractions.
        seed: the seed of the dream.
        index: number of the frame.
    """
    first = np.random.default_rng((seed, 0, _DEAL)).random() + index * _GOLDEN
    return [math.floor(each + (first + octave / len(steps)) % 1.0) for octave, each in enumerate(steps)]


def smooth_noise(size: tuple[int, int], spread: float, seed: int) -> NDArray[np.float32]:
    """Grey Gaussian noise with a grain of two pixels, the same at every call.

    Args:
        size: (width, height) in pixels.
        spread: standard deviation before smoothing, for values from 0 to 1.
        seed: the seed of the dream.

    Returns:
        Float32 (H, W, 3), mean about 0.
    """
    width, height = size
    rows, columns = height // 2 + 1, width // 2 + 1
    # Cut from one wide field, so that sizes that differ by a pixel get the same noise.
    field = np.random.default_rng((seed, 0, _NOISE)).normal(0, spread, (rows, max(columns, 1024))).astype(np.float32)
    noise = resize(np.ascontiguousarray(field[:, :columns]), (2 * columns, 2 * rows))[:height, :width]
    return np.repeat(noise[..., np.newaxis], 3, axis=2)


def _divided(size: tuple[int, int], by: float) -> tuple[int, int]:
    # Without the 1e-6, a quotient just below a whole number would be rounded down.
    return max(1, int(size[0] / by + 1e-6)), max(1, int(size[1] / by + 1e-6))
