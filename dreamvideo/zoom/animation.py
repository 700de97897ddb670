"""The zoom loop: move the last frame by the camera, dream it a little, hold its colours.

    canvas_t = hold(temper(dream(move(canvas_{t-1}))))
    shown_t  = (move(canvas_{t-1}) + canvas_t) / 2

Each octave takes a large step in every second frame rather than a small one in each. Half of what a frame dreams is
shown in it, and all of it from the next frame on, so no step shows as a jump. The canvas stays float32 from the first
frame to the last. A loop must end on its first frame. So towards the end the
first frame fades in, at the place into which the camera dives. It grows with the picture, and fills it when the clip
starts again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.camera import Camera, resample
from dreamvideo.config import Recipe
from dreamvideo.media.frame import Frame, Picture, size_of
from dreamvideo.schedule import MIXTURES, apply_schedules, check_schedules
from dreamvideo.zoom.drift import ColorReference, hold_colors
from dreamvideo.zoom.journey import Journey, journey_layers
from dreamvideo.zoom.tempering import hold_crispness, temper
from dreamvideo.zoom.word_journey import WordJourney

if TYPE_CHECKING:
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.schedule.music import Music

PACE = 1.2
"""How often the recipe's steps are taken, per second. So `steps=10` means a step every second frame at 24 fps."""

DIVE = 1.5
"""Default zoom factor per second."""

STEP = 0.2
"""Step size of a zoom at strength 1, as a factor of the recipe's. It is small because the frames add up."""

FINE = 0.5
"""Steps in a fine octave of a zoom, as a factor of its usual steps. The dive enlarges what they add into small
motifs."""

OVERLAP = 5.0
"""Seconds before a loop's end at which the first frame starts to fade in; at most half the clip."""

_EDGE = 0.25
"""Width of the first frame's soft border, as a fraction of half its side."""
_NOISE = 13
"""Random stream of noise pictures: part of their seed."""
_NOISE_SPREAD = 0.28
"""Standard deviation of the noise along the first colour axis, before values are compressed to 0 to 1."""
_COLOR_AXES = np.array([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]], np.float32)
"""Columns: the principal colour axes of natural pictures: grey, orange to blue, green to purple (Olah et al. 2017)."""


class Zoom:
    """A zoom: each frame is the last one, moved by the camera and dreamed again.

    Args:
        first: frame 0, float32 RGB (H, W, 3) in [0, 1].
        recipe: its `zoom`, `camera`, `dream` and schedules apply.
        dreamer: made from `recipe.dream`.
        music: the track whose bands schedules use.

    Raises:
        ScheduleError: a schedule has no usable value at a frame.
        FrameTooSmallError: the picture is too small for the network.
    """

    def __init__(self, first: Picture, recipe: Recipe, dreamer: Dreamer, *, music: Music | None = None) -> None:
        self.first = first
        self.recipe = recipe
        self.dreamer = dreamer
        self.fps = float(recipe.zoom.fps)
        self.length = recipe.zoom.frames / self.fps
        self.bands: Callable[[float], Mapping[str, float]] = (lambda t: {}) if music is None else music.at
        zoom = DIVE if recipe.camera.zoom is None else recipe.camera.zoom
        camera = Camera.of(replace(recipe, camera=replace(recipe.camera, zoom=zoom)), self.bands)
        self.camera = camera.mirrored(self.length) if recipe.zoom.reverse else camera
        self.reference = ColorReference.of(first)
        check_schedules(recipe, (i / self.fps for i in range(recipe.zoom.frames)), self.bands)
        if recipe.dream.steps:
            dreamer.refuse_if_too_small(size_of(first))

    @cached_property
    def journey(self) -> Journey | WordJourney | None:
        """How the objective changes; None: it is fixed. Planned when first needed, since that takes seconds."""
        return plan_journey(self.recipe, self.dreamer)

    def frames(self, stretch: range | None = None, canvas: Picture | None = None) -> Iterator[tuple[Frame, Picture]]:
        """Make frames in the order of the dive, which `ZoomConfig.reverse` plays backwards.

        Args:
            stretch: numbers of the frames to make; None: all.
            canvas: the canvas after the frame before these, (H, W, 3); None: the first picture.

        Yields:
            The frame, and the canvas after it, (H, W, 3).

        Raises:
            NotFiniteError: a gradient held NaN or infinity.
        """
        canvas = self.first if canvas is None else canvas
        for index in range(self.recipe.zoom.frames) if stretch is None else stretch:
            shown, canvas = (self.first, self.first) if index == 0 else self.next(canvas, index)
            yield Frame(shown, index / self.recipe.zoom.fps, 1 / self.recipe.zoom.fps, index), canvas

    def next(self, canvas: Picture, index: int) -> tuple[Picture, Picture]:
        """Make frame `index` from the canvas after the frame before it: what is shown, and the canvas, (H, W, 3)."""
        before, t = (index - 1) / self.fps, index / self.fps
        moved = np.clip(self.camera.step(canvas, before, t), 0, 1)
        dreamed = self._next_canvas(moved, t, index)
        return np.asarray(cv2.addWeighted(moved, 0.5, dreamed, 0.5, 0), np.float32), dreamed

    def _next_canvas(self, moved: Picture, t: float, index: int) -> Picture:
        dreamed = self._dream(moved, t, index)
        if self.recipe.zoom.drift == "hold":
            dreamed = hold_colors(dreamed, self.reference, 1 / self.fps)
        return self._lead_home(dreamed, t) if self.recipe.zoom.loop else dreamed

    def _dream(self, moved: Picture, t: float, index: int) -> Picture:
        seen_at = self.length - t if self.recipe.zoom.reverse else t  # in the finished clip
        there = apply_schedules(self.recipe, seen_at, self.bands(seen_at))
        step_size = min(there.dream.step_size * there.zoom.strength * STEP, 1.0)
        if step_size <= 0 or there.dream.steps == 0:
            return moved
        objective, dream = None, replace(there.dream, step_size=step_size)
        if self.journey is not None:
            objective = self.journey.objective(t, moved)
            dream = replace(dream, motif=dream.motif * self.journey.motif(t))
        octaves = self.dreamer.octaves(size_of(moved), dream)
        shares = (octave.share if octave.share == 1 else octave.share * FINE for octave in octaves)
        steps = [share * dream.steps * PACE / self.fps for share in shares]
        nothing = np.zeros_like(moved)
        change = self.dreamer.grow(moved, nothing, dream, steps=steps, index=index, objective=objective)
        if change is nothing:
            return moved
        return hold_crispness(temper(moved, self.dreamer.applied(moved, change, dream)), 1 / self.fps)

    def _lead_home(self, dreamed: Picture, t: float) -> Picture:
        """Fade the first frame in, at the place where it will fill the picture at the loop's end."""
        way = 1 - (self.length - t) / min(OVERLAP, self.length / 2)
        if way <= 0:
            return dreamed
        matrix = self.camera.matrix(self.length, t, size_of(self.first))
        home = np.clip(resample(self.first, matrix), 0, 1)
        pull = np.float32(1 - (1 - way**3) ** (24 / self.fps))
        return np.asarray(dreamed + (home - dreamed) * (pull * _cover(self.first, matrix)), np.float32)


