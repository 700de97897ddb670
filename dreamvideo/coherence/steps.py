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
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dreamvideo.coherence.level import Level
from dreamvideo.coherence.patches import feather, find_patches
from dreamvideo.config import DreamConfig
from dreamvideo.media.frame import Window

COARSE = 0.12
"""Steps of a carried frame's smaller octaves, of its largest one's. What is carried loses its fine detail first: steps
at full size restore the objective at half the price of steps in all octaves. Nothing but them would in time replace
large forms by small ones."""

LARGEST_STEP = 1.5
"""Step size of a carried frame, of the recipe's: half as many steps of twice the size raise the objective nearly as
much; still larger ones look like noise, and each one shows."""

SKIPPED = 0.35
"""Part of a largest step that is not worth another: it stretches those there are."""

SPARED = 0.1
"""The same where there would be none: the frame goes without."""

ROUNDED = 0.3
"""Part of a step that is not planned as another."""

REPAID = 0.2
"""Part of what a frame lacks on average, here and there, that is paid for at once."""

PATCH_REPAID = 0.4
"""The same of a patch: what nothing can be carried to has only this frame's steps."""

PATCH_STEP = 2.5
"""Step size of a patch, of the recipe's: where there is no dream yet, larger steps lead further."""

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
        step_size: in the units of `DreamConfig.step_size`.
        share: float32 (rows, columns) of the window, in [0, 1]: how much of the change is kept at each pixel.
    """

    window: Window
    steps: float
    step_size: float
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
        patches: more steps for parts of the frame.
        largest: step size beyond which there are rather more steps.
        lift: effort that the whole frame needs whatever its objective.
        reserve: effort of the change that was carried to be shown.
    """

    steps: float
    step_size: float
    lacking: NDArray[np.float32] | None = None
    patches: tuple[Patch, ...] = ()
    largest: float = 0.0
    lift: float = 0.0
    reserve: float = 0.0

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

    @property
    def available(self) -> float:
        """Effort of all change that there is to show: of these steps, and in reserve."""
        return self.reserve + self.effort

    def shown(self, effort: float) -> float:
        """How much of an effort that the whole frame lacks there is to show."""
        return min(effort, self.available * (1 + self._stretch))

    @property
    def _stretch(self) -> float:
        return SKIPPED / self.steps if self.steps else 0.0

    def more(self, effort: float) -> StepPlan:
        """Further steps on the whole frame, where all of it turns out to lack more than was planned."""
        missing = effort - self.available
        if self.lacking is None or missing < (SKIPPED if self.steps else SPARED) * self.largest:
            return replace(self, steps=0.0)
        steps = float(max(1, math.ceil(missing / self.largest - ROUNDED)))
        return replace(self, steps=steps, step_size=min(missing / steps, self.largest))

    def and_then(self, more: StepPlan) -> StepPlan:
        """This and further steps, as one."""
        if not more.steps:
            return self
        steps = self.steps + more.steps
        return replace(self, steps=steps, step_size=(self.effort + more.effort) / steps)

    def share(self, effort: float) -> NDArray[np.float32]:
        """How much of all change is shown at each pixel, where all lack `effort` alike.

        Returns:
            Float32 (H, W), from 0 to a little more than 1: what is not worth another step stretches those there are.
        """
        if self.lacking is None or self.available <= 0:
            return np.ones((1, 1), np.float32)
        wanted = (self.lacking + np.float32(effort)) / np.float32(self.available)
        return np.asarray(np.minimum(wanted, 1 + self._stretch), np.float32)


def plan_first(dream: DreamConfig, strength: float) -> StepPlan:
    """Steps of a shot's first frame, or of every frame that nothing is carried to: the full recipe times strength."""
    return StepPlan(dream.steps * strength, dream.step_size)


def plan_steps(
    level: Level,
    presence: Presence,
    present: float,
    reserve: float,
    dream: DreamConfig,
    strength: float,
    least_side: int,
) -> StepPlan:
    """Steps of a frame to which a dream was carried.

    Args:
        level: what is known of the shot.
        presence: what was carried of its dream to each pixel.
        present: level of the dream that was carried.
        reserve: effort of the change that was carried to be shown.
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
    lift = level.lift(present)
    lacking = np.maximum(1 - presence, 0) * np.float32(most.effort)
    windows = find_patches(lacking / np.float32(most.effort), least_side)
    elsewhere = lacking.copy() if windows else lacking
    for window in windows:
        elsewhere[window.slices] = 0
    missing = level.needed(lift) + REPAID * float(elsewhere.mean()) - reserve
    steps = float(max(1, math.ceil(missing / largest - ROUNDED))) if missing >= SPARED * largest else 0.0
    steps = min(steps, most.steps)
    size = min(most.effort / steps, largest) if steps else largest
    left = np.maximum(lacking - np.float32(steps * size + reserve), 0)
    planned = (_plan_patch(window, left, PATCH_STEP * dream.step_size, most.steps) for window in windows)
    patches = tuple(patch for patch in planned if patch is not None)
    return StepPlan(steps, size, lacking, patches, largest, lift, reserve)


def _plan_patch(window: Window, left: NDArray[np.float32], size: float, most: float) -> Patch | None:
    lacking = left[window.slices]
    steps = min(PATCH_REPAID * float(lacking[lacking >= lacking.mean()].mean()) / size, most)
    if steps < LEAST_PATCH_STEPS:
        return None
    share = np.minimum(lacking / np.float32(steps * size), 1) * feather(window, (left.shape[0], left.shape[1]))
    return Patch(window, steps, size, share)


def present_after(level: Level, plan: StepPlan, presence: Presence, share: NDArray[np.float32]) -> Presence:
    """Presence (H, W) after a frame of which that share of the whole frame's steps was kept."""
    if plan.lacking is None or level.target <= 0:
        return presence
    paid = np.broadcast_to(share * np.float32(plan.available), presence.shape).copy()
    for patch in plan.patches:
        paid[patch.window.slices] += patch.share * np.float32(patch.steps * patch.step_size)
    return np.asarray(np.minimum(presence + paid * np.float32(level.response / level.target), 1), np.float32)
