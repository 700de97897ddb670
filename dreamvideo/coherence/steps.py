"""How many steps a frame needs, and where, so that the dream stays as strong as was asked.

The level of a dream is the root mean square of what it changed in the source. A shot's first frame is dreamed by the
full recipe (times the strength wanted), and its level is the target of the shot. Presence says how much of that lies
at each pixel: 1 after the first frame; it is carried with the dream, decays with it and is 0 where something was
uncovered. Each frame gets what is missing at each pixel, in steps no larger than the
recipe's, and the level of the finished frame corrects the estimate of what a step adds. So neither blend nor frame
rate changes the strength, nothing fades in, nothing piles up, and what was uncovered catches up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.config import DreamConfig

USUAL_STEPS = 0.5
"""Steps an octave of a frame that lost little: every octave is dreamed in every other frame, in turn."""

LARGEST_STEP = 1.0
"""Step size of a carried frame, of the recipe's: larger steps look like noise, and each one shows."""

REPAID = 0.5
"""Part of what a frame lacks on average, beyond the decay that all of it suffered, that is paid for at once."""

ADAPTATION = 0.3
"""How far the estimated response follows the newest frame."""

RESPONSE_RANGE = 4.0
"""Factor within which the estimated response stays of the first frame's."""

Presence = NDArray[np.float32]
"""Float32 (H, W): how much of the shot's dream is there, 0 to 1."""


@dataclass(frozen=True, slots=True)
class StepPlan:
    """What to pay for one frame.

    Attributes:
        steps: steps an octave; may be a fraction.
        step_size: in the units of `DreamConfig.step_size`.
        share: float32 (H, W) in [0, 1]: how much of what the steps change is kept at each pixel; None: all.
    """

    steps: float
    step_size: float
    share: NDArray[np.float32] | None = None

    @property
    def effort(self) -> float:
        """Steps an octave times step size."""
        return self.steps * self.step_size


@dataclass(frozen=True, slots=True)
class Level:
    """What is known of the dream's strength in the shot so far.

    Attributes:
        target: level to hold where the dream is wholly present, in values of a picture from 0 to 1.
        first: level that a unit of effort added on the shot's first frame.
        response: the same as estimated from the frames since.
    """

    target: float
    first: float
    response: float


def level_of(dream: NDArray[np.float32], source: NDArray[np.float32]) -> float:
    """Root mean square of what a dream changed: 0 to 1."""
    return float(cv2.norm(dream, source, cv2.NORM_L2)) / math.sqrt(source.size)


def plan_first(dream: DreamConfig, strength: float) -> StepPlan:
    """Steps of a shot's first frame, or of every frame that nothing is carried to: the full recipe times strength."""
    return StepPlan(dream.steps * strength, dream.step_size)


def first_level(plan: StepPlan, reached: float) -> Level:
    """What the first frame of a shot teaches, which was dreamed by `plan` and reached that level."""
    response = reached / plan.effort if plan.effort > 0 else 0.0
    return Level(reached, response, response)


def plan_steps(level: Level, arrived: float, presence: Presence, dream: DreamConfig, strength: float) -> StepPlan:
    """Steps of a frame to which a dream was carried.

    Args:
        level: what is known of the shot.
        arrived: level of the picture that will be dreamed on.
        presence: what was carried of it to each pixel.
        dream: the full recipe: its steps, times strength, are never exceeded.
        strength: 0 = the source, 1 = the full recipe.
    """
    most = plan_first(dream, strength)
    if level.response <= 0:
        return StepPlan(0.0, dream.step_size)
    wanted = _wanted(level, arrived, presence, most.effort)
    largest = LARGEST_STEP * dream.step_size
    decayed, lacking = float(wanted.min()), float(wanted.mean())
    steps = min(max(USUAL_STEPS, (decayed + REPAID * (lacking - decayed)) / largest), most.steps)
    size = min(float(wanted.max()) / steps, largest)
    if size <= 0:
        return StepPlan(0.0, dream.step_size)
    return StepPlan(steps, size, np.minimum(wanted / np.float32(steps * size), 1))


def learn(level: Level, plan: StepPlan, arrived: float, presence: Presence, reached: float) -> tuple[Level, Presence]:
    """What a finished frame teaches: what effort adds, and how present the dream is after it."""
    if plan.share is None or plan.effort <= 0:
        return level, presence
    before = _present(level, arrived, presence)
    after = np.minimum(before + plan.share * np.float32(plan.effort * level.response / level.target), 1)
    expected = level.target * (_rms(after) - _rms(before))
    if expected <= 0:
        return level, after
    seen = level.response * max(reached - level.target * _rms(before), 0.0) / expected
    low, high = level.first / RESPONSE_RANGE, level.first * RESPONSE_RANGE
    response = level.response + ADAPTATION * (seen - level.response)
    return replace(level, response=min(max(response, low), high)), after


def _wanted(level: Level, arrived: float, presence: Presence, most: float) -> NDArray[np.float32]:
    missing = np.maximum(1 - _present(level, arrived, presence), 0)
    return np.asarray(np.minimum(missing * np.float32(level.target / level.response), most), np.float32)


def _present(level: Level, arrived: float, presence: Presence) -> Presence:
    """Presence, put right by the level that did arrive: clipping and warps take some, content gives some."""
    carried = _rms(presence)
    return presence * np.float32(arrived / (level.target * carried)) if carried > 0 else presence


def _rms(values: NDArray[np.float32]) -> float:
    return float(cv2.norm(values, cv2.NORM_L2)) / math.sqrt(values.size)
