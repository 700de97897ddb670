"""dreamnet: the bundled network, small enough to ship and fast enough for video on a CPU.

An Inception-style network (Szegedy et al. 2015), whose blocks `mixed0` to `mixed7` were trained to match features of a
SqueezeNet (Iandola et al. 2016; feature distillation after Romero et al. 2015). It reduces with kernels whose size is a
multiple of the stride, or with overlapping average pools: max pools and other kernels draw grids into the gradient
(Odena et al. 2016). DREAMNET.md beside the weights describes data, training and figures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import keras
from keras import layers

STRIDE = 16
"""Pixels per step of the deepest feature maps."""

HEADS = {"mixed3": 256, "mixed5": 384, "mixed6": 512, "mixed7": 512}
"""Block -> channels of its head (`mixed5_head`: 1x1, ReLU), which predicts the teacher's features."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Widths of one block: two or three branches side by side, concatenated.

    Multiples of 16, since a kernel of 20 channels takes as long as one of 32.
    """

    point: int  # 1x1
    reduce: int  # 1x1, then
    wide: int  # 3x3
    reduce_deep: int = 0  # 1x1, then
    deep: int = 0  # 3x3, 3x3; 0: no such branch


_STEM = (16, 32)
_BLOCKS = {
    "mixed0": _Block(16, 16, 32),  # at 1/4 of the picture's side
    "mixed1": _Block(32, 32, 48),  # at 1/8
    "mixed2": _Block(32, 48, 64),
    "mixed3": _Block(32, 48, 96),
    "mixed4": _Block(96, 64, 160),  # at 1/16
    "mixed5": _Block(96, 96, 192, 32, 64),
    "mixed6": _Block(96, 96, 192, 32, 64),
    "mixed7": _Block(128, 128, 256, 64, 96),
}
_REDUCED_BEFORE = ("mixed1", "mixed4")


def build_dreamnet(*, batch_norm: bool = False) -> keras.Model:
    """Build dreamnet with new weights: a functional model from RGB (B, H, W, 3) in [0, 1] to the outputs of all heads.

    `batch_norm` builds the form that is trained (see `examples/train_dreamnet.py`).
    """
    unit = _conv_unit(batch_norm)
    picture = keras.Input((None, None, 3), name="picture")
    x = layers.Rescaling(1 / 0.25, offset=-0.45 / 0.25, name="centre")(picture)
    x = unit(x, _STEM[0], 4, "stem0", 2)  # (B, H/2, W/2, 16)
    x = layers.AveragePooling2D(2, name="stem_pool")(x)  # (B, H/4, W/4, 16)
    x = unit(x, _STEM[1], 3, "stem1")  # (B, H/4, W/4, 32)
    # With ReLU, a channel that is negative everywhere would never learn.
    head = partial(keras.activations.leaky_relu, negative_slope=0.03) if batch_norm else "relu"
    outputs = []
    for name, block in _BLOCKS.items():
        if name in _REDUCED_BEFORE:
            x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
            x = layers.AveragePooling2D(4, 2, name=f"{name}_pool")(x)
        x = _mixed(unit, x, block, name)
        if name in HEADS:
            outputs.append(layers.Conv2D(HEADS[name], 1, activation=head, name=f"{name}_head")(x))
    return keras.Model(picture, outputs, name="dreamnet")


_Unit = Callable[..., keras.KerasTensor]


def _conv_unit(batch_norm: bool) -> _Unit:
    def unit(x: keras.KerasTensor, filters: int, size: int, name: str, stride: int = 1) -> keras.KerasTensor:
        x = layers.Conv2D(
            filters, size, stride, padding="same", use_bias=not batch_norm, kernel_initializer="he_normal", name=name
        )(x)
        if batch_norm:
            x = layers.BatchNormalization(momentum=0.98, name=f"{name}_bn")(x)
        return layers.ReLU(name=f"{name}_relu")(x)

    return unit


def _mixed(unit: _Unit, x: keras.KerasTensor, block: _Block, name: str) -> keras.KerasTensor:
    branches = [unit(x, block.point, 1, f"{name}_point")]
    branches.append(unit(unit(x, block.reduce, 1, f"{name}_wide_reduce"), block.wide, 3, f"{name}_wide"))
    if block.deep:
        deep = unit(x, block.reduce_deep, 1, f"{name}_deep_reduce")
        branches.append(unit(unit(deep, block.deep, 3, f"{name}_deep0"), block.deep, 3, f"{name}_deep1"))
    return layers.Concatenate(name=name)(branches)
