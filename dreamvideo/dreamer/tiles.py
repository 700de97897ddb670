"""Jitter and tiles: both are windows on the picture, which is mirrored beyond its borders.

Jitter shifts the network's grid, and needs pixels beyond the border. Rolling the picture (Mordvintsev et al. 2015) puts
the opposite border there, and the dream grows along that false edge; a mirrored border has none. If a picture is larger
than one window, several windows side by side cover it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.frame import Picture

GradientOf: TypeAlias = Callable[[Picture], tuple[Picture, float]]

_MARGIN = 64
"""Pixels around the inside of a tile: context for the network, whose gradient is discarded."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """A grid of equal windows. It covers the picture at every offset within `spread`.

    Attributes:
        rows: windows from top to bottom.
        columns: windows from left to right.
        cell: (height, width) of a window's inside, whose gradient is used. Cells touch.
        margin: pixels of a window around its cell.
        spread: number of possible offsets in (y, x), up and left.
        grain: offsets are multiples of this, in pixels.
    """

    rows: int
    columns: int
    cell: tuple[int, int]
    margin: int
    spread: tuple[int, int]
    grain: int

    @property
    def window(self) -> tuple[int, int]:
        """(height, width) of a window in pixels, margins included."""
        return self.cell[0] + 2 * self.margin, self.cell[1] + 2 * self.margin

    def offsets(self, rng: np.random.Generator, count: int) -> NDArray[np.int32]:
        """Draw (count, 2) random offsets in pixels (y, x). Every phase of the network's grid is equally likely."""
        return rng.integers(0, self.spread, (count, 2)).astype(np.int32) * self.grain


def plan(size: tuple[int, int], tile: int, stride: int, jitter: int) -> Tiling:
    """Cover a picture by one window, or by several if it has more than tile * tile pixels.

    Args:
        size: (width, height) of the picture in pixels.
        tile: side of the largest window in pixels.
        stride: stride of the network's coarsest layer in pixels.
        jitter: most pixels by which the grid is shifted. A whole stride reaches every phase of the grid.
    """
    width, height = size
    phases = max(1, min(jitter, stride))
    if width * height <= tile * tile:
        if phases == 1:
            return Tiling(1, 1, (height, width), 0, (1, 1), 1)
        cell = _multiple(height + phases - 1, stride), _multiple(width + phases - 1, stride)
        return Tiling(1, 1, cell, 0, (phases, phases), 1)
    # Cells move by about a margin at least, so that faint seams at their borders never add up in one place.
    # Without jitter they move by whole strides, which keeps the grid's phase.
    margin = _multiple(min(_MARGIN, tile // 4), stride)
    largest = max(stride, (tile - 2 * margin) // stride * stride)
    grain = stride if phases == 1 else 1
    rows, cell_height, spread_y = _divide(height, largest, stride, grain)
    columns, cell_width, spread_x = _divide(width, largest, stride, grain)
    return Tiling(rows, columns, (cell_height, cell_width), margin, (spread_y, spread_x), grain)


def _multiple(length: int, stride: int) -> int:
    return -(-length // stride) * stride


def _divide(length: int, largest: int, stride: int, grain: int) -> tuple[int, int, int]:
    """Number of cells along a side, their length in pixels, and the number of offsets they allow."""
    least_slack = _multiple(min(_MARGIN, largest // 2), stride)
    count = -(-(length + least_slack) // largest)
    cell = _multiple(-(-(length + least_slack) // count), stride)
    return count, cell, (count * cell - length) // grain + 1


def window_gradient(
    picture: Picture, offset: NDArray[np.int32], tiling: Tiling, gradient_of: GradientOf
) -> tuple[Picture, float]:
    """Gradient of an objective on a picture, window by window.

    Args:
        picture: (H, W, 3).
        offset: (2,) pixels (y, x) by which the windows are moved up and left.
        tiling: the windows.
        gradient_of: from a window (h, w, 3) to the objective's gradient, of the same shape, and the objective's value.

    Returns:
        The gradient (H, W, 3), and the mean of the windows' values.
    """
    height, width = picture.shape[:2]
    top, left = (int(shift) for shift in offset)
    mirrored = _mirrored(picture, top, left, tiling)
    (rows, columns), margin = tiling.cell, tiling.margin
    whole, values = np.empty((tiling.rows * rows, tiling.columns * columns, 3), np.float32), []
    for y, x in itertools.product(range(0, len(whole), rows), range(0, whole.shape[1], columns)):
        gradient, value = gradient_of(mirrored[y : y + rows + 2 * margin, x : x + columns + 2 * margin])
        whole[y : y + rows, x : x + columns] = gradient[margin : margin + rows, margin : margin + columns]
        values.append(value)
    return whole[top : top + height, left : left + width], float(np.mean(values))


def _mirrored(picture: Picture, top: int, left: int, tiling: Tiling) -> Picture:
    """The picture, mirrored beyond its borders as far as the windows reach."""
    height, width = picture.shape[:2]
    top, left = top + tiling.margin, left + tiling.margin
    bottom = tiling.rows * tiling.cell[0] + 2 * tiling.margin - top - height
    right = tiling.columns * tiling.cell[1] + 2 * tiling.margin - left - width
    return np.asarray(cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_REFLECT_101), np.float32)
