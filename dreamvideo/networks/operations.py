"""Steps of the fast graph: each computes its values and carries gradients back.

Only the gradient with respect to the picture is ever wanted, so nothing is kept for kernels, and a
step may use what it likes of its inputs and outputs. All tensors are (B, H, W, C) float32.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Array = NDArray[np.float32]
Pads = tuple[tuple[int, int], tuple[int, int]]
"""Rows above and below, columns left and right."""


@dataclass(frozen=True, eq=False)
class Step:
    """One step: `inputs` and `outputs` are numbers of values."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        """Values of `outputs`."""
        raise NotImplementedError

    def backward(self, grads: list[Any], inputs: list[tf.Tensor], outputs: list[tf.Tensor]) -> list[Any]:
        """Gradients of `inputs`; `grads` are those of `outputs`, None where nothing came back."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Affine(Step):
    """A scale and an offset a channel: batch norm in inference."""

    scale: Array
    offset: Array

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        return [(inputs[0] if self._shifts else inputs[0] * self.scale) + self.offset]

    def backward(self, grads: list[Any], inputs: list[tf.Tensor], outputs: list[tf.Tensor]) -> list[Any]:
        return [grads[0] if self._shifts else grads[0] * self.scale]

    @property
    def _shifts(self) -> bool:
        return bool((self.scale == 1).all())


@dataclass(frozen=True, eq=False)
class Relu(Step):
    """max(x, 0), or min(max(x, 0), 6); its gradient is read off its own output."""

    six: bool = False
    masked: bool = False
    """The only reader has masked the gradient already."""

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        return [tf.nn.relu6(inputs[0]) if self.six else tf.nn.relu(inputs[0])]

    def backward(self, grads: list[Any], inputs: list[tf.Tensor], outputs: list[tf.Tensor]) -> list[Any]:
        if self.masked:
            return [grads[0]]
        grad = tf.raw_ops.Relu6Grad if self.six else tf.raw_ops.ReluGrad
        return [grad(gradients=grads[0], features=outputs[0])]


@dataclass(frozen=True, eq=False)
class Pad(Step):
    """Zeros around the picture."""

    pads: Pads

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        return [tf.pad(inputs[0], [(0, 0), *self.pads, (0, 0)])]

    def backward(self, grads: list[Any], inputs: list[tf.Tensor], outputs: list[tf.Tensor]) -> list[Any]:
        (top, _), (left, _) = self.pads
        shape = tf.shape(inputs[0])
        return [grads[0][:, top : top + shape[1], left : left + shape[2]]]


@dataclass(frozen=True, eq=False)
class Concat(Step):
    """Channels of several values, one after the other."""

    widths: tuple[int, ...]

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        return [tf.concat(inputs, -1)]

    def backward(self, grads: list[Any], inputs: list[tf.Tensor], outputs: list[tf.Tensor]) -> list[Any]:
        return list(tf.split(grads[0], self.widths, -1))


@dataclass(frozen=True, eq=False)
class Split(Step):
    """The reverse of `Concat`: what a fused convolution hands to its parts' readers."""

    widths: tuple[int, ...]

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        return list(tf.split(inputs[0], self.widths, -1))

    def backward(self, grads: list[Any], inputs: list[tf.Tensor], outputs: list[tf.Tensor]) -> list[Any]:
        parts = [tf.zeros_like(y) if grad is None else grad for grad, y in zip(grads, outputs, strict=True)]
        return [tf.concat(parts, -1)]


@dataclass(frozen=True, eq=False)
class Add(Step):
    """The sum of values of one shape."""

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        return [tf.add_n(inputs)]

    def backward(self, grads: list[Any], inputs: list[tf.Tensor], outputs: list[tf.Tensor]) -> list[Any]:
        return [grads[0]] * len(inputs)


@dataclass(frozen=True, eq=False)
class Call(Step):
    """Anything else: the Keras operation as it is, with the gradient that TensorFlow derives."""

    call: Callable[[list[tf.Tensor]], Any]
    """Takes each input once, even where the operation reads it twice."""

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        return list(tf.nest.flatten(self.call(inputs)))

    def backward(self, grads: list[Any], inputs: list[tf.Tensor], outputs: list[tf.Tensor]) -> list[Any]:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            again = self.forward(inputs)
        known = [(y, grad) for y, grad in zip(again, grads, strict=True) if grad is not None]
        return list(tape.gradient([y for y, _ in known], inputs, output_gradients=[grad for _, grad in known]))
