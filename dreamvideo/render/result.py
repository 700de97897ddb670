"""What a render made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

Stop = Callable[[], bool]


def never() -> bool:
    """Nobody asks to stop."""
    return False


@dataclass(frozen=True, slots=True)
class Result:
    """What was made.

    Attributes:
        path: where it is.
        frames: how many frames it has.
        cuts: seconds at which shots begin, but for the first.
        warnings: what was assumed, repaired or left out, in plain sentences.
        damaged: whether the source was damaged, and only what could be read of it was dreamed.
    """

    path: Path
    frames: int
    cuts: tuple[Fraction, ...] = ()
    warnings: tuple[str, ...] = ()
    damaged: bool = False
