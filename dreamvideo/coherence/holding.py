"""Holding the strength of a shot: how much effort a frame needs so that its dream is as strong as the first one's.

The strength of a dream is the objective of its picture over that of its source. Each frame's steps tell the objective
of the picture that they begin with, at no cost but not exactly; looks tell it exactly, at less than half of a step's
price, and are taken where too little is known. Where there is no objective to go by, the square of the dream's level
stands for it, which is always known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from dreamvideo.coherence.belief import Belief

LEAST_RATIO = 1.05
"""Strength of a first frame below which its level is held instead: a guide or a negative weight has no such ratio."""

LOSS, LOSS_DOUBT, LEAST_LOSS = 0.08, 0.06, 0.02
"""Logarithm that a carried dream loses on its way to the next frame, before it is known; and what is expected at least,
so that every dream is looked at again."""

RISE, RISE_DOUBT, RISE_RANGE = 0.8, 0.3, 3.0
"""Of the logarithm of the objective: its rise by as much effort as a first frame had, where hardly anything is missing,
before it is known; and the factor within which it stays of that."""

STEEPEST = 3.0
"""Logarithm that is missing, beyond which it is not relied upon that dreams rise the faster."""

RISE_OF_LEVEL = 1.6
"""The same of the square of the level."""

BIAS, BIAS_DOUBT, MOST_BIAS = 0.08, 0.05, 0.2
"""What steps tell too little, of a logarithm, before it is known; and the most of it."""

NOISE, EXACT = 0.05, 0.01
"""Standard deviation, of a logarithm, of what steps tell of the objective, as the network's grid is moved at random;
and of what a look does."""

LOSS_DRIFT, RISE_DRIFT, BIAS_DRIFT = 0.03, 0.03, 0.005
"""How far these may change from a frame to the next."""

UNREST, LEAST_UNREST, UNREST_ADAPTATION = 0.08**2, 0.01**2, 0.25
"""`Hold.unrest` before it is known, at least, and how far it follows what was newly seen."""

UNSTEADY = 0.3
"""Part of a rise that may fail to come, or come in excess."""

DOUBT = 0.05
"""Standard deviation, of a logarithm, from which a look at the strength is worth its price."""

FAINTEST = 1e-6
"""Strength below which there is none to speak of."""

LEAST_KEPT = 0.96
"""Part of a dream that is kept where it is too strong, a frame: more would show."""

FADING, FADING_OF_LEVEL = 0.8, 2.0
"""Power of what is kept of a dream by which its objective goes; and the square of its level."""

STRENGTH = (1.0, 0.0, 0.0, 0.0)
CARRIED = (1.0, -1.0, 0.0, 0.0)
"""Of a belief (reached, lost, rise, bias)."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What is known of a shot's strength.

    Attributes:
        ratio: strength to hold; of the square of the level where `objective` does not hold.
        objective: whether the objective is held, rather than the level.
        source: objective of the source (`baseline.py`); 1 where the level is held.
        full: effort of the first frame, which efforts are counted in.
        unrest: variance of what a dream loses on its way, beyond what was expected.
        belief: of what is held, all of a logarithm: what is reached, of the last frame or of what steps begin with;
            what that loses from a frame to the next; what it rises by as much effort as the first frame's; what steps
            tell too little of it.
    """

    ratio: float = 0.0
    objective: bool = False
    source: float = 1.0
    full: float = 0.0
    unrest: float = UNREST
    belief: Belief = field(default_factory=lambda: Belief.of((0.0, LOSS, RISE, BIAS), (0.0, 0.0, 0.0, 0.0)))

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
        rise = _usual_rise(objective)
        mean = math.log(max(ratio, FAINTEST)), LOSS, rise, BIAS
        belief = Belief.of(mean, (EXACT, LOSS_DOUBT, RISE_DOUBT / RISE * rise, BIAS_DOUBT))
        return cls(ratio, objective, source, full, UNREST, belief)

    def at(self, factor: float) -> Hold:
        """The same for another strength wanted, `factor` times the one before; the objective goes by its square."""
        least = 1.0 if self.objective else 0.0
        ratio = least + (self.ratio - least) * factor**2
        return replace(self, ratio=ratio, full=self.full * factor, belief=self.belief.scaled((1.0, 1.0, factor, 1.0)))

    @property
    def reached(self) -> float:
        """Logarithm of the strength, as far as is known."""
        return float(self.belief.mean[0])

    @property
    def doubt(self) -> float:
        """Standard deviation of `reached`."""
        return self.belief.doubt(STRENGTH)

    @property
    def doubtful(self) -> bool:
        """Whether a look is worth its price."""
        return self.objective and self.doubt > DOUBT

    @property
    def effort(self) -> float:
        """Effort that leads from what is reached to what is wanted; below nought where that is exceeded."""
        missing = self._missing / (float(self.belief.mean[2]) * self._steepness)
        return min(max(missing, -1.0), 1.0) * self.full

    @property
    def damping(self) -> float:
        """Part of a dream to keep, where there is more than is wanted."""
        return min(max(math.exp(self._missing / self._fading), LEAST_KEPT), 1.0)

    def carried(self) -> Hold:
        """After a dream was carried to the next frame, of which nothing was seen yet."""
        drifts = self.unrest, LOSS_DRIFT**2, 0.0, BIAS_DRIFT**2
        return replace(self, belief=self.belief.moved(CARRIED, drifts))

    def told(self, seen: float, reserve: float, doubt: float = 0.0) -> Hold:
        """After steps have told the objective of a picture that an effort in reserve was added to.

        A source in which the network sees nothing has no strength to go by: nothing was learnt.
        """
        if self.full <= 0:
            return self
        share = reserve / self.full * self._steepness
        return self._seen((1.0, 0.0, share, -1.0), seen, NOISE**2 + doubt**2)

    def looked(self, seen: float, doubt: float = 0.0) -> Hold:
        """After a look at the objective of a picture, or at the square of its level."""
        return self._seen(STRENGTH, seen, EXACT**2 + doubt**2)

    def paid(self, effort: float) -> Hold:
        """After an effort; below nought, after some of it was taken back."""
        if effort == 0 or self.full <= 0:
            return self
        share = effort / self.full * self._steepness
        unsteady = (UNSTEADY * share * float(self.belief.mean[2])) ** 2
        return replace(self, belief=self.belief.moved((1.0, 0.0, share, 0.0), (unsteady, 0.0, RISE_DRIFT**2, 0.0)))

    def faded(self, kept: float) -> Hold:
        """With a part of the dream kept."""
        return replace(self, belief=self.belief.shifted((self._fading * math.log(kept), 0.0, 0.0, 0.0)))

    @property
    def _missing(self) -> float:
        """Logarithm from what is reached to what is wanted."""
        return math.log(self.ratio) - self.reached if self.ratio > 0 else 0.0

    @property
    def _steepness(self) -> float:
        """Rise by an effort that leads to what is wanted, of the usual one.

        It is the objective that grows evenly with effort: its logarithm grows the faster the more is missing.
        """
        missing = min(self._missing, STEEPEST)
        return missing / -math.expm1(-missing) if self.objective and missing else 1.0

    @property
    def _fading(self) -> float:
        return FADING if self.objective else FADING_OF_LEVEL

    def _seen(self, row: tuple[float, ...], seen: float, variance: float) -> Hold:
        if self.source <= 0:
            return self
        strength = math.log(min(max(seen / self.source, FAINTEST), 1 / FAINTEST))
        surprise = strength - self.belief.expected(row)
        # What was known to be doubtful is no unrest.
        excess = surprise**2 - (self.belief.doubt(row) ** 2 + variance - self.unrest)
        unrest = self.unrest + UNREST_ADAPTATION * (min(max(excess, LEAST_UNREST), 0.25) - self.unrest)
        usual = _usual_rise(self.objective)
        low, high = (-99, LEAST_LOSS, usual / RISE_RANGE, -MOST_BIAS), (99, 1.0, usual * RISE_RANGE, MOST_BIAS)
        return replace(self, unrest=unrest, belief=self.belief.seen(row, strength, variance).within(low, high))


def _usual_rise(objective: bool) -> float:
    return RISE if objective else RISE_OF_LEVEL
