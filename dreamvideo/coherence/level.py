"""How strong the dream of a shot is, and is to be.

Its level is the root mean square of what it changed in the source. What is held is the objective (`holding.py`), where
it has one that grows with the dream; but the level may not sink too far.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.coherence.baseline import Baseline, Measure, sharpness_of
from dreamvideo.coherence.holding import Hold
from dreamvideo.media.frame import Picture

LEAST_LEVEL = 0.65
"""Level, of the first frame's, below which no dream may sink though the objective be held: in a shot that stands still,
the same objective is reached by ever fainter dreams, and the picture would pale within seconds."""


def level_of(dream: NDArray[np.float32], source: NDArray[np.float32]) -> float:
    """Root mean square of what a dream changed: 0 to 1."""
    return float(cv2.norm(dream, source, cv2.NORM_L2)) / math.sqrt(source.size)


@dataclass(frozen=True, slots=True)
class Level:
    """What is known of the dream's strength in the shot so far.

    Attributes:
        target: level of the first frame's dream, in values of a picture from 0 to 1.
        response: level that a unit of effort added there.
        strength: that `target` belongs to; another strength has another target, in proportion.
        source: objective of the first frame's source, as `Hold.source`.
        hold: what the strength is held to.
        baseline: what is known of the source's objective, where that is held.
    """

    target: float
    response: float
    strength: float = 1.0
    source: float = 1.0
    hold: Hold = field(default_factory=Hold)
    baseline: Baseline = field(default_factory=Baseline)

    @classmethod
    def of_first(cls, effort: float, reached: float, strength: float, hold: Hold, baseline: Baseline) -> Level:
        """What the first frame of a shot teaches, whose dream reached a level by an effort."""
        return cls(reached, reached / effort if effort > 0 else 0.0, strength, hold.source, hold, baseline)

    def lift(self, present: float) -> float:
        """Effort that brings a level that has sunk too far back to the least; none where the level itself is held."""
        if not self.hold.objective or self.response <= 0:
            return 0.0
        # The objective goes by the square of the level: where a blurred frame has less, a fainter dream is as strong.
        fainter = math.sqrt(min(max(self.hold.source / self.source, 0.0), 1.0))
        least = LEAST_LEVEL * fainter * self.target
        return min(max(least - present, 0.0) / self.response, self.hold.full)

    def needed(self, lift: float, paid: float = 0.0) -> float:
        """Effort that the whole frame needs, where `lift` would lift its level and some was paid already."""
        return max(paid + self.hold.effort, lift)

    def paid(self, effort: float) -> Level:
        """After an effort."""
        return replace(self, hold=self.hold.paid(effort))

    def at(self, strength: float) -> Level:
        """The same for another strength wanted."""
        if strength == self.strength or self.strength <= 0:
            return self
        factor = strength / self.strength
        return replace(self, target=self.target * factor, strength=strength, hold=self.hold.at(factor))

    def carried(self) -> Level:
        """The same of the next frame, of which nothing was seen yet."""
        return replace(self, hold=self.hold.carried(), baseline=self.baseline.aged())


class Look:
    """What can be seen of the strength of a frame's dream.

    Args:
        source: float32 RGB (H, W, 3) in [0, 1], the frame.
        measure: the objective of a picture, where that is held; None: the level is, which costs nothing to see.
    """

    def __init__(self, source: Picture, measure: Measure | None) -> None:
        self.source = source
        self.measure = measure

    @property
    def is_free(self) -> bool:
        """Whether a look costs nothing."""
        return self.measure is None

    def at(self, level: Level, picture: Picture) -> Level:
        """What is known after a look at a picture (H, W, 3): the frame, with some dream."""
        if self.measure is None:
            return replace(level, hold=level.hold.looked(level_of(picture, self.source) ** 2))
        level, doubt = self._based(level, self.measure)
        return replace(level, hold=level.hold.looked(self.measure(picture), doubt))

    def as_told(self, level: Level, value: float, reserve: float) -> Level:
        """What is known after steps have told the objective that they began with, with an effort in reserve added."""
        if self.measure is None:
            return level
        level, doubt = self._based(level, self.measure)
        return replace(level, hold=level.hold.told(value, reserve, doubt))

    def _based(self, level: Level, measure: Measure) -> tuple[Level, float]:
        """With the source as it is now, looked at where that is due; and how doubtful that is."""
        sharpness = 0.0 if level.baseline.age == 0 else sharpness_of(self.source)
        if level.baseline.is_due(sharpness):
            level = replace(level, baseline=level.baseline.looked(measure(self.source), sharpness))
        objective, doubt = level.baseline.at(sharpness)
        return replace(level, hold=replace(level.hold, source=objective)), doubt
