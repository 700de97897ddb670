"""A journey, not a texture: an objective that wanders, so that an endless zoom keeps finding something new.

Fed back through a fixed objective, every picture ends as the same eyes everywhere within seconds. Here the
objective is one group of channels of one layer at a time, a *place*; groups are channels that see
alike, so that a place has a look of its own. Every few seconds it fades into the next place, the one least
like those just seen. All is decided before the first frame from the network, the first picture and the seed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.frame import Picture

if TYPE_CHECKING:
    from dreamvideo.networks.network import Network
    from dreamvideo.objective import Objective

Array = NDArray[np.float32]

FADE = 0.6
"""Part of a place's time over which it fades into the next."""

_GROUP = 12
"""Channels of a place, about: fewer give one motif, more the layer's average."""
_PURPOSE = 11
"""Purpose number of the journey's random numbers."""
_PROBE_SIDE = 192
"""Shortest side in pixels of the pictures in which channels are looked at."""
_LOOK_SIDE = 128
"""Shortest side in pixels at which a frame is looked at to balance two places."""
_ALIVE = 0.02
"""Part of all positions at which a channel must fire: one that never does has no gradient."""
_REMEMBERED = 4
"""Places that the next one should not be like."""
_SCALES = (0.93, 1.12)
"""Octave scale of a place, as a factor: how far apart the sizes of its motifs are."""


@dataclass(frozen=True, eq=False)
class Place:
    """Somewhere to be for a few seconds.

    Attributes:
        layer: its layer.
        mix: (C,) weight of each of the layer's channels; its channels weigh alike where they were probed.
        energy: value of the objective on the probes.
        octave_scale: factor of the recipe's octave scale.
    """

    layer: str
    mix: Array
    energy: float
    octave_scale: float = 1.0


@dataclass(eq=False)
class Journey:
    """Places over time.

    Attributes:
        network: what dreams.
        places: in the order of visits.
        starts: second at which each place is in full; the first at 0.
        period: seconds after which the journey begins again; None: it stays at the last place.
    """

    network: Network
    places: Sequence[Place]
    starts: Sequence[float]
    period: float | None = None
    _look: Any = field(default=None, repr=False)

    @classmethod
    def plan(
        cls,
        network: Network,
        layers: Sequence[str],
        first: Picture,
        *,
        seed: int,
        duration: float,
        seconds: float,
        loop: bool = False,
    ) -> Journey:
        """Choose places and times.

        Args:
            network: what dreams.
            layers: where to go.
            first: the first picture (H, W, 3).
            seed: decides the rest.
            duration: seconds of the whole.
            seconds: about how long at a place.
            loop: whether the end leads into the beginning.
        """
        rng = np.random.default_rng((seed, 0, _PURPOSE))
        groups = _groups(network, layers, first, rng)
        count = max(2 if loop else 1, round(duration / seconds) + (0 if loop else 1))
        chosen = _itinerary(groups, count, rng, loop)
        places = [
            Place(g.layer, g.mix, g.energy, float(rng.uniform(*_SCALES) if loop is False or i else 1.0))
            for i, g in enumerate(chosen)
        ]
        stretch = rng.uniform(0.8, 1.25, count)
        ends = np.cumsum(stretch) * (duration / stretch.sum() if loop else seconds)
        return cls(network, places, (0.0, *(float(e) for e in ends[:-1])), duration if loop else None)

    def shares(self, t: float) -> list[tuple[int, float]]:
        """Places by number with their shares, which add up to 1, at `t` seconds."""
        starts = list(self.starts)
        if self.period is not None:
            t %= self.period
            starts.append(self.period)
        here = max(0, int(np.searchsorted(starts, t, side="right")) - 1)
        if here + 1 >= len(starts):
            return [(here, 1.0)]
        span = starts[here + 1] - starts[here]
        way = np.clip((t - (starts[here + 1] - FADE * span)) / (FADE * span), 0.0, 1.0)
        way = float(way * way * (3 - 2 * way))
        after = (here + 1) % len(self.places)
        return [(here, 1.0)] if way == 0 else [(here, 1 - way), (after, way)]

    def octave_scale(self, t: float) -> float:
        """Factor of the recipe's octave scale at `t` seconds."""
        return sum(share * self.places[number].octave_scale for number, share in self.shares(t))

    def objective(self, t: float, picture: Picture) -> Objective:
        """What to ascend at `t` seconds.

        Args:
            t: seconds.
            picture: the frame before it is dreamed, (H, W, 3). A place that the frame is full of has a strong
                pull; each is divided by how much of it there is, so that shares are shares of the pull.
        """
        from dreamvideo.objective import Objective

        mixes: dict[str, Array] = {}
        shares = self.shares(t)
        energies = self._energies(picture) if len(shares) > 1 else {}
        for number, share in shares:
            place = self.places[number]
            energy = energies.get(number, place.energy) + 0.1 * place.energy
            mixes[place.layer] = mixes.get(place.layer, np.float32(0)) + np.float32(share / energy) * place.mix
        return Objective(mixes=mixes)

    def _energies(self, picture: Picture) -> Mapping[int, float]:
        layers = sorted({place.layer for place in self.places})
        if self._look is None:
            self._look = _means_of_squares(self.network, layers)
        means = dict(zip(layers, self._look(_fit(picture, _LOOK_SIDE)), strict=True))
        return {number: float(place.mix @ means[place.layer]) for number, place in enumerate(self.places)}


