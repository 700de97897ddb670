"""Commands that are killed, and gone on with."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.clips import decoded, moving_clip, video_times
from tests.faults.command.running import COMMAND, WAIT, command, still
from tests.faults.table import Observe

pytestmark = pytest.mark.slow

CHEAP = ("--steps", "1", "--octaves", "1")


def long_clip() -> Path:
    return moving_clip(Path("long.mp4"), size="64x48", rate="24", seconds=4)


def killed(target: Path, segments: int, *words: object) -> None:
    """Run a command until its job has so many finished segments, and kill it."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    job = target.with_name(f"{target.name}.job")
    deadline = time.monotonic() + WAIT
    while len(list(job.glob("receipts/*.json"))) < segments:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not target.exists() and job.is_dir()


@pytest.mark.parametrize("kind", ["video", "video of workers", "zoom"])
def test_killed_commands_go_on(kind: str, out: Path, observe: Observe) -> None:
    """By `resume`, and by the same command again: decoded frames equal those of an unbroken run."""
    whole, broken, again = out / "whole.mp4", out / "broken.mp4", out / "again.mp4"
    if kind == "zoom":
        words: tuple[object, ...] = (still(), *CHEAP, "--duration", "3", "--width", "96", "--height", "64")
    else:
        words = (long_clip(), *CHEAP, *(("--workers", 2) if "workers" in kind else ()))
    name = kind.partition(" ")[0]
    assert command(name, words[0], whole, *words[1:]).returncode == 0
    expected = decoded(whole)
    killed(broken, 1, name, words[0], broken, *words[1:])
    observe("1", f"SIGKILL of a {kind}, then resume", (0,), command("resume", f"{broken}.job").returncode)
    assert decoded(broken) == expected
    killed(again, 1, name, words[0], again, *words[1:])
    observe(
        "1", f"SIGKILL of a {kind}, then the same again", (0,), command(name, words[0], again, *words[1:]).returncode
    )
    assert decoded(again) == expected
    assert sorted(os.listdir(out)) == ["again.mp4", "broken.mp4", "whole.mp4"]


def test_a_killed_job_whose_input_or_segment_changed(out: Path, observe: Observe) -> None:
    clip, target = long_clip(), out / "out.mp4"
    killed(target, 2, "video", clip, target, *CHEAP)
    done = command("video", clip, target, *CHEAP, "--seed", 7)
    observe("19", "the same command with another seed", (2,), done.returncode)
    assert "dream.seed" in done.stderr
    before = clip.read_bytes()
    clip.write_bytes(before + b"\0")
    observe("19", "resumed with another input", (2,), command("resume", f"{target}.job").returncode)
    clip.write_bytes(before)
    segment = min((out / "out.mp4.job" / "segments").iterdir())
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    observe("18", "a bit of a segment flipped, then resume", (0,), command("resume", f"{target}.job").returncode)
    assert len(video_times(target)) == 96
