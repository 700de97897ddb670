"""Pools of the fast graph, with gradients that take no longer than they must."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from dreamvideo.networks.operations import Step


@dataclass(frozen=True, eq=False)
class MaxPool(Step):
    """Largest of each window.

    Without oneDNN, MaxPoolGrad on a CPU takes as long as the network's largest convolutions.
    Dilation by a flat element is the same thing, and its gradient is one plain loop.
    """

    size: tuple[int, int]
    strides: tuple[int, int]
    same: bool
    by_dilation: bool
    after_relu: bool = False
    """The input is a ReLU's output that nothing else reads: its mask is applied here, at the smaller size."""

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        return [tf.nn.max_pool2d(inputs[0], self.size, self.strides, self._padding)]

    def backward(self, grads: list[Any], inputs: list[tf.Tensor], outputs: list[tf.Tensor]) -> list[Any]:
        (grad,), (x,), (y,) = grads, inputs, outputs
        if self.after_relu:
            grad = tf.raw_ops.ReluGrad(gradients=grad, features=y)
        strides = [1, *self.strides, 1]
        if self.by_dilation:
            flat = tf.zeros((*self.size, tf.shape(x)[-1]))
            return [
                tf.raw_ops.Dilation2DBackpropInput(
                    input=x, filter=flat, out_backprop=grad, strides=strides, rates=[1, 1, 1, 1], padding=self._padding
                )
            ]
        return [
            tf.raw_ops.MaxPoolGrad(
                orig_input=x,
                orig_output=y,
                grad=grad,
                ksize=[1, *self.size, 1],
                strides=strides,
                padding=self._padding,
            )
        ]

    @property
    def _padding(self) -> str:
        return "SAME" if self.same else "VALID"


@dataclass(frozen=True, eq=False)
class AveragePool(Step):
    """Mean of each window; what lies outside the picture does not count."""

    size: tuple[int, int]
    strides: tuple[int, int]
    same: bool

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        return [tf.nn.avg_pool2d(inputs[0], self.size, self.strides, self._padding)]

    def backward(self, grads: list[Any], inputs: list[tf.Tensor], outputs: list[tf.Tensor]) -> list[Any]:
        (grad,), shape = grads, tf.shape(inputs[0])
        (kh, kw), (sh, sw) = self.size, self.strides
        if not self.same and kh % sh == 0 and kw % sw == 0 and (sh, sw) != (1, 1):
            return [_unpool(grad, (kh // sh, kw // sw), self.strides, shape)]
        return [
            tf.raw_ops.AvgPoolGrad(
                orig_input_shape=shape,
                grad=grad,
                ksize=[1, *self.size, 1],
                strides=[1, *self.strides, 1],
                padding=self._padding,
            )
        ]

    @property
    def _padding(self) -> str:
        return "SAME" if self.same else "VALID"


def _unpool(grad: tf.Tensor, reach: tuple[int, int], strides: tuple[int, int], shape: tf.Tensor) -> tf.Tensor:
    """Gradient of an average whose window is `reach` strides long: at the small size first, then each value repeated.

    Such a window is one of a stride's length, then one of `reach` at the small size; AvgPoolGrad takes three times
    as long on a CPU.
    """
    (rh, rw), (sh, sw) = reach, strides
    spread = grad * (1 / (sh * sw))  # (B, h, w, C)
    if reach != (1, 1):
        around = [(0, 0), (rh - 1, rh - 1), (rw - 1, rw - 1), (0, 0)]
        spread = tf.nn.avg_pool2d(tf.pad(spread, around), reach, 1, "VALID")  # (B, h + rh - 1, w + rw - 1, C)
    size = tf.shape(spread)[1:3] * strides
    whole = tf.raw_ops.ResizeNearestNeighbor(images=spread, size=size)
    missing = shape[1:3] - size  # rows and columns that no window reached
    return tf.pad(whole, [(0, 0), (0, missing[0]), (0, missing[1]), (0, 0)])
