"""Exact times: ticks of a stream as fractions of a second."""

from __future__ import annotations

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
