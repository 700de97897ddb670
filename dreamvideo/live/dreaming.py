"""Dream pictures as they arrive: as in a clip, but frames may be missing, and settings may change.

    small_t  = source_t at the size that holds the frame rate      analysed in another thread
    change_t = as in a clip, at that size
    shown_t  = source_t + change_t, enlarged

So the picture stays sharp, whatever the size of its dream. The first picture is dreamed in full. Later shots begin with
a fraction of a dream, which then grows. A new recipe fades in.
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
from dreamvideo.media.frame import Frame, Picture, size_of
from dreamvideo.media.geometry import Size, resized
from dreamvideo.render.opening import open_dreamer
from dreamvideo.schedule import apply_schedules

if TYPE_CHECKING:
    from dreamvideo.dreamer import Dreamer

FIRST = 0.4
"""Fraction of a full dream at the start of a later shot."""
MELTING = Fraction(1)
"""Seconds in which a new recipe fades in."""
MELTED = 0.88
"""Decay factor of the old dream in that time, per frame at 24 fps."""
LONGEST_GAP = Fraction(1, 4)
"""Longest time between two frames, in seconds, during which a dream decays."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture and its analysis.

    Attributes:
        frame: it at the size of the dream.
        first: whether it begins a shot.
        motion: motion since the picture before.
    """

    captured: Captured
    frame: Frame
    first: bool
    motion: Motion | None
    seconds: float


@dataclass(frozen=True)
class LoadedRecipe:
    """A recipe with all that is needed to dream it."""

    recipe: Recipe
    dreamer: Dreamer
    camera: Camera
    sizes: SizeController

    @classmethod
    def of(cls, recipe: Recipe, size: Size, fps: float) -> LoadedRecipe:
        """Load and trace what the recipe needs, so that no frame waits for it.

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
        """The recipe at `t` seconds, with its schedules applied."""
        return apply_schedules(self.recipe, t, fps=fps) if self.recipe.schedules else self.recipe


class LiveDreamer:
    """Dreams pictures as they arrive.

    `see` may run in another thread, one picture ahead of `dream`.

    Args:
        recipe: the first recipe.
        size: (width, height) of the pictures.
        fps: frames per second to hold.

    Attributes:
        wanted: the next recipe; it is used as soon as it is loaded.
        trouble: why the last wanted recipe is not used; reset by the reader.

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
        """The current recipe."""
        return self._loaded.recipe

    @property
    def dreamer(self) -> Dreamer:
        """The current dreamer."""
        return self._loaded.dreamer

    @property
    def size(self) -> Size:
        """Current (width, height) of the dream."""
        return self._loaded.recipe.dream.canonical_size(self._loaded.sizes.size)

    def see(self, captured: Captured, before: Seen | None) -> Seen:
        """Analyse a picture, given the one before."""
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
        """Carry the last dream to a picture, and dream it on.

        Returns:
            float32 RGB (H, W, 3) in [0, 1] at the size of the input; None if it was analysed at a size too small for a
            new recipe.

        Raises:
            NotFiniteError: a gradient held NaN or infinity.
            ScheduleError: a schedule has no usable value at this time.
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
            lifted = lift(self._state.change, size_of(source))
            picture = loaded.dreamer.applied(source, lifted, recipe.dream)
        loaded.sizes.spent(max(time.monotonic() - began, seen.seconds))
        return picture

    def close(self) -> None:
        """Stop the thread that loads recipes."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _turn(self, now: Fraction) -> None:
        """Use the wanted recipe if it is loaded; else start to load it."""
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
        state = at_size(state, size_of(frame.picture))
        if not loaded.camera.still:
            state = replace(state, change=loaded.camera.step(state.change, float(state.time), float(frame.time)))
        state = replace(state, time=max(state.time, frame.time - LONGEST_GAP))
        return carrier.advance(frame, state, seen.motion, small=frame.picture)

    def _begun(self, dreamer: Dreamer, recipe: Recipe, frame: Frame, state: CarryState) -> tuple[Picture, CarryState]:
        """The first picture of a later shot: a fraction of a dream, at the current level."""
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
