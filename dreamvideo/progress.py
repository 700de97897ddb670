"""How far a piece of work is: told by a callback, since the library prints nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Progress:
    """One report.

    Attributes:
        done: frames finished.
        total: frames in all, where known.
        stage: what is being done, such as "dream" or "encode".
        message: something a person should know, such as a cut or a warning.
    """

    done: int
    total: int | None
    stage: str
    message: str | None = None


OnProgress: TypeAlias = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """Report to nobody."""
