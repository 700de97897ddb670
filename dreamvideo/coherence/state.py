"""What one frame leaves for the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from dreamvideo.coherence.detail import Detail
from dreamvideo.coherence.planes import Plane, times
from dreamvideo.media.frame import Picture

_PLANES = ("source", "change", "presence", "reserve")
_NUMBERS = ("effort", "level", "crispness", "strength")
_ROWS = 45
"""Rows that tell the level of a frame."""


@dataclass(frozen=True, slots=True)
class CarryState:
    """What the next frame needs of the last one; all of it, so that a saved job goes on as if never stopped.

    Pictures have the working size, which is smaller than that of large frames.

    Attributes:
        source: float32 RGB (H, W, 3), the last frame.
        change: float32 (H, W, 3), its dream: what was changed in it.
        presence: float32 (H, W), how much of the shot's dream is there: 0 = nothing was carried to it, 1 = all.
        reserve: float32 (H, W, 3), change that steps have made and no frame has shown.
        effort: that is left in the reserve, of a dream from scratch.
        time: seconds.
        level: that of the shot's first frame.
        crispness: the same.
        strength: that `level` belongs to.
        detail: what fine octaves have added, of frames larger than the working size.
    """

    source: Picture
    change: Picture
    presence: Plane
    reserve: Picture
    effort: float
    time: Fraction
    level: float
    strength: float
    crispness: float = 0.0
    detail: Detail | None = None

    def sampled(self) -> CarryState:
        """A part of the rows, which tells level and crispness of all."""
        every = max(1, len(self.source) // _ROWS)
        few = slice(every // 2, None, every)
        source, change, presence, reserve = (np.ascontiguousarray(getattr(self, name)[few]) for name in _PLANES)
        return replace(self, source=source, change=change, presence=presence, reserve=reserve)

    def with_reserve(self, share: float) -> Picture:
        """The change (H, W, 3) with a share of the reserve; with more of it where the dream lacks."""
        if self.effort <= 0:
            return self.change.copy()
        return self.change + times(self.reserve, self._shares(share))

    def paid(self, share: float) -> CarryState:
        """The state once a share of the reserve was shown."""
        if self.effort <= 0:
            return self
        shares = self._shares(share)
        presence = np.minimum(self.presence + np.float32(self.effort) * shares, 1)
        if share >= 1:
            return replace(self, presence=presence, reserve=np.zeros_like(self.reserve), effort=0.0)
        reserve = times(self.reserve, 1 - shares)
        return replace(self, presence=presence, reserve=reserve, effort=self.effort * (1 - share))

    def _shares(self, share: float) -> Plane:
        return np.asarray(np.minimum(np.float32(share) + (1 - self.presence) / np.float32(self.effort), 1), np.float32)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """As arrays that `numpy.savez` keeps exactly."""
        found = {name: np.asarray(getattr(self, name)) for name in (*_PLANES, *_NUMBERS)}
        found["time"] = np.array([self.time.numerator, self.time.denominator], np.int64)
        if self.detail is not None:
            found |= {f"detail_{field.name}": getattr(self.detail, field.name) for field in fields(Detail)}
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> CarryState:
        """The state that `arrays` was made from."""
        source, change, presence, reserve = (np.asarray(arrays[name], np.float32) for name in _PLANES)
        effort, level, crispness, strength = (float(np.asarray(arrays[name], np.float64)) for name in _NUMBERS)
        names = [field.name for field in fields(Detail)]
        kept = {name: np.asarray(arrays[f"detail_{name}"], np.float32) for name in names if f"detail_{name}" in arrays}
        detail = Detail(**kept) if kept else None
        time = Fraction(*np.asarray(arrays["time"]).tolist())
        return cls(source, change, presence, reserve, effort, time, level, strength, crispness, detail)
