"""The interface of a dreamer that the carrier needs. `dreamvideo.dreamer.Dreamer` implements it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dreamvideo.config import DreamConfig
from dreamvideo.media.frame import Picture, Window


class Octave(Protocol):
    """One size at which a picture is dreamed."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""

    @property
    def share(self) -> float:
        """Fraction of the configured steps: 1 up to the canonical size, less above."""


class Grower(Protocol):
    """Dreams pictures from scratch, and dreams them on. Pictures and changes are float32 (H, W, 3)."""

    def begin(self, source: Picture, config: DreamConfig, /, *, strength: float = ..., index: int = ...) -> Picture:
        """Dream a picture from scratch; returns the change, dream minus source."""

    def grow(
        self,
        source: Picture,
        change: Picture,
        config: DreamConfig,
        /,
        *,
        steps: Sequence[float],
        index: int = ...,
        window: Window | None = ...,
    ) -> Picture:
        """The change after more steps: `steps` for each octave, smallest first; only in `window` if one is given."""

    def applied(self, source: Picture, change: Picture, config: DreamConfig, /) -> Picture:
        """The picture plus the change, in [0, 1]."""

    def octaves(self, size: tuple[int, int], config: DreamConfig, /) -> Sequence[Octave]:
        """The octaves of a picture of `size` (width, height), smallest first."""

    def least_side(self, config: DreamConfig, /) -> int:
        """Shortest side, in pixels, of a picture that can be dreamed."""
