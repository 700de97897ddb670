"""Carrying the dream from frame to frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dreamvideo.coherence.baseline import Baseline, Measure, sharpness_of
from dreamvideo.coherence.carry import blend_over, carry, carry_presence
from dreamvideo.coherence.cuts import CutDetector
from dreamvideo.coherence.flow import Motion, estimate_flow
from dreamvideo.coherence.holding import Hold
from dreamvideo.coherence.level import Level, Look, level_of
from dreamvideo.coherence.reserve import Reserve
from dreamvideo.coherence.state import CarryState
from dreamvideo.coherence.steps import Patch, Presence, StepPlan, plan_first, plan_steps, present_after
from dreamvideo.config import CoherenceConfig, DreamConfig
from dreamvideo.media.frame import Frame, Picture, Window


@dataclass(frozen=True, slots=True)
class Meeting:
    """A frame and the dream that was carried to it: what to dream on, and how much.

    Attributes:
        frame: the source frame.
        start: float32 RGB (H, W, 3) in [0, 1]: the picture to dream on.
        plan: the steps.
        presence: float32 (H, W): how much of the shot's dream was carried to each pixel.
        reserve: change that was carried to be shown.
        first: whether the frame begins a shot.
        level: what was known of the shot before; None for a shot's first frame.
    """

    frame: Frame
    start: Picture
    plan: StepPlan
    presence: Presence
    reserve: Reserve
    first: bool
    level: Level | None


class Dreaming(Protocol):
    """Dreams one frame on from a picture: `Dreamer.dream` with all but these arguments given."""

    def __call__(
        self,
        start: Picture,
        /,
        *,
        steps: float | Sequence[float],
        step_size: float,
        window: Window | None = None,
        tell: Callable[[float], None] | None = None,
    ) -> Picture:
        """Take steps on `start` (H, W, 3), in the window alone where one is given; the whole picture comes back.

        `tell` hears the objective at full size before the steps there, where there are any.
        """
        ...


class Carrier:
    """Meets each frame of a video with the dream of the one before.

        carrier = Carrier(recipe.coherence, recipe.dream, least_side=dreamer.least_side())
        state = carrier.advance(frame, state, partial(dreamer.dream, frame.picture, index=frame.index))
        write(state.dream)

    It keeps nothing itself: all that a frame needs of the past is in the state.

    Args:
        coherence: how a frame meets the dream before it.
        dream: the recipe of a full dream.
        least_side: shortest side in pixels that can be dreamed: `Dreamer.least_side`, which depends on the network and
            on its octaves.
    """

    def __init__(self, coherence: CoherenceConfig, dream: DreamConfig, *, least_side: int = 64) -> None:
        self.coherence = coherence
        self.dream = dream
        self.least_side = least_side
        self.detector = CutDetector(coherence.cut_threshold)

    def begins_shot(self, previous: Picture, current: Picture) -> bool:
        """Whether the carry starts anew here. A pure function of two source frames, for a thread or for planning."""
        if self.coherence.coherence == "none" or previous.shape != current.shape:
            return True
        return self.detector.is_cut(previous, current)

    def motion(self, previous: Picture, current: Picture) -> Motion | None:
        """The motion that `meet` needs. A pure function of two source frames, to be computed beside the network."""
        return estimate_flow(previous, current) if self.coherence.coherence == "flow" else None

    def advance(
        self,
        frame: Frame,
        state: CarryState | None,
        dream: Dreaming,
        motion: Motion | None = None,
        *,
        first: bool | None = None,
        measure: Measure | None = None,
    ) -> CarryState:
        """Carry the dream to a frame and dream it on: `meet`, and what it planned.

        Args:
            frame: the next frame.
            state: after the frame before; None at the start.
            dream: what takes the steps.
            motion: from `motion`, where computed already.
            first: from `begins_shot`, where known already.
            measure: the objective of a picture, to hold the strength by; None: the level of the dream is held.
        """
        meeting = self.meet(frame, state, motion, first=first)
        level, plan, start = meeting.level, meeting.plan, meeting.start
        if level is None or plan.lacking is None:
            return self.begin(meeting, self._raised(dream, start, plan), measure)
        look = Look(frame.picture, measure if level.hold.objective else None)
        level, plan, change = self._changed(meeting, level, dream, look)
        effort = level.needed(plan.lift)
        share = plan.share(effort)
        picture = _added(start, share, change)
        for patch in plan.patches:
            raised, inside = self._raised(dream, picture, patch, window=patch.window), patch.window.slices
            picture[inside] += patch.share[..., None] * (raised[inside] - picture[inside])
        level = level.paid(plan.shown(effort))
        if look.is_free or (plan.steps and level.hold.doubtful):
            level = look.at(level, picture)
            # What was too much goes back into reserve; what was too little is shown now, or takes further steps.
            needed = level.needed(plan.lift, effort)
            more = plan.more(needed)
            picture = self._raised(dream, _added(picture, plan.share(needed) - share, change), more)
            level = level.paid(plan.shown(needed) - plan.shown(effort) + more.effort)
            plan, effort = plan.and_then(more), needed
            share = plan.share(effort)
        kept = 1.0 if plan.lift else level.hold.damping
        if kept < 1:
            picture = frame.picture + np.float32(kept) * (picture - frame.picture)
            level = replace(level, hold=level.hold.faded(kept))
        presence = present_after(level, plan, meeting.presence, share)
        reserve = Reserve(change, plan.available).left(share, effort)
        return CarryState(frame.picture, picture, presence, reserve, frame.time, level)

    def _changed(self, meeting: Meeting, level: Level, dream: Dreaming, look: Look) -> tuple[Level, StepPlan, Picture]:
        """What is known of the shot with this frame, the steps it had, and all change (H, W, 3) that can be shown."""
        plan, start, change = meeting.plan, meeting.start, meeting.reserve.change
        looked = look.is_free or (not plan.steps and level.hold.doubtful)
        if looked:
            level = look.at(level, start)
            plan = plan.and_then(plan.more(level.needed(plan.lift)))
        if not plan.steps:
            return level, plan, change
        told: list[float] = []
        with_reserve = np.clip(start + change, 0, 1) if plan.reserve else start
        raised = self._raised(dream, with_reserve, plan, tell=told.append)
        if not looked:
            # Where there were no steps of the picture's own size, none has told.
            level = look.as_told(level, told[0], plan.reserve) if told else look.at(level, start)
        more = plan.more(level.needed(plan.lift))
        return level, plan.and_then(more), self._raised(dream, raised, more) - start

    def _raised(
        self,
        dream: Dreaming,
        picture: Picture,
        plan: StepPlan | Patch,
        *,
        window: Window | None = None,
        tell: Callable[[float], None] | None = None,
    ) -> Picture:
        if not plan.steps:
            return picture
        steps = plan.per_octave(self.dream.factors)
        return dream(picture, steps=steps, step_size=plan.step_size, window=window, tell=tell)

    def meet(
        self,
        frame: Frame,
        state: CarryState | None,
        motion: Motion | None = None,
        *,
        first: bool | None = None,
    ) -> Meeting:
        """Carry the dream to a frame and plan its steps.

        Args:
            frame: the next frame.
            state: after the frame before; None at the start.
            motion: from `motion`, where computed already.
            first: from `begins_shot`, where known already.
        """
        strength = self.coherence.strength
        if state is not None and first is None:
            first = self.begins_shot(state.source, frame.picture)
        if state is None or first:
            presence = np.ones(frame.picture.shape[:2], np.float32)
            none = Reserve.none(frame.picture)
            return Meeting(frame, frame.picture, plan_first(self.dream, strength), presence, none, True, None)
        if motion is None:
            motion = self.motion(state.source, frame.picture)
        blend = blend_over(self.coherence.blend, frame.time - state.time)
        start = carry(frame.picture, state.source, state.dream, motion, blend)
        presence = carry_presence(state.presence, motion)
        reserve = state.reserve.carried(motion)
        level = state.level.at(strength).carried()
        present = level_of(start, frame.picture)
        plan = plan_steps(level, presence, present, reserve.effort, self.dream, strength, self.least_side)
        return Meeting(frame, start, plan, presence, reserve, False, level)

    def begin(self, meeting: Meeting, dream: Picture, measure: Measure | None = None) -> CarryState:
        """Finish the first frame of a shot, or the first that is dreamed at all.

        Args:
            meeting: from `meet`.
            dream: float32 RGB (H, W, 3) in [0, 1]: what the planned steps made of `meeting.start`.
            measure: as for `advance`.
        """
        frame, plan, strength = meeting.frame, meeting.plan, self.coherence.strength
        reached = level_of(dream, frame.picture)
        baseline, dreamed = Baseline(), 0.0
        # Where nothing is carried on, nothing is held.
        if measure is not None and plan.effort > 0 and self.coherence.coherence != "none":
            baseline = Baseline(measure(frame.picture), sharpness_of(frame.picture))
            dreamed = measure(dream)
        hold = Hold.of_first(baseline.objective, dreamed, reached, plan.effort)
        level = Level.of_first(plan.effort, reached, strength, hold, baseline)
        presence, reserve = np.ones_like(meeting.presence), Reserve.none(dream)
        return CarryState(frame.picture, dream, presence, reserve, frame.time, level)


def _added(picture: Picture, share: NDArray[np.float32], change: Picture) -> Picture:
    """A picture with a share (H, W) of a change."""
    return np.clip(picture + share[..., None] * change, 0, 1)
