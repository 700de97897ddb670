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

import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.frame import Picture
from dreamvideo.zoom.places import Group, find_groups, fit, means_of_squares

if TYPE_CHECKING:
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.networks.network import Network
    from dreamvideo.objectives import Objective

Array = NDArray[np.float32]

FADE = 0.6
"""Part of a place's time over which it fades into the next."""

_PURPOSE = 11
"""Purpose number of the journey's random numbers."""
_LOOK_SIDE = 128
"""Shortest side in pixels at which a frame is looked at to balance two places."""
_FORGET = 0.85
"""How much less a place matters to the choice of the next for every place since."""
_MOTIFS = (0.92, 1.14)
"""Motif of a place, as a factor of the recipe's: how far apart the sizes of what is dreamed are."""


@dataclass(frozen=True, eq=False)
class Place:
    """Somewhere to be for a few seconds.

    Attributes:
        layer: its layer.
        mix: (C,) weight of each of the layer's channels; its channels weigh alike where they were probed.
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
        dreamer: Dreamer,
        layers: Sequence[str],
        first: Picture,
        *,
        seed: int,
        duration: float,
        seconds: float,
        loop: bool = False,
    ) -> Journey | None:
        """Choose places and times; None where no channel of the layers answers to pictures.

        Args:
            dreamer: what dreams.
            layers: where to go.
            first: the first picture (H, W, 3).
            seed: decides the rest.
            duration: seconds of the whole.
            seconds: about how long at a place.
            loop: whether the end leads into the beginning.
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
        """Places by number with their shares, which add up to 1, at `t` seconds."""
        return shares(self.starts, self.period, t, FADE)

    def motif(self, t: float) -> float:
        """Factor of the recipe's motif at `t` seconds."""
        return sum(share * self.places[number].motif for number, share in self.shares(t))

    def objective(self, t: float, picture: Picture) -> Objective:
        """What to ascend at `t` seconds.

        Args:
            t: seconds.
            picture: the frame before it is dreamed, (H, W, 3). A place that the frame is full of has a strong
                pull; each is divided by how much of it there is, so that shares are shares of the pull.
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
        means = dict(zip(layers, self._look(fit(picture, _LOOK_SIDE)), strict=True))
        return {number: float(place.mix @ means[place.layer]) for number, place in enumerate(self.places)}


def shares(starts: Sequence[float], period: float | None, t: float, fade: float) -> list[tuple[int, float]]:
    """Stops by number with their shares, which add up to 1.

    Args:
        starts: second at which each stop begins; the first at 0.
        period: seconds after which they begin again; None: the last one stays.
        t: seconds.
        fade: part of a stop's time over which it fades into the next.
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


def _itinerary(groups: Sequence[Group], count: int, rng: np.random.Generator, loop: bool) -> list[Group]:
    """An order of visits: each place another layer if there is one, and unlike the places just seen."""
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
