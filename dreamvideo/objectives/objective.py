"""Objectives: immutable sums of weighted terms, independent of a network until they are bound to one.

Objectives add up: `0.2 * channel("mixed4", 23) + layer("mixed5")`, after lucid (Olah et al. 2017). Binding turns their
numbers into tensors. So weights, channels and guides may change from frame to frame without tracing a new graph; only a
new shape, such as another set of layers, needs one.
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
"""The numbers of every term, in the order of the terms: the inputs of the graph."""


@dataclass(frozen=True, slots=True)
class Objective:
    """The scalar that a dream raises: the sum of its terms. Terms that can be joined are one term."""

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
            ConfigError: no term has a weight other than 0, or a vector has the wrong length.
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
    """The part of an objective that determines the graph. Equal shapes share one graph.

    Attributes:
        layers: all layers whose features are used, in the network's order.
        terms: the shape of each term.
    """

    layers: tuple[str, ...]
    terms: tuple[TermShape, ...]

    def value(self, features: Sequence[Tensor], numbers: Numbers) -> Tensor:
        """The scalar to raise, from features (1, h, w, C) in the order of `layers`."""
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
        """The inputs of a graph of this shape."""
        return tuple(term.numbers for term in self.terms)


def layer(name: str) -> Objective:
    """Raise all channels of a layer."""
    return Objective((Channels((Layer(name),)),))


def channel(name: str, number: int) -> Objective:
    """Raise one channel of a layer."""
    return Objective((Channels((Layer(name, number),)),))


def layers(entries: Sequence[Layer]) -> Objective:
    """Raise layers and channels, with their weights."""
    return Objective((Channels(tuple(entries)),))


def mix(name: str, weights: Sequence[float] | Vectors) -> Objective:
    """Raise a mix of a layer's channels: `weights` (C,), one for each channel."""
    return mixes({name: np.asarray(weights, np.float32)})


def mixes(weights: Mapping[str, Vectors]) -> Objective:
    """Raise mixes of channels: layer name -> (C,) weights, one for each channel."""
    return Objective((Channels(mixes=weights),))


def custom(function: Function, layers: Sequence[str]) -> Objective:
    """Raise any differentiable function of the features of some layers.

    A picture that is dreamed in tiles reaches the function one tile at a time.
    """
    return Objective((Custom(function, tuple(layers)),))


def guided(network: Network, guide: Picture, layers: Sequence[Layer]) -> Objective:
    """Raise the similarity to the features of a guide picture, as `objective_guide` of Mordvintsev et al. 2015.

    Args:
        guide: float32 RGB (H, W, 3) in [0, 1].
        layers: the layers to compare, with weights; a single channel stands for its whole layer.
    """
    return Objective((Guides.of(network, guide, layers),))


def of(words: str) -> Objective:
    """Raise what words name: "penguin"; several with weights, "penguin=1, coral=0.5"; or a word's file, "./cat.npz".

    Several words give one creature that has something of each.

    Raises:
        ConfigError: there is no such word; the message names the most similar ones.
    """
    return _words(Word.parse(part) for part in words.split(",") if part.strip())


def _words(words: Iterable[Word]) -> Objective:
    return Objective((Words(tuple((find(word), word.weight) for word in words)),))


def configured(config: DreamConfig, network: Network, guide: Picture | None = None) -> Objective:
    """The objective of some settings: their layers, or the network's own, compared with a guide if given; and words."""
    sought = Objective()
    if config.layers or guide is not None or not config.of:
        entries = config.layers or network.default_layers
        sought = layers(entries) if guide is None else guided(network, guide, entries)
    return sought + _words(config.of) if config.of else sought
