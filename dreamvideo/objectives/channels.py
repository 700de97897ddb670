"""Layers, single channels and mixes of channels: a weight for each channel of each layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import tensorflow as tf

from dreamvideo.config import Layer, Measure
from dreamvideo.errors import ConfigError, LayerNotFoundError
from dreamvideo.networks.network import Network
from dreamvideo.objectives.term import BoundTerm, Tensor, Term, Vectors


@dataclass(frozen=True, eq=False)
class Channels(Term):
    """A weighted sum, over channels, of each channel's mean square or mean.

    Attributes:
        layers: layers or single channels with their weights.
        mixes: layer name -> (C,) weight of each of its channels.
    """

    layers: tuple[Layer, ...] = ()
    mixes: Mapping[str, Vectors] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The sum of the weights' absolute values."""
        return sum(abs(entry.weight) for entry in self.layers) + sum(
            float(np.abs(mix).sum()) for mix in self.mixes.values()
        )

    def scaled(self, factor: float) -> Channels:
        return Channels(
            tuple(replace(entry, weight=entry.weight * factor) for entry in self.layers),
            {name: np.float32(factor) * vector for name, vector in self.mixes.items()},
        )

    def joined(self, other: Term) -> Channels | None:
        """One term with both lists of layers, and the sum of both mixes for each layer."""
        if not isinstance(other, Channels):
            return None
        mixes = dict(self.mixes)
        for name, vector in other.mixes.items():
            mixes[name] = mixes[name] + vector if name in mixes else vector
        return Channels(self.layers + other.layers, mixes)

    def bind(self, network: Network, measure: Measure, total: float) -> BoundTerm | None:
        """One weight for each channel; layers whose weights are all 0 are left out."""
        vectors = self._vectors(network, total)
        # In the network's order, so that the same layers in any order share one graph.
        names = tuple(name for name in network.layer_names if name in vectors)
        if not names:
            return None
        return BoundTerm(ChannelsShape(names, measure), tuple(tf.constant(vectors[name], tf.float32) for name in names))

    def _vectors(self, network: Network, total: float) -> dict[str, Vectors]:
        # The weight of a whole layer is divided by its number of channels; that of a single channel is not.
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


@dataclass(frozen=True, slots=True)
class ChannelsShape:
    """The layers, and whether the mean square or the mean of their channels is raised."""

    layers: tuple[str, ...]
    measure: Measure

    @property
    def ranks(self) -> tuple[int, ...]:
        """One vector (C,) for each layer."""
        return (1,) * len(self.layers)

    def value(self, features: Mapping[str, Tensor], numbers: tuple[Tensor, ...]) -> Tensor:
        """The sum, over layers and channels, of weight times mean square or mean."""
        total = tf.constant(0.0)
        for name, vector in zip(self.layers, numbers, strict=True):
            feature = features[name]
            raised = tf.square(feature) if self.measure == "mean_square" else feature
            total += tf.reduce_sum(tf.reduce_mean(raised, axis=(0, 1, 2)) * vector)
        return total
