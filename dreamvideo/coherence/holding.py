"""Holding the strength of a shot: how much effort a frame needs so that its dream is as strong as the first one's.

The strength of a dream is the objective of its picture over that of its source. Each frame's steps tell the objective
of the picture that they begin with, at no cost; what is missing to the wanted one is paid for at once. How much effort
raises the objective by how much is checked now and then. Where there is no objective to go by, the square of the
dream's level stands for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

CHECK_EVERY = 4
"""Frames with steps from one look at the objective of the finished dream to the next. So many at first are all
looked at."""

LEAST_RATIO = 1.05
"""Strength of a first frame below which its level is held instead: a guide or a negative weight has no such ratio."""

RISE, BIAS = 0.7, 0.08
"""Of the logarithm of the objective: its rise by as much effort as a first frame had, with so much of a dream there
already, and what it rises by without any, before they are known."""

RISE_OF_LEVEL = 1.6
"""The same of the square of the level, which has no bias."""

RISE_RANGE = 2.0
"""Factor within which the estimated rise stays of that."""

MOST_BIAS = 0.2
"""Most of `Hold.bias`, of a logarithm."""

LOSS, LEAST_LOSS = 0.08, 0.02
"""Logarithm that a carried dream loses on its way to the next frame, before it is known; and what is expected at least,
so that every dream is looked at again."""

ADAPTATION, LOSS_ADAPTATION = 0.5, 0.3
"""How far an estimate follows what was newly seen; that of the loss, and of its unrest."""

NOISE = 0.05
"""Standard deviation, of a logarithm, of what steps tell of the objective, as the network's grid is moved at random."""

FIRST_UNREST = 0.15**2
"""`Hold.unrest` before it is known."""

UNREST = 0.05
"""What may have happened unseen in a frame without steps, of a logarithm."""

LEAST_TRUST = 0.5
"""Part of a surprise that is believed where nothing but noise has been seen."""

FAINTEST = 1e-6
"""Strength below which there is none to speak of."""

