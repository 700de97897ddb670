"""Carry the dream from frame to frame.

    change_t = blend * confidence * warp(change_{t-1}) + share * new
    new      = the reserve; if it is spent, a step of the network

A step costs the same however little of it is shown. So a frame shows only the share that closes its error in level,
and keeps the rest in reserve. The reserve is warped like the dream, and later frames show it. No step is wasted, the
level stays constant, and many frames need no step at all.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache, partial

import numpy as np

from dreamvideo.coherence.detail import RENEWED, carry_detail, detailed, first_detail, lift, renewed
from dreamvideo.coherence.flow import Motion, estimate_flow
from dreamvideo.coherence.growing import Grower
from dreamvideo.coherence.level import CRISP, LEAST_KEPT, crispness_of, gain_for, level_of, share_for
from dreamvideo.coherence.patches import PATCH_STEP, find_patches
from dreamvideo.coherence.planes import times
from dreamvideo.coherence.state import CarryState
from dreamvideo.coherence.warp import warp
from dreamvideo.config import CoherenceConfig, DreamConfig
from dreamvideo.media.frame import Frame, Picture
from dreamvideo.media.geometry import resized

REFERENCE_RATE = 24
"""Frames a second. `CoherenceConfig.blend` is the decay factor of one frame at this rate."""

COARSE = 0.12
"""Steps in the smaller octaves of a carried frame, per step in its largest octave. Warping loses fine detail first, so
most steps go to the largest octave. Fine steps alone would slowly replace large forms by small ones."""

STEP = 3.0
"""Step size of a carried frame, as a multiple of the recipe's. The reserve spreads a step over several frames, so even
a large one causes no visible jump."""

MOST_STEPS = 4
"""Most whole-frame steps for one frame: the limit on what a frame costs."""


class Carrier:
    """Carries the dream of a shot to each next frame, and dreams it on.

        carrier = Carrier(recipe.coherence, recipe.dream, dreamer)
        picture, state = carrier.advance(frame, state)

    The carrier has no state of its own: `state` holds all that a frame needs of the past.

    Args:
        coherence: how the dream is carried.
        dream: the settings of a full dream.
        dreamer: what dreams.
    """

    def __init__(self, coherence: CoherenceConfig, dream: DreamConfig, dreamer: Grower) -> None:
        self.coherence = coherence
        self.dream = dream
        self.dreamer = dreamer

    def motion(self, previous: Picture, current: Picture) -> Motion | None:
        """Estimate the motion between two source frames; None if no flow is used.

        The result depends on the two frames alone, so another thread can compute it while the network works.
        """
        return estimate_flow(previous, current) if self.coherence.coherence == "flow" else None

    def advance(
        self, frame: Frame, state: CarryState | None, motion: Motion | None = None, *, small: Picture | None = None
    ) -> tuple[Picture, CarryState]:
        """Carry the dream to a frame and dream it on.

        Args:
            frame: the next frame.
            state: the state after the previous frame; None at a shot's first frame.
            motion: what `motion` returns; None: computed here.
            small: the frame at the working size; None: computed here.

        Returns:
            The dreamed frame, float32 RGB (H, W, 3) in [0, 1], and the state after it.
        """
        size = self.dream.canonical_size((frame.picture.shape[1], frame.picture.shape[0]))
        small = resized(frame.picture, size) if small is None else small
        there = replace(frame, picture=small)
        if state is None or state.level <= 0:
            picture, state = self._begin(there)
            if small is not frame.picture:
                made = first_detail(frame, state.change, self.dream, self.coherence.strength, self.dreamer)
                state = replace(state, detail=made)
        else:
            motion = self.motion(state.source, small) if motion is None else motion
            blend = blend_over(self.coherence.blend, frame.time - state.time)
            carried = carry(state, there, motion, blend)
            picture, state = self._hold(there, carried)
            if state.detail is not None:
                state = replace(state, detail=carry_detail(state.detail, motion, blend))
        return (picture, state) if state.detail is None else self._detailed(frame, state)

    def _detailed(self, frame: Frame, state: CarryState) -> tuple[Picture, CarryState]:
        """Show the enlarged dream and its detail on a frame that is larger than the working size."""
        assert state.detail is not None
        change, detail = lift(state.change, frame.picture.shape[1::-1]), state.detail
        share = self.coherence.strength / state.strength if state.strength > 0 else 0.0
        if frame.index % RENEWED == 0 and share > 0:
            detail = renewed(detail, change, share, frame, self.dream, state.strength, self.dreamer)
        change += np.float32(share) * detailed(detail)
        return self.dreamer.applied(frame.picture, change, self.dream), replace(state, detail=detail)

    def _begin(self, frame: Frame) -> tuple[Picture, CarryState]:
        """Dream a shot's first frame from scratch, at full strength."""
        source, strength = frame.picture, self.coherence.strength
        change = self.dreamer.begin(source, self.dream, strength=strength, index=frame.index * (MOST_STEPS + 1))
        picture = self.dreamer.applied(source, change, self.dream)
        level, crispness = level_of(picture, source), crispness_of(picture, source)
        presence, nothing = np.ones(source.shape[:2], np.float32), np.zeros_like(source)
        return picture, CarryState(source, change, presence, nothing, 0.0, frame.time, level, strength, crispness)

    def _hold(self, frame: Frame, state: CarryState) -> tuple[Picture, CarryState]:
        """Hold the level of a carried dream: add new change if it is too weak, scale it down if it is too strong."""
        level = state.level * self.coherence.strength / state.strength if state.strength > 0 else 0.0
        if level > 0:
            state = self._filled(frame, state)
        crisp = CRISP * state.crispness * level / state.level if state.level > 0 else 0.0
        for number in range(MOST_STEPS):
            has_level, has_crisp = self._measured(state.sampled(), 1.0)
            if has_level >= level and (has_crisp >= crisp or number > 0):
                break
            state = self._stepped(frame, state, number)
        measured = cache(partial(self._measured, state.sampled()))

        def share_of(wanted: float, which: int) -> float:
            return share_for(wanted, lambda part: measured(part)[which])

        # The gain below is at least LEAST_KEPT. A larger share would leave an excess that it cannot remove.
        share = min(max(share_of(level, 0), share_of(crisp, 1)), share_of(level / LEAST_KEPT, 0))
        state = state.paid(share)
        state = replace(state, change=state.change * np.float32(gain_for(level, measured(share)[0])))
        return self.dreamer.applied(frame.picture, state.change, self.dream), state

    def _measured(self, state: CarryState, share: float) -> tuple[float, float]:
        """Level and crispness of the frame if it shows this share of the reserve."""
        picture = self.dreamer.applied(state.source, state.with_reserve(share), self.dream)
        return level_of(picture, state.source), crispness_of(picture, state.source)

    def _stepped(self, frame: Frame, state: CarryState, number: int) -> CarryState:
        """Take one step on the whole frame, and put its change in reserve."""
        steps = self._shares(frame, 1.0, COARSE)
        config = replace(self.dream, step_size=min(STEP * self.dream.step_size, 1.0))
        index = frame.index * (MOST_STEPS + 1) + number + 1
        grown = self.dreamer.grow(frame.picture, state.change + state.reserve, config, steps=steps, index=index)
        return replace(state, reserve=grown - state.change, effort=state.effort + STEP / self.dream.steps)

    def _filled(self, frame: Frame, state: CarryState) -> CarryState:
        """Dream the patches to which little or nothing was carried."""
        index = frame.index * (MOST_STEPS + 1)
        for patch in find_patches(1 - state.presence, self.dreamer.least_side(self.dream)):
            steps = [share * patch.effort * self.dream.steps / PATCH_STEP for share in self._shares(frame, 0.0, 1.0)]
            config = replace(self.dream, step_size=min(PATCH_STEP * self.dream.step_size, 1.0))
            grown = self.dreamer.grow(
                frame.picture, state.change, config, steps=steps, index=index, window=patch.window
            )
            change, presence, inside = state.change.copy(), state.presence.copy(), patch.window.slices
            change[inside] += patch.share[..., np.newaxis] * (grown[inside] - change[inside])
            presence[inside] += patch.share * np.float32(patch.effort)
            state = replace(state, change=change, presence=np.minimum(presence, 1))
        return state

    def _shares(self, frame: Frame, largest: float, others: float) -> list[float]:
        """Steps for each octave: `largest` in the largest, `others` in those below; 1 if there is only one octave."""
        sizes = [octave.size for octave in self.dreamer.octaves(frame.picture.shape[1::-1], self.dream)]
        if len(sizes) == 1:
            return [1.0]
        return [largest if size == max(sizes) else others for size in sizes]


