"""A journey through words, in order: one every few seconds, each passing into the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dreamvideo.config import DreamConfig, Recipe, Word
from dreamvideo.media.frame import Picture
from dreamvideo.zoom.journey import shares

if TYPE_CHECKING:
    from dreamvideo.networks.network import Network
    from dreamvideo.objectives import Objective

_FADE = 0.4
"""Part of a word's time over which it passes into the next: less than between places, which nobody has to recognise."""


@dataclass(frozen=True, slots=True)
class WordJourney:
    """Words over time.

    Attributes:
        network: what dreams.
        config: what else is dreamed of.
        stops: words, each some with weights, in the order of visits.
        starts: second at which each begins; the first at 0.
        period: seconds after which the journey begins again; None: it stays at the last stop.
    """

    network: Network
    config: DreamConfig
    stops: Sequence[tuple[Word, ...]]
    starts: Sequence[float]
    period: float | None

    @classmethod
    def plan(cls, recipe: Recipe, network: Network) -> WordJourney:
        """Visit the recipe's words as often as there is time, and each at least once."""
        words, duration = recipe.zoom.journey_words, float(recipe.zoom.duration)
        seconds = min(recipe.zoom.journey_seconds, duration / len(words))
        visits = math.ceil(duration / seconds - 1e-9)
        if recipe.zoom.loop:
            visits = len(words) * max(1, round(visits / len(words)))
            seconds = duration / visits
        stops = [words[visit % len(words)] for visit in range(visits)]
        starts = [visit * seconds for visit in range(visits)]
        return cls(network, recipe.dream, stops, starts, duration if recipe.zoom.loop else None)

    def motif(self, t: float) -> float:
        """Factor of the recipe's motif: none, words keep their size."""
        return 1.0

    def objective(self, t: float, picture: Picture) -> Objective:
        """What to ascend at `t` seconds, whatever the frame (H, W, 3) shows."""
        from dreamvideo.objectives import configured

        mixture = tuple(
            replace(word, weight=word.weight * share)
            for number, share in shares(self.starts, self.period, t, _FADE)
            for word in self.stops[number]
        )
        return configured(replace(self.config, of=mixture), self.network)
