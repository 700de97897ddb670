"""What keys step through: presets, layers, words, strength and motif."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dreamvideo.config import Layer, Recipe, Word
from dreamvideo.live.keys import Act
from dreamvideo.recipe import assemble, from_toml, preset, to_toml
from dreamvideo.recipe.presets import PRESETS

FACTOR = 1.25
"""Ratio of one strength or motif to the next."""
LEAST_STRENGTH, MOST_STRENGTH = 0.1, 4.0
LEAST_MOTIF, MOST_MOTIF = 0.25, 4.0


class Choices:
    """The current preset, layer and word.

    Args:
        recipe: the first recipe, which is the first of the looks.
        words: words to step through; empty if the network knows none.
    """

    def __init__(self, recipe: Recipe, layers: Sequence[str], words: Sequence[str]) -> None:
        self._begun = recipe
        self._layers = layers
        self._words = words
        self._looks = ("as begun", *PRESETS)
        self._look = 0

    @property
    def look(self) -> str:
        """Name of the current look."""
        return self._looks[self._look]

    def after(self, recipe: Recipe, act: Act, way: int) -> Recipe:
        """The recipe after a key: `act`, forwards (`way` 1) or backwards (-1)."""
        dream, coherence = recipe.dream, recipe.coherence
        if act is Act.PRESET:
            return self._next_look(way)
        if act is Act.LAYER:
            name = _next(self._layers, [layer.name for layer in dream.layers], way)
            return _unscheduled(replace(recipe, dream=replace(dream, layers=(Layer(name),), of=())))
        if act is Act.WORD and self._words:
            word = _next(self._words, [word.name for word in dream.of], way)
            return _unscheduled(replace(recipe, dream=replace(dream, layers=(), of=(Word(word),))))
        if act is Act.STRENGTH:
            strength = _stepped(coherence.strength, way, LEAST_STRENGTH, MOST_STRENGTH)
            return replace(recipe, coherence=replace(coherence, strength=strength))
        if act is Act.MOTIF:
            return replace(recipe, dream=replace(dream, motif=_stepped(dream.motif, way, LEAST_MOTIF, MOST_MOTIF)))
        return recipe

    def _next_look(self, way: int) -> Recipe:
        self._look = (self._look + way) % len(self._looks)
        if self._look == 0:
            return self._begun
        return assemble([*from_toml(to_toml(self._begun), "the look before"), preset(self.look, "live")])


def described(recipe: Recipe, look: str) -> str:
    """A recipe in one line: look, layers and words, strength, motif."""
    things = [*map(str, recipe.dream.of), *map(str, recipe.dream.layers)]
    dreamed = ", ".join(things) or "the network's own layers"
    return f"{look}: {dreamed}, strength {recipe.coherence.strength:g}, motif {recipe.dream.motif:g}"


def _stepped(value: float, way: int, least: float, most: float) -> float:
    return round(min(max(value * FACTOR**way, least), most), 3)


def _next(names: Sequence[str], now: Sequence[str], way: int) -> str:
    """The name after the current one, or before it; the first or last if it is unknown."""
    if not now or now[0] not in names:
        return names[0 if way > 0 else -1]
    return names[(names.index(now[0]) + way) % len(names)]


def _unscheduled(recipe: Recipe) -> Recipe:
    """The recipe without schedules of layers and words."""
    return replace(recipe, schedules=tuple(pair for pair in recipe.schedules if pair[0] not in ("layers", "dream.of")))
