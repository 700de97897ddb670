"""The video loop: each frame is met by the dream of the one before, and dreamed on.

    start_t = I_t + b c W(D_{t-1} - I_{t-1})        coherence/carry.py
    D_t     = dream(start_t)                        dreamer.py

What is computed from source frames alone, cuts and motion, runs in a thread beside the network.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dreamvideo.camera import Camera
from dreamvideo.coherence import Carrier, CarryState, Motion
from dreamvideo.config import Recipe
from dreamvideo.media import Frame, prefetch
from dreamvideo.schedule import apply_schedules

if TYPE_CHECKING:
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.objectives import Objective
    from dreamvideo.schedule.music import Music

_AHEAD = 2
"""Frames that are looked at before their turn."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A source frame, and how it follows from the one before."""

    frame: Frame
    first: bool
    motion: Motion | None


class VideoDreamer:
    """Dreams a clip, frame after frame.

    Args:
        recipe: what to do.
        dreamer: made from `recipe.dream`.
        fps: frames a second of the clip, which schedules that count frames need.
        duration: seconds of the clip, which schedules in percent need.
        music: drives schedules.
    """

    def __init__(
        self,
        recipe: Recipe,
        dreamer: Dreamer,
        *,
        fps: float = 24.0,
        duration: float = 0.0,
        music: Music | None = None,
    ) -> None:
        self.recipe = recipe
        self.dreamer = dreamer
        self.fps = fps
        self.duration = duration
        self.carrier = self._carrier(recipe)
        # Where the objective or its steps change within a shot, there is no one strength to hold.
        changing = any(setting.split(".")[0] in ("layers", "dream") for setting, _ in recipe.schedules)
        self._measure = None if changing else dreamer.measure
        self.bands: Callable[[float], Mapping[str, float]] = (lambda t: {}) if music is None else music.at
        self.camera = Camera.of(recipe, self.bands, fps=fps, duration=duration)

    def dream(self, frames: Iterable[Frame], state: CarryState | None = None) -> Generator[tuple[Frame, CarryState]]:
        """Dream frames in order.

        Args:
            frames: source frames; their `index` decides all that is random.
            state: after the frame before the first of them; None: they begin a shot.

        Yields:
            A frame, whose picture is the dream and whose time, duration and index are the source frame's; and what
            the next one needs.

        Raises:
            FrameTooSmallError: the frames are too small for the network.
            NotFiniteError: a gradient held NaN or infinity.
            ScheduleError: a schedule has no usable value at a frame.
        """
        with closing(prefetch(self._look_at(frames, state), _AHEAD)) as ahead:
            for seen in ahead:
                state = self._next(seen, state)
                yield replace(seen.frame, picture=state.dream), state

    def _look_at(self, frames: Iterable[Frame], state: CarryState | None) -> Iterator[_Seen]:
        previous = None if state is None else state.source
        for frame in frames:
            first = previous is None or self.carrier.begins_shot(previous, frame.picture)
            motion = None if first or previous is None else self.carrier.motion(previous, frame.picture)
            yield _Seen(frame, first, motion)
            previous = frame.picture

    def _next(self, seen: _Seen, state: CarryState | None) -> CarryState:
        frame = seen.frame
        recipe = self.recipe
        carrier = self.carrier
        objective: Objective | None = None
        if recipe.schedules:
            t = float(frame.time)
            recipe = apply_schedules(recipe, t, self.bands(t), fps=self.fps, duration=self.duration)
            carrier = self._carrier(recipe)
            objective = self._objective(recipe)
        if state is not None and not seen.first and not self.camera.still:
            state = self._dive(state, frame)
        dream = partial(
            self.dreamer.dream,
            frame.picture,
            octave_scale=recipe.dream.octave_scale,
            index=frame.index,
            objective=objective,
        )
        return carrier.advance(frame, state, dream, seen.motion, first=seen.first, measure=self._measure)

    def _carrier(self, recipe: Recipe) -> Carrier:
        least = self.dreamer.least_side(recipe.dream.octave_scale)
        return Carrier(recipe.coherence, recipe.dream, least_side=least)

    def _objective(self, recipe: Recipe) -> Objective | None:
        if recipe.dream.layers == self.recipe.dream.layers:
            return None
        from dreamvideo.objectives import layers

        return layers(recipe.dream.layers)

    def _dive(self, state: CarryState, frame: Frame) -> CarryState:
        """Move the dream of the last frame, without its source, through the camera."""
        residue = self.camera.step(state.dream - state.source, float(state.time), float(frame.time))
        return replace(state, dream=np.asarray(state.source + residue, np.float32))
