"""The fast differentiable graph of a network: fewer and faster ops than Keras uses, the same values.

It works under any GradientTape, inside and outside a tf.function, for any batch and size.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf

from dreamvideo.networks.fusion import optimise
from dreamvideo.networks.lowering import Lowering
from dreamvideo.networks.operations import Op
from dreamvideo.networks.registry import Triple


class Graph:
    """Ops that compute the wanted values from a picture, which is value 0."""

    def __init__(self, ops: Sequence[Op], wanted: Sequence[int]) -> None:
        self.ops = list(ops)
        self.wanted = list(wanted)

    @classmethod
    def of(cls, model: keras.Model, tensors: Sequence[keras.KerasTensor], scale: Triple, offset: Triple) -> Graph:
        """The optimised graph of some tensors of a model, whose input is `scale * picture + offset`."""
        lowering = Lowering(scale, offset)
        wanted = lowering.lower(model, tensors)
        return cls(optimise(lowering.ops, wanted), wanted)

    def __call__(self, picture: tf.Tensor) -> list[tf.Tensor]:
        """Compute the wanted values of a picture (B, H, W, 3)."""
        values = {0: tf.convert_to_tensor(picture)}
        for op in self.ops:
            outputs = op.forward([values[value] for value in op.inputs])
            values.update(zip(op.outputs, outputs, strict=True))
        return [values[value] for value in self.wanted]
