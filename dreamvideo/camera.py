"""The camera: zoom, rotation and pan at speeds per second, and one fine resample a frame.

The picture's points move as dx/dt = l (x - c) + p in the complex plane, l = ln(zoom) - i * rotation,
c the centre, p the pan: a flow, so that any number of frames compose to the same transform, whatever
the frame rate. It is integrated by the fourth-order Magnus expansion (Blanes et al. 2009), exact for
constant speeds. Pixel (x, y) has its centre at x, y: the middle of a picture is ((W - 1) / 2, (H - 1) / 2).
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.config import CameraConfig, Recipe
from dreamvideo.media.frame import Picture
from dreamvideo.schedule import apply_schedules, schedule_knots

Matrix = NDArray[np.float64]
"""(2, 3): where a point of the earlier picture lies in the later one."""

_SUBSTEP = 1 / 30
"""Longest step of the integration in seconds: changing speeds agree to 1e-3 px between frame rates."""
_POLE = (math.sqrt(105) - 13) / 8
_REACH = 15
_PREFILTER = np.array([-21 / 4 * _POLE / (1 - _POLE**2) * _POLE ** abs(k) for k in range(-_REACH, _REACH + 1)])
"""Pixels -> coefficients of cubic o-MOMS: the inverse of (4, 13, 4) / 21; the cut-off tail is 1e-7."""
_BLOCK = 16
"""Lines made at once: about twice as many more are read for them, however large the picture is."""
_PRODUCT = 2**18
"""Multiplications of one matrix product: OpenBLAS deals larger ones to threads, which wait for one another busily."""


@dataclass(frozen=True)
class Camera:
    """A moving camera.

    Attributes:
        config: speeds per second, and the centre of zoom and rotation in fractions of the picture.
        speeds: the config at a moment in seconds, where speeds change; None: `config` at all times.
        knots: seconds at which the speeds may bend or jump.
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
            recipe: what to do.
            variables: music bands at a moment in seconds, where there is music.
            fps: frames a second, for keys in frames; None: `recipe.zoom.fps`.
            duration: seconds, for keys in percent; None: `recipe.zoom.duration`.
        """
        moving = tuple(pair for pair in recipe.schedules if pair[0].startswith("camera."))
        if not moving:
            return cls(recipe.camera)
        known = variables or (lambda t: {})
        # Only the camera's own schedules: the integration asks often, and the others do not matter here.
        own = Recipe(camera=recipe.camera, zoom=recipe.zoom, schedules=moving)
        clock = {"fps": fps, "duration": duration}
        return cls(
            recipe.camera, lambda t: apply_schedules(own, t, known(t), **clock).camera, schedule_knots(own, **clock)
        )

    def mirrored(self, end: float) -> Camera:
        """The camera whose speeds at `t` are this one's at `end - t` seconds."""
        speeds = self.speeds
        if speeds is None:
            return self
        return Camera(self.config, lambda t: speeds(end - t), tuple(end - knot for knot in reversed(self.knots)))

    @property
    def still(self) -> bool:
        """Whether the camera never moves."""
        return self.speeds is None and self.config.still

    def matrix(self, t0: float, t1: float, size: tuple[int, int]) -> Matrix:
        """Transform from the picture at `t0` to the one at `t1` seconds, which may be earlier.

        Args:
            t0: seconds.
            t1: seconds.
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
        """Move a picture (H, W, C) from `t0` to `t1` seconds; what comes into view is its reflection.

        Values are interpolated, not clipped, so that differences of pictures can be moved too.
        """
        if self.still or t0 == t1:
            return picture.copy()
        return resample(picture, self.matrix(t0, t1, (picture.shape[1], picture.shape[0])))

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
        # (e^x - 1) / x by its series where x is small, since the difference would lose digits.
        grown = (cmath.exp(rate) - 1) / rate if abs(rate) > 1e-4 else 1 + rate / 2 + rate**2 / 6 + rate**3 / 24
        return cmath.exp(rate), drift * grown

    def _speed(self, t: float, size: tuple[int, int]) -> tuple[complex, complex]:
        """Factors l and p - l c of the flow at a moment."""
        config = self.config if self.speeds is None else self.speeds(t)
        width, height = size
        rate = complex(
            math.log(1.0 if config.zoom is None else config.zoom), -math.radians(config.rotate)
        )  # y runs down
        centre = complex(config.center_x * width - 0.5, config.center_y * height - 0.5)
        pan = complex(-config.pan_x * width, -config.pan_y * height)  # the picture moves against the camera
        return rate, pan - rate * centre


def resample(picture: Picture, matrix: Matrix) -> Picture:
    """Move a picture by an affine transform, reflected at its borders.

    Interpolation by cubic o-MOMS (Blu et al. 2001): as sharp as Lanczos-4, and without its shift of what lies
    between pixels, which OpenCV's cubic and Lanczos kernels add up from frame to frame (`tests/test_camera.py`).
    OpenCV only gathers here: before version 5 its own interpolation knows no positions finer than 1/32 of a pixel.

    Args:
        picture: float32 (H, W, C), C 1 or 3.
        matrix: (2, 3), from the picture given to the one returned.

    Returns:
        float32 (H, W, C), not clipped.
    """
    height, width = picture.shape[:2]
    scale = math.sqrt(abs(np.linalg.det(matrix[:, :2])))
    if scale < 0.8:  # finer than the new grid can hold
        sigma = 0.5 * math.sqrt(1 / scale**2 - 1)
        blurred = cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
        picture = np.asarray(blurred, np.float32).reshape(height, width, -1)
    inverse = cv2.invertAffineTransform(matrix)
    if inverse[0, 1] == inverse[1, 0] == 0:
        right = inverse[0, 0] * np.arange(width) + inverse[0, 2]
        down = inverse[1, 1] * np.arange(height) + inverse[1, 2]
        return _sample_axes(picture, right, down)
    x = inverse[0, 0] * np.arange(width) + (inverse[0, 1] * np.arange(height) + inverse[0, 2])[:, np.newaxis]
    y = inverse[1, 0] * np.arange(width) + (inverse[1, 1] * np.arange(height) + inverse[1, 2])[:, np.newaxis]
    return _sample_points(picture, x, y)


def _sample_axes(picture: Picture, x: Matrix, y: Matrix) -> Picture:
    """Values at each column x (W,) of each row y (H,): one axis after the other, in blocks of a matrix product."""
    height, width, channels = picture.shape
    rows = _weigh(picture.reshape(height, -1), y)  # (H, W C)
    planes = np.ascontiguousarray(rows.reshape(height, width, channels).transpose(1, 0, 2))
    columns = _weigh(planes.reshape(width, -1), x).reshape(width, height, channels)
    return np.ascontiguousarray(columns.transpose(1, 0, 2))


def _weigh(lines: NDArray[np.float32], at: Matrix) -> NDArray[np.float32]:
    """Interpolate lines (N, M) at positions (K,) along the first axis: (K, M)."""
    count = len(lines)
    base = np.floor(at).astype(np.int64)
    reach = np.arange(-_REACH - 1, _REACH + 3)
    taps = np.zeros((len(at), len(reach)))
    for number, tap in enumerate(_taps(at - base)):  # the taps at -1, 0, 1, 2, each spread by the prefilter
        taps[:, number : number + len(_PREFILTER)] += tap[:, np.newaxis] * _PREFILTER
    found = np.empty((len(at), lines.shape[1]), np.float32)
    for start in range(0, len(at), _BLOCK):
        block = slice(start, start + _BLOCK)
        seen = _mirrored(base[block, np.newaxis] + reach, count)
        low, high = int(seen.min()), int(seen.max()) + 1
        weights = np.zeros((len(seen), high - low))
        np.add.at(weights, (np.arange(len(seen))[:, np.newaxis], seen - low), taps[block])
        factors = weights.astype(np.float32)
        stride = max(1, _PRODUCT // factors.size)
        for left in range(0, lines.shape[1], stride):
            part = slice(left, left + stride)
            np.matmul(factors, lines[low:high, part], out=found[block, part])
    return found


def _mirrored(positions: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Positions folded into 0 .. count - 1, the first and the last standing once, however far outside they are."""
    if count == 1:
        return np.zeros_like(positions)
    return np.asarray(count - 1 - np.abs(count - 1 - positions % (2 * count - 2)), np.int64)


