"""The state that one frame leaves for the next."""

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
"""Least number of rows, on tall enough frames, from which level and crispness are measured."""


@dataclass(frozen=True, slots=True)
class CarryState:
    """All that the next frame needs of the past, so that a saved job continues exactly where it stopped.

    Pictures have the working size. Large frames are larger than that.

    Attributes:
        source: float32 RGB (H, W, 3) in [0, 1], the last source frame.
        change: float32 (H, W, 3), its dream: dreamed frame minus source frame, signed.
        presence: float32 (H, W), the part of the shot's dream at each pixel: 0 = nothing was carried there, 1 = all.
        reserve: float32 (H, W, 3), change that steps have made and no frame has shown yet.
        effort: steps held in the reserve, as a fraction of a dream from scratch.
        time: time of the last frame, in seconds.
        level: level of the shot's first frame, 0 to 1.
        crispness: crispness of the shot's first frame.
        strength: strength at which `level` was measured, 1 as tuned.
        detail: the detail layer; None if frames have the working size.
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
        """The state of some rows only: enough to measure level and crispness."""
        every = max(1, len(self.source) // _ROWS)
        few = slice(every // 2, None, every)
        source, change, presence, reserve = (np.ascontiguousarray(getattr(self, name)[few]) for name in _PLANES)
        return replace(self, source=source, change=change, presence=presence, reserve=reserve)

    def with_reserve(self, share: float) -> Picture:
        """The change (H, W, 3) plus a share of the reserve; a larger share where the dream is lacking."""
        if self.effort <= 0:
            return self.change.copy()
        return self.change + times(self.reserve, self._shares(share))

    def paid(self, share: float) -> CarryState:
        """The state after a share of the reserve was shown: more change and presence, less reserve."""
        if self.effort <= 0:
            return self
        shares = self._shares(share)
        shown = times(self.reserve, shares)
        presence = np.minimum(self.presence + np.float32(self.effort) * shares, 1)
        return replace(
            self,
            change=self.change + shown,
            presence=presence,
            reserve=self.reserve - shown,
            effort=self.effort * (1 - share),
        )

    def _shares(self, share: float) -> Plane:
        return np.asarray(np.minimum(np.float32(share) + (1 - self.presence) / np.float32(self.effort), 1), np.float32)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The state as arrays, which `numpy.savez` stores without loss."""
        found = {name: np.asarray(getattr(self, name)) for name in (*_PLANES, *_NUMBERS)}
        found["time"] = np.array([self.time.numerator, self.time.denominator], np.int64)
        if self.detail is not None:
            found |= {f"detail_{field.name}": getattr(self.detail, field.name) for field in fields(Detail)}
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> CarryState:
        """The inverse of `arrays`."""
        source, change, presence, reserve = (np.asarray(arrays[name], np.float32) for name in _PLANES)
        effort, level, crispness, strength = (float(np.asarray(arrays[name], np.float64)) for name in _NUMBERS)
        names = [field.name for field in fields(Detail)]
        kept = {name: np.asarray(arrays[f"detail_{name}"], np.float32) for name in names if f"detail_{name}" in arrays}
        detail = Detail(**kept) if kept else None
        time = Fraction(*np.asarray(arrays["time"]).tolist())
        return cls(source, change, presence, reserve, effort, time, level, strength, crispness, detail)
