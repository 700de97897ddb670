"""Where one shot ends and the next begins.

Two frames belong to one shot where motion explains the second: the previous frame, warped onto the current at a
small size, has the same structure. Structure is compared like SSIM's (Wang et al. 2004): local covariance over local
variance, blind to brightness, so that a flash or a fade is no cut; the share of inconsistent flow counts up to half.
On real footage neighbours score up to 0.3 (a whip pan), a flash up to 0.9, cuts between clips 1.4 to 2.1.

The score needs nothing but the two frames, so shots are the same in serial, parallel and resumed runs.
A missed jump inside one scene does no harm: where nothing is consistent nothing is carried.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.coherence.flow import dense_flow, grey
from dreamvideo.coherence.trust import trust
from dreamvideo.coherence.warp import warp
from dreamvideo.config import CoherenceConfig
from dreamvideo.media.frame import Picture

CUT_SIDE = 128
"""Longer side, in pixels, at which frames are compared."""

NEIGHBOURHOOD = 3.0
"""Standard deviation, in pixels of that size, of the window in which structure is compared."""

NOISE = 8.0
"""Twice the variance, in levels of 255, below which an area counts as flat."""

CERTAIN = 0.45
"""Share of unexplained structure, all flow being inconsistent, that scores 1."""


class CutDetector:
    """Tells cuts from motion.

    Args:
        threshold: how sure a cut must be, in units of the tuned threshold; 0 finds none.
    """

    def __init__(self, threshold: float = 1.0) -> None:
        self.threshold = threshold

    def is_cut(self, previous: Picture, current: Picture) -> bool:
        """Whether `current` begins a new shot. Both are float32 RGB (H, W, 3) in [0, 1], of one shape."""
        if self.threshold <= 0:
            return False
        before, after = _small_grey(previous), _small_grey(current)
        # Most frames look enough like the one before, without any motion.
        return _unmoved(before, after) >= self.threshold and _moved(before, after) >= self.threshold


def begins_shot(coherence: CoherenceConfig, previous: Picture, current: Picture) -> bool:
    """Whether the carry starts anew with a frame.

    Args:
        coherence: how sure a cut must be; without coherence every frame stands alone.
        previous: the frame before, float32 RGB (H, W, 3) in [0, 1], at the working size.
        current: the frame.
    """
    if coherence.coherence == "none" or previous.shape != current.shape:
        return True
    return CutDetector(coherence.cut_threshold).is_cut(previous, current)


def cut_score(previous: Picture, current: Picture) -> float:
    """How sure it is that two frames belong to different shots: 0 = not at all, 1 = taken for a cut, at most 2.2."""
    before, after = _small_grey(previous), _small_grey(current)
    unmoved = _unmoved(before, after)
    return min(unmoved, _moved(before, after)) if unmoved > 0 else 0.0


def _unmoved(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float:
    """The score as though nothing moved."""
    return (1.0 - _same_structure(before.astype(np.float32), after.astype(np.float32))) / CERTAIN


def _moved(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float:
    """The score with the motion that explains the frame best."""
    preset = cv2.DISOPTICAL_FLOW_PRESET_MEDIUM
    backward, forward = dense_flow(after, before, preset), dense_flow(before, after, preset)
    lost = 1.0 - float(trust(backward, forward).mean())
    explained = warp(before.astype(np.float32), backward)
    return (1.0 + lost) / 2 * (1.0 - _same_structure(explained, after.astype(np.float32))) / CERTAIN


def _small_grey(picture: Picture) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    factor = CUT_SIDE / max(width, height)
    size = max(32, round(width * factor)), max(32, round(height * factor))
    return grey(np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32))


def _same_structure(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    mean_one, mean_other = _local_mean(one), _local_mean(other)
    variances = _local_mean(one * one) - mean_one**2 + _local_mean(other * other) - mean_other**2
    covariance = _local_mean(one * other) - mean_one * mean_other
    return float(np.mean((2 * covariance + 2 * NOISE) / (variances + 2 * NOISE)))


def _local_mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), NEIGHBOURHOOD), np.float32)
