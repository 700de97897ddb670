"""The video loop: the last frame's dream is carried to each frame, and dreamed on.

    change_t = blend * confidence * warp(change_{t-1}) + new        coherence/carrier.py
    shown_t  = frame_t + change_t                                   dreamer/

Cuts and motion depend on source frames alone. So a thread computes them ahead, while the network works.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dreamvideo.camera import Camera
from dreamvideo.coherence import Carrier, CarryState, Motion, begins_shot, laid_down
from dreamvideo.config import Recipe
from dreamvideo.media import Frame, Picture, prefetch
from dreamvideo.media.geometry import resized
from dreamvideo.schedule import apply_schedules

if TYPE_CHECKING:
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.schedule.music import Music

_AHEAD = 2
"""Frames whose cuts and motion are computed ahead. More would only cost memory."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A source frame at its own and at the working size, and its motion since the frame before."""

    frame: Frame
    small: Picture
    first: bool
    motion: Motion | None


class VideoDreamer:
    """Dreams a clip, frame after frame.

    Args:
        recipe: its `coherence`, `camera`, `dream` and schedules apply.
        dreamer: made from `recipe.dream`.
        fps: frames per second of the clip, for schedules in frames.
        duration: length of the clip in seconds, for schedules in percent.
        music: the track whose bands schedules use.
        begins: numbers of the frames that begin a shot; None: cuts are detected.
    """

    def __init__(
        self,
        recipe: Recipe,
        dreamer: Dreamer,
        *,
        fps: float = 24.0,
        duration: float = 0.0,
        music: Music | None = None,
        begins: Container[int] | None = None,
    ) -> None:
        self.recipe = recipe
        self.dreamer = dreamer
        self.fps = fps
        self.duration = duration
        self.begins = begins
        self.carrier = Carrier(recipe.coherence, recipe.dream, dreamer)
        self.bands: Callable[[float], Mapping[str, float]] = (lambda t: {}) if music is None else music.at
        self.camera = Camera.of(recipe, self.bands, fps=fps, duration=duration)

    def dream(self, frames: Iterable[Frame], state: CarryState | None = None) -> Generator[tuple[Frame, CarryState]]:
        """Dream frames in order.

        Args:
            frames: source frames. Their `index`, with the seed, determines all random numbers.
            state: the state after the frame before them; None: they begin a shot.

        Yields:
            The dreamed frame, with the source frame's time, duration and index; and the state after it.

        Raises:
            FrameTooSmallError: the frames are too small for the network.
            NotFiniteError: a gradient held NaN or infinity.
            ScheduleError: a schedule has no usable value at a frame.
        """
        with closing(prefetch(self._look_at(frames, state), _AHEAD)) as ahead:
            for seen in ahead:
                picture, state = self._next(seen, state)
                yield replace(seen.frame, picture=picture), state

    def _look_at(self, frames: Iterable[Frame], state: CarryState | None) -> Iterator[_Seen]:
        previous = None if state is None else state.source
        for frame in frames:
            size = self.recipe.dream.canonical_size((frame.picture.shape[1], frame.picture.shape[0]))
            small = resized(frame.picture, size)
            first = previous is None or self._begins_shot(frame.index, previous, small)
            motion = None if first or previous is None else self.carrier.motion(previous, small)
            yield _Seen(frame, small, first, motion)
            previous = small

    def _begins_shot(self, index: int, previous: Picture, small: Picture) -> bool:
        if self.begins is None or self.recipe.coherence.coherence == "none":
            return begins_shot(self.recipe.coherence, previous, small)
        return index in self.begins

    def _next(self, seen: _Seen, state: CarryState | None) -> tuple[Picture, CarryState]:
        frame, carrier = seen.frame, self.carrier
        if self.recipe.schedules:
            t = float(frame.time)
            recipe = apply_schedules(self.recipe, t, self.bands(t), fps=self.fps, duration=self.duration)
            carrier = Carrier(recipe.coherence, recipe.dream, self.dreamer)
        state = None if seen.first else state
        if state is not None and not self.camera.still:
            state = self._dive(state, frame)
        return carrier.advance(frame, state, seen.motion, small=seen.small)

    def _dive(self, state: CarryState, frame: Frame) -> CarryState:
        """Move the last frame's dream, but not its source, by the camera."""
        then, now = float(state.time), float(frame.time)
        detail = None if state.detail is None else laid_down(state.detail)
        if detail is not None:
            detail = replace(detail, change=self.camera.step(detail.change, then, now))
        return replace(state, change=self.camera.step(state.change, then, now), detail=detail)
