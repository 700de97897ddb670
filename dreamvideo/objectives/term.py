"""A term, one summand of an objective.

A new kind of term is a class of its own, in a new file. It says how two terms of the kind are joined. Bound to a
network, it gives a shape and numbers. The shape is hashable and determines the graph. The numbers are tensors, and may
change from frame to frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dreamvideo.config import Measure
from dreamvideo.networks.network import Network

Tensor: TypeAlias = Any
Vectors: TypeAlias = NDArray[np.float32]


class Term:
    """One summand of an objective."""

    @property
    def share(self) -> float:
        """Its part of the sum of weights that normalises the objective; 0: this term is not normalised."""
        return 0.0

    def scaled(self, factor: float) -> Self:
        """The same with `factor` times the weight."""
        raise NotImplementedError

    def joined(self, other: Term) -> Term | None:
        """One term that equals the sum of both; None: they stay apart."""
        return None

    def bind(self, network: Network, measure: Measure, total: float) -> BoundTerm | None:
        """Resolve names against a network; None: all of its weights are 0.

        Args:
            measure: whether a channel's mean square or its mean is raised.
            total: the sum of the shares of all terms.

        Raises:
            LayerNotFoundError: no such layer, or no such channel in it.
            ConfigError: a vector has the wrong length.
        """
        raise NotImplementedError


class TermShape(Protocol):
    """The part of a term that determines the graph. It is hashable, and equal shapes share one graph."""

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers whose features it takes."""
        ...

    @property
    def ranks(self) -> tuple[int, ...]:
        """Rank of each of its numbers, as tensors; their dimensions may vary."""
        ...

    def value(self, features: Mapping[str, Tensor], numbers: tuple[Tensor, ...]) -> Tensor:
        """The scalar to raise, from features (1, h, w, C) by layer name."""
        ...


@dataclass(frozen=True, slots=True)
class BoundTerm:
    """A term resolved against a network: its shape, and its numbers as float32 tensors."""

    shape: TermShape
    numbers: tuple[Tensor, ...]