def _cover(first: Picture, matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """Mask (H, W, 1) of the moved picture: 1 inside, falling to 0 beyond its border, where its reflection begins."""
    height, width = first.shape[:2]
    (a, b, c), (d, e, f) = cv2.invertAffineTransform(matrix)
    right, down = np.arange(width), np.arange(height)[:, np.newaxis]
    beyond_x = np.abs((a * right + b * down + c) * 2 / (width - 1) - 1)
    beyond_y = np.abs((d * right + e * down + f) * 2 / (height - 1) - 1)
    near = np.clip(1 - (np.maximum(beyond_x, beyond_y) - 1) / _EDGE, 0, 1)
    return np.asarray(near * near * (3 - 2 * near), np.float32)[..., np.newaxis]


def plan_journey(recipe: Recipe, dreamer: Dreamer) -> Journey | WordJourney | None:
    """Plan the journey of a zoom; None if it has none, or if the recipe itself names layers, words or a guide."""
    if recipe.zoom.journey == "none" or recipe.zoom.strength == 0 or recipe.dream.steps == 0:
        return None
    if recipe.zoom.journey_words:
        return WordJourney.plan(recipe, dreamer.network)
    scheduled = any(setting in MIXTURES for setting, _ in recipe.schedules)
    if scheduled or recipe.dream.of or recipe.dream.layers or recipe.dream.guide is not None:
        return None
    return Journey.plan(
        dreamer,
        journey_layers(dreamer.network),
        # Noise, not the first picture, since a tiny change of that would change the whole journey.
        noise_picture((640, 360), recipe.dream.seed),
        seed=recipe.dream.seed,
        duration=float(recipe.zoom.duration),
        seconds=recipe.zoom.journey_seconds,
        loop=recipe.zoom.loop,
    )


def noise_picture(size: tuple[int, int], seed: int) -> Picture:
    """Make smooth coloured noise to dream from, with the spectrum and the colours of natural pictures.

    Args:
        size: (width, height) in pixels.
        seed: determines the noise.

    Returns:
        float32 RGB (H, W, 3) in [0, 1].
    """
    width, height = size
    rng = np.random.default_rng((seed, 0, _NOISE))
    frequency = np.hypot(np.fft.fftfreq(height)[:, np.newaxis], np.fft.rfftfreq(width))
    amplitude = 1 / np.maximum(frequency, 1 / max(width, height)) ** 1.5
    waves = np.fft.rfft2(rng.normal(size=(3, height, width))) * amplitude
    noise = np.fft.irfft2(waves, s=(height, width)).transpose(1, 2, 0)
    noise = (noise - noise.mean(axis=(0, 1))) / (noise.std(axis=(0, 1)) + 1e-12)
    colors = noise @ (_COLOR_AXES / np.linalg.norm(_COLOR_AXES, axis=0).max() * _NOISE_SPREAD).T
    return np.asarray(1 / (1 + np.exp(-4 * colors)), np.float32)
