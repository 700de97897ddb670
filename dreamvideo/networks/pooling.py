"""Pools of the fast graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from dreamvideo.networks.operations import Op


@dataclass(frozen=True, eq=False)
class MaxPoolByDilation(Op):
    """Max pooling for TensorFlow's CPU kernels without oneDNN.

    MaxPoolGrad there takes as long as the network's largest convolutions. Dilation by a flat element gives the same
    values, and its gradient is fast.
    """

    size: tuple[int, int]
    strides: tuple[int, int]
    padding: str

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        return [tf.custom_gradient(self.with_gradient)(inputs[0])]

    def with_gradient(self, x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], Any]]:
        """The value, and the function from its gradient to that of `x`."""

        def gradient(grad: tf.Tensor) -> Any:
            return tf.raw_ops.Dilation2DBackpropInput(
                input=x,
                filter=tf.zeros((*self.size, tf.shape(x)[-1])),
                out_backprop=grad,
                strides=[1, *self.strides, 1],
                rates=[1, 1, 1, 1],
                padding=self.padding,
            )

        return tf.nn.max_pool2d(x, self.size, self.strides, self.padding), gradient