@dataclass(frozen=True, eq=False)
class _Group:
    layer: str
    mix: Array
    energy: float
    profile: Array
    """Where on the probes it fires, on a grid common to all layers, normalised."""


def _fit(picture: Picture, side: int) -> Picture:
    scale = side / min(picture.shape[:2])
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.clip(np.asarray(cv2.resize(picture, size, interpolation=way), np.float32), 0, 1)


def _means_of_squares(network: Network, layers: Sequence[str]) -> Any:
    """A function from a picture to the mean square of every channel, one (C,) a layer."""
    import tensorflow as tf

    features = network.features(layers)

    def look(picture: Any) -> Any:
        return [tf.reduce_mean(tf.square(x), axis=(0, 1, 2)) for x in features(picture[tf.newaxis])]

    graph = tf.function(look, input_signature=(tf.TensorSpec((None, None, 3), tf.float32),))
    return lambda picture: [x.numpy() for x in graph(tf.constant(picture))]


def _probes(first: Picture, rng: np.random.Generator) -> list[Picture]:
    """The picture, its middle, and smooth noise in its colours: what a long dive may come to."""
    fitted = _fit(first, _PROBE_SIDE)
    height, width = fitted.shape[:2]
    middle = _fit(fitted[height // 4 : height * 3 // 4, width // 4 : width * 3 // 4], _PROBE_SIDE)
    sizes = [(max(2, width // blot), max(2, height // blot)) for blot in (2, 6, 18)]
    noise = np.sum([cv2.resize(rng.normal(size=(h, w, 3)), (width, height)) for w, h in sizes], axis=0)
    noise = np.asarray(noise / noise.std() * fitted.std() + fitted.mean(axis=(0, 1)), np.float32)
    return [fitted, middle[:height, :width], np.clip(noise, 0, 1)]


def _groups(network: Network, layers: Sequence[str], first: Picture, rng: np.random.Generator) -> list[_Group]:
    """Groups of channels of each layer that fire together."""
    import tensorflow as tf

    features = network.features(layers)
    seen = [[x[0].numpy() for x in features(tf.constant(probe)[tf.newaxis])] for probe in _probes(first, rng)]
    found: list[_Group] = []
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
            profile = profiles[:, inside].mean(axis=1)
            found.append(_Group(layer, mix, float(mix @ square), profile / (np.linalg.norm(profile) + 1e-12)))
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
    """Labels of (N, D) unit vectors by spherical k-means (Dhillon and Modha 2001), farthest points first."""
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


def _itinerary(groups: Sequence[_Group], count: int, rng: np.random.Generator, loop: bool) -> list[_Group]:
    """An order of visits: each place another layer if there is one, and unlike the places just seen."""
    route = [int(rng.integers(len(groups)))]
    while len(route) < count:
        recent = route[-_REMEMBERED:]
        if loop and len(route) == count - 1:
            recent = [*recent, route[0]]

        def dislike(number: int, recent: Sequence[int] = recent) -> float:
            group = groups[number]
            alike = max(float(group.profile @ groups[r].profile) for r in recent)
            return alike + (groups[recent[-1]].layer == group.layer) * 0.5 + 2.0 * route.count(number)

        scored = sorted(range(len(groups)), key=dislike)
        # One of the best few, so that every seed travels elsewhere.
        route.append(scored[int(rng.integers(min(4, len(scored))))])
    return [groups[number] for number in route]


def journey_layers(network: Network) -> list[str]:
    """Where to go if nobody says: up to five layers from the network's default ones upwards, of the same kind."""
    names = network.layer_names
    defaults = [layer.name for layer in network.default_layers]
    kind = re.sub(r"\d+", "#", defaults[0])
    family = [name for name in names if re.sub(r"\d+", "#", name) == kind]
    first = min(family.index(name) for name in defaults if name in family)
    return family[max(0, first - 1) : first + 4]
