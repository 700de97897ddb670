"""A guide picture: each position of the dream moves towards its best match among the guide's features.

After Mordvintsev et al. 2015.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from dreamvideo.config import Layer, Measure
from dreamvideo.errors import ConfigError
from dreamvideo.media.frame import Picture
from dreamvideo.media.geometry import resized
from dreamvideo.networks.network import Network
from dreamvideo.objectives.term import BoundTerm, Tensor, Term, Vectors

_SIDE = 384
"""Longest side, in pixels, to which a guide is reduced."""
_VECTORS = 1024
"""Most feature vectors of a guide in each layer. More cost time and hardly change the best match."""
_MATCHED_AT_ONCE = 4096
"""Positions compared with a guide at once. It bounds the table of dot products to 16 MiB."""


@dataclass(frozen=True, eq=False)
class Guides(Term):
    """The mean, over positions and channels, of a layer's features times their best matches.

    It is not normalised by the weights, and guides are never joined, since each has its own matches.

    Attributes:
        vectors: layer name -> (K, C) feature vectors of the guide, times the layer's weight.
    """

    vectors: Mapping[str, Vectors]

    @classmethod
    def of(cls, network: Network, guide: Picture, layers: Sequence[Layer]) -> Guides:
        """Compute the features of a guide, float32 RGB (H, W, 3) in [0, 1]. A single channel stands for its layer."""
        names = list(dict.fromkeys(entry.name for entry in layers))
        weights = {name: sum(entry.weight for entry in layers if entry.name == name) for name in names}
        features = network.features(names)(tf.constant(_fit(guide, network.minimum_size))[tf.newaxis])
        sought = {}
        for name, feature in zip(names, features, strict=True):
            vectors = feature.numpy().reshape(-1, feature.shape[-1])  # (K, C)
            if len(vectors) > _VECTORS:
                vectors = vectors[np.random.default_rng(0).choice(len(vectors), _VECTORS, replace=False)]
            sought[name] = np.ascontiguousarray(vectors * np.float32(weights[name]))
        return cls(sought)

    def scaled(self, factor: float) -> Guides:
        return Guides({name: np.float32(factor) * vectors for name, vectors in self.vectors.items()})

    def bind(self, network: Network, measure: Measure, total: float) -> BoundTerm | None:
        """The vectors of each layer, in the network's order."""
        vectors = {name: value for name, value in self.vectors.items() if np.any(value)}
        for name, value in vectors.items():
            if value.shape[-1] != network.channels(name):
                raise ConfigError(
                    f"expected {network.channels(name)} numbers for the channels of {name}, got {value.shape[-1]}"
                )
        names = tuple(name for name in network.layer_names if name in vectors)
        if not names:
            return None
        return BoundTerm(GuidesShape(names), tuple(tf.constant(vectors[name], tf.float32) for name in names))


@dataclass(frozen=True, slots=True)
class GuidesShape:
    """The layers in which features are matched."""

    layers: tuple[str, ...]

    @property
    def ranks(self) -> tuple[int, ...]:
        """One table (K, C) of vectors for each layer."""
        return (2,) * len(self.layers)

    def value(self, features: Mapping[str, Tensor], numbers: tuple[Tensor, ...]) -> Tensor:
        """The sum over layers of the similarity to the guide."""
        total = tf.constant(0.0)
        for name, vectors in zip(self.layers, numbers, strict=True):
            total += _likeness(features[name], vectors)
        return total


def _fit(guide: Picture, minimum: int) -> Picture:
    height, width = guide.shape[:2]
    scale = max(min(1.0, _SIDE / max(height, width)), minimum / min(height, width))
    if scale == 1.0:
        return guide
    size = max(minimum, round(width * scale)), max(minimum, round(height * scale))
    return resized(guide, size)


def _likeness(feature: Tensor, guide: Tensor) -> Tensor:
    """Mean over positions and channels of feature times its best matching guide vector."""
    positions = tf.reshape(feature, (-1, tf.shape(feature)[-1]))  # (N, C)
    best = tf.gather(guide, _best_match(tf.stop_gradient(positions), guide))
    return tf.reduce_mean(positions * tf.stop_gradient(best))


def _best_match(positions: Tensor, guide: Tensor) -> Tensor:
    """Index (N,) of the guide vector with the largest dot product, computed block by block to bound the memory."""
    count = tf.shape(positions)[0]
    blocks = (count + _MATCHED_AT_ONCE - 1) // _MATCHED_AT_ONCE

    def match(block: Tensor, found: Tensor) -> tuple[Tensor, Tensor]:
        part = positions[block * _MATCHED_AT_ONCE : (block + 1) * _MATCHED_AT_ONCE]
        return block + 1, found.write(
            block, tf.argmax(tf.matmul(part, guide, transpose_b=True), axis=1, output_type=tf.int32)
        )

    found = tf.TensorArray(tf.int32, blocks, infer_shape=False, element_shape=[None])
    _, found = tf.while_loop(lambda block, _: block < blocks, match, (0, found), parallel_iterations=1)
    return found.concat()
