"""Candidate places of a journey: groups of channels that respond alike, and the looks of their dreams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.frame import Picture
from dreamvideo.media.geometry import resized

if TYPE_CHECKING:
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.networks.network import Network

Array = NDArray[np.float32]

_GROUP = 12
"""Mean number of channels in a group. Fewer give a single motif, more the layer's average."""
_PROBE_SIDE = 192
"""Shortest side, in pixels, of the probe pictures."""
_ALIVE = 0.02
"""Least fraction of positions at which a channel must be active. A channel that never is has no gradient."""
_AUDITIONS = 8
"""Groups of each layer that are dreamed of, to measure their looks."""
_AUDITION_SIDE = 112
"""Shortest side, in pixels, of these dreams: looks need no more, and there are dozens."""
_AUDITION_STEPS = 8
"""Steps of these dreams."""


@dataclass(frozen=True, eq=False)
class ChannelGroup:
    """Channels of one layer that respond alike: a candidate place.

    Attributes:
        mix: (C,) weight of each channel of the layer, such that the group's channels are equally strong on the probes.
        energy: value of the objective on the probes.
        look: unit vector: features of the group's dream, standardised over the dreams of all groups.
    """

    layer: str
    mix: Array
    energy: float
    look: Array = field(default_factory=lambda: np.zeros(1, np.float32))


def find_groups(
    dreamer: Dreamer, layers: Sequence[str], first: Picture, rng: np.random.Generator
) -> list[ChannelGroup]:
    """Find the groups of some layers, with their looks; none if no channel responds to probes made from `first`."""
    groups = _groups(dreamer.network, layers, first, rng)
    return _audition(dreamer, groups, first, rng) if groups else []


def with_short_side(picture: Picture, side: int) -> Picture:
    """Resize a picture to a shortest side of `side` pixels."""
    scale = side / min(picture.shape[:2])
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    return resized(picture, size)


def means_of_squares(network: Network, layers: Sequence[str]) -> Any:
    """Make a function from a picture (H, W, 3) to the mean square of every channel: one (C,) for each layer."""
    import tensorflow as tf

    features = network.features(layers)

    def look(picture: Any) -> Any:
        return [tf.reduce_mean(tf.square(x), axis=(0, 1, 2)) for x in features(picture[tf.newaxis])]

    graph = tf.function(look, input_signature=(tf.TensorSpec((None, None, 3), tf.float32),), autograph=False)
    return lambda picture: [x.numpy() for x in graph(tf.constant(picture))]


def _probes(first: Picture, rng: np.random.Generator) -> list[Picture]:
    """Probe pictures, like those that a long dive may reach: the picture, its middle, and noise in its colours."""
    fitted = with_short_side(first, _PROBE_SIDE)
    height, width = fitted.shape[:2]
    middle = with_short_side(fitted[height // 4 : height * 3 // 4, width // 4 : width * 3 // 4], _PROBE_SIDE)
    sizes = [(max(2, width // blot), max(2, height // blot)) for blot in (2, 6, 18)]
    noise = np.sum([cv2.resize(rng.normal(size=(h, w, 3)), (width, height)) for w, h in sizes], axis=0)
    noise = np.asarray(noise / noise.std() * fitted.std() + fitted.mean(axis=(0, 1)), np.float32)
    return [fitted, middle[:height, :width], np.clip(noise, 0, 1)]


def _groups(network: Network, layers: Sequence[str], first: Picture, rng: np.random.Generator) -> list[ChannelGroup]:
    """Cluster the channels of each layer by where they are active."""
    import tensorflow as tf

    features = network.features(layers)
    seen = [[x[0].numpy() for x in features(tf.constant(probe)[tf.newaxis])] for probe in _probes(first, rng)]
    found: list[ChannelGroup] = []
    for number, layer in enumerate(layers):
        maps = [views[number] for views in seen]  # (h, w, C) each
        flat = np.concatenate([m.reshape(-1, m.shape[-1]) for m in maps])  # (N, C)
        alive = np.flatnonzero((flat > 1e-6).mean(axis=0) > _ALIVE)
        if len(alive) == 0:
            continue
        square = np.square(flat).mean(axis=0)
        profiles = np.concatenate([_grid(np.square(m[..., alive])) for m in maps])  # (G, alive)
        profiles = profiles - profiles.mean(axis=0)
        profiles /= np.linalg.norm(profiles, axis=0) + 1e-12
        labels = _cluster(profiles.T, max(1, round(len(alive) / _GROUP)), rng)
        for label in range(labels.max() + 1):
            inside = labels == label
            channels = alive[inside]
            if len(channels) == 0:
                continue
            mix = np.zeros(flat.shape[1], np.float32)
            mix[channels] = 1 / (square[channels] + 0.1 * square[alive].mean())
            found.append(ChannelGroup(layer, mix, float(mix @ square)))
    return found


def _grid(squares: Array) -> Array:
    """(h, w, C) -> (cells, C) on a grid of 12 by 12 cells."""
    small = np.stack(
        [
            cv2.resize(np.ascontiguousarray(squares[..., c]), (12, 12), interpolation=cv2.INTER_AREA)
            for c in range(squares.shape[-1])
        ],
        axis=-1,
    )
    return np.asarray(small.reshape(144, -1), np.float32)


def _cluster(points: Array, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Labels (N,) of unit vectors (N, D) by spherical k-means (Dhillon and Modha 2001), from farthest-point centres."""
    chosen = [int(rng.integers(len(points)))]
    while len(chosen) < count:
        nearest = (points @ points[chosen].T).max(axis=1)
        chosen.append(int(nearest.argmin()))
    centres = points[chosen]
    labels = np.zeros(len(points), np.int64)
    for _ in range(12):
        labels = (points @ centres.T).argmax(axis=1)
        for label in range(count):
            if np.any(labels == label):
                centre = points[labels == label].mean(axis=0)
                centres[label] = centre / (np.linalg.norm(centre) + 1e-12)
    return labels


def _audition(
    dreamer: Dreamer, groups: Sequence[ChannelGroup], first: Picture, rng: np.random.Generator
) -> list[ChannelGroup]:
    """Dream of some groups of each layer on a small copy of the picture, and measure each dream's look.

    The clusters alone say little about looks: half of a network's groups may all dream of eyes.
    """
    from dreamvideo.objectives import mix

    layers = list(dict.fromkeys(group.layer for group in groups))
    picked: list[ChannelGroup] = []
    for layer in layers:
        inside = [group for group in groups if group.layer == layer]
        picked += [inside[int(i)] for i in np.sort(rng.permutation(len(inside))[:_AUDITIONS])]
    small, look = (
        with_short_side(first, max(_AUDITION_SIDE, dreamer.network.minimum_size)),
        means_of_squares(dreamer.network, layers),
    )
    short = replace(dreamer.config, steps=_AUDITION_STEPS, octave_factors=(0,), noise=0.0)
    seen = []
    for group in picked:
        objective = mix(group.layer, group.mix / np.float32(group.energy))
        dream = dreamer.dream(small, short, objective=objective)
        seen.append(np.concatenate([np.sqrt(x) for x in look(dream)]))
    looks = np.stack(seen)  # (groups, channels of all layers)
    looks = (looks - looks.mean(axis=0)) / (looks.std(axis=0) + 1e-6)
    looks /= np.linalg.norm(looks, axis=1, keepdims=True) + 1e-12
    return [replace(group, look=vector) for group, vector in zip(picked, looks, strict=True)]
