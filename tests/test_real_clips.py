"""Real clips, whole, through the video loop: what comes out has the frames, times, size and sound of what went in."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from dreamvideo import DreamConfig, Recipe, WriteConfig, dream_video
from dreamvideo.config import ReadConfig
from dreamvideo.media import open_source, probe

CLIPS = ("chaplin.mp4", "cockatoo.mp4", "newtonscradle.gif", "pan.mp4", "realshort.mp4", "sintel.mp4")
QUICK = DreamConfig(octaves=2, steps=2)
TICK = Fraction(1, 100)


def times_of(path: Path) -> list[Fraction]:
    with open_source(path) as frames:
        return [frame.time for frame in frames]


def sound_end(path: Path) -> float:
    """Seconds from the file's beginning at which its sound ends."""
    with av.open(str(path)) as file:
        track = file.streams.audio[0]
        ends = [float((p.pts + (p.duration or 0)) * track.time_base) for p in file.demux(track) if p.pts is not None]
        return max(ends)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
@pytest.mark.parametrize("name", CLIPS)
def test_a_clip_keeps_its_frames_times_size_and_sound(media_dir: Path, tmp_path: Path, name: str, suffix: str) -> None:
    source, target = media_dir / name, tmp_path / f"dream{suffix}"
    result = dream_video(source, target, Recipe(dream=QUICK))
    before, after = probe(source), probe(target)
    assert after.size == before.size
    given, made = times_of(source), times_of(target)
    assert result.frames == len(made) == len(given)
    within = Fraction(0) if suffix == ".mp4" else TICK / 2
    assert max(abs(a - b) for a, b in zip(given, made, strict=True)) <= within
    if suffix == ".mp4" and before.has_audio:
        assert before.rate is not None
        shown = float(given[-1] + 1 / before.rate)
        assert abs(min(sound_end(source), shown) - sound_end(target)) <= 1 / float(before.rate) + 0.03


@pytest.mark.parametrize("name", ["chaplin.mp4", "realshort.mp4"])
def test_a_dream_keeps_brightness_and_does_not_fade_in(media_dir: Path, tmp_path: Path, name: str) -> None:
    read = ReadConfig(width=192, end=Fraction(3, 5))
    target = tmp_path / "dream.mp4"
    recipe = Recipe(read=read, write=WriteConfig(crf=8), dream=DreamConfig(octaves=2))
    dream_video(media_dir / name, target, recipe)
    with open_source(media_dir / name, replace(read, height=None)) as frames:
        sources = [frame.picture for frame in frames]
    with open_source(target) as frames:
        dreams = [frame.picture for frame in frames]
    drift = [float(d.mean() - s.mean()) for d, s in zip(dreams, sources, strict=True)]
    assert np.abs(drift).max() < 0.08
    strength = [float(np.sqrt(np.square(d - s).mean())) for d, s in zip(dreams, sources, strict=True)]
    assert np.ptp(strength[2:]) <= 0.2 * np.mean(strength[2:])
    assert abs(strength[0] - np.mean(strength)) <= 0.15 * np.mean(strength)
