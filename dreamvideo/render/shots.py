"""Where a clip's shots begin, and into what parts they fall."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from dreamvideo.coherence import CUT_SIDE, begins_shot
from dreamvideo.config import SHORTEST_SPLIT, ReadConfig, Recipe
from dreamvideo.jobs import Splitting
from dreamvideo.media import Frame, Picture, Source, open_source

ALONE_FRAMES = 48
"""Frames of a part where each is dreamed without the one before, so that shots may be shared without a seam."""
OVERLAP = Fraction(SHORTEST_SPLIT, 2)
"""Seconds in which one part of a split shot passes into the next: as long as it takes to change no faster than a dream
does by itself (`tests/benchmarks/split.py`)."""
WARMUP = Fraction(1, 2)
"""Seconds that a part is dreamed before that, so that nothing fades in."""


def mark_shots(frames: Iterable[Frame], recipe: Recipe) -> Iterator[tuple[Frame, bool]]:
    """Frames of any size, and whether a shot begins with them."""
    previous: Picture | None = None
    for frame in frames:
        yield frame, previous is None or begins_shot(recipe.coherence, previous, frame.picture)
        previous = frame.picture


def open_small(source: Path, read: ReadConfig) -> Source:
    """The frames that are read, at a size that is enough to see where shots begin."""
    with open_source(source, read) as frames:
        width, height = frames.size
    part = min(1.0, CUT_SIDE / max(width, height))
    small = replace(read, scale=None, width=max(1, round(width * part)), height=max(1, round(height * part)))
    return open_source(source, small)


def splitting(recipe: Recipe, rate: Fraction | None) -> Splitting:
    """Into what parts a clip's shots fall.

    Args:
        recipe: says how long a part may be.
        rate: frames a second.
    """
    if recipe.coherence.coherence == "none":
        return Splitting(ALONE_FRAMES)
    if recipe.coherence.split is None:
        return Splitting()
    rate = rate or Fraction(24)
    frames = max(1, round(recipe.coherence.split * rate))
    return Splitting(frames, min(round(OVERLAP * rate), frames // 2), round(WARMUP * rate))