def blend_over(blend: float, interval: Fraction | float) -> float:
    """Decay factor over `interval` seconds, where `blend` is the factor over 1/24 s."""
    return float(blend ** (REFERENCE_RATE * float(interval)))


def carry(state: CarryState, frame: Frame, motion: Motion | None, blend: float) -> CarryState:
    """Predict the dream of the next frame: warp the change along the motion, and let it decay.

    The change is carried, not the old picture, so the old picture leaves no ghosts. Where the flow has no confidence,
    nothing is carried.

    Args:
        state: the state after the previous frame.
        frame: the next frame.
        motion: the motion from the previous frame to this one; None: the dream stays in place and only decays.
        blend: decay factor, 0 to 1.
    """
    change, presence, reserve = state.change, state.presence, state.reserve
    if motion is not None:
        if not motion.still:
            change, presence = warp(change, motion.backward), warp(presence, motion.backward, smooth=True)
            reserve = warp(reserve, motion.backward, smooth=True) if state.effort > 0 else reserve
        certain = motion.consistency[..., 0]  # (H, W)
        change, presence = times(change, certain * np.float32(blend)), presence * certain
        reserve = times(reserve, certain) if state.effort > 0 else reserve
    else:
        change = change * np.float32(blend)
    return replace(state, source=frame.picture, change=change, presence=presence, reserve=reserve, time=frame.time)
