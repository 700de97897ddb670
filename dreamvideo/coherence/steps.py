"""How many steps a frame needs, so that the dream stays as strong as was asked.

The strength of a dream is its level: the root mean square of what it changed in the source. A shot's first frame is
dreamed by the full recipe (times the strength wanted), and its level is the target of the shot; what one step adds
is known from there. Each later frame arrives with the level that was carried to it, after decay, occlusion and
clipping, and gets as much step as closes the gap. The level of each finished frame corrects the estimate of what a
step adds. So neither blend nor frame rate changes the strength, nothing fades in and nothing piles up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.config import DreamConfig

LARGEST_STEP = 1.0
"""Step size of a carried frame, of the recipe's, beyond which steps are added instead."""

ADAPTATION = 0.5
"""How far the estimated response follows the newest frame."""

RESPONSE_RANGE = 4.0
"""Factor within which the estimated response stays of the first frame's."""


@dataclass(frozen=True, slots=True)
class StepPlan:
    """What to pay for one frame.

    Attributes:
        steps: steps an octave; may be a fraction.
        step_size: in the units of `DreamConfig.step_size`.
    """

    steps: float
    step_size: float

    @property
    def effort(self) -> float:
        """Steps an octave times step size."""
        return self.steps * self.step_size


@dataclass(frozen=True, slots=True)
class Level:
    """What is known of the dream's strength in the shot so far.

    Attributes:
        target: level to hold, in values of a picture from 0 to 1.
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


def plan_steps(level: Level, arrived: float, dream: DreamConfig, strength: float, usual: float = 1.0) -> StepPlan:
    """Steps of a frame to which a dream was carried.

    Args:
        level: what is known of the shot.
        arrived: level of the picture that will be dreamed on.
        dream: the full recipe: its steps, times strength, are never exceeded.
        strength: 0 = the source, 1 = the full recipe.
        usual: steps an octave of a frame that lost nothing but the decay.

    Returns:
        `usual` steps of the size needed, or more where the size would exceed the recipe's.
    """
    most = plan_first(dream, strength)
    if level.response <= 0 or arrived >= level.target:
        return StepPlan(0.0, dream.step_size)
    effort = min((level.target - arrived) / level.response, most.effort)
    steps = min(max(usual, effort / (LARGEST_STEP * dream.step_size)), most.steps)
    return StepPlan(steps, effort / steps)


def learn(level: Level, plan: StepPlan, arrived: float, reached: float) -> Level:
    """Correct the estimate of what effort adds by what it did add to one frame."""
    if plan.effort <= 0 or reached <= 0:
        return level
    seen = max((reached - arrived) / plan.effort, 0.0)
    low, high = level.first / RESPONSE_RANGE, level.first * RESPONSE_RANGE
    response = level.response + ADAPTATION * (seen - level.response)
    return Level(level.target, level.first, min(max(response, low), high))
