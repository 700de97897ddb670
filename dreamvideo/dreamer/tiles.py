"""Windows on a picture: jitter and tiles are both views of the picture mirrored without end.

A shift of the network's grid needs pixels beyond the border. Rolling the picture round (Mordvintsev et al.
2015) puts the opposite border there, and the dream grows along that false edge; mirroring has no edge.
The same window that shifts can be smaller than the picture: then several, side by side, cover it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Tensor: TypeAlias = Any

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

    @property
    def numbers(self) -> NDArray[np.int32]:
        """Rows, columns, cell height, cell width and margin, as a graph takes them."""
        return np.array([self.rows, self.columns, *self.cell, self.margin], np.int32)


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
    picture: Tensor, offset: Tensor, tiling: Tensor, gradient_of: Callable[[Tensor], tuple[Tensor, Tensor]]
) -> tuple[Tensor, Tensor]:
    """Gradient of an objective on a picture, window by window: for use inside a graph.

    Args:
        picture: (H, W, 3).
        offset: (2,) int32, how far up and left the windows are moved.
        tiling: (5,) int32, `Tiling.numbers`.
        gradient_of: from a window (1, h, w, 3) to the gradient of what is raised, of the same shape, and its value.

    Returns:
        The gradient (H, W, 3), and the mean of the windows' values.
    """
    height, width = tf.unstack(tf.shape(picture)[:2])
    rows, columns, cell_height, cell_width, margin = tf.unstack(tiling)

    def one_window(number: Tensor) -> tuple[Tensor, Tensor]:
        top = number // columns * cell_height - offset[0] - margin
        left = number % columns * cell_width - offset[1] - margin
        lines = tf.gather(picture, _mirrored(top + tf.range(cell_height + 2 * margin), height), axis=0)
        window = tf.gather(lines, _mirrored(left + tf.range(cell_width + 2 * margin), width), axis=1)[tf.newaxis]
        gradient, value = gradient_of(window)
        return gradient[0, margin : margin + cell_height, margin : margin + cell_width], value

    gradients, values = tf.map_fn(
        one_window,
        tf.range(rows * columns),
        parallel_iterations=1,
        fn_output_signature=(tf.TensorSpec((None, None, 3), tf.float32), tf.TensorSpec((), tf.float32)),
    )
    grid = tf.reshape(gradients, (rows, columns, cell_height, cell_width, 3))
    whole = tf.reshape(tf.transpose(grid, (0, 2, 1, 3, 4)), (rows * cell_height, columns * cell_width, 3))
    inside = whole[offset[0] : offset[0] + height, offset[1] : offset[1] + width]
    return tf.ensure_shape(inside, (None, None, 3)), tf.reduce_mean(values)


def _mirrored(positions: Tensor, length: Tensor) -> Tensor:
    """Indices into 0 .. length - 1 for positions on the line mirrored at both ends, however far outside."""
    period = tf.maximum(2 * (length - 1), 1)
    folded = tf.math.floormod(positions, period)
    return tf.minimum(tf.minimum(folded, period - folded), length - 1)
