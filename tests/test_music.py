"""Bands of made sounds: right band, right time, same numbers every time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from dreamvideo.config import DreamConfig, Layer, Recipe
from dreamvideo.errors import InputError, ScheduleError
from dreamvideo.media.frame import Frame, Picture
from dreamvideo.schedule import apply_schedules
from dreamvideo.schedule.music import RATE, Music

if TYPE_CHECKING:
    from dreamvideo.networks.network import Network


def tone(hertz: float, start: float, end: float, seconds: float = 3.0) -> NDArray[np.float32]:
    t = np.arange(int(seconds * RATE)) / RATE
    return (0.5 * np.sin(2 * np.pi * hertz * t) * ((t >= start) & (t < end))).astype(np.float32)


@pytest.mark.parametrize(("hertz", "band"), [(60, "bass"), (440, "mid"), (5000, "treble")])
def test_a_tone_is_in_its_band_while_it_sounds(hertz: float, band: str) -> None:
    music = Music.of(tone(hertz, 1.0, 2.0))
    there = music.at(1.5)
    assert there[band] > 0.9
    assert there["loudness"] > 0.9
    assert music.at(0.8)[band] < 0.02
    assert music.at(2.9)[band] < 0.05
    assert music.at(-1.0)[band] == music.at(99.0)[band] == 0.0


def test_bands_are_told_apart() -> None:
    music = Music.of(tone(60, 0.0, 1.0) + tone(5000, 2.0, 3.0))
    assert music.at(0.5)["bass"] > 0.9 > 0.05 > music.at(0.5)["treble"]
    assert music.at(2.5)["treble"] > 0.9 > 0.05 > music.at(2.5)["bass"]


def test_same_sound_same_numbers_and_silence_is_silent() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE * 2).astype(np.float32)
    first, second = Music.of(noise), Music.of(noise.copy())
    assert all(np.array_equal(first.levels[name], second.levels[name]) for name in first.levels)
    assert all(level.min() >= 0 and level.max() <= 1 for level in first.levels.values())
    assert max(Music.of(np.zeros(RATE, np.float32)).at(0.5).values()) == 0.0
    with pytest.raises(InputError):
        Music.of(np.zeros(0, np.float32))


def test_drives_a_schedule() -> None:
    music = Music.of(tone(60, 1.0, 2.0))
    recipe = Recipe(schedules=(("camera.zoom", "1.2 + 0.6*bass"),))
    zooms = [apply_schedules(recipe, t, music.at(t)).camera.zoom for t in (0.5, 1.5)]
    assert zooms == pytest.approx([1.2, 1.8], abs=0.02)


def test_moves_the_camera_over_a_video(photo: Picture, network: Network) -> None:
    """The carried dream dives while the bass sounds, and not before."""
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.render.video import VideoDreamer

    dream = DreamConfig(layers=(Layer("mixed3"),), octaves=1, steps=2, jitter=0)
    recipe = Recipe(dream=dream, schedules=(("camera.zoom", "1 + 2*bass"),))
    clip = [Frame(photo, Fraction(i, 8), Fraction(1, 8), i) for i in range(9)]

    def dreamed(music: Music) -> list[Picture]:
        looper = VideoDreamer(recipe, Dreamer(network, dream), fps=8, duration=1.125, music=music)
        return [frame.picture for frame, _ in looper.dream(iter(clip))]

    beat, silence = (dreamed(Music.of(sound)) for sound in (tone(60, 0.6, 1.2), np.zeros(2 * RATE, np.float32)))
    assert [np.array_equal(a, b) for a, b in zip(beat, silence, strict=True)] == [True] * 5 + [False] * 4
    with pytest.raises(ScheduleError, match="only with a music track"):
        next(VideoDreamer(recipe, Dreamer(network, dream)).dream(iter(clip)))


def test_reads_real_sound(media_dir: Path) -> None:
    music = Music.read(media_dir / "sintel.mp4")
    assert music.duration > 1
    assert max(music.levels["loudness"]) == 1.0
