"""Schedules of layers and words: weighted lists that cross-fade."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, Self, TypeVar

from dreamvideo.config import Layer, Word
from dreamvideo.errors import ScheduleError
from dreamvideo.schedule.keyframes import between, naming, timed_keys

Entry = TypeVar("Entry", Layer, Word)

_TIMED = re.compile(r"(?:[\d.]\s*[s%]?|max_f|\))\s*[\"'`\u2019\u201d]?\s*[:\uff1a]")
"""The start of a key. It tells a schedule of words from a list of words, in which no colon follows a number."""


@dataclass(frozen=True, slots=True)
class _Mixtures(Generic[Entry]):
    """Lists of entries with weights, each at its time in seconds."""

    joint: ClassVar[str]
    """Pattern of what joins the entries of a key."""
    entry: ClassVar[type[Layer] | type[Word]]

    times: tuple[float, ...]
    mixtures: tuple[tuple[Entry, ...], ...]
    easings: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, *, fps: float = 24.0, duration: float | None = None) -> Self:
        """Read keys whose values are entries.

        Raises:
            ScheduleError: it names the key and the column.
        """
        timed, _ = timed_keys(text, fps, duration)
        mixtures: list[Any] = []
        for _, item in timed:
            with naming(item):
                value = item.value.strip()
                if value.startswith("(") and value.endswith(")"):  # as numbers are in Deforum
                    value = value[1:-1]
                parts = [part for part in re.split(rf"(?<![eE=]){cls.joint}", value) if part.strip()]
                if not parts:
                    raise ScheduleError(f"column {item.value_column}: expected a value, got {item.value.strip()!r}")
                mixtures.append(tuple(map(cls.entry.parse, parts)))
        return cls(tuple(time for time, _ in timed), tuple(mixtures), tuple(item.easing for _, item in timed))

    def at(self, t: float) -> tuple[Entry, ...]:
        """The entries with their weights at `t` seconds. If both keys have an entry, its weights are added."""
        before, after, way = between(self.times, self.easings, t)
        mixed: dict[Entry, float] = {}
        for index, share in ((before, 1 - way), (after, way)):
            for entry in self.mixtures[index] if share > 0 else ():
                place = replace(entry, weight=1.0)
                mixed[place] = mixed.get(place, 0.0) + share * entry.weight
        return tuple(replace(entry, weight=weight) for entry, weight in mixed.items())


class LayerSchedule(_Mixtures[Layer]):
    """Layers that cross-fade, several joined by `+`: `"0s: mixed3, 5s: mixed5=0.5+mixed6"`."""

    joint = r"\+"
    entry = Layer


class WordSchedule(_Mixtures[Word]):
    """Words that cross-fade, several joined by `+` or commas: `"0s: starfish, 4s: flamingo smooth, 8s: oak+tree"`."""

    joint = "[+,]"
    entry = Word


def is_timed(text: str) -> bool:
    """Whether a text is a schedule of words, not a list of words."""
    return _TIMED.search(text) is not None


MIXTURES: Mapping[str, tuple[str, type[LayerSchedule] | type[WordSchedule]]] = {
    "layers": ("layers", LayerSchedule),
    "dream.of": ("of", WordSchedule),
}
"""Name of a schedule -> the field of `DreamConfig` that it sets, and the class that parses it."""
