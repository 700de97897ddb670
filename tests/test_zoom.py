"""The zoom loop: what it keeps, where it resumes, how it loops; colours, tempering and the journey."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from dreamvideo.camera import Camera
from dreamvideo.config import CameraConfig, DreamConfig, ReadConfig, Recipe, ZoomConfig
from dreamvideo.errors import DamagedInputError, FrameTooSmallError, ScheduleError
from dreamvideo.media import open_source
from dreamvideo.media.frame import Frame, Picture
from dreamvideo.render.opening import read_start
from dreamvideo.zoom import Zoom, noise_picture, plan_journey
from dreamvideo.zoom.drift import ColorReference, hold_colors
from dreamvideo.zoom.journey import Journey
from dreamvideo.zoom.tempering import hold_crispness, temper
from tests.clips import moving_clip

if TYPE_CHECKING:
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.networks.network import Network

MakeDreamer = Callable[[Recipe], "Dreamer"]

RECIPE = Recipe(
    dream=DreamConfig(octaves=2, jitter=8),
    camera=CameraConfig(zoom=1.6),
    zoom=ZoomConfig(duration=Fraction(2), fps=Fraction(8), journey_seconds=0.6),
)


@pytest.fixture(scope="session")
def make_dreamer(network: Network) -> MakeDreamer:
    from dreamvideo.dreamer import Dreamer

    return lambda recipe: Dreamer(network, recipe.dream)


def zoom(first: Picture, recipe: Recipe, make_dreamer: MakeDreamer) -> list[Frame]:
    return [frame for frame, _ in Zoom(first, recipe, make_dreamer(recipe)).frames()]


def step(a: Picture, b: Picture) -> float:
    return float(np.abs(a - b).mean())


def test_frames_times_and_resume(photo: Picture, make_dreamer: MakeDreamer) -> None:
    frames, canvases = zip(*Zoom(photo, RECIPE, make_dreamer(RECIPE)).frames(), strict=True)
    assert len(frames) == 16
    assert np.array_equal(frames[0].picture, photo)
    assert frames[5].time == Fraction(5, 8) and frames[5].duration == Fraction(1, 8)
    rest = [frame for frame, _ in Zoom(photo, RECIPE, make_dreamer(RECIPE)).frames(range(10, 16), canvases[9])]
    assert [frame.index for frame in rest] == list(range(10, 16))
    for again, before in zip(rest, frames[10:], strict=True):
        assert np.array_equal(again.picture, before.picture)


@pytest.mark.parametrize("zoom_factor", [1.6, 0.7])
def test_a_loop_leads_into_its_first_frame(photo: Picture, make_dreamer: MakeDreamer, zoom_factor: float) -> None:
    recipe = replace(
        RECIPE,
        camera=CameraConfig(zoom=zoom_factor, rotate=10),
        zoom=ZoomConfig(duration=Fraction(3), fps=Fraction(10), loop=True, journey_seconds=1),
    )
    frames = [frame.picture for frame in zoom(photo, recipe, make_dreamer)]
    steps = [step(a, b) for a, b in pairwise(frames)]
    # The camera's own motion of the first picture is the least that a seam can be.
    assert step(frames[-1], frames[0]) <= 1.05 * max(np.median(steps), steps[0])
    assert max(steps) < 3 * np.median(steps)
    # It went somewhere else in between.
    assert step(frames[len(frames) // 2], photo) > 3 * np.median(steps)


def test_without_strength_only_the_camera_moves(photo: Picture, make_dreamer: MakeDreamer) -> None:
    for recipe in (
        replace(RECIPE, zoom=replace(RECIPE.zoom, strength=0.0, drift="free")),
        replace(RECIPE, dream=replace(RECIPE.dream, steps=0), zoom=replace(RECIPE.zoom, drift="free")),
    ):
        frames = zoom(photo, recipe, make_dreamer)
        expected = np.clip(Camera(RECIPE.camera).step(photo, 0, 1 / 8), 0, 1)
        assert np.array_equal(frames[1].picture, expected)


def test_zoom_dives_unless_told_otherwise(photo: Picture, make_dreamer: MakeDreamer) -> None:
    still = ZoomConfig(duration=Fraction(1, 4), fps=Fraction(8), strength=0.0, drift="free")
    dive, stay = (
        zoom(photo, replace(RECIPE, camera=CameraConfig(zoom=factor), zoom=still), make_dreamer)[1].picture
        for factor in (None, 1.0)
    )
    assert np.array_equal(stay, photo)
    assert np.array_equal(dive, np.clip(Camera(CameraConfig(zoom=1.5)).step(photo, 0, 1 / 8), 0, 1))


def test_schedules_drive_the_loop_and_are_checked_first(photo: Picture, make_dreamer: MakeDreamer) -> None:
    recipe = replace(RECIPE, schedules=(("layers", "0s: mixed3, 2s: mixed5"), ("zoom.strength", "0s: 0, 1s: 1 hold")))
    recipe = replace(recipe, zoom=replace(recipe.zoom, drift="free"))
    frames = zoom(photo, recipe, make_dreamer)
    assert np.array_equal(frames[1].picture, np.clip(Camera(RECIPE.camera).step(photo, 0, 1 / 8), 0, 1))
    undreamed = np.clip(Camera(RECIPE.camera).step(frames[8].picture, 1, 9 / 8), 0, 1)
    assert step(frames[9].picture, undreamed) > 1e-4
    with pytest.raises(ScheduleError, match=r"at 1\.\d+ s"):
        Zoom(photo, replace(RECIPE, schedules=(("camera.zoom", "1.5 - t"),)), make_dreamer(RECIPE))
    with pytest.raises(FrameTooSmallError):
        Zoom(photo[:24, :24], RECIPE, make_dreamer(RECIPE))


def test_a_damaged_clip_begins_a_dive_with_its_last_readable_frame(tmp_path: Path) -> None:
    options = ("-g", "10", "-movflags", "+faststart")
    whole = moving_clip(tmp_path / "whole.mp4", *options, rate="25", seconds=4).read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) * 6 // 10])
    with pytest.raises(DamagedInputError):
        read_start(cut, RECIPE)
    start = read_start(cut, replace(RECIPE, read=ReadConfig(on_error="keep")))
    assert start.damaged and any("damaged" in warning for warning in start.warnings)
    with open_source(tmp_path / "whole.mp4") as source:
        pictures = [frame.picture for frame in source]
    distances = [step(picture, start.picture) for picture in pictures]
    assert 5 < int(np.argmin(distances)) < len(pictures) - 5


def test_colours_hold_for_a_thousand_frames() -> None:
    """A dream that brightens, reddens and contrasts a little every frame."""
    first = noise_picture((64, 48), 3)
    reference, camera, picture = ColorReference.of(first), Camera(CameraConfig(zoom=1.5)), first
    rng = np.random.default_rng(0)
    for index in range(1000):
        picture = np.clip(camera.step(picture, index / 24, (index + 1) / 24), 0, 1)
        fine = rng.normal(0, 0.06, picture.shape).astype(np.float32)
        dreamed = np.clip((picture - 0.5) * 1.02 + 0.503 + fine + np.float32([0.004, 0, -0.002]), 0, 1)
        picture = hold_colors(temper(picture, dreamed), reference)
        if index % 50 == 49:
            found = ColorReference.of(picture)
            assert found.luma == pytest.approx(reference.luma, rel=0.02)
            assert found.chroma == pytest.approx(reference.chroma, rel=0.1)
            assert ((picture <= 0) | (picture >= 1)).any(axis=2).mean() < 0.01
            assert found.spread[0] > 0.5 * reference.spread[0]


def test_the_hold_is_the_same_per_second() -> None:
    first = noise_picture((64, 48), 1)
    reference = ColorReference.of(np.clip(first * 0.9 + 0.06, 0, 1))
    one = hold_colors(first, reference, 1 / 12)
    two = hold_colors(hold_colors(first, reference, 1 / 24), reference, 1 / 24)
    assert ColorReference.of(one).mean == pytest.approx(ColorReference.of(two).mean, abs=0.3)
    assert ColorReference.of(one).spread == pytest.approx(ColorReference.of(two).spread, rel=0.03)


def test_plain_and_grey_pictures_survive() -> None:
    grey = np.repeat(noise_picture((64, 48), 1).mean(axis=2, keepdims=True), 3, axis=2)
    for first in (grey, np.full_like(grey, 0.5), np.zeros_like(grey), np.ones_like(grey)):
        held = hold_colors(noise_picture((64, 48), 2), ColorReference.of(first))
        assert np.isfinite(held).all()
        assert held.min() >= 0 and held.max() <= 1


def test_a_long_dive_stays_sharp_and_shows_no_cross() -> None:
    """What is sharpened frame after frame must not pile up where the camera moves nothing: along its axes."""
    rng, size = np.random.default_rng(0), (128, 72)
    first, camera = noise_picture(size, 3), Camera(CameraConfig(zoom=1.5))
    reference, axes = ColorReference.of(first), []
    soft = crisp = first
    for index in range(160):
        change = sum(
            cv2.resize(rng.normal(0, 0.008, (72 // blot, 128 // blot, 3)), size, interpolation=cv2.INTER_CUBIC)
            for blot in (2, 3, 6)
        )
        soft, crisp = (np.clip(camera.step(x, index / 24, (index + 1) / 24), 0, 1) for x in (soft, crisp))
        soft, crisp = (temper(x, np.clip(x + change.astype(np.float32), 0, 1)) for x in (soft, crisp))
        soft, crisp = hold_colors(soft, reference), hold_colors(hold_crispness(crisp), reference)
        if index >= 100 and index % 5 == 0:
            down, right = (np.abs(np.diff(crisp.mean(axis=2), axis=axis)).mean(axis=1 - axis) for axis in (0, 1))
            axes.append((down[35] / down.mean(), right[63] / right.mean()))
    assert np.mean(axes, axis=0).max() < 1.5
    fine, softer = (float((x - cv2.GaussianBlur(x, (0, 0), 1.5)).std()) for x in (crisp, soft))
    assert fine > 1.1 * softer


def test_tempering_evens_and_never_clips(photo: Picture) -> None:
    rng = np.random.default_rng(0)
    lopsided = rng.normal(0, 0.02, photo.shape).astype(np.float32)
    lopsided[:, :40] *= 10
    out = temper(photo, np.clip(photo + lopsided, 0, 1))
    change = np.abs(out - photo)
    assert change[:, :30].mean() / change[:, 60:].mean() < 0.6 * 10
    assert ((out <= 0) | (out >= 1)).mean() < 1e-3
    assert (out - photo).mean(axis=(0, 1)) == pytest.approx(np.zeros(3), abs=1e-5)
    assert temper(photo, photo) == pytest.approx(photo, abs=1e-6)


def test_noise_is_smooth_coloured_and_seeded() -> None:
    picture = noise_picture((97, 61), 5)
    assert picture.shape == (61, 97, 3) and picture.dtype == np.float32
    assert np.array_equal(picture, noise_picture((97, 61), 5))
    assert step(picture, noise_picture((97, 61), 6)) > 0.02
    assert picture.min() > 0.05 and picture.max() < 0.95
    assert step(picture[:, 1:], picture[:, :-1]) < 0.35 * float(picture.std())


def test_a_journey_wanders_and_is_balanced(photo: Picture, make_dreamer: MakeDreamer) -> None:
    dreamer = make_dreamer(RECIPE)
    journey = plan_journey(RECIPE, dreamer)
    assert journey is not None
    again, other = (plan_journey(replace(RECIPE, dream=replace(RECIPE.dream, seed=seed)), dreamer) for seed in (0, 1))
    assert again is not None and other is not None
    route = [(place.layer, place.mix.tobytes()) for place in journey.places]
    assert route == [(place.layer, place.mix.tobytes()) for place in again.places]
    assert route != [(place.layer, place.mix.tobytes()) for place in other.places]
    assert all(a != b for a, b in pairwise(route))
    for t in np.linspace(0, 2, 41):
        shares = dict(journey.shares(float(t)))
        later = dict(journey.shares(float(t) + 0.01))
        assert sum(shares.values()) == pytest.approx(1)
        assert all(abs(later.get(place, 0.0) - share) < 0.1 for place, share in shares.items())
        objective = journey.objective(float(t), photo)
        assert dreamer.value(photo, objective) > 0


def test_a_looped_journey_ends_where_it_began(photo: Picture, make_dreamer: MakeDreamer) -> None:
    journey = Journey.plan(
        make_dreamer(RECIPE), ["mixed3", "mixed5"], photo, seed=0, duration=6.0, seconds=2.0, loop=True
    )
    assert journey is not None
    assert len(journey.places) == 3
    assert dict(journey.shares(6.0 - 1e-9))[0] == pytest.approx(1)
    assert journey.shares(0.0) == journey.shares(6.0)
    assert math.isclose(journey.motif(6.0 - 1e-9), journey.motif(0.0), abs_tol=1e-6)


def test_no_journey_where_the_recipe_says_what_to_dream(photo: Picture, make_dreamer: MakeDreamer) -> None:
    own, channel = (replace(RECIPE, dream=replace(RECIPE.dream, layers=layer)) for layer in ("mixed3", "mixed3:1"))
    scheduled = replace(RECIPE, schedules=(("layers", "0s: mixed3"),))
    off = replace(RECIPE, zoom=replace(RECIPE.zoom, journey=False))
    for recipe in (own, channel, scheduled, off):
        assert plan_journey(recipe, make_dreamer(recipe)) is None