def _sample_points(picture: Picture, x: Matrix, y: Matrix) -> Picture:
    """Values at points (H, W), each of four by four coefficients."""
    filtered = cv2.sepFilter2D(picture, -1, _PREFILTER, _PREFILTER, borderType=cv2.BORDER_REFLECT_101)
    coefficients = np.asarray(filtered, np.float32)
    base_x, base_y = np.floor(x), np.floor(y)
    channels = picture.shape[2]
    across, down = (
        [cv2.merge([tap] * channels).reshape(*x.shape, channels) for tap in _taps((at - base).astype(np.float32))]
        for at, base in ((x, base_x), (y, base_y))
    )
    first_x, first_y = (base_x - 1).astype(np.float32), (base_y - 1).astype(np.float32)
    moved = np.zeros((*x.shape, channels), np.float32)
    for row, share in enumerate(down):
        line = np.zeros_like(moved)
        for column, part in enumerate(across):
            found = cv2.remap(
                coefficients, first_x + column, first_y + row, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101
            )
            line += np.asarray(found, np.float32).reshape(moved.shape) * part
        moved += line * share
    return moved


def _taps(u: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Weights of the coefficients at -1, 0, 1 and 2 for a position `u` in [0, 1) after 0."""
    v = 1 - u
    return (
        ((v / 6) * v + 1 / 42) * v,
        ((u / 2 - 1) * u + 1 / 14) * u + 13 / 21,
        ((v / 2 - 1) * v + 1 / 14) * v + 13 / 21,
        ((u / 6) * u + 1 / 42) * u,
    )
