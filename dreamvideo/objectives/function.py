"""A function of your own as an objective: any differentiable function of the features of some layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import tensorflow as tf

from dreamvideo.config import Measure
from dreamvideo.networks.network import Network
from dreamvideo.objectives.term import BoundTerm, Tensor, Term

Function: TypeAlias = Callable[[Mapping[str, Tensor]], Tensor]
"""From features by layer name, each (1, h, w, C), to the scalar to raise."""


@dataclass(frozen=True, slots=True)
class Custom(Term):
    """A function times its weight. It is not normalised by the weights, and functions are never joined."""

    function: Function
    layers: tuple[str, ...]
    weight: float = 1.0

    def scaled(self, factor: float) -> Custom:
        return replace(self, weight=self.weight * factor)

    def bind(self, network: Network, measure: Measure, total: float) -> BoundTerm | None:
        """The function becomes part of the graph; its weight is an input of the graph."""
        if self.weight == 0:
            return None
        names = tuple(name for name in network.layer_names if name in self.layers)
        for name in self.layers:
            network.output(name)
        return BoundTerm(CustomShape(names, self.function), (tf.constant(self.weight, tf.float32),))


@dataclass(frozen=True, slots=True)
class CustomShape:
    """A function, and the layers whose features it takes."""

    layers: tuple[str, ...]
    function: Function

    @property
    def ranks(self) -> tuple[int, ...]:
        """A scalar: the weight."""
        return (0,)

    def value(self, features: Mapping[str, Tensor], numbers: tuple[Tensor, ...]) -> Tensor:
        """The weight times the function's value."""
        (weight,) = numbers
        return weight * self.function({name: features[name] for name in self.layers})
