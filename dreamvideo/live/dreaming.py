"""The dream of pictures as they come in: like that of a clip, but any frame may be missing and any setting change.

    small_t  = source_t at the size that can be held      looked at beside the network
    change_t = as in a clip, at that size
    shown_t  = source_t + change_t, enlarged

So the picture stays sharp whatever size its dream has. The first picture is dreamed in full; where a shot begins later,
a part of that must do, and the dream grows in over the next frames. A new look melts into the old one.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from dreamvideo.camera import Camera
from dreamvideo.coherence import Carrier, CarryState, Motion, begins_shot
from dreamvideo.coherence.carrier import MOST_STEPS
from dreamvideo.coherence.detail import lift
from dreamvideo.config import CoherenceConfig, Recipe
from dreamvideo.errors import DreamVideoError
from dreamvideo.live.feed import Captured
from dreamvideo.live.size import SizeController, at_size, ladder
from dreamvideo.media.frame import Frame, Picture
from dreamvideo.media.geometry import Size, resized
from dreamvideo.render.opening import open_dreamer
from dreamvideo.schedule import apply_schedules

if TYPE_CHECKING:
    from dreamvideo.dreamer import Dreamer

FIRST = 0.4
"""Part of a full dream that a later shot begins with."""
MELTING = Fraction(1)
"""Seconds in which an old look gives way to a new one."""
MELTED = 0.88
"""Part of the old look that a frame keeps in that time, at 24 fps."""
LONGEST_GAP = Fraction(1, 4)
"""Seconds between two frames for which a dream decays: after a pause it goes on as it was."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture that was looked at: what can be known before its dream.

    Attributes:
        captured: as it came in.
        frame: at the size of the dream.
        first: whether it begins a shot.
        motion: from the picture before.
        seconds: how long the look took.
    """

    captured: Captured
    frame: Frame
    first: bool
    motion: Motion | None
    seconds: float


@dataclass(frozen=True)
class LoadedRecipe:
    """A recipe, ready to be dreamed at a size that the machine can hold."""

    recipe: Recipe
    dreamer: Dreamer
    camera: Camera
    sizes: SizeController

    @classmethod
    def of(cls, recipe: Recipe, size: Size, fps: float) -> LoadedRecipe:
        """Load and trace what the recipe needs, so that no frame has to wait for it.

        Raises:
            FrameTooSmallError: pictures of (width, height) are too small for it.
            DreamVideoError: see `dreamvideo.errors`.
        """
        dreamer = open_dreamer(recipe)
        if recipe.dream.steps:
            dreamer.refuse_if_too_small(size)
        least = dreamer.least_side(recipe.dream)
        sizes = ladder(recipe.dream.canonical_size(size), least)
        smallest = np.full((sizes[-1][1], sizes[-1][0], 3), 0.5, np.float32)
        dreamer.dream(smallest, replace(recipe.dream, steps=min(recipe.dream.steps, 1)))
        return cls(recipe, dreamer, Camera.of(recipe, fps=fps), SizeController(sizes, fps))

    def at(self, t: float, fps: float) -> Recipe:
        """The recipe at a moment in seconds, where it has schedules."""
        return apply_schedules(self.recipe, t, fps=fps) if self.recipe.schedules else self.recipe


class LiveDreamer:
    """Dreams pictures as they come in.

    `see` may run in another thread, one picture ahead of `dream`.

    Args:
        recipe: how.
        size: (width, height) of the pictures.
        fps: frames a second that are to be held.

    Attributes:
        wanted: the recipe that was asked for last; in force as soon as it is ready.
        trouble: why the last one that was asked for is not in force, until it is read.

    Raises:
        DreamVideoError: the recipe cannot be dreamed at that size.
    """

    def __init__(self, recipe: Recipe, size: Size, fps: float) -> None:
        self.fps = fps
        self.wanted = recipe
        self.trouble: str | None = None
        self._size = size
        self._loaded = LoadedRecipe.of(recipe, size, fps)
        self._state: CarryState | None = None
        self._melts_until = Fraction(-1)
        self._count = 0
        self._preparing: Future[LoadedRecipe] | None = None
        self._thread = ThreadPoolExecutor(1, "dreamvideo-look")

    @property
    def recipe(self) -> Recipe:
        """The recipe in force."""
        return self._loaded.recipe

    @property
    def dreamer(self) -> Dreamer:
        """What dreams now."""
        return self._loaded.dreamer

    @property
    def size(self) -> Size:
        """(width, height) of the dream now."""
        return self._loaded.recipe.dream.canonical_size(self._loaded.sizes.size)

    def see(self, captured: Captured, before: Seen | None) -> Seen:
        """Look at a picture, and at how it follows from the one that was seen before it."""
        began = time.monotonic()
        size, coherence = self.size, self._loaded.recipe.coherence
        small = resized(captured.picture, size)
        previous = None if before is None else resized(before.captured.picture, size)
        first = previous is None or begins_shot(coherence, previous, small)
        carrier = Carrier(coherence, self._loaded.recipe.dream, self._loaded.dreamer)
        motion = None if first or previous is None else carrier.motion(previous, small)
        self._count += 1
        frame = Frame(small, captured.time, None, self._count - 1)
        return Seen(captured, frame, first, motion, time.monotonic() - began)

    def dream(self, seen: Seen) -> Picture | None:
        """Dream a picture on from the one before.

        Returns:
            float32 RGB (H, W, 3) in [0, 1] at the size of what came in; None where it was looked at before a look came
            into force that needs it larger.

        Raises:
            NotFiniteError: a gradient held NaN or infinity.
            ScheduleError: a schedule has no usable value at this moment.
        """
        began = time.monotonic()
        self._turn(seen.frame.time)
        loaded, frame = self._loaded, seen.frame
        recipe = loaded.at(float(frame.time), self.fps)
        if min(frame.picture.shape[:2]) < loaded.dreamer.least_side(recipe.dream):
            return None
        picture, self._state = self._carried(loaded, recipe, seen)
        source = seen.captured.picture
        if picture.shape != source.shape:
            lifted = lift(self._state.change, (source.shape[1], source.shape[0]))
            picture = loaded.dreamer.applied(source, lifted, recipe.dream)
        loaded.sizes.spent(max(time.monotonic() - began, seen.seconds))
        return picture

    def close(self) -> None:
        """Let go of the thread that prepares looks."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _turn(self, now: Fraction) -> None:
        """Put the wanted look into force where it is ready, and begin to prepare it where it is not."""
        if self._preparing is not None and self._preparing.done():
            try:
                self._loaded = self._preparing.result()
                self._melts_until = now + MELTING
            except DreamVideoError as error:
                self.trouble, self.wanted = str(error), self._loaded.recipe
            self._preparing = None
        if self._preparing is None and self.wanted != self._loaded.recipe:
            self._preparing = self._thread.submit(LoadedRecipe.of, self.wanted, self._size, self.fps)

    def _carried(self, loaded: LoadedRecipe, recipe: Recipe, seen: Seen) -> tuple[Picture, CarryState]:
        frame, state = seen.frame, self._state
        coherence = self._melted(recipe.coherence, frame.time)
        carrier = Carrier(coherence, recipe.dream, loaded.dreamer)
        if state is None or state.level <= 0 or coherence.coherence == "none":
            return carrier.advance(frame, None, small=frame.picture)
        if seen.first:
            return self._begun(loaded.dreamer, recipe, frame, state)
        state = at_size(state, (frame.picture.shape[1], frame.picture.shape[0]))
        if not loaded.camera.still:
            state = replace(state, change=loaded.camera.step(state.change, float(state.time), float(frame.time)))
        state = replace(state, time=max(state.time, frame.time - LONGEST_GAP))
        return carrier.advance(frame, state, seen.motion, small=frame.picture)

    def _begun(self, dreamer: Dreamer, recipe: Recipe, frame: Frame, state: CarryState) -> tuple[Picture, CarryState]:
        """A later shot's first picture: a part of a dream at once, at the level that was held before."""
        index, strength = frame.index * (MOST_STEPS + 1), FIRST * recipe.coherence.strength
        change = dreamer.begin(frame.picture, recipe.dream, strength=strength, index=index)
        presence = np.full(frame.picture.shape[:2], FIRST, np.float32)
        nothing = np.zeros_like(change)
        state = replace(
            state, source=frame.picture, change=change, presence=presence, reserve=nothing, effort=0.0, time=frame.time
        )
        return dreamer.applied(frame.picture, change, recipe.dream), state

    def _melted(self, coherence: CoherenceConfig, now: Fraction) -> CoherenceConfig:
        return replace(coherence, blend=min(coherence.blend, MELTED)) if now < self._melts_until else coherence
