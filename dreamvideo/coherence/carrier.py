"""Carrying the dream from frame to frame: X_t = I_t + b c W(D_{t-1} - I_{t-1}).

What is carried is the signed dream, what it changed, not the old picture: so nothing of the old frame ghosts.
b < 1 lets it decay, so that nothing piles up on a slow shot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dreamvideo.coherence.baseline import Baseline, Measure
from dreamvideo.coherence.cuts import CutDetector
from dreamvideo.coherence.flow import Motion, estimate_flow
from dreamvideo.coherence.holding import Hold
from dreamvideo.coherence.steps import (
    Level,
    Presence,
    StepPlan,
    first_level,
    level_of,
    plan_first,
    plan_steps,
    present_after,
)
from dreamvideo.coherence.warp import warp
from dreamvideo.config import CoherenceConfig, DreamConfig
from dreamvideo.media.frame import Frame, Picture, Window

REFERENCE_RATE = 24
"""Frames a second for which `CoherenceConfig.blend` is meant."""


def blend_over(blend: float, interval: Fraction | float) -> float:
    """Part of a dream that is left after `interval` seconds, where `blend` is left after 1/24 s."""
    return float(blend ** (REFERENCE_RATE * float(interval)))


def carry(
    source: Picture, previous_source: Picture, previous_dream: Picture, motion: Motion | None, blend: float
) -> Picture:
    """Meet a frame with the dream of the one before.

    Args:
        source: float32 RGB (H, W, 3) in [0, 1], the current frame.
        previous_source: the frame before, same shape.
        previous_dream: its dream.
        motion: from the previous frame to the current; None: the dream stays where it is, unmasked.
        blend: part of the dream that is kept, 0 to 1.

    Returns:
        float32 RGB (H, W, 3) in [0, 1]: the picture to dream on.
    """
    residue = previous_dream - previous_source
    if motion is not None:
        if not motion.still:
            residue = warp(residue, motion.backward)
        residue *= motion.consistency
    return np.clip(source + np.float32(blend) * residue, 0, 1)


def carry_presence(presence: Presence, motion: Motion | None) -> Presence:
    """Presence (H, W) of the dream that `carry` brings to a frame, but for the decay that all of it suffers alike."""
    if motion is None:
        return presence
    if not motion.still:
        presence = warp(presence, motion.backward, smooth=True)
    return np.asarray(presence * motion.consistency[..., 0], np.float32)


@dataclass(frozen=True, slots=True)
class CarryState:
    """What the next frame needs of the last one; all of it, so that a saved job goes on as if never stopped.

    Attributes:
        source: float32 RGB (H, W, 3), the last frame.
        dream: its dream.
        presence: float32 (H, W): how much of the shot's dream is there.
        time: seconds, Fraction.
        level: what is known of the dream's strength.
    """

    source: Picture
    dream: Picture
    presence: Presence
    time: Fraction
    level: Level

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """As arrays that `numpy.savez` keeps exactly."""
        level, hold = self.level, self.level.hold
        return {
            "source": self.source,
            "dream": self.dream,
            "presence": self.presence,
            "time": np.array([self.time.numerator, self.time.denominator], np.int64),
            "level": np.array([level.target, level.response, level.strength], np.float64),
            "hold": np.array(astuple(hold), np.float64),
            "baseline": np.array(astuple(level.baseline), np.float64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> CarryState:
        """The state that `arrays` was made from."""
        names = "time", "level", "hold", "baseline"
        time, (target, response, strength), held, seen = (arrays[name].tolist() for name in names)
        source, dream, presence = (np.asarray(arrays[name], np.float32) for name in ("source", "dream", "presence"))
        hold, baseline = Hold(*held), Baseline(*seen)
        hold = replace(hold, objective=bool(hold.objective), paid_for=round(hold.paid_for), waited=round(hold.waited))
        level = Level(target, response, strength, hold, replace(baseline, age=round(baseline.age)))
        return cls(source, dream, presence, Fraction(*time), level)


@dataclass(frozen=True, slots=True)
class Meeting:
    """A frame and the dream that was carried to it: what to dream on, and how much.

    Attributes:
        frame: the source frame.
        start: float32 RGB (H, W, 3) in [0, 1]: the picture to dream on.
        plan: the steps.
        presence: float32 (H, W): how much of the shot's dream was carried to each pixel.
        first: whether the frame begins a shot.
        level: what was known of the shot before; None for a shot's first frame.
    """

    frame: Frame
    start: Picture
    plan: StepPlan
    presence: Presence
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

        state = carrier.advance(frame, state, partial(dreamer.dream, frame.picture, index=frame.index))
        write(state.dream)

    It keeps nothing itself: all that a frame needs of the past is in the state.

    Args:
        coherence: how a frame meets the dream before it.
        dream: the recipe of a full dream.
        least_side: shortest side in pixels that can be dreamed.
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
        level, plan, picture = meeting.level, meeting.plan, meeting.start
        told: list[float] = []
        if level is None or plan.lacking is None:
            raised = dream(picture, steps=plan.per_octave(self.dream.factors), step_size=plan.step_size)
            return self.begin(meeting, raised, measure)
        if plan.doubtful:
            level = self._met(meeting, level, told, measure)
            plan = plan.if_worthwhile(level.hold.effort)
        steps = plan.per_octave(self.dream.factors)
        raised = dream(picture, steps=steps, step_size=plan.step_size, tell=told.append)
        if not plan.doubtful:
            level = self._met(meeting, level, told, measure)
        effort = max(level.hold.effort, plan.lift) if plan.steps else 0.0
        more = plan.more(effort)
        if more.steps:
            raised = dream(raised, steps=more.per_octave(self.dream.factors), step_size=more.step_size)
            plan = plan.and_then(more)
        share = plan.share(effort)
        picture = np.clip(picture + share[..., None] * (raised - picture), 0, 1)
        seen = meeting.plan.steps > 0
        kept = level.hold.damping if seen and not plan.lift else 1.0
        if kept < 1:
            picture = frame.picture + np.float32(kept) * (picture - frame.picture)
        for patch in plan.patches:
            steps = patch.per_octave(self.dream.factors)
            raised = dream(picture, steps=steps, step_size=plan.patch_size, window=patch.window)
            inside = patch.window.slices
            picture[inside] += patch.share[..., None] * (raised[inside] - picture[inside])
        paid = min(effort, plan.effort * float(share.max()))
        hold = level.hold
        if seen:
            exact = plan.doubtful or not told
            hold = self._paid(hold, frame.picture, picture, paid, kept, measure, exact)
        presence = present_after(level, plan, meeting.presence, share)
        return CarryState(frame.picture, picture, presence, frame.time, replace(level, hold=hold))

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
            return Meeting(frame, frame.picture, plan_first(self.dream, strength), presence, True, None)
        if motion is None:
            motion = self.motion(state.source, frame.picture)
        blend = blend_over(self.coherence.blend, frame.time - state.time)
        start = carry(frame.picture, state.source, state.dream, motion, blend)
        presence = carry_presence(state.presence, motion)
        level = state.level.at(strength)
        plan = plan_steps(level, presence, level_of(start, frame.picture), self.dream, strength, self.least_side)
        return Meeting(frame, start, plan, presence, False, level)

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
            baseline, dreamed = Baseline(measure(frame.picture)), measure(dream)
        hold = Hold.of_first(baseline.objective, dreamed, reached, plan.effort)
        level = first_level(plan, reached, strength, hold, baseline)
        return CarryState(frame.picture, dream, np.ones_like(meeting.presence), frame.time, level)

    def _met(self, meeting: Meeting, level: Level, told: Sequence[float], measure: Measure | None) -> Level:
        """What is known of the shot with this frame, which is looked at where there are steps, or may be."""
        source, hold = meeting.frame.picture, level.hold
        if not meeting.plan.steps:
            return replace(level, hold=hold.skipped(), baseline=level.baseline.skipped())
        if not hold.objective or measure is None:
            return replace(level, hold=hold.met(level_of(meeting.start, source) ** 2, exact=True))
        baseline = level.baseline.looked(measure(source)) if level.baseline.due else level.baseline.skipped()
        hold = replace(hold, source=baseline.objective)
        # Where there were no steps yet, or none of the picture's own size, none has told.
        hold = hold.met(told[0]) if told else hold.met(measure(meeting.start), exact=True)
        return replace(level, hold=hold, baseline=baseline)

    def _paid(
        self,
        hold: Hold,
        source: Picture,
        dream: Picture,
        effort: float,
        kept: float,
        measure: Measure | None,
        exact: bool,
    ) -> Hold:
        if not hold.objective or measure is None:
            return hold.paid(effort, kept, level_of(dream, source) ** 2, exact=True)
        return hold.paid(effort, kept, measure(dream) if hold.due and effort > 0 else None, exact=exact)
