"""Steps shaped like natural pictures: mostly luma, and more coarse structure than fine.

A raw gradient weighs a red-green stripe of one pixel as much as a shadow. So it raises the objective by neon fringes
and noise. Two linear maps make a step more like a photograph. Colours are weighted by their variance in photographs
(the decorrelated colour space of lucid, Olah et al. 2017), and the finest detail is damped (smoothed gradients:
Mordvintsev et al. 2015, Oygard 2015). Both maps are positive definite, so the objective still rises.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_COLOR_SPREAD = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
"""Columns: grey, orange to blue, green to purple. Each column's length is the standard deviation of ImageNet's pictures
along it (lucid)."""
_COLOR_POWER = 0.4
"""Exponent of the variance: 0 keeps the gradient's chroma (neon), 1 gives that of photographs (nearly grey)."""
_SIGMA = 1.5
"""Standard deviation of the Gaussian, in pixels. Coarser structure is left to the octaves."""
_TAPS = 9
"""Side of the Gaussian kernel in pixels: about three sigmas to each side."""
_SHARP = 0.2
"""Weight of the unsmoothed gradient, which keeps edges crisp."""


def _color_matrix() -> NDArray[np.float32]:
    variance, directions = np.linalg.eigh(_COLOR_SPREAD @ _COLOR_SPREAD.T)
    weights = (variance / variance.max()) ** _COLOR_POWER
    return np.asarray((directions * weights) @ directions.T, np.float32)


_COLORS = _color_matrix()


def natural_step(gradient: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shape a gradient, float32 (H, W, 3). The result has another scale, so normalise it afterwards."""
    colored = cv2.transform(gradient, _COLORS)
    smooth = cv2.GaussianBlur(colored, (_TAPS, _TAPS), _SIGMA, borderType=cv2.BORDER_REFLECT)
    return np.asarray(cv2.addWeighted(smooth, 1, colored, _SHARP, 0), np.float32)
