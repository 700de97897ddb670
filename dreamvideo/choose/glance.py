"""A quick survey of a clip: its frames and shots."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from dreamvideo.config import ReadConfig, Recipe
from dreamvideo.errors import ConfigError
from dreamvideo.jobs import Shot, Survey
from dreamvideo.media import Source, open_source
from dreamvideo.render.shots import mark_shots, open_small

GLANCE_PIXELS = 1_500_000_000
"""Pixels of the source that are decoded: about 18 minutes of 320x180, or half a minute of 1080p."""
WINDOWS = 8
"""Number of windows into which a longer clip is sampled."""
SHORTEST_WINDOW = 24
"""Frames."""


@dataclass(frozen=True, slots=True)
class ShotSpan:
    """The visible part of a shot, in seconds from the start of the selected part."""

    begin: Fraction
    end: Fraction

    @property
    def length(self) -> Fraction:
        """Seconds."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class Glance:
    """The result of a glance at the selected part of a clip.

    Attributes:
        frames: number of frames; of a long clip, an estimate.
        shots: number of shots; of a long clip, an estimate.
        seen: the shots that were seen, in order.
        interval: seconds between two frames.
        rate: frames per second, as the source says; None for a still.
        cost: seconds that a look at one frame took.
        warnings: what was assumed or repaired, in plain sentences.
        alone: whether frames are dreamed independently, so that a job counts one shot.
    """

    frames: int
    shots: int
    seen: tuple[ShotSpan, ...]
    interval: Fraction
    rate: Fraction | None
    cost: float
    warnings: tuple[str, ...] = ()
    alone: bool = False

    def survey(self) -> Survey:
        """What a job's survey of the clip would find; of a long one, if its shots were equally long."""
        lengths = [round(shot.length / self.interval) for shot in self.seen]
        edges = list(itertools.accumulate(lengths, initial=0))
        if len(lengths) != self.shots or edges[-1] != self.frames or min(lengths) < 1:
            edges = [self.frames * number // self.shots for number in range(self.shots + 1)]
        edges = [0, self.frames] if self.alone else edges
        times = [[str(index * self.interval), str(self.interval)] for index in range(self.frames)]
        rate = None if self.rate is None else str(self.rate)
        return Survey(tuple(Shot(*edge) for edge in itertools.pairwise(edges)), {"times": times, "rate": rate})


def glance(source: Path, recipe: Recipe) -> Glance:
    """Look at a clip at a small size: at all of it, or at windows of a long one.

    Raises:
        InputError: it cannot be read.
        ConfigError: there is no frame between the recipe's start and end.
    """
    read = recipe.read
    with open_source(source, read) as frames:
        room = GLANCE_PIXELS // (frames.info.size[0] * frames.info.size[1])
        total, rate, duration = frames.frames, frames.rate, _duration(frames, read)
    began = time.perf_counter()
    windows = [read]
    if total is not None and rate is not None and duration is not None and total > room:
        length = max(SHORTEST_WINDOW, room // WINDOWS) / rate
        firsts = [read.start + (duration - length) * number / (WINDOWS - 1) for number in range(WINDOWS)]
        windows = [replace(read, start=first, end=first + length) for first in firsts]
    count, seen, said = 0, list[ShotSpan](), dict[str, None]()
    cutting = replace(recipe, coherence=replace(recipe.coherence, coherence="flow"))  # "none" cuts at every frame
    for window in windows:
        shots, made, warnings = _shots_in(source, replace(cutting, read=window))
        count += made
        said |= dict.fromkeys(warnings)
        seen += [
            ShotSpan(shot.begin + window.start - read.start, shot.end + window.start - read.start) for shot in shots
        ]
    cost = (time.perf_counter() - began) / max(1, count)
    if not count:
        raise ConfigError(f"expected a frame between start and end in {source}, got none")
    in_all = count if len(windows) == 1 or total is None else max(total, count)
    cuts = max(0, len(seen) - len(windows))
    interval = sum((shot.length for shot in seen), Fraction(0)) / count
    alone = recipe.coherence.coherence == "none"
    return Glance(in_all, 1 + round(cuts * in_all / count), tuple(seen), interval, rate, cost, tuple(said), alone)


def spread(found: Glance, least: int, most: int) -> list[tuple[int, Fraction]]:
    """Choose frames to show of a clip: one of each shot, the longest first, then evenly.

    Args:
        found: the result of `glance`.
        least: number of frames if there are fewer shots.
        most: number of frames if there are more shots.

    Returns:
        Number of the shot among those seen, and seconds from the start of the selected part, rising. Frames are in the
        middle of their part of a shot, since first frames are often black.
    """
    order = sorted(range(len(found.seen)), key=lambda number: -found.seen[number].length)
    parts = dict.fromkeys(sorted(order[:most]), 1)
    while sum(parts.values()) < min(least, found.frames):
        longest = max(parts, key=lambda number: found.seen[number].length / parts[number])
        parts[longest] += 1
    moments = []
    for number, count in parts.items():
        shot = found.seen[number]
        for part in range(count):
            # Half a frame early, so that rounding does not give the next frame.
            moment = shot.begin + shot.length * (2 * part + 1) / (2 * count) - found.interval / 2
            moments.append((number, max(shot.begin, moment)))
    return moments


def _duration(frames: Source, read: ReadConfig) -> Fraction | None:
    whole = frames.info.duration
    return None if whole is None else min(whole, read.end or whole) - read.start


def _shots_in(source: Path, recipe: Recipe) -> tuple[list[ShotSpan], int, list[str]]:
    """The shots of the selected part, its number of frames, and its warnings."""
    begins: list[Fraction] = []
    end, count = Fraction(0), 0
    with open_small(source, recipe.read) as frames:
        usual = 1 / (frames.rate or Fraction(24))
        for frame, first in mark_shots(frames, recipe.coherence):
            begins += [frame.time] if first else []
            end, count = frame.time + (frame.duration or usual), count + 1
        said = frames.warnings
    return [ShotSpan(begin, stop) for begin, stop in zip(begins, [*begins[1:], end], strict=False)], count, said
