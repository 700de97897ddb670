"""Pictures and frames, which all rooms exchange."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.float32]
"""Float32 RGB, (H, W, 3), values in [0, 1]."""


def size_of(picture: NDArray[Any]) -> tuple[int, int]:
    """(width, height) of a picture (H, W, ...)."""
    return picture.shape[1], picture.shape[0]


def to_uint8(picture: Picture) -> NDArray[np.uint8]:
    """Convert [0, 1] to 0..255, rounding halves up. Values outside are clipped, NaN becomes 0."""
    scaled = picture * np.float32(255)
    scaled += np.float32(0.5)
    np.fmax(scaled, 0, out=scaled)  # of NaN and 0 it returns 0, unlike `maximum`
    np.fmin(scaled, 255, out=scaled)
    return np.ascontiguousarray(scaled.astype(np.uint8))


def to_picture(pixels: NDArray[np.uint8]) -> Picture:
    """Convert 0..255 to [0, 1]; `to_uint8` reverses it exactly."""
    return np.divide(pixels, np.float32(255), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture with its time.

    Attributes:
        picture: float32 RGB (H, W, 3) in [0, 1].
        time: seconds from the start of the selected part of the source.
        duration: seconds until the next frame; None: unknown.
        index: number among the selected frames, from 0.
    """

    picture: Picture
    time: Fraction
    duration: Fraction | None
    index: int


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of a picture: rows `top` to `bottom`, columns `left` to `right`, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def area(self) -> int:
        """Number of pixels."""
        return (self.bottom - self.top) * (self.right - self.left)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of a picture (H, W, ...)."""
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
        """The smallest window that contains both."""
        return Window(
            min(self.top, other.top),
            max(self.bottom, other.bottom),
            min(self.left, other.left),
            max(self.right, other.right),
        )
