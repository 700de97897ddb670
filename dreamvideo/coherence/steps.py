"""How many steps a frame needs, and where, so that the dream stays as strong as was asked.

The level of a dream is the root mean square of what it changed in the source. A shot's first frame is dreamed by the
full recipe (times the strength wanted). Presence says how much of that lies at each pixel: 1 after the first frame;
it is carried with the dream, and 0 where something was uncovered. A frame gets what it lacks as a whole
(`holding.py`) and what it lacks at each pixel, in steps that are not much larger than the recipe's. So neither blend
nor frame rate changes the strength, nothing fades in, nothing piles up, and what was uncovered catches up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.coherence.baseline import Baseline
from dreamvideo.coherence.holding import Hold
from dreamvideo.coherence.patches import feather, find_patches
from dreamvideo.config import DreamConfig
from dreamvideo.media.frame import Window

COARSE = 0.12
"""Steps of a carried frame's smaller octaves, of its largest one's. What is carried loses its fine detail first: steps
at full size restore the objective at half the price of steps in all octaves. Nothing but them would in time replace
large forms by small ones."""

LEAST_LEVEL = 0.8
"""Level, of the first frame's, below which no dream may sink though the objective be held: in a shot that stands still,
the same objective is reached by ever fainter dreams, and the picture would pale within seconds."""

LARGEST_STEP = 2.0
"""Step size of a carried frame, of the recipe's: half as many steps of twice the size raise the objective nearly as
much; still larger ones look like noise, and each one shows."""

SKIPPED = 0.35
"""Part of a largest step below which a frame has none, and with which what is missing stretches those there are."""

ROUNDED = 0.5
"""Part of a step that is not worth another."""

REPAID = 0.2
"""Part of what a frame lacks on average, here and there, that is paid for at once."""

PATCH_REPAID = 0.5
"""The same of a patch: what nothing can be carried to has only this frame's steps."""

PATCH_FINE = 0.3
"""Steps of a patch's largest octave, of its smaller ones': what is too fast to follow is blurred too."""

LEAST_PATCH_STEPS = 0.5
"""Steps an octave below which a patch is not worth its own dream."""

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
        steps: steps of the largest octave of the whole frame.
        step_size: in the units of `DreamConfig.step_size`.
        lacking: float32 (H, W): effort that each pixel lacks beyond what all lack alike; None: a first frame, all
            of whose change is kept.
        patches: more steps for parts of the frame, of the largest size.
        patch_size: step size of the patches.
        lift: effort that the whole frame needs whatever its objective.
        doubtful: whether the steps may well not be needed: a look at what was carried tells, at a third of one's price.
    """

    steps: float
    step_size: float
    lacking: NDArray[np.float32] | None = None
    patches: tuple[Patch, ...] = ()
    patch_size: float = 0.0
    lift: float = 0.0
    doubtful: bool = False

    def per_octave(self, factors: Sequence[int]) -> list[float]:
        """Steps for each octave of a recipe, which the plan of a carried frame does not treat alike."""
        if self.lacking is None:
            return [self.steps] * len(factors)
        largest = max(factors)
        return [self.steps * (1 if factor == largest else COARSE) for factor in factors]

    @property
    def effort(self) -> float:
        """Steps an octave times step size, on the whole frame."""
        return self.steps * self.step_size

    def if_worthwhile(self, effort: float) -> StepPlan:
        """This, or no steps on the whole frame where it turns out to lack too little for one."""
        return self if effort >= SKIPPED * self.patch_size else replace(self, steps=0.0)

    def more(self, effort: float) -> StepPlan:
        """Further steps on the whole frame, where all of it turns out to lack more than was planned."""
        missing = effort - self.effort
        if self.lacking is None or not self.steps or missing < SKIPPED * self.patch_size:
            return replace(self, steps=0.0)
        steps = float(max(1, math.ceil(missing / self.patch_size - ROUNDED)))
        return replace(self, steps=steps, step_size=min(missing / steps, self.patch_size))

    def and_then(self, more: StepPlan) -> StepPlan:
        """This and further steps, as one."""
        steps = self.steps + more.steps
        return replace(self, steps=steps, step_size=(self.effort + more.effort) / steps)

    def share(self, effort: float) -> NDArray[np.float32]:
        """How much of what the steps change is taken at each pixel, where all lack `effort` alike.

        Returns:
            Float32 (H, W), from 0 to a little more than 1: what is not worth another step stretches those there are.
        """
        if self.lacking is None or self.effort <= 0:
            return np.ones((1, 1), np.float32)
        most = np.float32(1 + SKIPPED / max(self.steps, 1))
        return np.asarray(np.minimum((self.lacking + np.float32(effort)) / np.float32(self.effort), most), np.float32)


@dataclass(frozen=True, slots=True)
class Level:
    """What is known of the dream's strength in the shot so far.

    Attributes:
        target: level of the first frame's dream, in values of a picture from 0 to 1.
        response: level that a unit of effort added there.
        strength: that `target` belongs to; another strength has another target, in proportion.
        hold: what the strength is held to.
        baseline: what is known of the source's objective, where that is held.
    """

    target: float
    response: float
    strength: float = 1.0
    hold: Hold = field(default_factory=Hold)
    baseline: Baseline = field(default_factory=Baseline)

    def lift(self, present: float) -> float:
        """Effort that brings a level that has sunk too far back to the least; none where the level itself is held."""
        if not self.hold.objective or self.response <= 0:
            return 0.0
        return min(max(LEAST_LEVEL * self.target - present, 0.0) / self.response, self.hold.full)

    def at(self, strength: float) -> Level:
        """The same for another strength wanted."""
        if strength == self.strength or self.strength <= 0:
            return self
        factor = strength / self.strength
        return replace(self, target=self.target * factor, strength=strength, hold=self.hold.at(factor))


def level_of(dream: NDArray[np.float32], source: NDArray[np.float32]) -> float:
    """Root mean square of what a dream changed: 0 to 1."""
    return float(cv2.norm(dream, source, cv2.NORM_L2)) / math.sqrt(source.size)


def plan_first(dream: DreamConfig, strength: float) -> StepPlan:
    """Steps of a shot's first frame, or of every frame that nothing is carried to: the full recipe times strength."""
    return StepPlan(dream.steps * strength, dream.step_size)


