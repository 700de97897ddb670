"""The objective of a shot's source frames, that of their dreams is compared with.

To see it costs nearly half of a step. Between looks it is followed by how sharp the frames are, which costs nothing to
speak of: a frame that blurs, as cameras and things that move do, shows a network less.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np

from dreamvideo.coherence.trust import slopes
from dreamvideo.media.frame import Picture

Measure: TypeAlias = Callable[[Picture], float]
"""The objective of a picture (H, W, 3): `Dreamer.measure`."""

UNSEEN = 0.035
"""Standard deviation of the objective, of a logarithm, that is put up with."""

FOLLOWING = 0.4
"""Power of the sharpness by which the objective goes, as far as it does: on real clips 0.3 to 0.5, and often it does
not. What is followed may be wrong by half of it."""

ADAPTATION = 0.3
"""How far what is known of its changes follows what was newly seen."""

MOST_CHANGE = 0.15
"""Change, of a logarithm, beyond which it says no more of those to come: a flash, a blink."""

LONGEST = 4
"""Most frames from one look to the next at which anything is looked at."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is known of a shot's source.

    Attributes:
        objective: as last looked at.
        sharpness: of that frame.
        age: frames since.
        restlessness: variance of what cannot be followed of a frame's change, of a logarithm.
    """

    objective: float = 1.0
    sharpness: float = 0.0
    age: int = 0
    restlessness: float = UNSEEN**2

    def aged(self) -> Baseline:
        """The same of the next frame."""
        return replace(self, age=self.age + 1)

    def at(self, sharpness: float) -> tuple[float, float]:
        """The objective of the frame, and the standard deviation of its logarithm, by how sharp it is."""
        change = self._change(sharpness)
        return self.objective * math.exp(change), math.hypot(math.sqrt(self.age * self.restlessness), change / 2)

    def is_due(self, sharpness: float) -> bool:
        """Whether a look is worth its price."""
        return self.age >= LONGEST or self.at(sharpness)[1] > UNSEEN

    def looked(self, found: float, sharpness: float) -> Baseline:
        """After a look at a frame, whose objective was found."""
        if self.age == 0:
            return replace(self, objective=found, sharpness=sharpness)
        expected, _ = self.at(sharpness)
        change = math.log(found / expected) if min(found, expected) > 0 else UNSEEN
        seen = min(change**2, MOST_CHANGE**2) / self.age
        return Baseline(found, sharpness, 0, self.restlessness + ADAPTATION * (seen - self.restlessness))

    def _change(self, sharpness: float) -> float:
        if self.age == 0 or min(self.sharpness, sharpness) <= 0:
            return 0.0
        change = FOLLOWING * math.log(sharpness / self.sharpness)
        return min(max(change, -2 * MOST_CHANGE), 2 * MOST_CHANGE)


def sharpness_of(picture: Picture) -> float:
    """Mean square slope of the luma of a picture (H, W, 3), at half of its size."""
    small = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    luma = np.asarray(cv2.cvtColor(np.asarray(small, np.float32), cv2.COLOR_RGB2GRAY), np.float32)
    return sum(float(cv2.norm(slope, cv2.NORM_L2SQR)) for slope in slopes(luma)) / luma.size
