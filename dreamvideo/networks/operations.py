"""Steps of the fast graph: each computes its values and carries gradients back.

Only the gradient with respect to the picture is ever wanted, so nothing is kept for kernels, and a
step may use what it likes of its inputs and outputs. All tensors are (B, H, W, C) float32.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Array = NDArray[np.float32]
Pads = tuple[tuple[int, int], tuple[int, int]]
"""Rows above and below, columns left and right."""

_NO_PADS: Pads = ((0, 0), (0, 0))


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
class Conv(Step):
    """Convolution of stride 1 or more, with bias.

    At stride 1 the gradient is a convolution itself, with the kernel turned by 180 degrees and its
    channels swapped, which runs at the speed of the forward kernels where Conv2DBackpropInput does not.
    """

    kernel: Array  # (kh, kw, C in, C out)
    bias: Array | None
    strides: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    same: bool = False
    pads: Pads = _NO_PADS
    """Zeros around, beside those of `same`."""

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        (x,) = inputs
        y = tf.nn.conv2d(x, self.kernel, self.strides, self._padding(), dilations=self.dilation)
        return [y if self.bias is None else tf.nn.bias_add(y, self.bias)]

    def backward(self, grads: list[Any], inputs: list[tf.Tensor], outputs: list[tf.Tensor]) -> list[Any]:
        (grad,), (x,) = grads, inputs
        if self.strides == (1, 1):
            turned = np.ascontiguousarray(self.kernel[::-1, ::-1].transpose(0, 1, 3, 2))
            return [tf.nn.conv2d(grad, turned, 1, self._turned_padding(), dilations=self.dilation)]
        before = self._before()
        if self.strides == (2, 2) and self.dilation == (1, 1) and before is not None:
            return [_unstride(grad, self.kernel, before, tf.shape(x))]
        return [
            tf.nn.conv2d_transpose(
                grad, self.kernel, tf.shape(x), self.strides, self._padding(), dilations=self.dilation
            )
        ]

    def _before(self) -> tuple[int, int] | None:
        """Zeros above and to the left at stride 2; None where they depend on whether the picture's size is odd."""
        if not self.same:
            return self.pads[0][0], self.pads[1][0]
        kh, kw = self.kernel.shape[:2]
        regular = all(size == 1 or size % 2 == 0 for size in (kh, kw))
        return (max(kh - 2, 0) // 2, max(kw - 2, 0) // 2) if regular else None

    def _padding(self) -> Any:
        if self.same:
            return "SAME"
        return "VALID" if self.pads == _NO_PADS else [(0, 0), *self.pads, (0, 0)]

    def _turned_padding(self) -> Any:
        sides = []
        for size, dilation, (before, after) in zip(self.kernel.shape, self.dilation, self.pads, strict=False):
            reach = (size - 1) * dilation
            if self.same:
                before, after = reach // 2, reach - reach // 2
            sides.append((reach - before, reach - after))
        return [(0, 0), *sides, (0, 0)] if any(map(any, sides)) else "VALID"

    def fuses_with(self, other: Conv) -> bool:
        """Whether both can be one convolution where they read the same value."""
        return (
            self.kernel.shape[:3] == other.kernel.shape[:3]
            and (self.strides, self.dilation, self.same, self.pads)
            == (other.strides, other.dilation, other.same, other.pads)
            and (self.bias is None) == (other.bias is None)
        )

    def scaled(self, scale: Array, offset: Array, output: int) -> Conv:
        """This and a scale and offset a channel after it."""
        bias = offset if self.bias is None else self.bias * scale + offset
        return replace(self, kernel=self.kernel * scale, bias=bias, outputs=(output,))

    def after(self, scale: Array, offset: Array, source: int) -> Conv:
        """This and a scale and offset a channel before it."""
        bias = np.einsum("hwio,i->o", self.kernel, offset)
        bias = bias if self.bias is None else self.bias + bias
        return replace(self, kernel=self.kernel * scale[:, None], bias=bias, inputs=(source,))


def _unstride(grad: tf.Tensor, kernel: Array, before: tuple[int, int], shape: tf.Tensor) -> tf.Tensor:
    """Gradient of a convolution of stride 2, by its four phases (sub-pixel convolution, Shi et al. 2016).

    Pixels of even and of odd row and column see different taps of the kernel, and each of the four kinds
    is a convolution of stride 1 of `grad`. Thin pictures take one convolution with zeros for the taps that a
    phase lacks; wide ones four without.
    """
    kh, kw, width, _ = kernel.shape
    reach_h, reach_w = (kh - 1) // 2, (kw - 1) // 2  # of the longest phase
    if width <= 4:
        padded = np.pad(kernel, [(0, kh % 2), (0, kw % 2), (0, 0), (0, 0)])
        turned = [_turned_phase(padded, row, column) for row in (0, 1) for column in (0, 1)]
        pads = [(0, 0), (reach_h, reach_h), (reach_w, reach_w), (0, 0)]
        apart = tf.nn.conv2d(grad, np.concatenate(turned, -1), 1, pads)
        together = tf.nn.depth_to_space(apart, 2)
    else:
        rows: list[Any] = []
        for row in (0, 1):
            columns: list[Any] = []
            for column in (0, 1):
                phase = _turned_phase(kernel, row, column)
                if phase.size:
                    taps_h, taps_w = phase.shape[:2]
                    pads = [(0, 0), (taps_h - 1, reach_h), (taps_w - 1, reach_w), (0, 0)]
                    columns.append(tf.nn.conv2d(grad, phase, 1, pads))
                else:
                    columns.append(tf.zeros_like(columns[0] if columns else rows[0][:, :, :, 0]))
            rows.append(tf.stack(columns, 3))
        blocks = tf.stack(rows, 2)  # (B, h, 2, w, 2, C)
        size = tf.shape(blocks)
        together = tf.reshape(blocks, (size[0], 2 * size[1], 2 * size[3], width))
    (top, left), size = before, tf.shape(together)
    missing = tf.maximum(shape[1:3] + before - size[1:3], 0)  # rows and columns that no window reached
    whole = tf.pad(together, [(0, 0), (0, missing[0]), (0, missing[1]), (0, 0)])
    return whole[:, top : top + shape[1], left : left + shape[2]]


def _turned_phase(kernel: Array, row: int, column: int) -> Array:
    return np.ascontiguousarray(kernel[row::2, column::2][::-1, ::-1].transpose(0, 1, 3, 2))


@dataclass(frozen=True, eq=False)
class DepthwiseConv(Step):
    """Convolution of each channel by itself, with bias."""

    kernel: Array  # (kh, kw, C, multiplier)
    bias: Array | None
    strides: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    same: bool = False

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        y = tf.nn.depthwise_conv2d(
            inputs[0], self.kernel, (1, *self.strides, 1), "SAME" if self.same else "VALID", dilations=self.dilation
        )
        return [y if self.bias is None else tf.nn.bias_add(y, self.bias)]

    def backward(self, grads: list[Any], inputs: list[tf.Tensor], outputs: list[tf.Tensor]) -> list[Any]:
        (grad,), (x,) = grads, inputs
        if self.strides == (1, 1) and self.kernel.shape[3] == 1:
            return [self._turned(grad)]
        return [
            tf.nn.depthwise_conv2d_backprop_input(
                tf.shape(x), self.kernel, grad, (1, *self.strides, 1), "SAME" if self.same else "VALID"
            )
        ]

    def _turned(self, grad: tf.Tensor) -> tf.Tensor:
        odd = all(size % 2 for size in self.kernel.shape[:2])
        turned = np.ascontiguousarray(self.kernel[::-1, ::-1])
        if self.same and odd:
            return tf.nn.depthwise_conv2d(grad, turned, (1, 1, 1, 1), "SAME", dilations=self.dilation)
        pads = []
        for size, dilation in zip(self.kernel.shape, self.dilation, strict=False):
            reach = (size - 1) * dilation
            before = reach // 2 if self.same else 0
            after = reach - before if self.same else 0
            pads.append((reach - before, reach - after))
        padded = tf.pad(grad, [(0, 0), *pads[:2], (0, 0)])
        return tf.nn.depthwise_conv2d(padded, turned, (1, 1, 1, 1), "VALID", dilations=self.dilation)

    def scaled(self, scale: Array, offset: Array, output: int) -> DepthwiseConv:
        """This and a scale and offset a channel after it."""
        channels, multiplier = self.kernel.shape[2:]
        bias = offset if self.bias is None else self.bias * scale + offset
        return replace(self, kernel=self.kernel * scale.reshape(channels, multiplier), bias=bias, outputs=(output,))


@dataclass(frozen=True, eq=False)
class Affine(Step):
    """A scale and an offset a channel: batch norm in inference."""

    scale: Array
    offset: Array

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        return [inputs[0] * self.scale + self.offset]

    def backward(self, grads: list[Any], inputs: list[tf.Tensor], outputs: list[tf.Tensor]) -> list[Any]:
        return [grads[0] * self.scale]


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
        return [
            tf.raw_ops.AvgPoolGrad(
                orig_input_shape=tf.shape(inputs[0]),
                grad=grads[0],
                ksize=[1, *self.size, 1],
                strides=[1, *self.strides, 1],
                padding=self._padding,
            )
        ]

    @property
    def _padding(self) -> str:
        return "SAME" if self.same else "VALID"


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
