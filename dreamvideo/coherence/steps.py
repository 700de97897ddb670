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
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.coherence.patches import feather, find_patches
from dreamvideo.config import DreamConfig
from dreamvideo.media.frame import Window

USUAL_STEPS = 0.5
"""Steps an octave of a frame that lost little: every octave is dreamed in every other frame, in turn."""

COARSE = 0.15
"""Steps of a carried frame's smaller octaves, of its largest one's. What is carried loses its fine detail first: steps
at full size restore the objective at half the price of steps in all octaves. Nothing but them would in time replace
large forms by small ones."""

HELD = 0.95
"""Level of carried frames, of the first frame's: re-dreamed in place, they raise the objective as much with less."""

LARGEST_STEP = 1.0
"""Step size of a carried frame, of the recipe's: larger steps look like noise, and each one shows."""

REPAID = 0.2
"""Part of what a frame lacks on average, beyond the decay that all of it suffered, that is paid for at once."""

PATCH_REPAID = 0.5
"""The same of a patch: what nothing can be carried to has only this frame's steps."""

PATCH_FINE = 0.3
"""Steps of a patch's largest octave, of its smaller ones': what is too fast to follow is blurred too."""

LEAST_PATCH_STEPS = 0.5
"""Steps an octave below which a patch is not worth its own dream."""

ADAPTATION = 0.3
"""How far the estimated response follows the newest frame."""

RESPONSE_RANGE = 4.0
"""Factor within which the estimated response stays of the first frame's."""

Presence = NDArray[np.float32]
"""Float32 (H, W): how much of the shot's dream is there, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Steps for a part of the frame alone.

    Attributes:
        window: where.
        steps: steps of the smaller octaves; may be a fraction.
        share: float32 (rows, columns) of the window, in [0, 1]: how much of the change is kept at each pixel.
    """

    window: Window
    steps: float
    share: NDArray[np.float32]

    def per_octave(self, factors: Sequence[int]) -> list[float]:
        """Steps for each octave of a recipe."""
        largest = max(factors) if len(factors) > 1 else None
        return [self.steps * (PATCH_FINE if factor == largest else 1) for factor in factors]


@dataclass(frozen=True, slots=True)
class StepPlan:
    """What to pay for one frame.

    Attributes:
        steps: steps of the largest octave of the whole frame; may be a fraction.
        step_size: in the units of `DreamConfig.step_size`.
        share: float32 (H, W) in [0, 1]: how much of what the steps change is kept at each pixel; None: all.
        patches: more steps for parts of the frame, of the largest size.
        patch_size: step size of the patches.
    """

    steps: float
    step_size: float
    share: NDArray[np.float32] | None = None
    patches: tuple[Patch, ...] = ()
    patch_size: float = 0.0

    def per_octave(self, factors: Sequence[int]) -> list[float]:
        """Steps for each octave of a recipe, which the plan of a carried frame does not treat alike."""
        if self.share is None:
            return [self.steps] * len(factors)
        largest = max(factors)
        return [self.steps * (1 if factor == largest else COARSE) for factor in factors]

    @property
    def effort(self) -> float:
        """Steps an octave times step size, on the whole frame."""
        return self.steps * self.step_size

    @property
    def paid(self) -> NDArray[np.float32]:
        """Effort at each pixel, patches included: float32 (H, W), or (1, 1) where it is the same everywhere."""
        if self.share is None:
            return np.full((1, 1), self.effort, np.float32)
        paid = self.share * np.float32(self.effort)
        for patch in self.patches:
            paid[patch.window.slices] += patch.share * np.float32(patch.steps * self.patch_size)
        return paid


@dataclass(frozen=True, slots=True)
class Level:
    """What is known of the dream's strength in the shot so far.

    Attributes:
        target: level to hold where the dream is wholly present, in values of a picture from 0 to 1.
        first: level that a unit of effort added on the shot's first frame.
        response: the same as estimated from the frames since.
        strength: that `target` belongs to; another strength has another target, in proportion.
    """

    target: float
    first: float
    response: float
    strength: float = 1.0

    def at(self, strength: float) -> Level:
        """The same for another strength wanted."""
        if strength == self.strength or self.strength <= 0:
            return self
        return replace(self, target=self.target * strength / self.strength, strength=strength)


