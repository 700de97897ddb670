"""The camera: zoom, rotation and pan at speeds per second.

Points of the picture move by dx/dt = l (x - c) + p in the complex plane, where l = ln(zoom) - i * rotation, c is the
centre and p the pan. This is a flow, so the transforms of successive frames compose to the same one at any frame rate.
The fourth-order Magnus expansion (Blanes et al. 2009) integrates it, exactly for constant speeds. Pixel (x, y) has its
centre at x, y, so the middle of a picture is ((W - 1) / 2, (H - 1) / 2).
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from dreamvideo.camera.resample import Matrix, resample
from dreamvideo.config import CameraConfig, Recipe
from dreamvideo.media.frame import Picture, size_of
from dreamvideo.schedule import apply_schedules, schedule_knots

_SUBSTEP = 1 / 30
"""Longest integration step in seconds. With it, changing speeds agree to 1e-3 pixels between frame rates."""


@dataclass(frozen=True)
class Camera:
    """A moving camera.

    Attributes:
        config: speeds per second, and the centre of zoom and rotation in fractions of the picture.
        speeds: from a time in seconds to the config then; None: `config` at all times.
        knots: times in seconds at which the speeds may bend or jump.
    """

    config: CameraConfig
    speeds: Callable[[float], CameraConfig] | None = None
    knots: Sequence[float] = field(default=())

    @classmethod
    def of(
        cls,
        recipe: Recipe,
        variables: Callable[[float], Mapping[str, float]] | None = None,
        *,
        fps: float | None = None,
        duration: float | None = None,
    ) -> Camera:
        """The camera of a recipe with its schedules.

        Args:
            recipe: its `camera` and the camera's schedules apply.
            variables: from a time in seconds to the music's bands then; None: no music.
            fps: frames per second, for keys in frames; None: `recipe.zoom.fps`.
            duration: seconds, for keys in percent; None: `recipe.zoom.duration`.
        """
        moving = tuple(pair for pair in recipe.schedules if pair[0].startswith("camera."))
        if not moving:
            return cls(recipe.camera)
        known = variables or (lambda t: {})
        # Only the camera's own schedules, since the integration evaluates them often.
        own = Recipe(camera=recipe.camera, zoom=recipe.zoom, schedules=moving)
        clock = {"fps": fps, "duration": duration}
        return cls(
            recipe.camera, lambda t: apply_schedules(own, t, known(t), **clock).camera, schedule_knots(own, **clock)
        )

    def mirrored(self, end: float) -> Camera:
        """The camera in reverse time: its speeds at `t` are those of this one at `end - t` seconds."""
        speeds = self.speeds
        if speeds is None:
            return self
        return Camera(self.config, lambda t: speeds(end - t), tuple(end - knot for knot in reversed(self.knots)))

    @property
    def still(self) -> bool:
        """Whether the camera never moves."""
        return self.speeds is None and self.config.still

    def matrix(self, t0: float, t1: float, size: tuple[int, int]) -> Matrix:
        """Transform of the picture from time `t0` to time `t1`, which may be earlier.

        Args:
            size: (width, height) in pixels.

        Returns:
            (2, 3) float64, pixels to pixels.
        """
        scale, shift = 1 + 0j, 0j
        for start, end in self._pieces(t0, t1):
            step_scale, step_shift = self._step(start, end, size)
            scale, shift = step_scale * scale, step_scale * shift + step_shift
        return np.array([[scale.real, -scale.imag, shift.real], [scale.imag, scale.real, shift.imag]])

    def step(self, picture: Picture, t0: float, t1: float) -> Picture:
        """Move a picture (H, W, C) from `t0` to `t1` seconds. Beyond its border the picture is reflected.

        Values are not clipped, so that differences of pictures can be moved too.
        """
        if self.still or t0 == t1:
            return picture.copy()
        return resample(picture, self.matrix(t0, t1, size_of(picture)))

    def _pieces(self, t0: float, t1: float) -> list[tuple[float, float]]:
        if self.speeds is None:
            return [(t0, t1)]
        low, high = min(t0, t1), max(t0, t1)
        marks = [t0, *sorted((k for k in self.knots if low < k < high), reverse=t1 < t0), t1]
        pieces = []
        for start, end in pairwise(marks):
            count = max(1, math.ceil(abs(end - start) / _SUBSTEP))
            times = np.linspace(start, end, count + 1)
            pieces += [(float(a), float(b)) for a, b in pairwise(times)]
        return pieces

    def _step(self, start: float, end: float, size: tuple[int, int]) -> tuple[complex, complex]:
        """Scale and shift over one short piece, from the speeds at its two Gauss points."""
        length = end - start
        inner = length * math.sqrt(3) / 6
        middle = (start + end) / 2
        rate1, drift1 = self._speed(middle - inner, size)
        rate2, drift2 = self._speed(middle + inner, size)
        commutator = rate1 * drift2 - rate2 * drift1
        rate = length / 2 * (rate1 + rate2)
        drift = length / 2 * (drift1 + drift2) - math.sqrt(3) / 12 * length**2 * commutator
        # The series of (e^x - 1) / x for small x, where the difference would lose digits.
        grown = (cmath.exp(rate) - 1) / rate if abs(rate) > 1e-4 else 1 + rate / 2 + rate**2 / 6 + rate**3 / 24
        return cmath.exp(rate), drift * grown

    def _speed(self, t: float, size: tuple[int, int]) -> tuple[complex, complex]:
        """The coefficients l and p - l c of the flow at time `t`, in pixels."""
        config = self.config if self.speeds is None else self.speeds(t)
        width, height = size
        rate = complex(
            math.log(1.0 if config.zoom is None else config.zoom), -math.radians(config.rotate)
        )  # y runs down
        centre = complex(config.center_x * width - 0.5, config.center_y * height - 0.5)
        pan = complex(-config.pan_x * width, -config.pan_y * height)  # the picture moves against the camera
        return rate, pan - rate * centre
