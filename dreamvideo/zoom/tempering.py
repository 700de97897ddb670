"""Temper the dream of a zoom's frame: spread it evenly, smooth its colour, and avoid clipping.

Most of a gradient's energy lies in few places, its colour changes from pixel to pixel, and values reach black and
white. A single dream may look like that. Fed back a hundred times, it becomes blots, coloured grain and flat areas.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.colors import LUMA
from dreamvideo.media.frame import Picture

EVENNESS = 0.6
"""Exponent of the evening, 0 to 1: 0 keeps the gradient's distribution; 1 changes all parts of the picture equally."""

CHROMA_BLUR = 1.5
"""Standard deviation, in pixels, of the Gaussian on a change's chroma. Eyes see colour at a low resolution."""

CRISPNESS = 1.0
"""Gain of unsharp masking on the change's luma. The dive enlarges all detail, so it must start out fine."""

FINEST = 0.95
"""Set point of sharpness: luma contrast in the finest octave over that in the next one. Photographs have 1.0 to 2.0,
enlarged pictures 0.85."""

SHARPENING = 0.22
"""Fraction of the error in sharpness that a frame corrects at 24 fps."""

_LINES = 0.02
"""Fraction of the contrast between neighbouring pixels that a frame removes at 24 fps."""
_BINOMIAL = np.array([0.25, 0.5, 0.25])
_NEIGHBOURHOOD = 1 / 6
"""Standard deviation of the window in which evenness is measured, as a fraction of the shorter side."""


def temper(picture: Picture, dreamed: Picture) -> Picture:
    """Add a dream to a picture with restraint.

    Args:
        picture: float32 RGB (H, W, 3) in [0, 1], before the dream.
        dreamed: the same picture after it.

    Returns:
        float32 RGB (H, W, 3) in [0, 1].
    """
    change = _crisp_luma_smooth_chroma(dreamed - picture)
    change *= _evening(change)
    room = np.where(change > 0, 1 - picture, picture)
    change *= room / (room + np.abs(change) + 1e-6)  # smaller near black and white, never beyond them
    change -= np.asarray(cv2.mean(change)[:3], np.float32)  # the mean colour stays
    return np.asarray(np.clip(picture + change, 0, 1), np.float32)


def hold_crispness(picture: Picture, seconds: float = 1 / 24) -> Picture:
    """Sharpen a picture whose finest detail is weaker than a photograph's, a little in each frame.

    A dive widens every edge. A fixed amount of sharpening, as in Deforum, overdoes pictures that are sharp already. So
    the amount is controlled: natural pictures have about equal contrast in each octave of detail (Field 1987), so the
    ratio of the finest two octaves tells how much is missing.

    Args:
        picture: float32 RGB (H, W, 3) in [0, 1].
        seconds: time since the last frame.

    Returns:
        float32 RGB (H, W, 3) in [0, 1].
    """
    luma = _luma(picture)
    blurred = _blurred(luma, 1.0)
    fine = luma - blurred
    spread, next_spread = (float(cv2.meanStdDev(band)[1][0, 0]) for band in (fine, blurred - _blurred(luma, 2.0)))
    gain = min(FINEST * next_spread / (spread + 1e-6) - 1, 1.0) * (1 - (1 - SHARPENING) ** (24 * seconds))
    if gain <= 0:
        return picture
    # Lines of one pixel survive only where the camera moves along them: they would draw a cross through its centre.
    lines = luma - _binomial(luma)
    raised = _binomial(fine)
    # A smaller gain on strong edges prevents halos.
    raised *= gain / (1 + np.square(raised / np.float32(3 * spread + 1e-6)))
    raised -= np.float32(1 - (1 - _LINES) ** (24 * seconds)) * (lines - _binomial(lines))
    return np.asarray(np.clip(picture + raised[..., np.newaxis], 0, 1), np.float32)


def _crisp_luma_smooth_chroma(change: Picture) -> Picture:
    luma = _luma(change)
    luma += np.float32(CRISPNESS) * (luma - _blurred(luma, 1.0))
    smooth = _blurred(change, CHROMA_BLUR)
    smooth += (luma - _luma(smooth))[..., np.newaxis]
    return smooth


def _luma(picture: Picture) -> NDArray[np.float32]:
    """Luma (H, W) of a picture or a difference of pictures (H, W, 3)."""
    return np.asarray(cv2.transform(picture, LUMA[np.newaxis]), np.float32)


def _blurred(picture: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101), np.float32)


def _binomial(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Filter by (1, 2, 1) / 4 both ways, which removes all contrast between alternating pixels."""
    return np.asarray(cv2.sepFilter2D(plane, -1, _BINOMIAL, _BINOMIAL, borderType=cv2.BORDER_REFLECT_101), np.float32)


def _evening(change: Picture) -> NDArray[np.float32]:
    """Gain for each pixel (H, W, 1) that spreads a change evenly, and keeps its mean square."""
    height, width = change.shape[:2]
    # At an eighth of the size, since a wide blur is slow.
    size = max(1, width // 8), max(1, height // 8)
    power = np.asarray(cv2.resize(np.square(change), size, interpolation=cv2.INTER_AREA), np.float32).mean(axis=2)
    local = _blurred(power, max(0.5, min(height, width) / 8 * _NEIGHBOURHOOD))
    whole = float(power.mean())
    factor = (whole / (local + 0.02 * whole + 1e-20)) ** (EVENNESS / 2)
    factor *= (whole / (float((power * np.square(factor)).mean()) + 1e-20)) ** 0.5
    return np.asarray(cv2.resize(np.asarray(factor, np.float32), (width, height)), np.float32)[..., np.newaxis]
