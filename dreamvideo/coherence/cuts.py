"""Where one shot ends and the next begins.

Two frames belong to one shot if motion explains the second: the previous frame, warped onto the current one at a small
size, has the same structure. Structure is compared as in SSIM (Wang et al. 2004), by local covariance over local
variance. That ignores brightness, so a flash or a fade is no cut. Inconsistent flow raises the score, at most twofold.
On real footage, neighbours score up to 0.3 (a whip pan), a flash up to 0.9, and cuts between clips 1.4 to 2.1.

The score depends on the two frames alone, so serial, parallel and resumed runs find the same shots.
A missed jump inside one scene does no harm: its flow is inconsistent, so nothing is carried across it.
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
"""Standard deviation, in pixels at `CUT_SIDE`, of the Gaussian window in which structure is compared."""

NOISE = 8.0
"""Variance, in squared levels of 255, that stabilises the ratio: areas with less contrast count as alike."""

CERTAIN = 0.45
"""Share of unexplained structure that scores 1, when all flow is inconsistent."""


class CutDetector:
    """Tells cuts from motion.

    Args:
        threshold: the least score of a cut: 1 as tuned, higher finds fewer; 0 finds none.
    """

    def __init__(self, threshold: float = 1.0) -> None:
        self.threshold = threshold

    def is_cut(self, previous: Picture, current: Picture) -> bool:
        """Whether `current` begins a new shot. Both are float32 RGB (H, W, 3) in [0, 1], of one shape."""
        if self.threshold <= 0:
            return False
        before, after = _small_grey(previous), _small_grey(current)
        # The cheap score without motion already rules out a cut at most frames.
        return _unmoved(before, after) >= self.threshold and _moved(before, after) >= self.threshold


def begins_shot(coherence: CoherenceConfig, previous: Picture, current: Picture) -> bool:
    """Whether `current` begins a shot, so that nothing is carried to it.

    Args:
        coherence: the cut threshold; without coherence every frame begins a shot.
        previous: the previous frame, float32 RGB (H, W, 3) in [0, 1], at the working size.
        current: the current frame, in the same form.
    """
    if coherence.coherence == "none" or previous.shape != current.shape:
        return True
    return CutDetector(coherence.cut_threshold).is_cut(previous, current)


def cut_score(previous: Picture, current: Picture) -> float:
    """Score of a cut between two frames: 0 = one shot, 1 = the tuned threshold of a cut, at most 2.2."""
    before, after = _small_grey(previous), _small_grey(current)
    unmoved = _unmoved(before, after)
    return min(unmoved, _moved(before, after)) if unmoved > 0 else 0.0


def _unmoved(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float:
    """The score without motion compensation."""
    return (1.0 - _same_structure(before.astype(np.float32), after.astype(np.float32))) / CERTAIN


def _moved(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float:
    """The score with motion compensation."""
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
