"""Exact times: ticks of a stream as fractions of a second."""

from __future__ import annotations

import heapq
import math
from fractions import Fraction


def seconds(ticks: int, tick: Fraction | None) -> Fraction:
    """The time of `ticks` ticks; a stream without a tick has no times but 0."""
    return ticks * tick if tick else Fraction(0)


def common_tick(first: Fraction, second: Fraction) -> Fraction:
    """The longest time of which both are multiples; zero counts as a multiple of any."""
    if not first or not second:
        return abs(first or second)
    numerator = math.gcd(first.numerator * second.denominator, second.numerator * first.denominator)
    return Fraction(numerator, first.denominator * second.denominator)


class ChunkTimes:
    """Times of frames in a container that knows decoding times alone, such as AVI.

    Frames leave the decoder in the order in which they are shown, so each has the earliest time that none had yet.
    """

    def __init__(self) -> None:
        self._waiting: list[int] = []

    def read(self, ticks: int | None) -> None:
        """Note the time of a chunk that goes into the decoder."""
        if ticks is not None:
            heapq.heappush(self._waiting, ticks)

    def lost(self, ticks: int | None) -> None:
        """Forget a chunk of which no frame will come."""
        if ticks in self._waiting:
            self._waiting.remove(ticks)
            heapq.heapify(self._waiting)

    def next(self) -> int | None:
        """The time of the next frame out."""
        return heapq.heappop(self._waiting) if self._waiting else None
