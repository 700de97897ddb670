"""Carrying the dream from frame to frame.

    change_t = b c W(change_{t-1}) + share * new        what the frame shows
    new      = reserve, or a step of the network        as much of it as the level lacks

A step costs the same however little of it is needed. What a frame does not need is kept in reserve, carried along the
motion like the dream itself, and shown by the frames that follow: so nothing that was paid for is lost, every frame
changes by just what it lacks, and many need no network at all.
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
"""Frames a second for which `CoherenceConfig.blend` is meant."""

COARSE = 0.12
"""Steps of a carried frame's smaller octaves, of its largest one's: what is carried loses its fine detail first, but
fine steps alone would in time replace large forms by small ones."""

STEP = 2.0
"""Size of a carried frame's steps, of the recipe's: a reserve is shown in small shares, so that no step shows."""

MOST_STEPS = 4
"""Steps of the whole frame in one frame."""


class Carrier:
    """Meets each frame of a video with the dream of the one before.

        carrier = Carrier(recipe.coherence, recipe.dream, dreamer)
        picture, state = carrier.advance(frame, state)

    It keeps nothing itself: all that a frame needs of the past is in the state.

    Args:
        coherence: how a frame meets the dream before it.
        dream: the recipe of a full dream.
        dreamer: what dreams.
    """

    def __init__(self, coherence: CoherenceConfig, dream: DreamConfig, dreamer: Grower) -> None:
        self.coherence = coherence
        self.dream = dream
        self.dreamer = dreamer

    def motion(self, previous: Picture, current: Picture) -> Motion | None:
        """How the dream moves between two source frames: a pure function of them, to be computed beside the network."""
        return estimate_flow(previous, current) if self.coherence.coherence == "flow" else None

    def advance(
        self, frame: Frame, state: CarryState | None, motion: Motion | None = None, *, small: Picture | None = None
    ) -> tuple[Picture, CarryState]:
        """Carry the dream to a frame and dream it on.

        Args:
            frame: the next frame.
            state: after the frame before; None where a shot begins.
            motion: from `motion`, where computed already.
            small: the frame at the working size, where computed already.

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
        """A frame larger than the working size: the dream enlarged, and its detail."""
        assert state.detail is not None
        change, detail = lift(state.change, frame.picture.shape[1::-1]), state.detail
        share = self.coherence.strength / state.strength if state.strength > 0 else 0.0
        if frame.index % RENEWED == 0 and share > 0:
            detail = renewed(detail, change, share, frame, self.dream, state.strength, self.dreamer)
        change += np.float32(share) * detailed(detail)
        return self.dreamer.applied(frame.picture, change, self.dream), replace(state, detail=detail)

    def _begin(self, frame: Frame) -> tuple[Picture, CarryState]:
        """A shot's first frame: the full recipe, as strong as is asked for."""
        source, strength = frame.picture, self.coherence.strength
        change = self.dreamer.begin(source, self.dream, strength=strength, index=frame.index * (MOST_STEPS + 1))
        picture = self.dreamer.applied(source, change, self.dream)
        level, crispness = level_of(picture, source), crispness_of(picture, source)
        presence, nothing = np.ones(source.shape[:2], np.float32), np.zeros_like(source)
        return picture, CarryState(source, change, presence, nothing, 0.0, frame.time, level, strength, crispness)

    def _hold(self, frame: Frame, state: CarryState) -> tuple[Picture, CarryState]:
        """A frame to which a dream was carried: what it lacks is made up for, what is too much is taken off."""
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

        # Never so much that what is too much of it cannot be taken off at once
        share = min(max(share_of(level, 0), share_of(crisp, 1)), share_of(level / LEAST_KEPT, 0))
        change = state.with_reserve(share)
        change *= np.float32(gain_for(level, measured(share)[0]))
        state = replace(state.paid(share), change=change)
        return self.dreamer.applied(frame.picture, change, self.dream), state

    def _measured(self, state: CarryState, share: float) -> tuple[float, float]:
        """Level and crispness of a frame that shows a share of the reserve."""
        picture = self.dreamer.applied(state.source, state.with_reserve(share), self.dream)
        return level_of(picture, state.source), crispness_of(picture, state.source)

    def _stepped(self, frame: Frame, state: CarryState, number: int) -> CarryState:
        """One more step on the whole frame, in reserve."""
        steps = self._shares(frame, 1.0, COARSE)
        config = replace(self.dream, step_size=min(STEP * self.dream.step_size, 1.0))
        index = frame.index * (MOST_STEPS + 1) + number + 1
        grown = self.dreamer.grow(frame.picture, state.change + state.reserve, config, steps=steps, index=index)
        return replace(state, reserve=grown - state.change, effort=state.effort + STEP / self.dream.steps)

    def _filled(self, frame: Frame, state: CarryState) -> CarryState:
        """The places to which nothing was carried, dreamed on their own."""
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
        """One number for the largest octave of a frame, another for those below; 1 for one that is alone."""
        sizes = [octave.size for octave in self.dreamer.octaves(frame.picture.shape[1::-1], self.dream)]
        if len(sizes) == 1:
            return [1.0]
        return [largest if size == max(sizes) else others for size in sizes]


def blend_over(blend: float, interval: Fraction | float) -> float:
    """Part of a dream that is left after `interval` seconds, where `blend` is left after 1/24 s."""
    return float(blend ** (REFERENCE_RATE * float(interval)))


def carry(state: CarryState, frame: Frame, motion: Motion | None, blend: float) -> CarryState:
    """Bring a dream to the next frame.

    What is carried is the change, not the old picture: so nothing of the old frame ghosts. Where motion cannot tell
    where a thing came from, nothing is carried to it.

    Args:
        state: after the frame before.
        frame: the next frame.
        motion: from that frame to this; None: the dream stays where it is, unmasked.
        blend: part of the dream that is kept, 0 to 1.
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
