"""The command in a process of its own or in this one, and the files that several tests give it.

Faults that end a command early, or lie in its surroundings, meet `python -m dreamvideo` in a process of its own;
clips that are merely odd are rendered by the same command line in this process, where TensorFlow is loaded once.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from typer.testing import CliRunner

COMMAND = (sys.executable, "-m", "dreamvideo")
UNDREAMED = ("--steps", "0", "-q")
WAIT = 300.0


def command(*arguments: object, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own: one line of what went wrong, and no trace."""
    words = [*before, *COMMAND, *map(os.fspath, map(_word, arguments))]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", errors="replace", timeout=WAIT, check=False)
    assert "Traceback" not in done.stderr and "\x1b" not in done.stderr
    if done.returncode not in (0, 5):
        assert len([line for line in done.stderr.splitlines() if line.startswith("dreamvideo: ")]) == 1, done.stderr
    return done


def common() -> tuple[str, ...]:
    """What runs a command without the right of root to read and write everything."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root may read and write everything")
    rights = "-dac_override,-dac_read_search"
    return "setpriv", f"--inh-caps={rights}", f"--bounding-set={rights}", "--"


def _word(argument: object) -> str | Path:
    return argument if isinstance(argument, Path) else str(argument)


def inside(*arguments: object) -> int:
    """The same command line in this process; its code."""
    from dreamvideo.app import app

    done = CliRunner().invoke(app, [os.fspath(_word(argument)) for argument in arguments])
    assert "Traceback" not in done.output and done.exit_code != 1, done.output
    return done.exit_code


def written(name: str, data: bytes) -> Path:
    Path(name).write_bytes(data)
    return Path(name)


def shortened(path: Path, share: float) -> Path:
    data = path.read_bytes()
    return written(f"cut{path.suffix}", data[: int(len(data) * share)])


def still() -> Path:
    iio.imwrite("still.png", np.full((48, 64, 3), 128, np.uint8))
    return Path("still.png")
