"""Graph ops: each computes values from values. All tensors are (B, H, W, C) float32."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Op:
    """One op; `inputs` and `outputs` are numbers of values."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        """Values of `outputs`."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Affine(Op):
    """Scale and offset of each channel: batch norm in inference."""

    scale: Array
    offset: Array

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        shifts = bool((self.scale == 1).all())
        return [(inputs[0] if shifts else inputs[0] * self.scale) + self.offset]


@dataclass(frozen=True, eq=False)
class Split(Op):
    """Splits the channels of a fused convolution."""

    widths: tuple[int, ...]

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        return list(tf.split(inputs[0], self.widths, -1))


@dataclass(frozen=True, eq=False)
class Call(Op):
    """Any other Keras operation."""

    call: Callable[[list[tf.Tensor]], Any]
    """Takes each input once, even if the operation reads it twice."""

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        return list(tf.nest.flatten(self.call(inputs)))
