"""Windows: every pixel once, no seams, and a memory that depends on the tile."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from dreamvideo.config import DreamConfig, Layer
from dreamvideo.dreamer import Dreamer
from dreamvideo.dreamer.tiles import Tiling, plan, window_gradient
from dreamvideo.media.frame import Picture
from dreamvideo.networks.network import Network


def gradient(picture: Picture, tiling: Tiling, offset: tuple[int, int], network: Network) -> np.ndarray:
    """Gradient of the mean square of `mixed4` for each pixel, times the number of pixels it is a mean over."""
    features = network.features(["mixed4"])

    def ascended(window: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(tf.square(features(window)[0]))

    result, _ = window_gradient(picture, np.array(offset), tiling, raising(ascended))
    return result


def raising(ascended: Callable[[tf.Tensor], tf.Tensor]) -> Callable[[Picture], tuple[Picture, float]]:
    """The gradient of a function of windows (1, h, w, 3), and its value."""

    def gradient_of(window: Picture) -> tuple[Picture, float]:
        seen = tf.constant(window)
        with tf.GradientTape() as tape:
            tape.watch(seen)
            value = ascended(seen[tf.newaxis])
        return tape.gradient(value, seen).numpy(), float(value)

    return gradient_of


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 9000), st.integers(1, 9000), st.sampled_from([128, 256, 1024]), st.sampled_from([8, 16, 32]),
    st.integers(0, 64),
)  # fmt: skip
def test_windows_cover_every_pixel_wherever_they_move(
    width: int, height: int, tile: int, stride: int, jitter: int
) -> None:
    tiling = plan((width, height), tile, stride, jitter)
    for length, count, cell, spread in zip(
        (height, width), (tiling.rows, tiling.columns), tiling.cell, tiling.spread, strict=True
    ):
        farthest = (spread - 1) * tiling.grain
        assert count * cell - farthest >= length
    if width * height > tile * tile:
        assert max(tiling.window) <= tile + 2 * stride
        assert min(tiling.spread) * tiling.grain >= stride
        assert tiling.cell[0] % stride == 0 and tiling.cell[1] % stride == 0
    elif jitter == 0:
        assert tiling.window == (height, width)
    # What is computed beyond the picture stays in bounds, so that tiles cost little more than their margins.
    if min(width, height) > 2 * tile:
        assert tiling.rows * tiling.cell[0] * tiling.columns * tiling.cell[1] < 1.8 * width * height


def test_every_phase_of_the_networks_grid_comes_alike() -> None:
    offsets = plan((100, 80), 1024, 8, 32).offsets(np.random.default_rng(0), 4000)
    counts = np.bincount(offsets[:, 0] * 8 + offsets[:, 1], minlength=64)
    assert counts.min() > 30
    assert counts.max() < 100


def test_tiled_gradient_is_the_untiled_gradient(network: Network) -> None:
    picture = np.random.default_rng(2).random((200, 300, 3), np.float32)
    tiled = plan((300, 200), 160, network.stride, 32)
    assert tiled.rows * tiled.columns > 3
    offset = (12, 20)
    whole = Tiling(1, 1, (240, 340), 0, (21, 21), 1)
    expected = gradient(picture, whole, offset, network)
    actual = gradient(picture, tiled, offset, network)
    inside = np.s_[40:-40, 40:-40]
    np.testing.assert_allclose(actual[inside], expected[inside], atol=1e-4 * np.abs(expected).max())


def test_window_is_the_picture_mirrored(photo: Picture) -> None:
    seen: list[np.ndarray] = []

    def ascended(window: tf.Tensor) -> tf.Tensor:
        seen.append(window[0].numpy())
        return tf.reduce_sum(window * tf.constant(weights))

    height, width = photo.shape[:2]
    tiling = Tiling(1, 1, (height + 10, width + 10), 0, (8, 8), 1)
    weights = np.random.default_rng(0).random((1, height + 10, width + 10, 3), np.float32)
    result, value = window_gradient(photo, np.array((3, 7)), tiling, raising(ascended))
    assert value == pytest.approx(float(np.sum(seen[0] * weights)), rel=1e-4)
    np.testing.assert_array_equal(seen[0], np.pad(photo, ((3, 7), (7, 3), (0, 0)), mode="reflect"))
    np.testing.assert_array_equal(result, weights[0, 3 : 3 + height, 7 : 7 + width])


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 1)])
def test_pictures_smaller_than_the_shift_are_mirrored_again(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).random((size[1], size[0], 3), np.float32)
    tiling = plan(size, 1024, 16, 32)
    squares = raising(lambda window: tf.reduce_sum(window**2))
    result, _ = window_gradient(picture, np.array((15, 15)), tiling, squares)
    np.testing.assert_allclose(result, 2 * picture)


def test_tiles_leave_no_seams(network: Network) -> None:
    # On a plain picture every place is alike: whatever stands out in the dream is a seam or a border.
    plain = np.full((384, 448, 3), 0.5, np.float32)
    plain += np.random.default_rng(5).normal(0, 0.02, plain.shape).astype(np.float32)
    config = DreamConfig(layers=(Layer("mixed4"),), octaves=1, steps=4, tile=192)
    change = np.abs(Dreamer(network, config).dream(plain) - plain).mean(axis=2)
    for axis in (0, 1):
        profile = change.mean(axis=axis)[16:-16]
        assert np.abs(profile / profile.mean() - 1).max() < 0.3
