"""Stretches of frames: shots between cuts, parts that one worker renders, segments that a kill can lose."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames `first` up to but not `stop`, between two cuts."""

    first: int
    stop: int


@dataclass(frozen=True, slots=True)
class Part:
    """What one worker renders in order: a shot, or one piece of a split shot.

    Attributes:
        index: position among all parts.
        shot: position of its shot among all shots.
        first: its first frame.
        stop: the frame after its last.
        shared: how many of its first frames the part before it has, too; there the two are mixed.
        warmup: how many frames before `first` are rendered and thrown away, so that what feeds back has settled.
    """

    index: int
    shot: int
    first: int
    stop: int
    shared: int = 0
    warmup: int = 0

    @property
    def frames(self) -> range:
        """Its frames."""
        return range(self.first, self.stop)

    @property
    def before(self) -> range:
        """The frames of its warm-up."""
        return range(self.first - self.warmup, self.first)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a part that is kept in one file.

    Attributes:
        part: position among the parts.
        first: its first frame.
        stop: the frame after its last.
    """

    part: int
    first: int
    stop: int

    @property
    def frames(self) -> range:
        """Its frames."""
        return range(self.first, self.stop)


@dataclass(frozen=True, slots=True)
class Splitting:
    """Into what parts a shot falls.

    Attributes:
        frames: shots longer than this are rendered in parts; None: never.
        overlap: frames that a part shares with the one before it, in which the two are mixed.
        warmup: frames rendered before a part inside a shot, and thrown away.
    """

    frames: int | None = None
    overlap: int = 0
    warmup: int = 0

    @property
    def sound(self) -> bool:
        """Whether every part is as long as an overlap at least, so that no frame is of more than two parts."""
        if min(self.overlap, self.warmup) < 0:
            return False
        return self.frames is None or self.frames >= max(1, 2 * self.overlap)

    def parts(self, shots: Sequence[Shot]) -> tuple[Part, ...]:
        """The parts of all shots, in order; those of one shot are about equally long."""
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
