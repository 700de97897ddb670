"""What every kind of objective is made of: a term, and what is left of it once it is bound to a network.

A new kind is one file with one class beside these: it says how two of it add up, and binds to a shape, which is
hashable and decides the graph, and to numbers, which are tensors and may change from frame to frame.
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


class Term(Protocol):
    """One summand of an objective."""

    @property
    def share(self) -> float:
        """What it counts of the sum of weights by which all are divided; 0: it is not divided."""
        ...

    def scaled(self, factor: float) -> Self:
        """The same with `factor` times the weight."""
        ...

    def joined(self, other: Term) -> Term | None:
        """One term for both; None: they stay two."""
        ...

    def bind(self, network: Network, measure: Measure, total: float) -> BoundTerm | None:
        """Resolve names against a network; None: nothing is left of it.

        Args:
            network: what dreams.
            measure: what of a channel is raised.
            total: sum of the shares of all terms.

        Raises:
            LayerNotFoundError: no such layer, or no such channel in it.
            ConfigError: a vector has the wrong length.
        """
        ...


class TermShape(Protocol):
    """What of a term is part of the graph: hashable, and equal shapes share one."""

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that it looks at."""
        ...

    @property
    def ranks(self) -> tuple[int, ...]:
        """Number of dimensions of each of its numbers; every side is free."""
        ...

    def value(self, features: Mapping[str, Tensor], numbers: tuple[Tensor, ...]) -> Tensor:
        """The scalar to raise, of features (1, h, w, C) by layer."""
        ...


@dataclass(frozen=True, slots=True)
class BoundTerm:
    """A term resolved against a network: its shape, and its numbers as float32 tensors."""

    shape: TermShape
    numbers: tuple[Tensor, ...]
