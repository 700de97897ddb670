"""Where the dream is lacking in a part of the frame only, steps are paid for that part alone.

What moves too fast to follow, or was uncovered, lies together as a rule: a few rectangles hold it, and cost a
fraction of what steps on the whole frame would, most of whose change would be thrown away.
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
"""Mean lack of a cell, of the shot's dream, from which it belongs to a patch."""

DENSE = 0.2
"""Mean lack of a window from which it is worth its price: edges of things lie thin in large rectangles."""

MOST_AREA = 0.5
"""Part of the frame that all patches may cover; beyond that the whole frame is dreamed instead."""

FEATHER = 12
"""Pixels over which a patch fades out at its edges inside the frame."""


PATCH_STEP = 5.0
"""Size of a patch's steps, of the recipe's: where there is no dream yet, few large steps lead as far as many."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of the frame that is dreamed on its own.

    Attributes:
        window: where.
        effort: how much, of a dream from scratch.
        share: float32 (rows, columns) of the window, 0 to 1: how much of it is kept at each pixel.
    """

    window: Window
    effort: float
    share: NDArray[np.float32]


def find_patches(lack: NDArray[np.float32], least_side: int) -> list[Patch]:
    """The parts of a frame whose dream is lacking.

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
    """Windows that hold the places where a dream is lacking.

    Args:
        lack: float32 (H, W): the missing part of the dream at each pixel, 0 to 1.
        least_side: shortest side in pixels of a window that can be dreamed.

    Returns:
        Windows that do not overlap; none where nothing lacks, or where too much of the frame does.
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
    windows = [window for window in windows if lack[window.slices].mean() >= DENSE]
    return windows if sum(window.area for window in windows) <= MOST_AREA * lack.size else []


def feather(window: Window, size: tuple[int, int]) -> NDArray[np.float32]:
    """Float32 (rows, columns) of a window: 1 inside, falling to 0 at edges that are not those of the frame (H, W)."""
    ramps = []
    for first, last, length in zip((window.top, window.left), (window.bottom, window.right), size, strict=True):
        places = np.arange(first, last, dtype=np.float32) + np.float32(0.5)
        from_start = (places - first) / FEATHER if first > 0 else np.ones_like(places)
        to_end = (last - places) / FEATHER if last < length else np.ones_like(places)
        ramps.append(np.minimum(np.minimum(from_start, to_end), 1))
    return np.asarray(np.outer(*ramps), np.float32)


def _with(windows: list[Window], new: Window) -> list[Window]:
    """The windows and a new one, those that meet it made one with it."""
    while any(new.meets(window) for window in windows):
        apart = [window for window in windows if not new.meets(window)]
        for window in windows:
            if window not in apart:
                new = new.around(window)
        windows = apart
    return [*windows, new]


def _widened(first: int, last: int, by: int, least: int, length: int) -> tuple[int, int]:
    """A stretch with `by` pixels more at each end and at least `least` long, within 0 and `length`."""
    first, last = max(first - by, 0), min(last + by, length)
    missing = max(least - (last - first), 0)
    first = max(min(first - missing // 2, length - least), 0)
    return first, min(max(last, first + least), length)
