"""Survey a clip before it is dreamed: the times of its frames, and its shots. A glance samples a long one."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from dreamvideo.coherence import CUT_SIDE, begins_shot
from dreamvideo.config import CoherenceConfig, ReadConfig, Recipe
from dreamvideo.errors import ConfigError, DamagedInputError
from dreamvideo.jobs import Shot, Survey
from dreamvideo.media import Frame, Picture, Source, open_source, prefetch
from dreamvideo.progress import OnProgress, Progress, silent

_AHEAD = 4
"""Small frames that the survey reads ahead, so that reading and cut detection overlap."""

GLANCE_PIXELS = 1_500_000_000
"""Pixels of the source that are decoded: about 18 minutes of 320x180, or half a minute of 1080p."""
WINDOWS = 8
"""Number of windows into which a longer clip is sampled."""
SHORTEST_WINDOW = 24
"""Frames."""


def mark_shots(frames: Iterable[Frame], coherence: CoherenceConfig) -> Iterator[tuple[Frame, bool]]:
    """Yield each frame, and whether it begins a shot."""
    previous: Picture | None = None
    for frame in frames:
        yield frame, previous is None or begins_shot(coherence, previous, frame.picture)
        previous = frame.picture


def open_small(source: Path, read: ReadConfig) -> Source:
    """Open a source at a small size, large enough to detect cuts."""
    with open_source(source, read) as frames:
        width, height = frames.size
    part = min(1.0, CUT_SIDE / max(width, height))
    small = replace(read, scale=None, width=max(1, round(width * part)), height=max(1, round(height * part)))
    return open_source(source, small)


def survey_video(source: Path, recipe: Recipe, on_progress: OnProgress = silent) -> Survey:
    """Read a source once, at a small size, to find the times of its frames and its shots.

    Raises:
        DamagedInputError: the source is damaged, and `read.on_error` is "stop".
    """
    found = _look(source, recipe.read, recipe.coherence, on_progress)
    if not found.times:
        raise DamagedInputError(f"no frame of {source} could be read")
    times = [[str(time), None if shown is None else str(shown)] for time, shown in found.times]
    alone = recipe.coherence.coherence == "none"  # independent frames: one shot, which may be split anywhere
    edges = [0, len(times)] if alone else [*found.starts, len(times)]
    return Survey(tuple(Shot(*edge) for edge in itertools.pairwise(edges)), {**found.facts, "times": times})


def facts_of(frames: Source) -> dict[str, Any]:
    """What a plan keeps of a source."""
    return {
        "rate": None if frames.rate is None else str(frames.rate),
        "time_base": None if frames.time_base is None else str(frames.time_base),
        "sound": frames.info.has_audio,
        "warnings": list(frames.warnings),
        "damaged": frames.damaged,
    }


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
    cutting = replace(recipe.coherence, coherence="flow")  # "none" cuts at every frame
    for window in windows:
        found, later = _look(source, window, cutting), window.start - read.start
        count += len(found.times)
        said |= dict.fromkeys(found.facts["warnings"])
        seen += [ShotSpan(shot.begin + later, shot.end + later) for shot in found.spans]
    cost = (time.perf_counter() - began) / max(1, count)
    if not count:
        raise ConfigError(f"expected a frame between start and end in {source}, got none")
    in_all = count if len(windows) == 1 or total is None else max(total, count)
    cuts = max(0, len(seen) - len(windows))
    interval = sum((shot.length for shot in seen), Fraction(0)) / count
    alone = recipe.coherence.coherence == "none"
    return Glance(in_all, 1 + round(cuts * in_all / count), tuple(seen), interval, rate, cost, tuple(said), alone)


def _duration(frames: Source, read: ReadConfig) -> Fraction | None:
    whole = frames.info.duration
    return None if whole is None else min(whole, read.end or whole) - read.start


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found in a stretch of a clip: times and durations of its frames, first frames of its shots, facts."""

    times: list[tuple[Fraction, Fraction | None]]
    starts: list[int]
    facts: dict[str, Any]

    @property
    def spans(self) -> list[ShotSpan]:
        """Its shots in seconds; a frame without a duration is shown as long as the rate says."""
        if not self.times:
            return []
        time, shown = self.times[-1]
        edges = [
            *(self.times[start][0] for start in self.starts),
            time + (shown or 1 / Fraction(self.facts["rate"] or 24)),
        ]
        return [ShotSpan(*edge) for edge in itertools.pairwise(edges)]


def _look(source: Path, read: ReadConfig, coherence: CoherenceConfig, on_progress: OnProgress = silent) -> _Look:
    times: list[tuple[Fraction, Fraction | None]] = []
    starts = []
    with open_small(source, read) as frames, prefetch(frames, _AHEAD) as ahead:
        for frame, begins in mark_shots(ahead, coherence):
            times.append((frame.time, frame.duration))
            starts += [frame.index] if begins else []
            on_progress(Progress(frame.index + 1, frames.frames, "look"))
        return _Look(times, starts, facts_of(frames))