def first_level(plan: StepPlan, reached: float, strength: float, hold: Hold, baseline: Baseline) -> Level:
    """What the first frame of a shot teaches, which was dreamed by `plan` and reached that level."""
    return Level(reached, reached / plan.effort if plan.effort > 0 else 0.0, strength, hold, baseline)


def plan_steps(
    level: Level, presence: Presence, present: float, dream: DreamConfig, strength: float, least_side: int
) -> StepPlan:
    """Steps of a frame to which a dream was carried.

    Args:
        level: what is known of the shot.
        presence: what was carried of its dream to each pixel.
        present: level of the dream that was carried.
        dream: the full recipe: its steps, times strength, are never exceeded.
        strength: 0 = the source, 1 = the full recipe.
        least_side: shortest side in pixels that can be dreamed.
    """
    most = plan_first(dream, strength)
    if level.response <= 0:
        return most  # nothing was dreamed in this shot so far, which may have begun with no strength at all
    if most.effort <= 0 or level.target <= 0:
        return StepPlan(0.0, dream.step_size)
    largest = LARGEST_STEP * dream.step_size
    lacking = np.maximum(1 - presence, 0) * np.float32(most.effort)
    windows = find_patches(lacking / np.float32(most.effort), least_side)
    elsewhere = lacking.copy() if windows else lacking
    for window in windows:
        elsewhere[window.slices] = 0
    lift = level.lift(present)
    expected = max(level.hold.expected, lift)
    here_and_there = REPAID * float(elsewhere.mean())
    needed, least = expected + here_and_there, SKIPPED * largest
    doubtful = needed < least <= level.hold.possible
    steps = float(max(1, math.ceil(needed / largest - ROUNDED))) if needed >= least or doubtful else 0.0
    steps = min(steps, most.steps)
    # What turns out not to be needed is left out of the mix, at no price; what is missing would cost another step.
    size = min(most.effort / steps, largest) if steps else largest
    left = np.maximum(lacking - np.float32(steps * size), 0)
    planned = (_plan_patch(window, left, largest, most.steps) for window in windows)
    patches = tuple(patch for patch in planned if patch is not None)
    return StepPlan(steps, size, lacking, patches, largest, lift, doubtful)


def _plan_patch(window: Window, left: NDArray[np.float32], size: float, most: float) -> Patch | None:
    lacking = left[window.slices]
    steps = min(PATCH_REPAID * float(lacking[lacking >= lacking.mean()].mean()) / size, most)
    if steps < LEAST_PATCH_STEPS:
        return None
    share = np.minimum(lacking / np.float32(steps * size), 1) * feather(window, (left.shape[0], left.shape[1]))
    return Patch(window, steps, share)


def present_after(level: Level, plan: StepPlan, presence: Presence, share: NDArray[np.float32]) -> Presence:
    """Presence (H, W) after a frame of which that share of the whole frame's steps was kept."""
    if plan.lacking is None or level.target <= 0:
        return presence
    paid = np.broadcast_to(share * np.float32(plan.effort), presence.shape).copy()
    for patch in plan.patches:
        paid[patch.window.slices] += patch.share * np.float32(patch.steps * plan.patch_size)
    return np.asarray(np.minimum(presence + paid * np.float32(level.response / level.target), 1), np.float32)
