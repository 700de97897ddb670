"""The sizes at which a picture is dreamed, the way between them, and how steps are dealt out to them.

A network sees things of a certain size in pixels. So octaves have absolute sizes: the smallest is where the network
sees best, and steps are taken in full up to one canonical size, whatever the frame's. Octaves beyond that, up to the
frame itself, are fine ones: a few steps in each sharpen what is there and invent nothing new. So a frame has the same
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
"""Largest ratio of the sides of two neighbouring fine octaves: over 2, what one leaves out no other makes up for."""
FINE_SHARE, FINE_STEP = 0.2, 1.25
"""Steps of a fine octave, and their size, of the recipe's: more steps grow small eyes in the fur of large heads."""
FINEST_SHARE, FINEST_STEP = 0.1, 1.75
"""The same of the frame's own size, where a step is dearest. Much larger ones leave sand around eyes."""

_GOLDEN = (math.sqrt(5) - 1) / 2
_NOISE = 3
"""Purpose number of the random numbers that a dream begins on."""
_DEAL = 2
"""Purpose number of the random numbers that deal out steps."""


@dataclass(frozen=True, slots=True)
class Octave:
    """One size at which a picture is dreamed.

    Attributes:
        size: (width, height) in pixels.
        share: part of the recipe's steps that are taken at this size.
        step: size of these steps, of the recipe's.
    """

    size: tuple[int, int]
    share: float = 1.0
    step: float = 1.0


def ladder(size: tuple[int, int], config: DreamConfig, view: float, least: int) -> tuple[Octave, ...]:
    """The octaves of a picture, small to large.

    Args:
        size: (width, height) of the picture in pixels.
        config: its motif, octaves and octave scale; or octave factors, which make sizes relative to the picture's.
        view: side in pixels of the square whose area the smallest octave has, where the recipe counts no octaves.
        least: shortest side in pixels of an octave.
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
    """(width, height) of an octave relative to a picture: rounded down in float32, as the seed does."""
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


def deal_steps(steps: Sequence[float], seed: int, index: int) -> list[int]:
    """Whole steps for each octave of a frame, whose mean over octaves and over frames is `steps`.

    A fraction is dealt out by thresholds: evenly over the octaves of a frame, and from frame to frame by the
    golden ratio, whose multiples fill [0, 1) evenly. So no octave is left out for long, and two frames differ by
    one step in all at most.

    Args:
        steps: of each octave.
        seed: of the dream.
        index: number of the frame.
    """
    first = np.random.default_rng((seed, 0, _DEAL)).random() + index * _GOLDEN
    return [math.floor(each + (first + octave / len(steps)) % 1.0) for octave, each in enumerate(steps)]


def smooth_noise(size: tuple[int, int], spread: float, seed: int) -> NDArray[np.float32]:
    """Grey noise of two pixels' grain for an octave of (width, height): float32 (H, W, 3), the same at every call."""
    width, height = size
    rows, columns = height // 2 + 1, width // 2 + 1
    # Cut from one field, two pixels a value, so that a size that differs by a pixel has the same noise.
    field = np.random.default_rng((seed, 0, _NOISE)).normal(0, spread, (rows, max(columns, 1024))).astype(np.float32)
    noise = resize(np.ascontiguousarray(field[:, :columns]), (2 * columns, 2 * rows))[:height, :width]
    return np.repeat(noise[..., np.newaxis], 3, axis=2)


def _divided(size: tuple[int, int], by: float) -> tuple[int, int]:
    # A hair more than the exact quotient, so that whole numbers are not missed by rounding
    return max(1, int(size[0] / by + 1e-6)), max(1, int(size[1] / by + 1e-6))
