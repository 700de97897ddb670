"""Patches: rectangles of a frame that lack the dream, and are dreamed on their own.

Places that were uncovered, or moved too fast for the flow, mostly lie together. A few rectangles hold them. Steps in
these cost a fraction of steps on the whole frame, most of whose change would be discarded.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.frame import Window

CELLS = 40
"""Cells along the longer side of the grid in which lacking places are gathered."""

LACKING = 0.3
"""Mean lack in a cell, 0 to 1, above which the cell belongs to a patch."""

SHORTEST = 8
"""Shortest side in cells of a narrowed window. A smaller one dreams an eye that belongs to nothing."""

DENSE = 0.2
"""Least mean lack in a window, 0 to 1. Thin outlines fill too little of their rectangle to be worth its steps."""

BARE = 0.25
"""Least mean lack in a narrowed window, 0 to 1. A band at the frame's border can wait until it is broad."""

MOST_AREA = 0.5
"""Most area of all patches together, as a fraction of the frame. Above it the whole frame is dreamed instead."""

FEATHER = 12
"""Pixels over which a patch fades out towards its edges, so that it leaves no seam."""

PATCH_STEP = 5.0
"""Step size in a patch, as a multiple of the recipe's. Where there is no dream yet, few large steps are enough."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of the frame that is dreamed on its own.

    Attributes:
        window: where it lies in the frame.
        effort: steps to take, as a fraction of a dream from scratch.
        share: float32 (rows, columns) of the window, 0 to 1: weight of the new dream at each pixel.
    """

    window: Window
    effort: float
    share: NDArray[np.float32]


def find_patches(lack: NDArray[np.float32], least_side: int) -> list[Patch]:
    """Find the patches of a frame that lack the dream.

    Args:
        lack: float32 (H, W): the missing part of the dream at each pixel, 0 to 1.
        least_side: shortest side in pixels of a window that can be dreamed.
    """
    found = []
    for window in find_windows(lack, least_side):
        inside = lack[window.slices]
        effort = float(inside[inside >= inside.mean()].mean())
        share = np.minimum(inside / np.float32(effort), 1) * feather(window, (lack.shape[0], lack.shape[1]))
        found.append(Patch(window, effort, share))
    return found


def find_windows(lack: NDArray[np.float32], least_side: int) -> list[Window]:
    """Find the windows in which the dream is lacking.

    Args:
        lack: float32 (H, W): the missing part of the dream at each pixel, 0 to 1.
        least_side: shortest side in pixels of a window that can be dreamed.

    Returns:
        Windows that do not overlap; none if nothing is lacking, or if they would cover too much of the frame.
    """
    height, width = lack.shape
    cell = max(8, -(-max(height, width) // CELLS))
    grid = cv2.resize(lack, (-(-width // cell), -(-height // cell)), interpolation=cv2.INTER_AREA) > LACKING
    _, _, found, _ = cv2.connectedComponentsWithStats(grid.astype(np.uint8), connectivity=8)
    windows: list[Window] = []
    for left, top, columns, rows, _ in found[1:].tolist():
        y, y_end = _widened(top * cell, (top + rows) * cell, cell, least_side, height)
        x, x_end = _widened(left * cell, (left + columns) * cell, cell, least_side, width)
        windows = _with(windows, Window(y, y_end, x, x_end))
    shortest = max(least_side, SHORTEST * cell)
    windows = [dense for window in windows if (dense := _narrowed(window, lack, shortest)) is not None]
    return windows if sum(window.area for window in windows) <= MOST_AREA * lack.size else []


def feather(window: Window, size: tuple[int, int]) -> NDArray[np.float32]:
    """Weights of a window, float32 (rows, columns): 1 inside, falling to 0 at its edges within the frame.

    Args:
        window: the window.
        size: (H, W) of the frame. Edges of the window on the frame's border do not fade.
    """
    ramps = []
    for first, last, length in zip((window.top, window.left), (window.bottom, window.right), size, strict=True):
        places = np.arange(first, last, dtype=np.float32) + np.float32(0.5)
        from_start = (places - first) / FEATHER if first > 0 else np.ones_like(places)
        to_end = (last - places) / FEATHER if last < length else np.ones_like(places)
        ramps.append(np.minimum(np.minimum(from_start, to_end), 1))
    return np.asarray(np.outer(*ramps), np.float32)


def _with(windows: list[Window], new: Window) -> list[Window]:
    """Add a window; those that meet it are merged with it."""
    while any(new.meets(window) for window in windows):
        apart = [window for window in windows if not new.meets(window)]
        for window in windows:
            if window not in apart:
                new = new.around(window)
        windows = apart
    return [*windows, new]


def _narrowed(window: Window, lack: NDArray[np.float32], shortest: int) -> Window | None:
    """Halve a window, keeping its fullest half, until it is dense; None: it gets too small before."""
    if lack[window.slices].mean() >= DENSE:
        return window
    while (inside := lack[window.slices]).mean() < BARE:
        along = int(inside.shape[1] > inside.shape[0])  # 0: half of its rows, 1: half of its columns
        length = inside.shape[along] // 2
        if length < shortest:
            return None
        sums = np.convolve(inside.sum(axis=1 - along), np.ones(length), "valid")
        first = (window.top, window.left)[along] + int(sums.argmax())
        window = (
            Window(first, first + length, window.left, window.right)
            if along == 0
            else Window(window.top, window.bottom, first, first + length)
        )
    return window


def _widened(first: int, last: int, by: int, least: int, length: int) -> tuple[int, int]:
    """Widen an interval by `by` pixels at each end, and to at least `least` pixels, within 0 and `length`."""
    first, last = max(first - by, 0), min(last + by, length)
    missing = max(least - (last - first), 0)
    first = max(min(first - missing // 2, length - least), 0)
    return first, min(max(last, first + least), length)
