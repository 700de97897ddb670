"""Exact times, as fractions of a second."""

from __future__ import annotations

import heapq
import math
from fractions import Fraction


def seconds(ticks: int, tick: Fraction | None) -> Fraction:
    """Convert ticks to seconds; 0 if the length of a tick is not known."""
    return ticks * tick if tick else Fraction(0)


def common_tick(first: Fraction, second: Fraction) -> Fraction:
    """The longest time of which both are multiples; 0 is a multiple of every time."""
    if not first or not second:
        return abs(first or second)
    numerator = math.gcd(first.numerator * second.denominator, second.numerator * first.denominator)
    return Fraction(numerator, first.denominator * second.denominator)


class ChunkTimes:
    """Times of frames in a container that has decoding times only, such as AVI.

    A decoder returns frames in order of display. So each gets the earliest time that is left.
    """

    def __init__(self) -> None:
        self._waiting: list[int] = []

    def read(self, ticks: int | None) -> None:
        """Add the time of a chunk that goes into the decoder."""
        if ticks is not None:
            heapq.heappush(self._waiting, ticks)

    def lost(self, ticks: int | None) -> None:
        """Remove the time of a chunk that gives no frame."""
        if ticks in self._waiting:
            self._waiting.remove(ticks)
            heapq.heapify(self._waiting)

    def next(self) -> int | None:
        """Take the time of the next frame."""
        return heapq.heappop(self._waiting) if self._waiting else None
