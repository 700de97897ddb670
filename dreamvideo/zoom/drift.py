"""Colours that stay: a picture fed back for a thousand frames is held, gently, to how its first frame looked.

Feedback has no anchor of its own: in a trial luma rose by 20 % and saturation by half within 160 frames.
Mean and spread in CIE Lab are pulled back a little every frame (after Reinhard et al.
2001, who match them at once); details keep their places and their relations.
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
"""Part of the way back that the spread of light goes in a frame at 24 fps; other rates go as far per second."""

COLOR_PULL = 0.6
"""The same of the spread of colour, which most dreams push up all the time."""

MEAN_PULL = 0.75
"""The same of the mean: a dive into a bright spot changes it quickly, and an exposure may follow unseen."""

_LEAST_SPREAD = 8.0
"""Of L in [0, 100]: a plain first picture shall not rub out every dream."""
_GAINS = (0.5, 1.5)
"""Bounds of what the spread is multiplied by on the whole way back: in an almost plain picture it is noise."""
"""ITU-R BT.709."""
_ROLL = 0.06
"""How near to black and white values bend."""


@dataclass(frozen=True, eq=False)
class ColorReference:
    """How a picture's colours lie.

    Attributes:
        mean: (3,) of L in [0, 100], a and b about [-127, 127], in CIE Lab.
        spread: (3,) standard deviations of the same.
        luma: mean luma in [0, 1].
        chroma: mean distance of a, b from grey.
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
        reference: where to.
        seconds: time since the picture before: at 1/24 s, the pulls above.

    Returns:
        float32 RGB (H, W, 3), within (0, 1).
    """
    lab = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB), np.float32)
    found = ColorReference._of(picture, lab)
    pulls = 1 - (1 - np.array([SPREAD_PULL, COLOR_PULL, COLOR_PULL], np.float32)) ** (24 * seconds)
    gain = _full_gain(reference, found) ** pulls
    back = reference.mean - found.mean
    # Luma is what eyes and meters see; the mean of L differs from it where colours are strong.
    back[0] = 100 * (reference.luma - found.luma)
    pull = np.float32(1 - (1 - MEAN_PULL) ** (24 * seconds))
    shift = np.asarray(found.mean * (1 - gain) + pull * back, np.float32)
    held = cv2.transform(lab, np.column_stack([np.diag(gain), shift]))
    return _roll_off(np.asarray(cv2.cvtColor(held, cv2.COLOR_LAB2RGB), np.float32))


def _full_gain(reference: ColorReference, found: ColorReference) -> Array:
    """What the spread around the mean would have to be multiplied by to be the reference's: (3,).

    Light by its standard deviation. Colour by its mean chroma, which the same deviation leaves open: a goldfish
    on black and a field of blots may share one. How a and b stand to each other follows their deviations.
    """
    light = max(float(reference.spread[0]), _LEAST_SPREAD) / (float(found.spread[0]) + 1e-3)
    axes = (reference.spread[1:] + 0.5) / (found.spread[1:] + 0.5)
    colour = axes / np.sqrt(axes.prod()) * (reference.chroma / (found.chroma + 1e-3))
    return np.asarray(np.clip([light, *colour], *_GAINS), np.float32)


def _roll_off(picture: Picture) -> Picture:
    """Bend values towards black and white in place of cutting them: no pixel clips."""
    off = picture - np.float32(0.5)
    outer = np.flatnonzero(np.abs(off) > 0.5 - _ROLL)
    ends = off.ravel()[outer]
    bent = 0.5 - _ROLL + _ROLL * np.tanh((np.abs(ends) - (0.5 - _ROLL)) / _ROLL)
    picture.reshape(-1)[outer] = 0.5 + np.copysign(bent, ends)
    return picture
