"""A journey: an objective that changes over time, so that an endless zoom keeps showing something new.

With a fixed objective, feedback turns every picture into the same eyes everywhere within seconds. On a journey the
objective is one *place* at a time: a group of similar channels of one layer, so that each place has a look of its own.
Every few seconds it cross-fades to the next place, one that is unlike those just visited. The whole journey is planned
before the first frame, from the network, a probe picture and the seed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.frame import Picture
from dreamvideo.zoom.places import ChannelGroup, find_groups, means_of_squares, with_short_side

if TYPE_CHECKING:
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.networks.network import Network
    from dreamvideo.objectives import Objective

Array = NDArray[np.float32]

FADE = 0.6
"""Length of a cross-fade, as a fraction of a place's time."""

_PURPOSE = 11
"""Random stream of journeys: part of their seed."""
_LOOK_SIDE = 128
"""Shortest side, in pixels, to which a frame is reduced to measure the energies of two places."""
_FORGET = 0.85
"""Decay, per visit, of a visited place's influence on the choice of the next one."""
_MOTIFS = (0.92, 1.14)
"""Range of a place's motif, as a factor of the recipe's, so that sizes vary too."""


@dataclass(frozen=True, eq=False)
class Place:
    """One stop of a journey: a group of channels.

    Attributes:
        mix: (C,) weight of each channel of the layer, such that the group's channels are equally strong on the probes.
        energy: value of the objective on the probes.
        motif: factor of the recipe's motif.
    """

    layer: str
    mix: Array
    energy: float
    motif: float = 1.0


@dataclass(eq=False)
class Journey:
    """Places over time.

    Attributes:
        starts: time, in seconds, at which each place has faded in; the first is 0.
        period: seconds after which the journey repeats; None: it stays at the last place.
    """

    network: Network
    places: Sequence[Place]
    starts: Sequence[float]
    period: float | None = None
    _look: Any = field(default=None, repr=False)

    @classmethod
    def plan(
        cls,
        dreamer: Dreamer,
        layers: Sequence[str],
        first: Picture,
        *,
        seed: int,
        duration: float,
        seconds: float,
        loop: bool = False,
    ) -> Journey | None:
        """Choose places and times; None if no channel of the layers responds to the probes.

        Args:
            first: the picture (H, W, 3) that channels are probed with.
            duration: length of the journey in seconds.
            seconds: approximate time at a place.
            loop: whether the last place fades into the first.
        """
        rng = np.random.default_rng((seed, 0, _PURPOSE))
        groups = find_groups(dreamer, layers, first, rng)
        if not groups:
            return None
        count = max(2 if loop else 1, round(duration / seconds) + (0 if loop else 1))
        chosen = _itinerary(groups, count, rng, loop)
        places = [
            Place(g.layer, g.mix, g.energy, float(rng.uniform(*_MOTIFS) if loop is False or i else 1.0))
            for i, g in enumerate(chosen)
        ]
        stretch = rng.uniform(0.8, 1.25, count)
        ends = np.cumsum(stretch) * (duration / stretch.sum() if loop else seconds)
        return cls(dreamer.network, places, (0.0, *(float(e) for e in ends[:-1])), duration if loop else None)

    def shares(self, t: float) -> list[tuple[int, float]]:
        """Numbers of the places at `t` seconds, with their weights, which add up to 1."""
        return shares(self.starts, self.period, t, FADE)

    def motif(self, t: float) -> float:
        """Factor of the recipe's motif at `t` seconds."""
        return sum(share * self.places[number].motif for number, share in self.shares(t))

    def objective(self, t: float, picture: Picture) -> Objective:
        """The objective at `t` seconds.

        Args:
            picture: the frame before it is dreamed, (H, W, 3). In a cross-fade each place's weight is divided by its
                energy on this frame. Else the old place, which the frame is full of, would dominate the new one.
        """
        from dreamvideo.objectives import mixes

        weights: dict[str, Array] = {}
        shares = self.shares(t)
        energies = self._energies(picture) if len(shares) > 1 else {}
        for number, share in shares:
            place = self.places[number]
            energy = energies.get(number, place.energy) + 0.1 * place.energy
            weights[place.layer] = weights.get(place.layer, np.float32(0)) + np.float32(share / energy) * place.mix
        return mixes(weights)

    def _energies(self, picture: Picture) -> Mapping[int, float]:
        layers = sorted({place.layer for place in self.places})
        if self._look is None:
            self._look = means_of_squares(self.network, layers)
        means = dict(zip(layers, self._look(with_short_side(picture, _LOOK_SIDE)), strict=True))
        return {number: float(place.mix @ means[place.layer]) for number, place in enumerate(self.places)}


def shares(starts: Sequence[float], period: float | None, t: float, fade: float) -> list[tuple[int, float]]:
    """Numbers of the stops at `t` seconds, with their weights, which add up to 1.

    Args:
        starts: time, in seconds, at which each stop begins; the first is 0.
        period: seconds after which the stops repeat; None: the last one stays.
        fade: length of a cross-fade, as a fraction of a stop's time.
    """
    count, starts = len(starts), list(starts)
    if period is not None:
        t %= period
        starts.append(period)
    here = max(0, int(np.searchsorted(starts, t, side="right")) - 1)
    if here + 1 >= len(starts):
        return [(here, 1.0)]
    span = starts[here + 1] - starts[here]
    way = np.clip((t - (starts[here + 1] - fade * span)) / (fade * span), 0.0, 1.0)
    way = float(way * way * (3 - 2 * way))
    return [(here, 1.0)] if way == 0 else [(here, 1 - way), ((here + 1) % count, way)]


def _itinerary(groups: Sequence[ChannelGroup], count: int, rng: np.random.Generator, loop: bool) -> list[ChannelGroup]:
    """Choose an order of visits: neighbours of different layers if possible, and unlike the places just visited."""
    route = [int(rng.integers(len(groups)))]
    while len(route) < count:

        def dislike(number: int) -> float:
            group = groups[number]
            ages = range(len(route) - 1, -1, -1)
            alike = max(float(group.look @ groups[r].look) * _FORGET**age for r, age in zip(route, ages, strict=True))
            if loop and len(route) == count - 1:
                alike = max(alike, float(group.look @ groups[route[0]].look))
            return alike + (groups[route[-1]].layer == group.layer) * 0.3 + 2.0 * route.count(number)

        scored = sorted(set(range(len(groups))) - {route[-1]} or route[-1:], key=dislike)
        # A random one of the best four, so that seeds differ.
        route.append(scored[int(rng.integers(min(4, len(scored))))])
    return [groups[number] for number in route]


def journey_layers(network: Network) -> list[str]:
    """The layers of a journey: up to five of the same kind as the network's default layers, from there upwards."""
    names = network.layer_names
    defaults = [layer.name for layer in network.default_layers]
    kind = re.sub(r"\d+", "#", defaults[0])
    family = [name for name in names if re.sub(r"\d+", "#", name) == kind]
    first = min(family.index(name) for name in defaults if name in family)
    return family[max(0, first - 1) : first + 4]
