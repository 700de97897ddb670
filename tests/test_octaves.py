"""The sizes at which a picture is dreamed, the noise it begins on, and the shoulder by which a change is added."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreamvideo.config import CANONICAL_PIXELS, DreamConfig
from dreamvideo.dreamer.octaves import FINE_SCALE, FINEST_SHARE, ladder, octave_size, smooth_noise
from dreamvideo.dreamer.shoulder import meet, meet_in_part
from dreamvideo.networks import NETWORKS

VIEW, LEAST = NETWORKS["dreamnet"].view, 32
SIDES = st.integers(LEAST, 5000)


def sizes(size: tuple[int, int], config: DreamConfig | None = None) -> list[tuple[int, int]]:
    return [octave.size for octave in ladder(size, config or DreamConfig(), VIEW, LEAST)]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((640, 360), [(233, 131), (326, 183), (457, 257), (640, 360)]),
        ((360, 640), [(131, 233), (183, 326), (257, 457), (360, 640)]),
        ((1280, 720), [(233, 131), (326, 183), (457, 257), (640, 360), (905, 509), (1280, 720)]),
        ((320, 180), [(233, 131), (320, 180)]),
        ((40, 40), [(40, 40)]),
    ],
)
def test_octaves_have_absolute_sizes(size: tuple[int, int], expected: list[tuple[int, int]]) -> None:
    found = sizes(size)
    assert len(found) == len(expected)
    np.testing.assert_allclose(found, expected, atol=1)


@settings(deadline=None)
@given(SIDES, SIDES, st.floats(0.25, 4))
def test_every_shape_has_the_same_ladder(width: int, height: int, motif: float) -> None:
    config, size = DreamConfig(motif=motif), (width, height)
    octaves = ladder(size, config, VIEW, LEAST)
    canonical = config.canonical_size(size)
    coarse = [octave.size for octave in octaves if octave.share == 1]
    fine = [octave for octave in octaves if octave.share < 1]
    assert octaves[-1].size == size and coarse[-1] == canonical
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(octave.size for octave in octaves))
    assert bool(fine) == (canonical != size)
    for one, other in pairwise([canonical, *(octave.size for octave in fine)]):
        assert math.sqrt(other[0] * other[1] / (one[0] * one[1])) <= FINE_SCALE * 1.02
    assert not fine or fine[-1].share == FINEST_SHARE
    for each in octaves:
        assert each.size[0] / each.size[1] == pytest.approx(width / height, rel=2.2 / min(each.size))
    if min(canonical) > LEAST:
        assert min(coarse[0]) >= LEAST
    if canonical != size:
        assert canonical[0] * canonical[1] == pytest.approx(CANONICAL_PIXELS / motif**2, rel=2.1 / min(canonical))


def test_motifs_have_the_size_that_is_asked_for() -> None:
    """The smallest octave is half as large for motifs twice as large: the network's view is twice as much of it."""
    for size in ((640, 360), (1920, 1080), (1080, 1920), (1000, 1000)):
        area = {motif: math.prod(sizes(size, DreamConfig(motif=motif))[0]) for motif in (0.5, 1.0, 2.0)}
        assert area[1.0] == pytest.approx(VIEW**2, rel=0.02)
        assert area[0.5] == pytest.approx(4 * VIEW**2, rel=0.02)
        assert area[2.0] == pytest.approx(VIEW**2 / 4, rel=0.04)


@pytest.mark.parametrize("octaves", [1, 2, 6])
def test_octaves_can_be_counted(octaves: int) -> None:
    for size in ((640, 360), (1280, 720)):
        found = ladder(size, DreamConfig(octaves=octaves), VIEW, LEAST)
        coarse = [octave.size for octave in found if octave.share == 1]
        assert len(coarse) == octaves and coarse[-1] == (640, 360)
        assert all(a[0] * 1.4 == pytest.approx(b[0], rel=0.02) for a, b in pairwise(coarse))


@given(SIDES, SIDES)
def test_octave_factors_are_relative_to_the_picture(width: int, height: int) -> None:
    config = DreamConfig(octave_factors=(-2, 1, 0), octave_scale=1.3)
    found = ladder((width, height), config, VIEW, LEAST)
    assert [octave.size for octave in found] == [octave_size((width, height), 1.3, f) for f in (-2, 1, 0)]
    assert all(octave.share == octave.step == 1 for octave in found)
    assert config.canonical_size((width, height)) == (width, height)


def test_noise_is_the_same_for_sizes_a_pixel_apart() -> None:
    noise = smooth_noise((233, 131), 0.07, 3)
    assert noise.shape == (131, 233, 3) and noise.std() == pytest.approx(0.06, abs=0.01)
    assert (noise[..., 0] == noise[..., 2]).all()
    for size in ((233, 131), (234, 131), (233, 132), (232, 130)):
        np.testing.assert_array_equal(smooth_noise(size, 0.07, 3)[:126, :228], noise[:126, :228])
    assert abs(np.corrcoef(noise.ravel(), smooth_noise((233, 131), 0.07, 4).ravel())[0, 1]) < 0.1


def test_the_shoulder_adds_small_changes_in_full_and_large_ones_up_to_the_ends() -> None:
    picture = np.broadcast_to(np.linspace(0, 1, 256, dtype=np.float32)[:, None, None], (256, 201, 3)).copy()
    change = np.broadcast_to(np.linspace(-2, 2, 201, dtype=np.float32)[None, :, None], picture.shape).copy()
    shown, part = meet_in_part(picture, change)
    np.testing.assert_array_equal(meet(picture, change), shown)
    room = np.clip(np.where(change > 0, 1 - picture, picture) - np.float32(1 / 255), 1e-4, 1)
    np.testing.assert_allclose(part, 1 / np.sqrt(1 + (change / room) ** 2), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(shown, np.clip(picture + change * part, 0, 1), atol=1e-6)
    inside = slice(1, 255)
    assert shown[inside].min() > 0 and shown[inside].max() < 1
    assert (np.diff(shown, axis=1) > -1e-6).all() and (np.diff(shown[20:-20], axis=1) > 0).all()
    assert (np.abs(shown - picture) <= np.abs(change) + 1e-6).all()
    small = np.full_like(picture, 0.01)
    middle = slice(30, -30)
    np.testing.assert_allclose(meet(picture, small)[middle] - picture[middle], small[middle], rtol=0.02)
    np.testing.assert_array_equal(meet(picture, np.zeros_like(picture)), picture)


def test_the_shoulder_gives_the_same_bits_wherever_pictures_lie_in_memory(photo: np.ndarray) -> None:
    change, rng = photo[::-1] - 0.5, np.random.default_rng(0)
    expected = meet(photo, change)
    for _ in range(40):
        room = [np.empty(photo.size + 64, np.float32) for _ in range(2)]
        one, other = (
            each[o : o + photo.size].reshape(photo.shape) for each, o in zip(room, rng.integers(0, 64, 2), strict=True)
        )
        one[...], other[...] = photo, change
        np.testing.assert_array_equal(meet(one, other), expected)
