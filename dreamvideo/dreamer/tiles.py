"""Windows on a picture: jitter and tiles are both views of the picture mirrored without end.

A shift of the network's grid needs pixels beyond the border. Rolling the picture round (Mordvintsev et al.
2015) puts the opposite border there, and the dream grows along that false edge; mirroring has no edge.
The same window that shifts can be smaller than the picture: then several, side by side, cover it.
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
"""Pixels around a tile's inside, for what the network sees beyond it."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """A grid of equal windows that covers a picture wherever it is moved within `spread`.

    Attributes:
        rows: windows from top to bottom.
        columns: windows from left to right.
        cell: (height, width) of a window's inside, of which the gradient is used; cells touch.
        margin: pixels of a window around its cell.
        spread: number of offsets in (y, x) by which the grid may be moved up and left.
        grain: offsets are multiples of this.
    """

    rows: int
    columns: int
    cell: tuple[int, int]
    margin: int
    spread: tuple[int, int]
    grain: int

    @property
    def window(self) -> tuple[int, int]:
        """(height, width) of what the network sees at once."""
        return self.cell[0] + 2 * self.margin, self.cell[1] + 2 * self.margin

    def offsets(self, rng: np.random.Generator, count: int) -> NDArray[np.int32]:
        """Draw (count, 2) random offsets in pixels (y, x), every phase of the network's grid alike."""
        return rng.integers(0, self.spread, (count, 2)).astype(np.int32) * self.grain


def plan(size: tuple[int, int], tile: int, stride: int, jitter: int) -> Tiling:
    """Cover a picture by one window, or by several if it has more than tile * tile pixels.

    Args:
        size: (width, height) of the picture in pixels.
        tile: side in pixels of the largest window.
        stride: pixels a step of the network's coarsest grid.
        jitter: how far the grid may move in pixels; a whole stride reaches every phase of it.
    """
    width, height = size
    phases = max(1, min(jitter, stride))
    if width * height <= tile * tile:
        if phases == 1:
            return Tiling(1, 1, (height, width), 0, (1, 1), 1)
        cell = _multiple(height + phases - 1, stride), _multiple(width + phases - 1, stride)
        return Tiling(1, 1, cell, 0, (phases, phases), 1)
    # Cells move by about a margin at least, so that what little a cell's border still shows is spread out.
    # Without jitter they move by whole strides, which leaves the grid's phase as it is.
    margin = _multiple(min(_MARGIN, tile // 4), stride)
    largest = max(stride, (tile - 2 * margin) // stride * stride)
    grain = stride if phases == 1 else 1
    rows, cell_height, spread_y = _divide(height, largest, stride, grain)
    columns, cell_width, spread_x = _divide(width, largest, stride, grain)
    return Tiling(rows, columns, (cell_height, cell_width), margin, (spread_y, spread_x), grain)


def _multiple(length: int, stride: int) -> int:
    return -(-length // stride) * stride


def _divide(length: int, largest: int, stride: int, grain: int) -> tuple[int, int, int]:
    """Number of cells, their length, and the offsets they leave room for."""
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
        offset: (2,) how far up and left the windows are moved.
        tiling: the windows.
        gradient_of: from a window (h, w, 3) to the gradient of what is raised, of the same shape, and its value.

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
    """All that the windows see: the picture, mirrored beyond its borders, however far that is."""
    height, width = picture.shape[:2]
    top, left = top + tiling.margin, left + tiling.margin
    bottom = tiling.rows * tiling.cell[0] + 2 * tiling.margin - top - height
    right = tiling.columns * tiling.cell[1] + 2 * tiling.margin - left - width
    return np.asarray(cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_REFLECT_101), np.float32)
