"""What the carry asks of a dreamer: `dreamvideo.dreamer.Dreamer` is one."""

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
        """Part of the recipe's steps: 1 up to the canonical size."""


class Grower(Protocol):
    """Dreams pictures, from scratch and further. Pictures and changes are float32 (H, W, 3)."""

    def begin(self, source: Picture, config: DreamConfig, /, *, strength: float = ..., index: int = ...) -> Picture:
        """What a dream from scratch changes in a picture."""

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
        """The change after more steps: so many in each octave, in the window alone where one is given."""

    def applied(self, source: Picture, change: Picture, config: DreamConfig, /) -> Picture:
        """The picture with the change, in [0, 1]."""

    def octaves(self, size: tuple[int, int], config: DreamConfig, /) -> Sequence[Octave]:
        """The octaves of a picture of (width, height), in order."""

    def least_side(self, config: DreamConfig, /) -> int:
        """Shortest side in pixels of a picture that can be dreamed."""
