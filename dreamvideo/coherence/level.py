"""The level of a dream, and the controller that holds it through a shot.

The level is the root mean square of the change: how strong the dream looks. The level of a shot's first frame is the
set point of all later frames. From frame to frame a dream loses level by decay, resampling and occlusion. Each frame
measures this error and closes it: a share of new change if the level is too low, a gain below 1 if it is too high. The
controller needs no model and no tuning.

Something that comes nearer stretches its dream, which keeps its level but turns soft. So the crispness is held too: it
may not fall far below the first frame's.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_KEPT = 0.96
"""Least gain, per frame, on a dream that is too strong. A smaller one would show as a jump."""

CRISP = 0.85
"""Set point of the crispness, as a fraction of the first frame's. Below it new change is shown, whatever the level."""


def level_of(dream: NDArray[np.float32], source: NDArray[np.float32]) -> float:
    """Root mean square of dream minus source, both (H, W, 3) in [0, 1]: 0 to 1."""
    return float(cv2.norm(dream, source, cv2.NORM_L2)) / math.sqrt(source.size)


def crispness_of(dream: NDArray[np.float32], source: NDArray[np.float32]) -> float:
    """Root mean square of the horizontal differences of dream minus source, both (H, W, 3), from pixel to pixel."""
    change = dream - source
    return float(cv2.norm(change[:, 1:], change[:, :-1], cv2.NORM_L2)) / math.sqrt(max(change[:, 1:].size, 1))


def share_for(level: float, reached: Callable[[float], float]) -> float:
    """Solve for the share of new change, 0 to 1, that reaches a level.

    The squared level is a quadratic function of the share, so three values determine it.

    Args:
        level: the level to reach.
        reached: from a share to the level it leads to.

    Returns:
        The share: 0 if the level is reached without, 1 if all of the new change is not enough.
    """
    none, half, full = (reached(share) ** 2 - level**2 for share in (0.0, 0.5, 1.0))
    if none >= 0:
        return 0.0
    if full <= 0:
        return 1.0
    bend, slope = 2 * (none + full - 2 * half), 4 * half - 3 * none - full
    # bend * share^2 + slope * share + none = 0, solved in the form without cancellation for a small bend
    return min(max(-2 * none / (slope + math.sqrt(max(slope**2 - 4 * bend * none, 0.0))), 0.0), 1.0)


def gain_for(level: float, reached: float) -> float:
    """Gain that brings a dream down to a level, not below `LEAST_KEPT`; 1 if its level is not too high."""
    return 1.0 if reached <= level else max(level / reached, LEAST_KEPT)
