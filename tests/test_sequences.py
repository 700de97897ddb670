"""Pictures in a row: which ones a pattern means, and what is said of those that are missing or differ."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import moving_clip
from PIL import Image

from dreamvideo.config import ReadConfig
from dreamvideo.errors import ConfigError
from dreamvideo.media import open_source, open_target, probe
from dreamvideo.media.info import TRANSPARENT
from dreamvideo.render.opening import read_first


def picture(path: Path, level: int = 100, mode: str = "RGB") -> None:
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (16, 12), (level,) * 3).convert(mode).save(path)


def read(path: Path) -> tuple[list[int], list[str]]:
    """The grey levels of a sequence's pictures, and what was said."""
    with open_source(path) as source:
        return [round(float(frame.picture.mean()) * 255) for frame in source], source.warnings


@pytest.mark.parametrize("pattern", ["f%d.png", "f%3d.png", "f###.png", "f%03d.png", "f*.png", "*", "f???.*", ""])
def test_a_pattern_means_its_pictures(tmp_path: Path, pattern: str) -> None:
    """Not the notes beside them, whatever the pattern meets, and in the order in which people count."""
    for number in (8, 9, 10, 11):
        picture(tmp_path / "in" / f"f{number:03d}.png", number * 10)
    (tmp_path / "in" / "f_notes.txt").write_text("begun on Monday")
    assert read(tmp_path / "in" / pattern) == ([80, 90, 100, 110], [])


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([1, 2, 3, 5, 6], "(4)"),
        ([1, 2, 3, 6, 7, 8, 12], "(4 to 5, 9 to 11)"),
        ([0, 10, 20, 40], "(30)"),
        ([0, 10, 20, 30], ""),
        ([7], ""),
        ([20240107, 20240311, 20241224], ""),
    ],
)
def test_pictures_that_are_missing_are_told(tmp_path: Path, numbers: list[int], said: str) -> None:
    for number in numbers:
        picture(tmp_path / "in" / f"shot2_{number:04d}.png")
    levels, warnings = read(tmp_path / "in" / "shot2_%04d.png")
    assert len(levels) == len(numbers)
    assert [said in warning for warning in warnings] == ([True] if said else [])


def test_transparency_in_a_row_is_told_once(tmp_path: Path) -> None:
    for number in range(3):
        picture(tmp_path / "in" / f"{number}.png", 200, "RGBA")
        Image.new("RGBA", (16, 12), (200, 200, 200, 0)).save(tmp_path / "in" / "1.png")
    assert read(tmp_path / "in") == ([200, 0, 200], [TRANSPARENT])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("clip.mjpeg", ["-c:v", "mjpeg"]),
        ("clip.m1v", ["-c:v", "mpeg1video", "-bf", "2"]),
        ("clip.m2v", ["-c:v", "mpeg2video", "-bf", "2"]),
        ("clip.h264", ["-c:v", "libx264", "-bf", "2"]),
        ("clip.hevc", ["-c:v", "libx265", "-x265-params", "log-level=error"]),
    ],
)
def test_streams_without_a_container_are_counted_from_zero(tmp_path: Path, name: str, options: list[str]) -> None:
    """All of their pictures, at the rate that they tell, or at 25 a second."""
    path = moving_clip(tmp_path / name, *options, rate="24", seconds=1)
    rate = 25 if name == "clip.mjpeg" else 24
    with open_source(path) as source:
        assert source.rate == rate and source.info.kind == "video"
        assert [frame.time for frame in source] == [Fraction(index, rate) for index in range(24)]
    with open_source(moving_clip(tmp_path / "one.mp4", rate="24", seconds=1)) as source:
        assert probe(path).size == source.size


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ".mkv"])
def test_a_moment_of_a_clip_is_the_frame_that_it_shows(tmp_path: Path, suffix: str) -> None:
    """Also between the beginnings of two frames, and while the last one is on show."""
    clip = tmp_path / f"clip{suffix}"
    with open_target(clip, (64, 48), Fraction(10)) as target:
        for index in range(4):
            target.write(np.full((48, 64, 3), 0.2 + 0.2 * index, np.float32), Fraction(index, 10), Fraction(1, 10))
    for start, level in ((0, 0.2), ("0.05", 0.2), ("0.1", 0.4), ("0.29", 0.6), ("0.3", 0.8), ("0.39", 0.8)):
        shown = read_first(clip, ReadConfig(start=Fraction(start), width=32)).picture
        assert shown.shape == (24, 32, 3) and abs(float(shown.mean()) - level) < 0.02, start
    with pytest.raises(ConfigError, match="before the source's end"):
        read_first(clip, ReadConfig(start=Fraction("0.5")))
