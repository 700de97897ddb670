"""An objective is a sum of weighted terms, and a value: it costs nothing until it is bound to a network.

Objectives add up (`0.2 * channel("mixed4", 23) + layer("mixed5")`, after lucid's algebra, Olah et al. 2017). Bound,
their numbers are tensors, so that weights, channels and guides may change from frame to frame without a new graph:
only other shapes, such as another set of layers, need one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from dreamvideo.config import DreamConfig, Layer, Measure, Word
from dreamvideo.errors import ConfigError
from dreamvideo.media.frame import Picture
from dreamvideo.networks.network import Network
from dreamvideo.objectives.channels import Channels
from dreamvideo.objectives.function import Custom, Function
from dreamvideo.objectives.guide import Guides
from dreamvideo.objectives.term import BoundTerm, Tensor, Term, TermShape, Vectors
from dreamvideo.objectives.word import Words
from dreamvideo.words import find

Numbers: TypeAlias = tuple[tuple[Tensor, ...], ...]
"""The numbers of every term, in the order of the terms: what a graph of their shapes takes as input."""


@dataclass(frozen=True, slots=True)
class Objective:
    """The scalar that the dream raises: the sum of its terms, at most one of those kinds that join."""

    terms: tuple[Term, ...] = ()

    def __add__(self, other: Objective) -> Objective:
        terms = list(self.terms)
        for term in other.terms:
            for place, mine in enumerate(terms):
                if (both := mine.joined(term)) is not None:
                    terms[place] = both
                    break
            else:
                terms.append(term)
        return Objective(tuple(terms))

    def __mul__(self, factor: float) -> Objective:
        return Objective(tuple(term.scaled(factor) for term in self.terms))

    __rmul__ = __mul__

    def bind(self, network: Network, measure: Measure) -> BoundObjective:
        """Resolve names and channels against a network.

        Raises:
            LayerNotFoundError: no such layer, or no such channel in it.
            ConfigError: nothing is left to ascend, or a vector has the wrong length.
        """
        total = sum(term.share for term in self.terms)
        bound = [term.bind(network, measure, total) for term in self.terms]
        terms = [term for term in bound if term is not None]
        if not terms:
            raise ConfigError("expected at least one layer with a weight other than 0, got none")
        seen = {name for term in terms for name in term.shape.layers}
        layers = tuple(name for name in network.layer_names if name in seen)
        return BoundObjective(ObjectiveShape(layers, tuple(term.shape for term in terms)), tuple(terms))


@dataclass(frozen=True, slots=True)
class ObjectiveShape:
    """What of an objective is part of the graph: equal shapes share one.

    Attributes:
        layers: every layer looked at, in the network's order.
        terms: the shape of each term.
    """

    layers: tuple[str, ...]
    terms: tuple[TermShape, ...]

    def value(self, features: Sequence[Tensor], numbers: Numbers) -> Tensor:
        """The scalar to raise, of features (1, h, w, C) in the order of `layers`."""
        by_name = dict(zip(self.layers, features, strict=True))
        first, *others = (term.value(by_name, own) for term, own in zip(self.terms, numbers, strict=True))
        for other in others:
            first += other
        return first


@dataclass(frozen=True, slots=True)
class BoundObjective:
    """An objective resolved against a network: its shape, and its terms with their numbers as tensors."""

    shape: ObjectiveShape
    terms: tuple[BoundTerm, ...]

    @property
    def numbers(self) -> Numbers:
        """What a graph of this shape takes as input."""
        return tuple(term.numbers for term in self.terms)


def layer(name: str) -> Objective:
    """All channels of a layer."""
    return Objective((Channels((Layer(name),)),))


def channel(name: str, number: int) -> Objective:
    """One channel of a layer."""
    return Objective((Channels((Layer(name, number),)),))


def layers(entries: Sequence[Layer]) -> Objective:
    """Layers and channels with their weights."""
    return Objective((Channels(tuple(entries)),))


def mix(name: str, weights: Sequence[float] | Vectors) -> Objective:
    """A weight for each channel of a layer."""
    return mixes({name: np.asarray(weights, np.float32)})


def mixes(weights: Mapping[str, Vectors]) -> Objective:
    """Layer name -> (C,) weight of each of its channels."""
    return Objective((Channels(mixes=weights),))


def custom(function: Function, layers: Sequence[str]) -> Objective:
    """Any differentiable function of the features of some layers; tiled, it sees one tile at a time."""
    return Objective((Custom(function, tuple(layers)),))


def guided(network: Network, guide: Picture, layers: Sequence[Layer]) -> Objective:
    """Seek the features of a guide picture, as `objective_guide` of Mordvintsev et al. 2015.

    Args:
        network: what looks at the guide.
        guide: float32 RGB (H, W, 3) in [0, 1].
        layers: where to compare; a single channel compares its whole layer.
    """
    return Objective((Guides.of(network, guide, layers),))


def of(words: str) -> Objective:
    """What shall appear: a word, "penguin"; several, "penguin=1, coral=0.5"; or a word's file, "./cat.npz".

    Words that are added up make one creature of all of them.

    Raises:
        ConfigError: there is no such word; the message names the nearest.
    """
    return _words(Word.parse(part) for part in words.split(",") if part.strip())


def _words(words: Iterable[Word]) -> Objective:
    return Objective((Words(tuple((find(word), word.weight) for word in words)),))


def configured(config: DreamConfig, network: Network, guide: Picture | None = None) -> Objective:
    """What a recipe says shall rise: its layers and its words; where it names neither, the network's default layers.

    Args:
        config: the recipe's.
        network: what dreams.
        guide: a picture whose features are sought in the layers.
    """
    sought = Objective()
    if config.layers or guide is not None or not config.of:
        entries = config.layers or network.default_layers
        sought = layers(entries) if guide is None else guided(network, guide, entries)
    return sought + _words(config.of) if config.of else sought
