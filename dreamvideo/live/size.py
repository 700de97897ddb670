"""The size of a live dream: the largest that holds the frame rate.

Sizes are rungs of a ladder, with a constant ratio of areas. The size falls soon, since a slow dream lags. It grows
late, and only if the larger one would fit well, since every change of size is visible.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from dreamvideo.coherence import CarryState
from dreamvideo.media.frame import Picture, size_of
from dreamvideo.media.geometry import Size

RATIO = 1.35
"""Ratio of the areas of neighbouring rungs."""
LEAST_PIXELS = 160 * 90
"""Smallest useful area."""
FIRST_PIXELS = 256 * 144
"""Area at the start, before anything is measured."""
SETTLING = 2
"""Frames after a change that are not measured: memory is allocated, kernels are chosen."""
DOWN_AFTER, UP_AFTER = 0.6, 2.5
"""Seconds that are measured before the size falls, and before it grows."""
FEWEST = 2
"""Least number of frames that are measured."""
OVER, UNDER, AIM = 1.08, 0.8, 0.95
"""Fractions of a frame's time: the size falls if frames take more than OVER, to a rung below AIM; it grows if the next
rung would take less than UNDER."""


def ladder(largest: Size, least_side: int) -> tuple[Size, ...]:
    """Sizes (width, height) of one aspect ratio, from large to small, down to a shortest side of `least_side`."""
    sizes = [largest]
    factor = 1.0
    while True:
        factor /= RATIO**0.5
        size = max(1, round(largest[0] * factor)), max(1, round(largest[1] * factor))
        if min(size) < least_side or size[0] * size[1] < LEAST_PIXELS:
            return tuple(sizes)
        sizes.append(size)


class SizeController:
    """Chooses a rung of a `ladder` by the cost of frames, to hold a frame rate."""

    def __init__(self, sizes: Sequence[Size], fps: float) -> None:
        self._sizes = sizes
        self._budget = 1 / fps
        self._rung = next((rung for rung in range(len(sizes)) if self._area(rung) <= FIRST_PIXELS), len(sizes) - 1)
        self._costs: deque[float] = deque()
        self._settling = SETTLING

    @property
    def size(self) -> Size:
        """Current (width, height) of the dream."""
        return self._sizes[self._rung]

    def spent(self, seconds: float) -> None:
        """Record the cost of a frame, and change the size if that is due."""
        if self._settling:
            self._settling -= 1
            return
        self._costs.append(seconds)
        while sum(self._costs) - self._costs[0] > UP_AFTER and len(self._costs) > FEWEST:
            self._costs.popleft()
        looked_at = max(sum(self._costs), len(self._costs) * self._budget)  # fast frames wait for the camera
        if len(self._costs) < FEWEST or looked_at < DOWN_AFTER:
            return
        mean = sum(self._costs) / len(self._costs)
        if mean > OVER * self._budget:
            self._go(next((r for r in range(self._rung + 1, len(self._sizes)) if self._fits(r, mean)), self._last))
        elif looked_at >= UP_AFTER and self._rung > 0 and self._expected(self._rung - 1, mean) < UNDER * self._budget:
            self._go(self._rung - 1)

    @property
    def _last(self) -> int:
        return len(self._sizes) - 1

    def _fits(self, rung: int, mean: float) -> bool:
        return self._expected(rung, mean) <= AIM * self._budget

    def _expected(self, rung: int, mean: float) -> float:
        return mean * self._area(rung) / self._area(self._rung)

    def _area(self, rung: int) -> int:
        return self._sizes[rung][0] * self._sizes[rung][1]

    def _go(self, rung: int) -> None:
        if rung != self._rung:
            self._rung, self._settling = rung, SETTLING
            self._costs.clear()


def at_size(state: CarryState, size: Size) -> CarryState:
    """Resize the planes of a state to (width, height)."""
    if size == size_of(state.source):
        return state
    source, change, presence, reserve = (
        _resized(plane, size) for plane in (state.source, state.change, state.presence, state.reserve)
    )
    return replace(state, source=source, change=change, presence=presence, reserve=reserve)


def _resized(plane: Picture, size: Size) -> Picture:
    smaller = size[0] < plane.shape[1]
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR))
