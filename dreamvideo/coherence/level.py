"""The level of a dream, and the controller that holds it through a shot.

The level is the root mean square of what a dream changed: what the eye sees of its strength. That of a shot's first
frame is the set point of all that follow. On its way to the next frame a dream loses some of it, by decay, by
resampling, and where things were covered. The error is known exactly in every frame, at no cost, and is made up for in
that frame: new change is shown in just the share that closes it, and too much is scaled down. So there is nothing to
estimate and nothing to tune.

A dream that is stretched, by something that comes near, keeps its level and turns soft. So its crispness may not fall
far below the first frame's either.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_KEPT = 0.96
"""Part of a dream that is kept where it is too strong, a frame: more would show as a jump."""


CRISP = 0.85
"""Crispness, of the first frame's, below which new change is shown though the level be reached."""


def level_of(dream: NDArray[np.float32], source: NDArray[np.float32]) -> float:
    """Root mean square of what a dream (H, W, 3) changed in its source: 0 to 1."""
    return float(cv2.norm(dream, source, cv2.NORM_L2)) / math.sqrt(source.size)


def crispness_of(dream: NDArray[np.float32], source: NDArray[np.float32]) -> float:
    """Root mean square of how a dream's change (H, W, 3) differs from each pixel to the next one in its row."""
    change = dream - source
    return float(cv2.norm(change[:, 1:], change[:, :-1], cv2.NORM_L2)) / math.sqrt(max(change[:, 1:].size, 1))


def share_for(level: float, reached: Callable[[float], float]) -> float:
    """The share of new change, 0 to 1, by which a level is reached.

    The square of the level is a quadratic function of the share: three of its values tell the root.

    Args:
        level: to be reached.
        reached: the level that a share leads to.

    Returns:
        0 where no more is needed, 1 where all of it is not enough.
    """
    none, half, full = (reached(share) ** 2 - level**2 for share in (0.0, 0.5, 1.0))
    if none >= 0:
        return 0.0
    if full <= 0:
        return 1.0
    bend, slope = 2 * (none + full - 2 * half), 4 * half - 3 * none - full
    # bend * share^2 + slope * share + none = 0, in the form that does not cancel where it is nearly straight
    return min(max(-2 * none / (slope + math.sqrt(max(slope**2 - 4 * bend * none, 0.0))), 0.0), 1.0)


def gain_for(level: float, reached: float) -> float:
    """Factor of a dream of a level that is too high: 1 where it is not."""
    return 1.0 if reached <= level else max(level / reached, LEAST_KEPT)