def level_of(dream: NDArray[np.float32], source: NDArray[np.float32]) -> float:
    """Root mean square of what a dream changed: 0 to 1."""
    return float(cv2.norm(dream, source, cv2.NORM_L2)) / math.sqrt(source.size)


def plan_first(dream: DreamConfig, strength: float) -> StepPlan:
    """Steps of a shot's first frame, or of every frame that nothing is carried to: the full recipe times strength."""
    return StepPlan(dream.steps * strength, dream.step_size)


def first_level(plan: StepPlan, reached: float, strength: float) -> Level:
    """What the first frame of a shot teaches, which was dreamed by `plan` and reached that level."""
    response = reached / plan.effort if plan.effort > 0 else 0.0
    return Level(reached, response, response, strength)


def plan_steps(
    level: Level, arrived: float, presence: Presence, dream: DreamConfig, strength: float, least_side: int
) -> StepPlan:
    """Steps of a frame to which a dream was carried.

    Args:
        level: what is known of the shot.
        arrived: level of the picture that will be dreamed on.
        presence: what was carried of it to each pixel.
        dream: the full recipe: its steps, times strength, are never exceeded.
        strength: 0 = the source, 1 = the full recipe.
        least_side: shortest side in pixels that can be dreamed.
    """
    most = plan_first(dream, strength)
    if level.response <= 0:
        return most  # nothing was dreamed in this shot so far, which may have begun with no strength at all
    if most.effort <= 0 or level.target <= 0:
        return StepPlan(0.0, dream.step_size)
    wanted = _wanted(level, arrived, presence, most.effort)
    largest = LARGEST_STEP * dream.step_size
    decayed = float(wanted.min())
    windows = find_patches((wanted - np.float32(decayed)) / np.float32(most.effort), least_side)
    elsewhere = wanted.copy() if windows else wanted
    for window in windows:
        elsewhere[window.slices] = decayed
    lacking = float(elsewhere.mean())
    steps = min(max(USUAL_STEPS, (decayed + REPAID * (lacking - decayed)) / largest), most.steps)
    size = min(float(wanted.max()) / steps, largest)
    if size <= 0:
        return StepPlan(0.0, dream.step_size)
    share = np.minimum(wanted / np.float32(steps * size), 1)
    left = np.maximum(wanted - share * np.float32(steps * size), 0)
    planned = (_plan_patch(window, left, largest, most.steps - steps) for window in windows)
    return StepPlan(steps, size, share, tuple(patch for patch in planned if patch is not None), largest)


def _plan_patch(window: Window, left: NDArray[np.float32], size: float, most: float) -> Patch | None:
    lacking = left[window.slices]
    steps = min(PATCH_REPAID * float(lacking[lacking >= lacking.mean()].mean()) / size, most)
    if steps < LEAST_PATCH_STEPS:
        return None
    share = np.minimum(lacking / np.float32(steps * size), 1) * feather(window, (left.shape[0], left.shape[1]))
    return Patch(window, steps, share)


def learn(level: Level, plan: StepPlan, arrived: float, presence: Presence, reached: float) -> tuple[Level, Presence]:
    """What a finished frame teaches: what effort adds, and how present the dream is after it."""
    if plan.effort <= 0 or level.target <= 0:
        return level, presence
    before = _present(level, arrived, presence)
    after = np.minimum(before + plan.paid * np.float32(level.response / level.target), 1)
    expected = level.target * (_rms(after) - _rms(before))
    if expected <= 0:
        return level, after
    seen = level.response * max(reached - level.target * _rms(before), 0.0) / expected
    low, high = level.first / RESPONSE_RANGE, level.first * RESPONSE_RANGE
    response = level.response + ADAPTATION * (seen - level.response)
    return replace(level, response=min(max(response, low), high)), after


def _wanted(level: Level, arrived: float, presence: Presence, most: float) -> NDArray[np.float32]:
    missing = np.maximum(HELD - _present(level, arrived, presence), 0)
    return np.asarray(np.minimum(missing * np.float32(level.target / level.response), most), np.float32)


def _present(level: Level, arrived: float, presence: Presence) -> Presence:
    """Presence, put right by the level that did arrive: clipping and warps take some, content gives some."""
    carried = _rms(presence)
    return presence * np.float32(arrived / (level.target * carried)) if carried > 0 else presence


def _rms(values: NDArray[np.float32]) -> float:
    return float(cv2.norm(values, cv2.NORM_L2)) / math.sqrt(values.size)
