"""A journey through words, in order: one every few seconds, with cross-fades."""

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
"""Length of a cross-fade, as a fraction of a word's time. Shorter than between places, so that words are recognised."""


@dataclass(frozen=True, slots=True)
class WordJourney:
    """Words over time.

    Attributes:
        config: settings of the dream, whose layers are dreamed of as well.
        stops: one or more words with weights for each stop, in the order of visits.
        starts: time, in seconds, at which each stop begins; the first is 0.
        period: seconds after which the journey repeats; None: it stays at the last stop.
    """

    network: Network
    config: DreamConfig
    stops: Sequence[tuple[Word, ...]]
    starts: Sequence[float]
    period: float | None

    @classmethod
    def plan(cls, recipe: Recipe, network: Network) -> WordJourney:
        """Visit the recipe's words in turn for the whole duration, each at least once."""
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
        """Factor of the recipe's motif: always 1."""
        return 1.0

    def objective(self, t: float, picture: Picture) -> Objective:
        """The objective at `t` seconds. It does not depend on the frame, `picture` (H, W, 3)."""
        from dreamvideo.objectives import configured

        mixture = tuple(
            replace(word, weight=word.weight * share)
            for number, share in shares(self.starts, self.period, t, _FADE)
            for word in self.stops[number]
        )
        return configured(replace(self.config, of=mixture), self.network)
