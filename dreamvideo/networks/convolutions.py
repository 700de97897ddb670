"""Convolutions of the fast graph, whose gradients are convolutions of stride 1 themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from dreamvideo.networks.operations import Array, Op


@dataclass(frozen=True, eq=False)
class Conv(Op):
    """Convolution of any stride, with bias.

    At stride 1 its gradient is a forward convolution, with the kernel turned by 180 degrees and its channels swapped:
    TensorFlow's forward kernels are faster than Conv2DBackpropInput.
    """

    kernel: Array  # (kh, kw, C in, C out)
    bias: Array | None
    strides: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    same: bool = False

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        return [tf.custom_gradient(self.with_gradient)(inputs[0])]

    def with_gradient(self, x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        """The value, and the function from its gradient to that of `x`."""
        y = tf.nn.conv2d(x, self.kernel, self.strides, self._padding, dilations=self.dilation)
        y = y if self.bias is None else tf.nn.bias_add(y, self.bias)
        return y, lambda grad: self._backward(grad, tf.shape(x))

    def _backward(self, grad: tf.Tensor, shape: tf.Tensor) -> tf.Tensor:
        """Gradient of the input, of `shape`."""
        if self.strides == (1, 1):
            turned = np.ascontiguousarray(self.kernel[::-1, ::-1].transpose(0, 1, 3, 2))
            return tf.nn.conv2d(grad, turned, 1, self._turned_padding(), dilations=self.dilation)
        before = self._before()
        if self.strides == (2, 2) and self.dilation == (1, 1) and before is not None:
            return _unstride(grad, self.kernel, before, shape)
        return tf.nn.conv2d_transpose(grad, self.kernel, shape, self.strides, self._padding, dilations=self.dilation)

    def _before(self) -> tuple[int, int] | None:
        """Padding above and to the left at stride 2; None if it depends on whether the picture's size is odd."""
        if not self.same:
            return 0, 0
        kh, kw = self.kernel.shape[:2]
        regular = all(size == 1 or size % 2 == 0 for size in (kh, kw))
        return (max(kh - 2, 0) // 2, max(kw - 2, 0) // 2) if regular else None

    @property
    def _padding(self) -> str:
        return "SAME" if self.same else "VALID"

    def _turned_padding(self) -> Any:
        reaches = [(size - 1) * dilation for size, dilation in zip(self.kernel.shape, self.dilation, strict=False)]
        if not any(reaches):
            return "VALID"
        sides = [(reach - reach // 2, reach // 2) if self.same else (reach, reach) for reach in reaches]
        return [(0, 0), *sides, (0, 0)]

    def fuses_with(self, other: Conv) -> bool:
        """Whether both can be one convolution, if they read the same value."""
        return (
            self.kernel.shape[:3] == other.kernel.shape[:3]
            and (self.strides, self.dilation, self.same) == (other.strides, other.dilation, other.same)
            and (self.bias is None) == (other.bias is None)
        )

    def scaled(self, scale: Array, offset: Array, output: int) -> Conv:
        """This convolution followed by a scale and offset of each channel."""
        bias = offset if self.bias is None else self.bias * scale + offset
        return replace(self, kernel=self.kernel * scale, bias=bias, outputs=(output,))

    def after(self, scale: Array, offset: Array, source: int) -> Conv:
        """This convolution preceded by a scale and offset of each channel."""
        bias = np.einsum("hwio,i->o", self.kernel, offset)
        bias = bias if self.bias is None else self.bias + bias
        return replace(self, kernel=self.kernel * scale[:, None], bias=bias, inputs=(source,))


def _unstride(grad: tf.Tensor, kernel: Array, before: tuple[int, int], shape: tf.Tensor) -> tf.Tensor:
    """Gradient of a convolution of stride 2, by its four phases (sub-pixel convolution, Shi et al. 2016).

    Pixels of even and odd rows and columns see different taps of the kernel. Each of these four phases is a
    convolution of `grad` of stride 1. At few channels all four are one convolution, with zeros for missing taps.
    """
    kh, kw, width, _ = kernel.shape
    reach_h, reach_w = (kh - 1) // 2, (kw - 1) // 2  # of the longest phase
    if width <= 4:
        padded = np.pad(kernel, [(0, kh % 2), (0, kw % 2), (0, 0), (0, 0)])
        turned = [_turned_phase(padded, row, column) for row in (0, 1) for column in (0, 1)]
        pads = [(0, 0), (reach_h, reach_h), (reach_w, reach_w), (0, 0)]
        apart = tf.nn.conv2d(grad, np.concatenate(turned, -1), 1, pads)
        # As depth_to_space, in two thirds of its time, since a pixel's two columns are contiguous already.
        size = tf.shape(apart)  # (B, h, w, 2 rows, 2 columns, C)
        rows_apart = tf.reshape(apart, (size[0] * size[1], size[2], 2, 2 * width))
        together = tf.transpose(rows_apart, (0, 2, 1, 3))  # (B * h, 2, w, 2 * C)
        together = tf.reshape(together, (size[0], 2 * size[1], 2 * size[2], width))
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
    missing = tf.maximum(shape[1:3] + before - size[1:3], 0)  # rows and columns outside all windows
    whole = tf.pad(together, [(0, 0), (0, missing[0]), (0, missing[1]), (0, 0)])
    return whole[:, top : top + shape[1], left : left + shape[2]]


def _turned_phase(kernel: Array, row: int, column: int) -> Array:
    return np.ascontiguousarray(kernel[row::2, column::2][::-1, ::-1].transpose(0, 1, 3, 2))


@dataclass(frozen=True, eq=False)
class DepthwiseConv(Op):
    """Depthwise convolution, with bias."""

    kernel: Array  # (kh, kw, C, multiplier)
    bias: Array | None
    strides: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    same: bool = False

    def forward(self, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
        plain = self.strides == (1, 1) and self.kernel.shape[3] == 1
        return [tf.custom_gradient(self.with_gradient)(inputs[0]) if plain else self.with_gradient(inputs[0])[0]]

    def with_gradient(self, x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        """The value, and the function from its gradient to that of `x` at stride 1."""
        padding = "SAME" if self.same else "VALID"
        y = tf.nn.depthwise_conv2d(x, self.kernel, (1, *self.strides, 1), padding, dilations=self.dilation)
        return y if self.bias is None else tf.nn.bias_add(y, self.bias), self._turned

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
        """This convolution followed by a scale and offset of each channel."""
        channels, multiplier = self.kernel.shape[2:]
        bias = offset if self.bias is None else self.bias * scale + offset
        return replace(self, kernel=self.kernel * scale.reshape(channels, multiplier), bias=bias, outputs=(output,))
