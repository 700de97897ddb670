"""Steps shaped like natural pictures: mostly in luma, and more in coarse structure than in fine.

A raw gradient asks as much of a red-green stripe a pixel wide as of a shadow: it raises the objective by neon
fringes and noise. Two linear maps make the step likelier in a photograph without turning it away from the gradient
(both are positive definite, so that the objective still rises): colours are weighted by how much photographs vary
along them (decorrelated colour space of lucid, Olah et al. 2017), and the finest detail is damped (smoothed
gradients: Mordvintsev et al. 2015, Oygard 2015).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_COLOR_SPREAD = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
"""Columns: grey, orange to blue, and green to purple, as long as ImageNet's pictures vary along them (lucid)."""
_COLOR_POWER = 0.4
"""Of the variance: 0 leaves chroma as the gradient has it (neon), 1 as photographs have it (nearly grey)."""
_SIGMA = 1.5
"""Pixels; the octaves already look after everything coarser."""
_TAPS = 9
"""Of the Gaussian: three sigmas to each side."""
_SHARP = 0.2
"""Part of the unsmoothed gradient that stays, so that edges stay crisp."""


def _color_matrix() -> NDArray[np.float32]:
    variance, directions = np.linalg.eigh(_COLOR_SPREAD @ _COLOR_SPREAD.T)
    weights = (variance / variance.max()) ** _COLOR_POWER
    return np.asarray((directions * weights) @ directions.T, np.float32)


_COLORS = _color_matrix()


def natural_step(gradient: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shape a gradient, float32 (H, W, 3) of any size; its scale is not kept."""
    colored = cv2.transform(gradient, _COLORS)
    smooth = cv2.GaussianBlur(colored, (_TAPS, _TAPS), _SIGMA, borderType=cv2.BORDER_REFLECT)
    return np.asarray(cv2.addWeighted(smooth, 1, colored, _SHARP, 0), np.float32)
