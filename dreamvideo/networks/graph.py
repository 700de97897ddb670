"""The fast differentiable graph: steps run forwards, and their gradients backwards by hand.

TensorFlow sees one operation with a gradient of our own (`tf.custom_gradient`), so it works under any
GradientTape, in or out of a tf.function, for any batch and size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

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
        return list(tf.custom_gradient(self._run)(picture))

    def _run(self, picture: tf.Tensor) -> tuple[list[tf.Tensor], Callable[..., Any]]:
        values = {0: picture}
        for step in self.steps:
            outputs = step.forward([values[value] for value in step.inputs])
            values.update(zip(step.outputs, outputs, strict=True))

        def gradient(*grads: tf.Tensor, variables: Sequence[Any] | None = None) -> Any:
            result = self._backward(values, grads)
            return (result, [None] * len(variables)) if variables is not None else result

        return [values[value] for value in self.wanted], gradient

    def _backward(self, values: dict[int, tf.Tensor], grads: Sequence[tf.Tensor]) -> tf.Tensor:
        arrived: dict[int, list[tf.Tensor]] = defaultdict(list)
        for value, grad in zip(self.wanted, grads, strict=True):
            arrived[value].append(grad)
        for step in reversed(self.steps):
            coming = [_sum(arrived.pop(value, [])) for value in step.outputs]
            if all(grad is None for grad in coming):
                continue
            inputs, outputs = [values[v] for v in step.inputs], [values[v] for v in step.outputs]
            for value, grad in zip(step.inputs, step.backward(coming, inputs, outputs), strict=True):
                if grad is not None:
                    arrived[value].append(grad)
        result = _sum(arrived[0])
        return tf.zeros_like(values[0]) if result is None else result


def _sum(grads: list[tf.Tensor]) -> tf.Tensor | None:
    if len(grads) < 2:
        return grads[0] if grads else None
    return tf.add_n(grads)
