"""Steps of the fast graph: each computes values from values. All tensors are (B, H, W, C) float32."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Step:
    """One step: `inputs` and `outputs` are numbers of values."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        """Values of `outputs`."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Affine(Step):
    """A scale and an offset a channel: batch norm in inference."""

    scale: Array
    offset: Array

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        shifts = bool((self.scale == 1).all())
        return [(inputs[0] if shifts else inputs[0] * self.scale) + self.offset]


@dataclass(frozen=True, eq=False)
class Split(Step):
    """Channels taken apart: what a fused convolution hands to its parts' readers."""

    widths: tuple[int, ...]

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        return list(tf.split(inputs[0], self.widths, -1))


@dataclass(frozen=True, eq=False)
class Call(Step):
    """Anything else: the Keras operation as it is."""

    call: Callable[[list[tf.Tensor]], Any]
    """Takes each input once, even where the operation reads it twice."""

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        return list(tf.nest.flatten(self.call(inputs)))