LEAST_KEPT = 0.97
"""Part of a dream that is kept where it is too strong, a frame: more would show."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What is known of a shot's strength.

    Attributes:
        ratio: strength to hold; of the square of the level where `objective` does not hold.
        objective: whether the objective is held, rather than the level.
        source: objective of the source (`baseline.py`); 1 where the level is held.
        paid_for: frames with steps that were needed.
        full: effort of the first frame.
        rise: of the logarithm of what is held, by effort.
        bias: what it rises by without any: steps see the picture through a grid that is moved at random.
        reached: logarithm of the strength, as far as is known: of the last frame, or of what steps begin with.
        lost: what that loses from a frame to the next.
        unrest: variance of what was seen about what was expected.
        waited: frames since something was seen.
    """

    ratio: float = 0.0
    objective: bool = False
    source: float = 1.0
    paid_for: int = 0
    full: float = 0.0
    rise: float = 0.0
    bias: float = 0.0
    reached: float = 0.0
    lost: float = LOSS
    unrest: float = FIRST_UNREST
    waited: int = 0

    @classmethod
    def of_first(cls, source: float, dream: float, reached: float, full: float) -> Hold:
        """What a shot's first frame and its dream teach.

        Args:
            source: objective of the frame.
            dream: objective of its dream; nought where neither is known, and the level is held.
            reached: level of the dream.
            full: effort that it had.
        """
        if full <= 0:
            return cls()
        objective = source > 0 and dream > LEAST_RATIO * source
        ratio, source = (dream / source, source) if objective else (reached**2, 1.0)
        reached = math.log(max(ratio, FAINTEST))
        rise, bias = (RISE, BIAS) if objective else (RISE_OF_LEVEL, 0.0)
        return cls(ratio, objective, source, 0, full, rise / full, bias, reached)

    def at(self, factor: float) -> Hold:
        """The same for another strength wanted, `factor` times the one before; the objective goes by its square."""
        least = 1.0 if self.objective else 0.0
        return replace(self, ratio=least + (self.ratio - least) * factor**2, full=self.full * factor)

    @property
    def due(self) -> bool:
        """Whether the objective of the finished dream is looked at, where this frame has steps."""
        return self.objective and (self.paid_for < CHECK_EVERY or self.paid_for % CHECK_EVERY == 0)

    @property
    def carried(self) -> float:
        """Logarithm of the strength that the next frame is expected to begin with."""
        return self.reached - self.lost

    @property
    def expected(self) -> float:
        """Effort that the next frame will need, all of it alike."""
        return self.skipped().effort

    @property
    def possible(self) -> float:
        """Effort that it may well need: what is carried differs from what is expected, by more than noise."""
        noise = NOISE**2 if self.objective else 0.0
        doubt = math.sqrt(max(self.unrest - noise, 0.0)) + UNREST * (1 + self.waited)
        return replace(self, reached=self.carried - doubt).effort

    @property
    def effort(self) -> float:
        """Effort that leads from what is reached to what is wanted."""
        if self.ratio <= 0:
            return 0.0
        return min(max((math.log(self.ratio) - self.reached) / self.rise, 0.0), self.full)

    @property
    def damping(self) -> float:
        """Part of a dream to keep, where there is more than is wanted: what is held goes by its square."""
        if self.ratio <= 0:
            return 1.0
        return min(max(math.exp((math.log(self.ratio) - self.reached) / 2), LEAST_KEPT), 1.0)

    def skipped(self) -> Hold:
        """After a frame without a step, of which nothing was seen."""
        return replace(self, reached=self.carried, waited=self.waited + 1)

    def met(self, seen: float, *, exact: bool = False) -> Hold:
        """After a look at what was carried: the objective of a picture, or the square of its level.

        A source in which the network sees nothing has no strength to go by: nothing was learnt.

        A Kalman filter (1960) of one value, whose noise is known and whose own restlessness is learnt.

        Args:
            seen: what was seen.
            exact: whether it was measured, rather than told by steps.
        """
        if self.source <= 0:
            return self.skipped()
        surprise = self._strength(seen) + (0.0 if exact else self.bias) - self.carried
        unrest = self.unrest + LOSS_ADAPTATION * (min(surprise**2, 1.0) - self.unrest)
        trust = 1.0 if exact else max(1 - NOISE**2 / unrest, LEAST_TRUST)
        lost = max(self.lost - LOSS_ADAPTATION * min(max(surprise, -1.0), 1.0), LEAST_LOSS)
        return replace(self, reached=self.carried + trust * surprise, lost=lost, unrest=unrest, waited=0)

    def paid(self, effort: float, kept: float, finished: float | None, *, exact: bool = False) -> Hold:
        """After a frame that was `met`.

        Args:
            effort: that was paid.
            kept: part of the dream that was kept.
            finished: the same as was seen, of the finished picture, where it was looked at.
            exact: as it was met.
        """
        expected = self.reached + self.rise * effort + 2 * math.log(kept)
        after = replace(self, paid_for=self.paid_for + (effort > 0), reached=expected)
        if finished is None or self.source <= 0:
            return after
        reached = self._strength(finished)
        return replace(after._learnt(reached - expected, effort, exact), reached=reached)

    def _strength(self, seen: float) -> float:
        """Logarithm of the strength of a picture in which that was seen, where the source shows anything at all."""
        return math.log(min(max(seen / self.source, FAINTEST), 1 / FAINTEST))

    def _learnt(self, missed: float, effort: float, exact: bool) -> Hold:
        """`rise` and `bias`, corrected by what was missed: normalised least mean squares (Widrow)."""
        usual = RISE if self.objective else RISE_OF_LEVEL
        unit = LOSS / usual * self.full  # in which effort is counted, so that both weigh alike
        counted = effort / unit
        error = ADAPTATION * missed / (1 + counted**2)
        low, high = usual / self.full / RISE_RANGE, usual / self.full * RISE_RANGE
        rise = min(max(self.rise + error * counted / unit, low), high)
        bias = self.bias if exact else min(max(self.bias + error, -MOST_BIAS), MOST_BIAS)
        return replace(self, rise=rise, bias=bias)
