"""Ranges of frames: shots between cuts, parts for workers, segments in files."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames `first` to `stop`, exclusive, between two cuts."""

    first: int
    stop: int


@dataclass(frozen=True, slots=True)
class Part:
    """Frames `first` to `stop`, exclusive, that one worker renders in order: a shot, or a piece of a split shot.

    Attributes:
        shared: number of its first frames that overlap with the part before it, and are cross-faded.
        warmup: number of frames before `first` that are rendered and dropped, so that the dream has settled.
    """

    index: int
    shot: int
    first: int
    stop: int
    shared: int = 0
    warmup: int = 0

    @property
    def frames(self) -> range:
        return range(self.first, self.stop)

    @property
    def before(self) -> range:
        """Its warm-up."""
        return range(self.first - self.warmup, self.first)


@dataclass(frozen=True, slots=True)
class Segment:
    """Frames `first` to `stop`, exclusive, of a part, that are stored in one file."""

    part: int
    first: int
    stop: int

    @property
    def frames(self) -> range:
        return range(self.first, self.stop)


@dataclass(frozen=True, slots=True)
class Splitting:
    """How shots are split into parts.

    Attributes:
        frames: length above which a shot is split; None: never.
        overlap: frames that two neighbouring parts share.
        warmup: frames rendered and dropped before a part inside a shot.
    """

    frames: int | None = None
    overlap: int = 0
    warmup: int = 0

    @property
    def sound(self) -> bool:
        """Whether parts are long enough that no frame is in more than two."""
        if min(self.overlap, self.warmup) < 0:
            return False
        return self.frames is None or self.frames >= max(1, 2 * self.overlap)

    def parts(self, shots: Sequence[Shot]) -> tuple[Part, ...]:
        """The parts of all shots, in order. Parts of one shot have about the same length."""
        pieces = ((number, *piece) for number, shot in enumerate(shots) for piece in self._pieces(shot))
        return tuple(Part(index, *piece) for index, piece in enumerate(pieces))

    def _pieces(self, shot: Shot) -> Iterator[tuple[int, int, int, int]]:
        """First frame, stop, shared frames and warm-up of each part of a shot."""
        length = shot.stop - shot.first
        count = 1 if self.frames is None else -(-length // self.frames)
        edges = [shot.first + length * number // count for number in range(count + 1)]
        for begin, end in itertools.pairwise(edges):
            shared = self.overlap if begin > shot.first else 0
            yield begin, end + (self.overlap if end < shot.stop else 0), shared, min(self.warmup, begin - shot.first)
