"""What of a dream a frame takes, where every frame adds to the last: even, smooth in colour, never clipped.

One dream of a photograph may be lopsided: most of a gradient's energy lies in few places, its colour
changes from pixel to pixel, and values end at black and white. Fed back a hundred times, that becomes
blots, coloured grain and posters.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.colors import LUMA
from dreamvideo.media.frame import Picture

EVENNESS = 0.6
"""0: as the gradient has it; 1: every part of the picture changes as much as every other."""

CHROMA_BLUR = 1.5
"""Pixels over which a change of colour is smoothed; eyes see colour coarsely, and networks do not mind."""

CRISPNESS = 1.0
"""How much of the finest luma of a change is added once more: a zoom shows every detail larger, and needs it fine."""

FINEST = 0.95
"""Spread of the luma finer than a pixel over that of one to two pixels, up to which pictures are sharpened: photographs
have 1.0 to 2.0, enlarged ones 0.85."""

SHARPENING = 0.22
"""Part of the way there that a frame goes at 24 fps, per unit of what is missing."""

_LINES = 0.02
"""Part of what alternates from pixel to pixel that a frame loses at 24 fps."""
_BINOMIAL = np.array([0.25, 0.5, 0.25])
_NEIGHBOURHOOD = 1 / 6
"""Of the shorter side: what counts as a part of the picture."""
"""ITU-R BT.709."""


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
    change *= room / (room + np.abs(change) + 1e-6)  # less and less towards black and white, never beyond
    change -= np.asarray(cv2.mean(change)[:3], np.float32)  # neither lighter nor of another hue as a whole
    return np.asarray(np.clip(picture + change, 0, 1), np.float32)


def hold_crispness(picture: Picture, seconds: float = 1 / 24) -> Picture:
    """Raise the finest luma of a picture where it has less than a photograph has, each frame a little.

    A dive shows every edge ever wider; Deforum's users sharpen against it by a fixed amount, which etches pictures
    that are sharp already. Natural pictures hold about as much in each octave of detail (Field 1987): the share of the
    finest in the next tells how much is missing.

    Args:
        picture: float32 RGB (H, W, 3) in [0, 1].
        seconds: time since the picture before.

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
    # The very finest, lines of one pixel, would stay only where the camera moves no pixel across them, and draw a cross
    # through its centre.
    lines = luma - _binomial(luma)
    raised = _binomial(fine)
    # Strong edges gain less, or they would get halos.
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
    """Weigh neighbours by 1, 2, 1, which leaves nothing of what alternates from pixel to pixel."""
    return np.asarray(cv2.sepFilter2D(plane, -1, _BINOMIAL, _BINOMIAL, borderType=cv2.BORDER_REFLECT_101), np.float32)


def _evening(change: Picture) -> NDArray[np.float32]:
    """Factor for each pixel (H, W, 1) that evens out where the change is, its mean square kept."""
    height, width = change.shape[:2]
    # At an eighth of the size: the neighbourhood is wide, and a wide blur is slow.
    size = max(1, width // 8), max(1, height // 8)
    power = np.asarray(cv2.resize(np.square(change), size, interpolation=cv2.INTER_AREA), np.float32).mean(axis=2)
    local = _blurred(power, max(0.5, min(height, width) / 8 * _NEIGHBOURHOOD))
    whole = float(power.mean())
    factor = (whole / (local + 0.02 * whole + 1e-20)) ** (EVENNESS / 2)
    factor *= (whole / (float((power * np.square(factor)).mean()) + 1e-20)) ** 0.5
    return np.asarray(cv2.resize(np.asarray(factor, np.float32), (width, height)), np.float32)[..., np.newaxis]
