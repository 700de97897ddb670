"""Terminals and clocks that misbehave."""

from __future__ import annotations

import json
import os
import pty
import shlex
import struct
import subprocess
import sys
from pathlib import Path

import imageio.v3 as iio
import pytest

from tests.clips import hue_clip
from tests.faults.command.running import COMMAND, WAIT, command, still
from tests.faults.table import Observe

pytestmark = pytest.mark.slow


def test_nobody_reads(observe: Observe) -> None:
    process = subprocess.Popen([*COMMAND, "presets"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    observe("43", "stdout is closed", (0, 141), process.wait(WAIT))
    assert told == b""


@pytest.mark.parametrize(
    ("streams", "code"),
    [(">&-", 0), ("2>&-", 0), ("<&- >&- 2>&-", 0), ("> /dev/full", 4), ("2> /dev/full", 0), ("--json > /dev/full", 4)],
)
@pytest.mark.parametrize("words", ["presets", "image still.png out.png --steps 0 -y"])
def test_streams_that_are_closed_or_full(words: str, streams: str, code: int, observe: Observe) -> None:
    still()
    line = f"{shlex.join(COMMAND)} {words} {streams}"
    done = subprocess.run(line, shell=True, capture_output=True, encoding="utf-8", timeout=WAIT, check=False)
    observe("43", f"{words.split()[0]} {streams}", (code,), done.returncode)
    assert "Traceback" not in done.stderr and "a bug" not in done.stderr
    assert ("standard output cannot be written: No space left" in done.stderr) == (code == 4)
    # A picture is made unless what asks for it cannot be told of the way.
    made = words != "presets" and "json" not in streams
    assert made == Path("out.png").exists() and (not made or iio.imread("out.png").shape == (48, 64, 3))


def test_a_tiny_terminal(source: Path, out: Path, observe: Observe) -> None:
    import fcntl
    import termios

    driver, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 2, 10, 0, 0))
    words = [*COMMAND, "video", str(source), str(out / "out.mp4"), "--steps", "0"]
    process = subprocess.Popen(words, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True)
    os.close(terminal)
    told = b""
    with os.fdopen(driver, "rb", buffering=0) as screen:
        while piece := _read(screen):
            told += piece
    observe("43", "a terminal of 10 by 2 letters", (0,), process.wait(WAIT))
    assert b"Traceback" not in told


def _read(screen: object) -> bytes:
    try:
        return screen.read(4096)  # type: ignore[attr-defined,no-any-return]
    except OSError:  # Linux says so where the other end is closed
        return b""


def test_no_terminal_has_no_bar(source: Path, out: Path, observe: Observe) -> None:
    done = command("video", source, out / "out.mp4", "--steps", 0)
    observe("43", "no terminal", (0,), done.returncode)
    assert "\r" not in done.stderr and "━" not in done.stderr and done.stdout == f"{out / 'out.mp4'}\n"


JUMPING = """
import random, time
usual = time.time
time.time = lambda: usual() + random.choice((-1e7, 0, 1e7))
from dreamvideo.__main__ import main
main()
"""


def test_clock_jumps(out: Path, observe: Observe) -> None:
    clip = hue_clip(Path("clip.mp4"), 48)
    words = [sys.executable, "-c", JUMPING, "video", str(clip), str(out / "out.mp4"), "--steps", "0", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=WAIT, check=False)
    observe("44", "a clock that jumps by months", (0,), done.returncode)
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    left = [item["eta_seconds"] for item in objects if item["event"] == "progress" and item["eta_seconds"] is not None]
    assert all(0 <= seconds < 600 for seconds in left) and objects[-1]["event"] == "result"
