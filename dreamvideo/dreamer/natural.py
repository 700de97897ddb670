"""Steps shaped like natural pictures: mostly in luma, and more in coarse structure than in fine.

A raw gradient asks as much of a red-green stripe a pixel wide as of a shadow: it raises the objective by neon
fringes and noise. Two linear maps make the step likelier in a photograph without turning it away from the gradient
(both are positive definite, so that the objective still rises): colours are weighted by how much photographs vary
along them (decorrelated colour space of lucid, Olah et al. 2017), and the finest detail is damped (smoothed
gradients: Mordvintsev et al. 2015, Oygard 2015).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Tensor: TypeAlias = Any

_COLOR_SPREAD = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
"""Columns: grey, orange to blue, and green to purple, as long as ImageNet's pictures vary along them (lucid)."""
_COLOR_POWER = 0.4
"""Of the variance: 0 leaves chroma as the gradient has it (neon), 1 as photographs have it (nearly grey)."""
_SIGMA = 1.5
"""Pixels; the octaves already look after everything coarser."""
_SHARP = 0.2
"""Part of the unsmoothed gradient that stays, so that edges stay crisp."""


def _color_matrix() -> Tensor:
    variance, directions = np.linalg.eigh(_COLOR_SPREAD @ _COLOR_SPREAD.T)
    weights = (variance / variance.max()) ** _COLOR_POWER
    return tf.constant((directions * weights) @ directions.T, tf.float32)


def _gaussian() -> NDArray[np.float32]:
    radius = round(3 * _SIGMA)
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / _SIGMA) ** 2)
    return np.asarray(taps / taps.sum(), np.float32)


def natural_step(gradient: Tensor) -> Tensor:
    """Shape a gradient (H, W, 3) of any size, H and W at least 5; its scale is not kept."""
    colored = tf.tensordot(gradient, _color_matrix(), 1)
    taps = _gaussian()
    radius = len(taps) // 2
    smooth = tf.pad(colored, ((radius, radius), (radius, radius), (0, 0)), "SYMMETRIC")[tf.newaxis]
    for shape in ((-1, 1, 1, 1), (1, -1, 1, 1)):
        kernel = np.repeat(taps.reshape(shape), 3, axis=2)
        smooth = tf.nn.depthwise_conv2d(smooth, tf.constant(kernel), (1, 1, 1, 1), "VALID")
    return smooth[0] + _SHARP * colored
