"""Clips that are damaged in the middle: refused, or dreamed as far as they can be read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dreamvideo.config import ReadConfig
from dreamvideo.media import open_source
from tests.clips import moving_clip, video_times
from tests.faults.command.running import UNDREAMED, command, shortened, written
from tests.faults.table import Observe

pytestmark = pytest.mark.slow


def _flipped() -> Path:
    data = bytearray(moving_clip(Path("whole.mp4"), "-g", "10", rate="25", seconds=4).read_bytes())
    begin = data.index(b"mdat")
    length = int.from_bytes(data[begin - 4 : begin], "big")
    for position in np.random.default_rng(3).integers(begin + length // 2, begin + length - 8, 200):
        data[position] ^= 0xFF
    return written("flipped.mp4", data)


def _cut(suffix: str) -> Path:
    options = ("-g", "10", "-movflags", "+faststart")
    return shortened(moving_clip(Path(f"whole.{suffix}"), *options, rate="25", seconds=4), 0.6)


DAMAGED: dict[tuple[str, str], Callable[[], Path]] = {
    ("24", "MP4 cut off"): lambda: _cut("mp4"),
    ("25", "MKV cut off"): lambda: _cut("mkv"),
    ("26", "200 flipped bytes"): _flipped,
}


@pytest.mark.parametrize(("row", "fault"), DAMAGED)
def test_damaged_inputs(row: str, fault: str, out: Path, observe: Observe) -> None:
    path = DAMAGED[row, fault]()
    observe(row, fault, (3,), command("video", path, out / "out.mp4", *UNDREAMED).returncode)
    assert not os.listdir(out)
    keep = ("--on-error", "keep", *UNDREAMED)
    observe(row, f"{fault}, --on-error keep", (5,), command("video", path, out / "out.mp4", *keep).returncode)
    assert len(video_times(out / "out.mp4")) > 10 and os.listdir(out) == ["out.mp4"]


def test_a_dive_out_of_a_damaged_clip(out: Path, observe: Observe) -> None:
    """It begins with the last frame that can be read."""
    path, options = _cut("mp4"), ("--duration", "0.5", "--zoom", "1", *UNDREAMED)
    observe("24", "a dive out of it", (3,), command("zoom", path, out / "out.mp4", *options).returncode)
    assert not os.listdir(out)
    done = command("zoom", path, out / "out.mp4", "--on-error", "keep", *options)
    observe("24", "a dive out of it, --on-error keep", (5,), done.returncode)
    assert "the input is damaged" in done.stderr and os.listdir(out) == ["out.mp4"]
    with open_source(path, ReadConfig(on_error="keep")) as source:
        *_, last = source
    with open_source(out / "out.mp4") as dive:
        first = next(iter(dive))
    assert np.abs(first.picture - last.picture).mean() < 0.05
