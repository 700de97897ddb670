"""The objective of a shot's source frames, that of their dreams is compared with.

To see it costs a third of a step. Where it changes, as the camera blurs, the light fades or something enters, it is
looked at in every frame; where it does not, now and then.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from dreamvideo.media.frame import Picture

Measure: TypeAlias = Callable[[Picture], float]
"""The objective of a picture (H, W, 3): `Dreamer.measure`."""

UNSEEN = 0.03
"""Change of the objective, of a logarithm, that may pass unseen."""

LONGEST = 4
"""Most frames from one look to the next that has steps to it."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is known of a shot's source.

    Attributes:
        objective: as last looked at.
        age: frames since.
        pace: change a frame, of a logarithm, between the last two looks.
    """

    objective: float = 1.0
    age: int = 0
    pace: float = UNSEEN

    @property
    def due(self) -> bool:
        """Whether the next frame is worth a look."""
        return self.age + 1 >= LONGEST or (self.age + 1) * self.pace >= UNSEEN / 2

    def skipped(self) -> Baseline:
        """After a frame that nobody looked at."""
        return replace(self, age=self.age + 1)

    def looked(self, found: float) -> Baseline:
        """After a look at a frame, whose objective was found."""
        change = abs(math.log(found / self.objective)) if min(found, self.objective) > 0 else UNSEEN
        return Baseline(found, 0, change / (self.age + 1))
