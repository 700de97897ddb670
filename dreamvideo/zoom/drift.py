"""Colour control of a zoom: brightness and colour are held to those of the first frame.

Feedback drifts: in one test luma rose by 20 % and saturation by half within 160 frames. So every frame pulls the mean
and the standard deviation, in CIE Lab, part of the way back. Reinhard et al. 2001 match the same moments at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.colors import LUMA
from dreamvideo.media.frame import Picture

Array = NDArray[np.float32]

SPREAD_PULL = 0.1
"""Fraction of the error in L's contrast that a frame corrects at 24 fps. Other rates correct as much per second."""

COLOR_PULL = 0.6
"""The same for the contrast of colour. It is larger, since most dreams push colour up all the time."""

MEAN_PULL = 0.75
"""The same for the mean. A dive into a bright spot changes it quickly, and nobody notices the exposure following."""

_LEAST_SPREAD = 8.0
"""Least set point for the standard deviation of L, 0 to 100. Else a plain first picture would erase every dream."""
_GAINS = (0.5, 1.5)
"""Least and largest gain of a full correction. The contrast of an almost plain picture is only noise."""
_ROLL = 0.06
"""Distance from black and white, 0 to 1, within which values are compressed."""


@dataclass(frozen=True, eq=False)
class ColorReference:
    """The colour statistics of a picture, in CIE Lab.

    Attributes:
        mean: (3,) means of L in [0, 100], and of a and b in about [-127, 127].
        spread: (3,) standard deviations of the same.
        luma: mean luma in [0, 1].
        chroma: mean distance of (a, b) from grey.
    """

    mean: Array
    spread: Array
    luma: float
    chroma: float

    @classmethod
    def of(cls, picture: Picture) -> ColorReference:
        """Measure a picture (H, W, 3)."""
        lab = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB), np.float32)
        return cls._of(picture, lab)

    @classmethod
    def _of(cls, picture: Picture, lab: Array) -> ColorReference:
        mean, spread = (np.asarray(moment[:, 0], np.float32) for moment in cv2.meanStdDev(lab))
        luma = float(np.asarray(cv2.mean(picture)[:3]) @ LUMA)
        return cls(mean, spread, luma, float(np.hypot(lab[..., 1], lab[..., 2]).mean()))


def hold_colors(picture: Picture, reference: ColorReference, seconds: float = 1 / 24) -> Picture:
    """Pull a picture's colours towards a reference.

    Args:
        picture: float32 RGB (H, W, 3) in [0, 1].
        reference: the set point.
        seconds: time since the last frame. At 1/24 s the pulls above apply.

    Returns:
        float32 RGB (H, W, 3), within (0, 1).
    """
    lab = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB), np.float32)
    found = ColorReference._of(picture, lab)
    pulls = 1 - (1 - np.array([SPREAD_PULL, COLOR_PULL, COLOR_PULL], np.float32)) ** (24 * seconds)
    gain = _full_gain(reference, found) ** pulls
    back = reference.mean - found.mean
    # Brightness is held by luma, which differs from the mean of L if colours are strong.
    back[0] = 100 * (reference.luma - found.luma)
    pull = np.float32(1 - (1 - MEAN_PULL) ** (24 * seconds))
    shift = np.asarray(found.mean * (1 - gain) + pull * back, np.float32)
    held = cv2.transform(lab, np.column_stack([np.diag(gain), shift]))
    return _roll_off(np.asarray(cv2.cvtColor(held, cv2.COLOR_LAB2RGB), np.float32))


def _full_gain(reference: ColorReference, found: ColorReference) -> Array:
    """The gains (3,) that give L, a and b the reference's contrast.

    The gain of L follows its standard deviation. The gain of colour follows the mean chroma: a goldfish on black and a
    field of blots may have the same standard deviation, but not the same chroma. The ratio of a to b follows their
    standard deviations.
    """
    light = max(float(reference.spread[0]), _LEAST_SPREAD) / (float(found.spread[0]) + 1e-3)
    axes = (reference.spread[1:] + 0.5) / (found.spread[1:] + 0.5)
    colour = axes / np.sqrt(axes.prod()) * (reference.chroma / (found.chroma + 1e-3))
    return np.asarray(np.clip([light, *colour], *_GAINS), np.float32)


def _roll_off(picture: Picture) -> Picture:
    """Compress values near black and white, so that no pixel clips."""
    off = picture - np.float32(0.5)
    outer = np.flatnonzero(np.abs(off) > 0.5 - _ROLL)
    ends = off.ravel()[outer]
    bent = 0.5 - _ROLL + _ROLL * np.tanh((np.abs(ends) - (0.5 - _ROLL)) / _ROLL)
    picture.reshape(-1)[outer] = 0.5 + np.copysign(bent, ends)
    return picture
