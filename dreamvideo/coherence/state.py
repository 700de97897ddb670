"""What one frame leaves for the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from dreamvideo.coherence.baseline import Baseline
from dreamvideo.coherence.belief import Belief
from dreamvideo.coherence.holding import Hold
from dreamvideo.coherence.level import Level
from dreamvideo.coherence.reserve import Reserve
from dreamvideo.coherence.steps import Presence
from dreamvideo.media.frame import Picture


@dataclass(frozen=True, slots=True)
class CarryState:
    """What the next frame needs of the last one; all of it, so that a saved job goes on as if never stopped.

    Attributes:
        source: float32 RGB (H, W, 3), the last frame.
        dream: its dream.
        presence: float32 (H, W): how much of the shot's dream is there.
        reserve: change that was made and not shown.
        time: seconds, Fraction.
        level: what is known of the dream's strength.
    """

    source: Picture
    dream: Picture
    presence: Presence
    reserve: Reserve
    time: Fraction
    level: Level

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """As arrays that `numpy.savez` keeps exactly."""
        level, hold = self.level, self.level.hold
        return {
            "source": self.source,
            "dream": self.dream,
            "presence": self.presence,
            "reserve": self.reserve.change,
            "reserve_effort": np.array(self.reserve.effort, np.float64),
            "time": np.array([self.time.numerator, self.time.denominator], np.int64),
            "level": np.array([level.target, level.response, level.strength, level.source], np.float64),
            "hold": np.array([hold.ratio, hold.objective, hold.source, hold.full, hold.unrest], np.float64),
            "belief": hold.belief.mean,
            "doubt": hold.belief.covariance,
            "baseline": np.array(astuple(level.baseline), np.float64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> CarryState:
        """The state that `arrays` was made from."""
        source, dream, presence, change = (
            np.asarray(arrays[name], np.float32) for name in ("source", "dream", "presence", "reserve")
        )
        names = "reserve_effort", "time", "level", "hold", "baseline"
        effort, time, level, held, seen = (arrays[name].tolist() for name in names)
        belief = Belief(np.asarray(arrays["belief"], np.float64), np.asarray(arrays["doubt"], np.float64))
        ratio, objective, base, full, unrest = held
        hold = Hold(ratio, bool(objective), base, full, unrest, belief)
        found, sharpness, age, restlessness = seen
        target, response, strength, first = level
        known = Level(target, response, strength, first, hold, Baseline(found, sharpness, round(age), restlessness))
        return cls(source, dream, presence, Reserve(change, effort), Fraction(*time), known)
