"""Targets that may not be written to, or must not be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.clips import video_times
from tests.faults.command.running import UNDREAMED, command, common
from tests.faults.table import Observe

pytestmark = pytest.mark.slow


def test_folders_of_targets(source: Path, tmp_path: Path, observe: Observe) -> None:
    done = command("video", source, tmp_path / "no" / "out.mp4")
    observe("13", "a folder that is not there", (4,), done.returncode)
    (tmp_path / "out").chmod(0o500)
    done = command("video", source, tmp_path / "out" / "out.mp4", before=common())
    observe("13", "a folder that may not be written to", (4,), done.returncode)


def test_targets_that_are_there(source: Path, out: Path, observe: Observe) -> None:
    target = out / "out.mp4"
    target.write_text("old")
    observe("14", "the target exists", (2,), command("video", source, target).returncode)
    observe("14", "the target exists, -n", (2,), command("video", source, target, "-n").returncode)
    observe(
        "14", "the target exists, --skip-existing", (0,), command("video", source, target, "--skip-existing").returncode
    )
    assert target.read_text() == "old"
    observe("14", "the target exists, -y", (0,), command("video", source, target, "-y", *UNDREAMED).returncode)
    assert len(video_times(target)) == 4 and os.listdir(out) == ["out.mp4"]


def test_targets_that_are_the_input(source: Path, observe: Observe) -> None:
    before, hard = source.read_bytes(), source.with_name("hard.mp4")
    os.link(source, hard)
    observe("15", "the target is the input", (2,), command("video", source, source, "-y").returncode)
    observe("15", "the target is a hard link to the input", (2,), command("video", source, hard, "-y").returncode)
    assert source.read_bytes() == before


def test_targets_that_are_no_files(source: Path, out: Path, observe: Observe) -> None:
    precious = out / "precious.mp4"
    precious.write_text("old")
    (out / "link.mp4").symlink_to(precious)
    os.mkfifo(out / "pipe.mp4")
    observe("16", "the target is a link", (2,), command("video", source, out / "link.mp4", "-y").returncode)
    observe("16", "the target is a pipe", (2,), command("video", source, out / "pipe.mp4", "-y").returncode)
    observe("16", "the target is /dev/null", (2,), command("video", source, "/dev/null", "-y").returncode)
    assert precious.read_text() == "old" and (out / "link.mp4").is_symlink()
