"""What is ascended: layers with weights, single channels, mixes of channels, guides, or any function of features.

An `Objective` is a value: it adds up (`0.2 * channel("mixed4", 23) + layer("mixed5")`, after lucid's algebra,
Olah et al. 2017) and costs nothing until it is bound to a network. Bound, its numbers are tensors, so that
weights, channels and guides may change from frame to frame without a new graph: only another set of
layers needs one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import cv2
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dreamvideo.config import Layer, Measure
from dreamvideo.errors import ConfigError, LayerNotFoundError
from dreamvideo.media.frame import Picture
from dreamvideo.networks.network import Network

Tensor: TypeAlias = Any
Vectors: TypeAlias = NDArray[np.float32]
Function: TypeAlias = Callable[[Mapping[str, Tensor]], Tensor]
"""From features by layer name, each (1, h, w, C), to the scalar that shall rise."""

_GUIDE_SIDE = 384
"""Longest side in pixels at which a guide is looked at."""
_GUIDE_VECTORS = 1024
"""Feature vectors kept of a guide in each layer: more cost time and hardly change the best match."""
_MATCHED_AT_ONCE = 4096
"""Positions compared with a guide at once, which bounds the table of dot products to 16 MiB."""


@dataclass(frozen=True, eq=False)
class Objective:
    """The scalar that the dream raises.

    Attributes:
        layers: layers or single channels with their weights.
        mixes: layer name -> (C,) weight of each of its channels.
        guides: layer name -> (K, C) feature vectors to seek, each position its best match.
        function: any differentiable function of the features of `function_layers`.
        function_layers: layers that `function` looks at.
        function_weight: factor of `function`.
    """

    layers: tuple[Layer, ...] = ()
    mixes: Mapping[str, Vectors] = field(default_factory=dict)
    guides: Mapping[str, Vectors] = field(default_factory=dict)
    function: Function | None = None
    function_layers: tuple[str, ...] = ()
    function_weight: float = 1.0

    def __add__(self, other: Objective) -> Objective:
        if self.function is not None and other.function is not None:
            raise ConfigError("expected at most one function in a sum of objectives, got two: add them in one function")
        if shared := self.guides.keys() & other.guides.keys():
            raise ConfigError(f"expected one guide a layer, got two for {', '.join(sorted(shared))}")
        mixes = dict(self.mixes)
        for name, vector in other.mixes.items():
            mixes[name] = mixes[name] + vector if name in mixes else vector
        owner = self if self.function is not None else other
        return Objective(
            self.layers + other.layers,
            mixes,
            {**self.guides, **other.guides},
            owner.function,
            owner.function_layers,
            owner.function_weight,
        )

    def __mul__(self, factor: float) -> Objective:
        return Objective(
            tuple(replace(entry, weight=entry.weight * factor) for entry in self.layers),
            {name: np.float32(factor) * vector for name, vector in self.mixes.items()},
            {name: np.float32(factor) * vectors for name, vectors in self.guides.items()},
            self.function,
            self.function_layers,
            self.function_weight * factor,
        )

    __rmul__ = __mul__

    def weighted(self, weights: Mapping[str, float]) -> Objective:
        """Give layers other weights, by `NAME` or `NAME:CHANNEL`; a name not in use yet joins."""
        kept = {_key(entry): entry for entry in self.layers}
        for name, weight in weights.items():
            parsed = Layer.parse(name)
            kept[_key(parsed)] = replace(parsed, weight=float(weight))
        return replace(self, layers=tuple(kept.values()))

    def bind(self, network: Network, measure: Measure) -> BoundObjective:
        """Resolve names and channels against a network.

        Raises:
            LayerNotFoundError: no such layer, or no such channel in it.
            ConfigError: nothing is left to ascend, or a vector has the wrong length.
        """
        vectors = self._channel_vectors(network)
        guides = {name: value for name, value in self.guides.items() if np.any(value)}
        for name, value in {**vectors, **guides}.items():
            if value.shape[-1] != network.channels(name):
                raise ConfigError(
                    f"expected {network.channels(name)} numbers for the channels of {name}, got {value.shape[-1]}"
                )
        function = self.function if self.function_weight != 0 else None
        seen = set(vectors) | set(guides) | (set(self.function_layers) if function is not None else set())
        if not seen:
            raise ConfigError("expected at least one layer with a weight other than 0, got none")
        # The network's own order: one graph for a set of layers, however the set was written.
        names = [name for name in network.layer_names if name in seen]
        return BoundObjective(
            ObjectiveShape(
                tuple(names),
                tuple(name for name in names if name in vectors),
                tuple(name for name in names if name in guides),
                measure,
                function,
            ),
            [tf.constant(vectors[name], tf.float32) for name in names if name in vectors],
            [tf.constant(guides[name], tf.float32) for name in names if name in guides],
            tf.constant(self.function_weight, tf.float32),
        )

    def _channel_vectors(self, network: Network) -> dict[str, Vectors]:
        # A whole layer weighs its mean over channels, a single channel itself; the sum of weights
        # divides, so that the value is a weighted mean over what was asked for.
        total = sum(abs(entry.weight) for entry in self.layers) + sum(
            float(np.abs(mix).sum()) for mix in self.mixes.values()
        )
        vectors: dict[str, Vectors] = {}
        for entry in self.layers:
            count = network.channels(entry.name)
            if entry.channel is not None and entry.channel >= count:
                raise LayerNotFoundError(
                    f"expected a channel of {entry.name} from 0 to {count - 1}, got {entry.channel}"
                )
            if entry.weight == 0:
                continue
            vector = vectors.setdefault(entry.name, np.zeros(count, np.float32))
            if entry.channel is None:
                vector += np.float32(entry.weight / total / count)
            else:
                vector[entry.channel] += np.float32(entry.weight / total)
        for name, mix in self.mixes.items():
            if np.any(mix):
                count = network.channels(name)
                if np.shape(mix) != (count,):
                    raise ConfigError(f"expected {count} numbers for the channels of {name}, got {np.shape(mix)}")
                vectors[name] = vectors.get(name, np.zeros(count, np.float32)) + np.float32(1 / total) * mix
        return vectors


def _key(entry: Layer) -> tuple[str, int | None]:
    return entry.name, entry.channel


def layer(name: str) -> Objective:
    """All channels of a layer."""
    return Objective((Layer(name),))


def channel(name: str, number: int) -> Objective:
    """One channel of a layer."""
    return Objective((Layer(name, number),))


def mix(name: str, weights: Sequence[float] | Vectors) -> Objective:
    """A weight for each channel of a layer."""
    return Objective(mixes={name: np.asarray(weights, np.float32)})


def custom(function: Function, layers: Sequence[str]) -> Objective:
    """Any differentiable function of the features of some layers; tiled, it sees one tile at a time."""
    return Objective(function=function, function_layers=tuple(layers))


def guided(network: Network, guide: Picture, layers: Sequence[Layer]) -> Objective:
    """Seek the features of a guide picture, as `objective_guide` of Mordvintsev et al. 2015.

    Args:
        guide: float32 RGB (H, W, 3) in [0, 1].
        layers: where to compare; a single channel compares its whole layer.
    """
    names = list(dict.fromkeys(entry.name for entry in layers))
    weights = {name: sum(entry.weight for entry in layers if entry.name == name) for name in names}
    features = network.features(names)(tf.constant(_guide_picture(guide, network.minimum_size))[tf.newaxis])
    guides = {}
    for name, feature in zip(names, features, strict=True):
        vectors = feature.numpy().reshape(-1, feature.shape[-1])  # (K, C)
        if len(vectors) > _GUIDE_VECTORS:
            vectors = vectors[np.random.default_rng(0).choice(len(vectors), _GUIDE_VECTORS, replace=False)]
        guides[name] = np.ascontiguousarray(vectors * np.float32(weights[name]))
    return Objective(guides=guides)


def _guide_picture(guide: Picture, minimum: int) -> Picture:
    height, width = guide.shape[:2]
    scale = max(min(1.0, _GUIDE_SIDE / max(height, width)), minimum / min(height, width))
    if scale == 1.0:
        return guide
    size = max(minimum, round(width * scale)), max(minimum, round(height * scale))
    return np.clip(cv2.resize(guide, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), 0, 1)


@dataclass(frozen=True, slots=True)
class ObjectiveShape:
    """What of an objective is part of the graph: equal shapes share one.

    Attributes:
        layers: every layer looked at, in the network's order.
        channels: those with channel weights.
        guided: those with a guide.
        measure: what of a channel is raised.
        function: a custom objective.
    """

    layers: tuple[str, ...]
    channels: tuple[str, ...]
    guided: tuple[str, ...]
    measure: Measure
    function: Function | None

    def value(self, features: Sequence[Tensor], numbers: Numbers) -> Tensor:
        """The scalar to raise, of features (1, h, w, C) in the order of `layers`."""
        vectors, guides, function_weight = numbers
        by_name = dict(zip(self.layers, features, strict=True))
        value = tf.constant(0.0)
        for name, vector in zip(self.channels, vectors, strict=True):
            feature = by_name[name]
            raised = tf.square(feature) if self.measure == "mean_square" else feature
            value += tf.reduce_sum(tf.reduce_mean(raised, axis=(0, 1, 2)) * vector)
        for name, guide in zip(self.guided, guides, strict=True):
            value += _similarity(by_name[name], guide)
        if self.function is not None:
            value += function_weight * self.function({name: by_name[name] for name in self.layers})
        return value


Numbers: TypeAlias = tuple[list[Tensor], list[Tensor], Tensor]
"""Channel weights (C,), guide vectors (K, C) and the weight of the custom function."""


@dataclass(frozen=True, slots=True)
class BoundObjective:
    """An objective resolved against a network: its shape, and its numbers as tensors."""

    shape: ObjectiveShape
    channel_weights: list[Tensor]
    guide_vectors: list[Tensor]
    function_weight: Tensor

    @property
    def numbers(self) -> Numbers:
        """What a graph of this shape takes as input."""
        return self.channel_weights, self.guide_vectors, self.function_weight


def _similarity(feature: Tensor, guide: Tensor) -> Tensor:
    """Mean over positions and channels of feature times its best matching guide vector."""
    positions = tf.reshape(feature, (-1, tf.shape(feature)[-1]))  # (N, C)
    best = tf.gather(guide, _best_match(tf.stop_gradient(positions), guide))
    return tf.reduce_mean(positions * tf.stop_gradient(best))


def _best_match(positions: Tensor, guide: Tensor) -> Tensor:
    """Index (N,) of the guide vector with the largest dot product, a bounded number of positions at once."""
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
