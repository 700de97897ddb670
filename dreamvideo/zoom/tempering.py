"""What of a dream a frame takes, where every frame adds to the last: even, smooth in colour, never clipped.

One dream of a photograph may be lopsided: most of a gradient's energy lies in few places, its colour
changes from pixel to pixel, and values end at black and white. Fed back a hundred times, that becomes
blots, coloured grain and posters.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.frame import Picture

EVENNESS = 0.6
"""0: as the gradient has it; 1: every part of the picture changes as much as every other."""

CHROMA_BLUR = 1.5
"""Pixels over which a change of colour is smoothed; eyes see colour coarsely, and networks do not mind."""

CRISPNESS = 1.0
"""How much of the finest luma of a change is added once more: a zoom shows every detail larger, and needs it fine."""

_NEIGHBOURHOOD = 1 / 6
"""Of the shorter side: what counts as a part of the picture."""
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
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
    change -= change.mean(axis=(0, 1))  # neither lighter nor of another hue as a whole
    return np.asarray(np.clip(picture + change, 0, 1), np.float32)


def _crisp_luma_smooth_chroma(change: Picture) -> Picture:
    luma = change @ _LUMA
    chroma = cv2.GaussianBlur(change - luma[..., np.newaxis], (0, 0), CHROMA_BLUR, borderType=cv2.BORDER_REFLECT_101)
    crisp = luma + CRISPNESS * (luma - cv2.GaussianBlur(luma, (0, 0), 1.0, borderType=cv2.BORDER_REFLECT_101))
    return np.asarray(chroma + crisp[..., np.newaxis], np.float32)


def _evening(change: Picture) -> NDArray[np.float32]:
    """Factor for each pixel (H, W, 1) that evens out where the change is, its mean square kept."""
    height, width = change.shape[:2]
    power = np.square(change).mean(axis=2)
    # At an eighth of the size: the neighbourhood is wide, and a wide blur is slow.
    small = cv2.resize(power, (max(1, width // 8), max(1, height // 8)), interpolation=cv2.INTER_AREA)
    sigma = max(0.5, min(height, width) / 8 * _NEIGHBOURHOOD)
    local = cv2.GaussianBlur(small, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
    whole = float(power.mean())
    factor = (whole / (local + 0.02 * whole + 1e-20)) ** (EVENNESS / 2)
    factor = np.asarray(cv2.resize(np.asarray(factor, np.float32), (width, height)), np.float32)
    after = float((power * np.square(factor)).mean())
    factor *= (whole / (after + 1e-20)) ** 0.5
    return factor[..., np.newaxis]
