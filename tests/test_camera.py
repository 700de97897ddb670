"""The camera: closed forms at any frame rate and size, pictures that move where the matrix says, and sharpness."""

from __future__ import annotations

import math
from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from dreamvideo.camera import Camera, resample
from dreamvideo.config import CameraConfig, Recipe

SIZES = [(640, 360), (641, 361), (33, 77)]
RATES = [Fraction(24), Fraction(30000, 1001), Fraction(60), Fraction(7)]


def composed(camera: Camera, size: tuple[int, int], fps: Fraction, seconds: float) -> NDArray[np.float64]:
    """Product of the matrices of single frames, and of what is left of a frame."""
    whole = np.eye(3)
    times = [float(i / fps) for i in range(int(seconds * fps) + 1)]
    for t0, t1 in zip(times, [*times[1:], seconds], strict=True):
        whole = np.vstack([camera.matrix(t0, t1, size), [0, 0, 1]]) @ whole
    return whole[:2]


def corners(matrix: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    width, height = size
    return matrix @ np.array([[0, width - 1, 0, width - 1, width / 3], [0, 0, height - 1, height - 1, 1], [1] * 5])


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("size", SIZES)
def test_frames_compose_to_the_closed_form(size: tuple[int, int], fps: Fraction) -> None:
    seconds, zoom, degrees, (cx, cy) = 3.0, 1.7, 40.0, (0.3, 0.8)
    camera = Camera(CameraConfig(zoom=zoom, rotate=degrees, center_x=cx, center_y=cy))
    centre = cx * size[0] - 0.5, cy * size[1] - 0.5
    closed = cv2.getRotationMatrix2D(centre, degrees * seconds, zoom**seconds)
    assert corners(composed(camera, size, fps, seconds), size) == pytest.approx(corners(closed, size), abs=1e-3)


def test_middle_is_the_middle() -> None:
    for width, height in SIZES:
        matrix = Camera(CameraConfig(zoom=2, rotate=90)).matrix(0, 1, (width, height))
        middle = np.array([(width - 1) / 2, (height - 1) / 2])
        assert matrix @ [*middle, 1] == pytest.approx(middle, abs=1e-9)


def test_pan_is_in_frames_a_second_and_bends_with_the_zoom() -> None:
    matrix = Camera(CameraConfig(pan_x=0.25, pan_y=-0.5)).matrix(0, 2, (200, 100))
    assert matrix == pytest.approx(np.array([[1, 0, -100], [0, 1, 100]]))
    # dx/dt = ln(z) x + p has the closed form p (z**t - 1) / ln(z).
    moved = composed(Camera(CameraConfig(zoom=3, pan_x=0.25, center_x=0, center_y=0)), (200, 100), Fraction(24), 2)
    assert moved @ [-0.5, -0.5, 1] == pytest.approx([-0.5 - 50 * (9 - 1) / math.log(3), -0.5], abs=1e-3)


@pytest.mark.parametrize(
    "schedules",
    [
        (("camera.zoom", "0s: 1, 0.7s: 2.5 smooth, 1s: 0.5"), ("camera.rotate", "40*sin(3*t)")),
        (("camera.center", "0.1s: 0.2,0.5, 0.9s: 0.8,0.4 smooth"), ("camera.zoom", "0s: 2, 0.31s: 1.2 hold")),
        (("camera.pan_x", "0.3*cos(5*t)"), ("camera.zoom", "0: (1.01), 17: (1.03)")),
    ],
)
def test_schedules_agree_between_frame_rates(schedules: tuple[tuple[str, str], ...]) -> None:
    camera, size = Camera.of(Recipe(schedules=schedules)), (641, 361)
    exact = corners(composed(camera, size, Fraction(960), 1.0), size)
    for fps in RATES:
        assert corners(composed(camera, size, fps, 1.0), size) == pytest.approx(exact, abs=1e-3)
    there, back = camera.matrix(0, 1, size), camera.matrix(1, 0, size)
    assert corners(np.vstack([back, [0, 0, 1]])[:2] @ np.vstack([there, [0, 0, 1]]), size) == pytest.approx(
        corners(np.eye(3)[:2], size), abs=1e-6
    )


def test_keys_in_frames_and_percent_go_by_the_clip() -> None:
    recipe = Recipe(schedules=(("camera.zoom", "0: (1), 12: (1.1)"), ("camera.rotate", "0%: 0, 50%: 30")))
    camera = Camera.of(recipe, fps=12, duration=4)
    assert camera.speeds is not None
    assert (camera.speeds(1).zoom, camera.speeds(2).rotate) == (pytest.approx(1.1**12), 30)
    assert list(camera.knots) == [0, 1, 2]


def blob(x: float, y: float, size: tuple[int, int]) -> NDArray[np.float32]:
    down, right = np.mgrid[0 : size[1], 0 : size[0]]
    return np.exp(-((right - x) ** 2 + (down - y) ** 2) / 72).astype(np.float32)[..., np.newaxis]


def test_the_picture_itself_moves_as_the_matrix_says() -> None:
    """48 resamples of a frame each: Lanczos-4 of OpenCV is 0.18 px off here."""
    size, camera = (321, 181), Camera(CameraConfig(zoom=1.6))
    picture = blob(170.3, 94.7, size)
    for index in range(48):
        picture = camera.step(picture, index / 24, (index + 1) / 24)
    down, right = np.mgrid[0 : size[1], 0 : size[0], 0:1][:2]
    found = np.array([(picture * axis).sum() / picture.sum() for axis in (right, down)])
    assert found == pytest.approx([160 + 10.3 * 1.6**2, 90 + 4.7 * 1.6**2], abs=2e-3)


def test_sharper_than_lanczos() -> None:
    """A turn in 24 steps of 15 degrees brings the picture back; what is missing was lost in resampling."""
    rng = np.random.default_rng(0)
    picture = cv2.GaussianBlur(rng.random((161, 161, 3), dtype=np.float32), (0, 0), 0.8)
    matrix = Camera(CameraConfig(rotate=15)).matrix(0, 1, (161, 161))
    ours = theirs = picture
    for _ in range(24):
        ours = resample(ours, matrix)
        theirs = cv2.warpAffine(theirs, matrix, (161, 161), flags=cv2.INTER_LANCZOS4)
    inner = slice(40, 121), slice(40, 121)
    lost, lost_by_lanczos = (float(np.square(x - picture)[inner].mean()) for x in (ours, theirs))
    assert lost < lost_by_lanczos


def test_borders_are_reflections() -> None:
    picture = np.random.default_rng(0).random((48, 64, 3), dtype=np.float32)
    out = Camera(CameraConfig(zoom=0.5)).step(picture, 0, 1)
    flat = Camera(CameraConfig(zoom=0.3, rotate=50, pan_x=3)).step(np.full_like(picture, 0.7), 0, 1)
    assert flat == pytest.approx(np.full_like(picture, 0.7), abs=1e-5)
    assert out[:, 16:48].mean() == pytest.approx(picture.mean(), abs=0.03)
    assert out == pytest.approx(Camera(CameraConfig(zoom=0.5)).step(picture[::-1], 0, 1)[::-1], abs=1e-5)
    assert (out.min(), out.max()) > (0.1, 0.6)


@pytest.mark.parametrize("channels", [1, 3])
def test_still_and_any_channels(channels: int) -> None:
    picture = np.random.default_rng(1).random((9, 14, channels), dtype=np.float32)
    assert Camera(CameraConfig()).still
    assert np.array_equal(Camera(CameraConfig()).step(picture, 0, 9), picture)
    moved = Camera(CameraConfig(pan_x=1 / 14)).step(picture, 0, 1)
    assert moved.shape == picture.shape
    assert moved.dtype == np.float32
    assert moved[:, 3:-3] == pytest.approx(picture[:, 4:-2], abs=2e-5)
