"""The fast differentiable graph of a network: fewer and quicker steps than Keras takes, with the same values.

It works under any GradientTape, in or out of a tf.function, for any batch and size.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf

from dreamvideo.networks.fusion import optimise
from dreamvideo.networks.lowering import Lowering
from dreamvideo.networks.operations import Step
from dreamvideo.networks.registry import Triple


class Graph:
    """Steps from a picture, value 0, to the values asked for."""

    def __init__(self, steps: Sequence[Step], wanted: Sequence[int]) -> None:
        self.steps = list(steps)
        self.wanted = list(wanted)

    @classmethod
    def of(cls, model: keras.Model, tensors: Sequence[keras.KerasTensor], scale: Triple, offset: Triple) -> Graph:
        """The optimised graph from a picture, of which the model wants `scale * picture + offset`, to `tensors`."""
        lowering = Lowering(scale, offset)
        wanted = lowering.lower(model, tensors)
        return cls(optimise(lowering.steps, wanted), wanted)

    def __call__(self, picture: tf.Tensor) -> list[tf.Tensor]:
        """Compute the wanted values of a picture (B, H, W, 3)."""
        values = {0: tf.convert_to_tensor(picture)}
        for step in self.steps:
            outputs = step.forward([values[value] for value in step.inputs])
            values.update(zip(step.outputs, outputs, strict=True))
        return [values[value] for value in self.wanted]
