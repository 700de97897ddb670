"""Carrying the dream from frame to frame: X_t = I_t + b c W(D_{t-1} - I_{t-1}).

What is carried is the signed dream, what it changed, not the old picture: so nothing of the old frame ghosts.
b < 1 lets it decay, so that nothing piles up on a slow shot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from dreamvideo.coherence.cuts import CutDetector
from dreamvideo.coherence.flow import Motion, estimate_flow, warp
from dreamvideo.coherence.steps import Level, Presence, StepPlan, first_level, learn, level_of, plan_first, plan_steps
from dreamvideo.config import CoherenceConfig, DreamConfig
from dreamvideo.media.frame import Frame, Picture

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


def carry_presence(presence: Presence, motion: Motion | None, blend: float) -> Presence:
    """Presence (H, W) of the dream that `carry` brings to a frame."""
    if motion is not None:
        if not motion.still:
            presence = warp(presence, motion.backward, smooth=True)
        presence = presence * motion.consistency[..., 0]
    return presence * np.float32(blend)


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
        level = self.level
        return {
            "source": self.source,
            "dream": self.dream,
            "presence": self.presence,
            "time": np.array([self.time.numerator, self.time.denominator], np.int64),
            "level": np.array([level.target, level.first, level.response], np.float64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> CarryState:
        """The state that `arrays` was made from."""
        time, level = (arrays[name].tolist() for name in ("time", "level"))
        source, dream, presence = (np.asarray(arrays[name], np.float32) for name in ("source", "dream", "presence"))
        return cls(source, dream, presence, Fraction(*time), Level(*level))


@dataclass(frozen=True, slots=True)
class Meeting:
    """A frame and the dream that was carried to it: what to dream on, and how much.

    Attributes:
        frame: the source frame.
        start: float32 RGB (H, W, 3) in [0, 1]: the picture to dream on.
        plan: the steps.
        arrived: level of the dream in `start`.
        presence: float32 (H, W): how much of the shot's dream was carried to each pixel.
        first: whether the frame begins a shot.
        level: what was known of the shot before; None for a shot's first frame.
    """

    frame: Frame
    start: Picture
    plan: StepPlan
    arrived: float
    presence: Presence
    first: bool
    level: Level | None


class Carrier:
    """Meets each frame of a video with the dream of the one before.

        meeting = carrier.meet(frame, state)
        dream = dreamer.dream(frame.picture, meeting.start, steps=meeting.plan.steps,
                              step_size=meeting.plan.step_size, index=frame.index)
        state = carrier.keep(meeting, dream)
        write(state.dream)

    It keeps nothing itself: all that a frame needs of the past is in the state.

    Args:
        coherence: how a frame meets the dream before it.
        dream: the recipe of a full dream.
    """

    def __init__(self, coherence: CoherenceConfig, dream: DreamConfig) -> None:
        self.coherence = coherence
        self.dream = dream
        self.detector = CutDetector(coherence.cut_threshold)

    def begins_shot(self, previous: Picture, current: Picture) -> bool:
        """Whether the carry starts anew here. A pure function of two source frames, for a thread or for planning."""
        if self.coherence.coherence == "none" or previous.shape != current.shape:
            return True
        return self.detector.is_cut(previous, current)

    def motion(self, previous: Picture, current: Picture) -> Motion | None:
        """The motion that `meet` needs. A pure function of two source frames, to be computed beside the network."""
        return estimate_flow(previous, current) if self.coherence.coherence == "flow" else None

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
            return Meeting(frame, frame.picture, plan_first(self.dream, strength), 0.0, presence, True, None)
        if motion is None:
            motion = self.motion(state.source, frame.picture)
        blend = blend_over(self.coherence.blend, frame.time - state.time)
        start = carry(frame.picture, state.source, state.dream, motion, blend)
        presence = carry_presence(state.presence, motion, blend)
        arrived = level_of(start, frame.picture)
        plan = plan_steps(state.level, arrived, presence, self.dream, strength)
        return Meeting(frame, start, plan, arrived, presence, False, state.level)

    def keep(self, meeting: Meeting, dreamed: Picture) -> CarryState:
        """Finish a frame: its dream is in the state.

        Args:
            meeting: from `meet`.
            dreamed: what the planned steps made of `meeting.start`.
        """
        frame, plan, presence = meeting.frame, meeting.plan, meeting.presence
        dream = dreamed
        if plan.share is not None:
            dream = meeting.start + plan.share[..., None] * (dreamed - meeting.start)
        reached = level_of(dream, frame.picture)
        if meeting.level is None:
            level = first_level(plan, reached)
        else:
            level, presence = learn(meeting.level, plan, meeting.arrived, presence, reached)
        return CarryState(frame.picture, dream, presence, frame.time, level)
