"""Names and tags that mean something to a shell, a terminal or ffmpeg."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest

from tests.clips import hue_clip, video_times
from tests.faults.command.running import UNDREAMED, command, inside
from tests.faults.table import Observe

pytestmark = pytest.mark.slow

NAMES = [
    "a:b.mp4",
    "-x.mp4",
    "%03d.mp4",
    "line\nbreak.mp4",
    os.fsdecode(b"\xff\xfe.mp4"),
    "träum 🙂.mp4",
    "a" * 240 + ".mp4",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_names(name: str, source: Path, out: Path, observe: Observe) -> None:
    source.rename(name)
    code = inside("video", *UNDREAMED, "--", name, out / name)
    observe("39", f"the name {ascii(name)[:20]}", (0,), code)
    assert os.listdir(out) == [name] and len(video_times(out / name)) == 4


def test_tags_and_codes_in_names(out: Path, observe: Observe) -> None:
    tags = {"comment": "Duration: 99:59:59.99, rotate: 90\n\x1b[31mred", "title": "x\x1b]0;owned\x07"}
    clip = hue_clip(Path("bad\x1b[31m.mp4"), 12, metadata=tags)
    done = command("video", clip, out / "out.mp4", "--steps", 0)
    observe("S4", "tags that lie and steer the terminal", (0,), done.returncode)
    assert video_times(out / "out.mp4") == [Fraction(i, 24) for i in range(12)]
    done = command("video", f"missing{clip}", out / "out2.mp4")
    assert done.returncode == 3 and "\\x1b[31m" in done.stderr
