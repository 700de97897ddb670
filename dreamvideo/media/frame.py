"""What passes between the rooms: pictures and frames."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.float32]
"""Float32 RGB, (H, W, 3), values in [0, 1]."""


def to_uint8(picture: Picture) -> NDArray[np.uint8]:
    """Round [0, 1] to 0..255, halves up; what lies outside is clipped, NaN becomes black."""
    scaled = np.nan_to_num(picture) * np.float32(255) + np.float32(0.5)
    return np.ascontiguousarray(np.clip(scaled, 0, 255).astype(np.uint8))


def to_picture(pixels: NDArray[np.uint8]) -> Picture:
    """Turn 0..255 into [0, 1]; `to_uint8` gives the same pixels back."""
    return np.divide(pixels, np.float32(255), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture at its time.

    Attributes:
        picture: float32 RGB (H, W, 3) in [0, 1].
        time: seconds from the start of the selected part of the source.
        duration: seconds until the next frame, where known.
        index: position among the selected frames, from 0.
    """

    picture: Picture
    time: Fraction
    duration: Fraction | None
    index: int


@dataclass(frozen=True, slots=True)
class Window:
    """Rows `top` to `bottom` and columns `left` to `right` of a picture, ends excluded, in pixels."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def area(self) -> int:
        """Pixels."""
        return (self.bottom - self.top) * (self.right - self.left)

    @property
    def slices(self) -> tuple[slice, slice]:
        """For indexing a picture (H, W, ...)."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def meets(self, other: Window) -> bool:
        """Whether the two overlap or touch."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )

    def around(self, other: Window) -> Window:
        """The smallest window that holds both."""
        return Window(
            min(self.top, other.top),
            max(self.bottom, other.bottom),
            min(self.left, other.left),
            max(self.right, other.right),
        )
