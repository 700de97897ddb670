"""Words as objectives. A word is a direction in feature space: features along it look like what the word means.

The value is the mean, over positions, of the squared projection on that direction; negative projections count as 0. The
gradient grows with the projection. So it is largest where the picture resembles the word already, and the dream grows
whole motifs instead of an even texture. Several words add up to one direction: half flamingo and half starfish gives
one creature of both, not some of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import tensorflow as tf

from dreamvideo.config import Measure
from dreamvideo.errors import ConfigError
from dreamvideo.networks.network import Network
from dreamvideo.objectives.term import BoundTerm, Tensor, Term
from dreamvideo.words import Meaning


@dataclass(frozen=True, eq=False)
class Words(Term):
    """Some words with their weights.

    Attributes:
        meanings: each word's direction, with its weight; a negative weight suppresses the word.
    """

    meanings: tuple[tuple[Meaning, float], ...]

    @property
    def share(self) -> float:
        """The sum of the weights' absolute values."""
        return sum(abs(weight) for _, weight in self.meanings)

    def scaled(self, factor: float) -> Words:
        return replace(self, meanings=tuple((meaning, factor * weight) for meaning, weight in self.meanings))

    def joined(self, other: Term) -> Words | None:
        """One term with both lists of words."""
        return Words(self.meanings + other.meanings) if isinstance(other, Words) else None

    def bind(self, network: Network, measure: Measure, total: float) -> BoundTerm | None:
        """The weighted mean of the words' directions, and its weight in the whole objective."""
        used = [(meaning, weight) for meaning, weight in self.meanings if weight != 0]
        if not used:
            return None
        for meaning, _ in used:
            if meaning.weights_sha256 != network.weights_hash:
                raise ConfigError(
                    f"expected the network that {meaning.name!r} was made with, got {network.name} with other weights: "
                    "words belong to one network, so dream with that one or teach it the word"
                )
        direction = sum(np.float32(weight / self.share) * meaning.vector for meaning, weight in used)
        if not np.any(direction):
            raise ConfigError(f"expected words that leave something, got {self}: they cancel out")
        return BoundTerm(
            WordsShape(used[0][0].layer),
            (tf.constant(direction, tf.float32), tf.constant(self.share / total, tf.float32)),
        )

    def __str__(self) -> str:
        return ", ".join(f"{meaning.name}={weight:g}" for meaning, weight in self.meanings)


@dataclass(frozen=True, slots=True)
class WordsShape:
    """The layer whose features are projected."""

    layer: str

    @property
    def layers(self) -> tuple[str, ...]:
        """That layer."""
        return (self.layer,)

    @property
    def ranks(self) -> tuple[int, ...]:
        """A direction (C,), and its weight."""
        return 1, 0

    def value(self, features: Mapping[str, Tensor], numbers: tuple[Tensor, ...]) -> Tensor:
        """The weight times the mean, over positions, of the squared positive projection."""
        direction, weight = numbers
        along = tf.nn.relu(tf.tensordot(features[self.layer], direction, 1))  # (1, h, w)
        return weight * tf.reduce_mean(tf.square(along))
