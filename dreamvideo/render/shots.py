"""Find where a clip's shots begin, and how long shots are split into parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from dreamvideo.coherence import CUT_SIDE, begins_shot
from dreamvideo.config import SHORTEST_SPLIT, CoherenceConfig, ReadConfig
from dreamvideo.jobs import Splitting
from dreamvideo.media import Frame, Picture, Source, open_source

ALONE_FRAMES = 48
"""Frames in a part if frames are independent (no coherence). Then a shot may be split anywhere without a seam."""
OVERLAP = Fraction(SHORTEST_SPLIT, 2)
"""Seconds of the cross-fade between parts of a split shot. At this length the picture changes no faster than a dream
does by itself (`tests/benchmarks/split.py`)."""
WARMUP = Fraction(1, 2)
"""Seconds that a part is dreamed before its cross-fade begins, so that its dream has settled."""


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


def splitting(coherence: CoherenceConfig, rate: Fraction | None) -> Splitting:
    """How a clip's shots are split into parts.

    Args:
        coherence: says how long a part may be.
        rate: frames per second; None: 24.
    """
    if coherence.coherence == "none":
        return Splitting(ALONE_FRAMES)
    if coherence.split is None:
        return Splitting()
    rate = rate or Fraction(24)
    frames = max(1, round(coherence.split * rate))
    return Splitting(frames, min(round(OVERLAP * rate), frames // 2), round(WARMUP * rate))
