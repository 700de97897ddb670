"""Holding the strength of a shot: how much effort a frame needs so that its dream is as strong as the first one's.

The strength of a dream is the objective of its picture over that of its source. Each frame's steps tell the objective
of the picture that they begin with, at no cost; what is missing to the wanted one is paid for at once. How much effort
raises the objective by how much is checked now and then, as is the objective of the source. Where there is no
objective to go by, the square of the dream's level stands for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from dreamvideo.media.frame import Picture

CHECK_EVERY = 2
"""Frames from one look at the objective of the source to the next. The finished dream is looked at half as often."""

LEAST_RATIO = 1.05
"""Strength of a first frame below which its level is held instead: a guide or a negative weight has no such ratio."""

RISE = 1.2
"""Rise of the logarithm of the objective by as much effort as a first frame had, before it is known: with
so much of a dream there already, less than the first frame's."""

RISE_RANGE = 2.0
"""Factor within which the estimated rise stays of that."""

MOST_BIAS = 0.2
"""Most of `Hold.bias`, of a logarithm."""

USUAL = 0.15
"""Effort of a frame, of a first frame's, before it is known."""

ADAPTATION = 0.5
"""How far an estimate follows the newest frame."""

Measure: TypeAlias = Callable[[Picture], float]
"""The objective of a picture (H, W, 3): `Dreamer.measure`."""


LEAST_KEPT = 0.97
"""Part of a dream that is kept where it is too strong, a frame: more would show."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What is known of a shot's strength.

    Attributes:
        ratio: strength to hold; of the square of the level where `objective` does not hold.
        objective: whether the objective is held, rather than the level.
        source: objective of a source frame, as last measured; 1 where the level is held.
        age: frames since.
        looks: how often it was.
        full: effort of the first frame.
        rise: of the logarithm of what is held, by effort.
        bias: what it rises by without any: steps see the picture through a grid that is moved at random.
        usual: effort that a frame needs.
        owed: effort that was not paid in the frames since the last step.
        waited: those frames.
    """

    ratio: float = 0.0
    objective: bool = False
    source: float = 1.0
    age: int = 0
    looks: int = 0
    full: float = 0.0
    rise: float = 0.0
    bias: float = 0.0
    usual: float = 0.0
    owed: float = 0.0
    waited: int = 0

    @classmethod
    def of_first(cls, source: Picture, dream: Picture, reached: float, full: float, measure: Measure | None) -> Hold:
        """What a shot's first frame (H, W, 3) and its dream teach.

        Args:
            source: the frame.
            dream: its dream.
            reached: level of the dream.
            full: effort that it had.
            measure: the objective; None: the level is held.
        """
        if full <= 0:
            return cls()
        before, after = (1.0, 0.0) if measure is None else (measure(source), measure(dream))
        objective = before > 0 and after > LEAST_RATIO * before
        ratio, before = (after / before, before) if objective else (reached**2, 1.0)
        return cls(ratio, objective, before, full=full, rise=RISE / full, usual=USUAL * full)

    def at(self, factor: float) -> Hold:
        """The same for another strength wanted, `factor` times the one before; the objective goes by its square."""
        least = 1.0 if self.objective else 0.0
        return replace(self, ratio=least + (self.ratio - least) * factor**2, full=self.full * factor)

    @property
    def due(self) -> bool:
        """Whether the objective of the source is looked at in this frame."""
        return self.objective and self.age + 1 >= CHECK_EVERY

    @property
    def due_dream(self) -> bool:
        """Whether that of the finished dream is, too."""
        return self.due and self.looks % 2 == 0

    @property
    def expected(self) -> float:
        """Effort that the next frame will need, all of it alike."""
        return self.owed + self.usual

    def effort(self, seen: float) -> float:
        """Effort that leads to what is wanted from `seen`: the objective of a picture, or the square of its level."""
        if self.ratio <= 0:
            return 0.0
        if seen <= 0:
            return self.full
        return min(max((math.log(self.ratio * self.source / seen) - self.bias) / self.rise, 0.0), self.full)

    def damping(self, seen: float) -> float:
        """Part of a dream to keep, where `seen` is more than is wanted: what is held goes by its square."""
        wanted, found = self.ratio * self.source, seen * math.exp(self.bias)
        return 1.0 if found <= wanted or wanted <= 0 else max(math.sqrt(wanted / found), LEAST_KEPT)

    def skipped(self) -> Hold:
        """After a frame without a step."""
        return replace(self, age=self.age + 1, owed=self.owed + self.usual, waited=self.waited + 1)

    def paid(
        self, seen: float, effort: float, finished: float | None, source: float | None, needed: float | None = None
    ) -> Hold:
        """After a frame with steps.

        Args:
            seen: what the steps began with.
            effort: that was paid, of what was needed.
            finished: the same of the finished picture, where it was looked at.
            source: objective of the source, where it was.
            needed: effort that was needed, where other things count than what was seen.
        """
        needed = (self.effort(seen) if needed is None else needed) / (self.waited + 1)
        usual = self.usual + ADAPTATION * (needed - self.usual)
        after = replace(self, age=self.age + 1, usual=usual, owed=0.0, waited=0)
        if finished is not None and finished > 0 and seen > 0 and effort > 0:
            after = after._learnt(math.log(finished / seen), effort)
        return after if source is None else replace(after, source=source, age=0, looks=self.looks + 1)

    def _learnt(self, risen: float, effort: float) -> Hold:
        """By what the logarithm has risen, `rise` and `bias` are corrected: normalised least mean squares (Widrow)."""
        unit = USUAL * self.full  # in which effort is counted, so that both weigh alike
        counted = effort / unit
        error = ADAPTATION * (risen - self.bias - self.rise * effort) / (1 + counted**2)
        low, high = RISE / self.full / RISE_RANGE, RISE / self.full * RISE_RANGE
        rise = min(max(self.rise + error * counted / unit, low), high)
        return replace(self, rise=rise, bias=min(max(self.bias + error, -MOST_BIAS), MOST_BIAS))
