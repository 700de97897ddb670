"""Does a job take what was estimated? Three jobs, each estimated by a command of its own and then run by another.

python tests/benchmarks/estimates.py [--clip FILE] [--photo FILE] [--only KIND]

Prints what was estimated, what it took and the ratio, for seconds, disk and result. Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from fractions import Fraction
from pathlib import Path

import numpy as np

from dreamvideo.config import ReadConfig
from dreamvideo.media import open_source, open_target, write_still

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "clip.mp4"
FRAMES, SIZE, RATE = 60, (320, 180), Fraction(24)
ALLOWED = 1.3


def two_shots(clip: Path, folder: Path) -> Path:
    """A clip of 60 frames of 320x180 in two shots: the beginning of `clip`, then of the same mirrored and dimmed."""
    half = FRAMES // 2
    with open_source(clip, ReadConfig(width=SIZE[0], height=SIZE[1], fps=RATE)) as frames:
        taken = [frame.picture for _, frame in zip(range(half), frames, strict=False)]
    with open_target(folder / "two_shots.mp4", SIZE, RATE) as target:
        for index, picture in enumerate([*taken, *(1 - picture[::-1, ::-1] * 0.8 for picture in taken)]):
            target.write(np.ascontiguousarray(picture), index / RATE, 1 / RATE)
    return folder / "two_shots.mp4"


def still(clip: Path, folder: Path) -> Path:
    """The first frame of a clip, 640x360."""
    with open_source(clip, ReadConfig(width=640, height=360)) as frames:
        return write_still(folder / "still.png", next(iter(frames)).picture)


class DiskWatch:
    """The most bytes that a folder held, asked every few milliseconds."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.most, self._ended = folder, 0, threading.Event()
        self._before = self._size()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _size(self) -> int:
        total = 0
        for place, _, names in os.walk(self.folder):  # which passes over folders that are gone meanwhile
            for name in names:
                with contextlib.suppress(OSError):
                    total += os.stat(os.path.join(place, name)).st_size
        return total

    def _watch(self) -> None:
        while not self._ended.wait(0.005):
            self.most = max(self.most, self._size() - self._before)

    def end(self) -> int:
        self._ended.set()
        self._thread.join()
        return self.most


def run(arguments: list[str]) -> str:
    command = [sys.executable, "-m", "dreamvideo", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def compare(kind: str, arguments: list[str], target: Path) -> bool:
    """Estimate, run and print; whether all three are within 30 %."""
    (plan,) = [json.loads(line) for line in run([*arguments, "--dry-run", "--json"]).splitlines()]
    watch = DiskWatch(target.parent)
    began = time.monotonic()
    run([*arguments, "-q"])
    taken = {"seconds": time.monotonic() - began, "disk_bytes": watch.end(), "output_bytes": target.stat().st_size}
    good = True
    for name, took in taken.items():
        ratio = plan[name] / took
        good &= 1 / ALLOWED <= ratio <= ALLOWED
        print(f"{kind:<6} {name:<13} estimated {plan[name]:>12.1f}  taken {took:>12.1f}  ratio {ratio:.2f}", flush=True)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, default=EXAMPLE)
    parser.add_argument("--photo", type=Path)
    parser.add_argument("--only", choices=["video", "zoom", "image"])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        clip, photo = two_shots(asked.clip, folder), asked.photo or still(asked.clip, folder)
        jobs = {
            "video": (["video", str(clip)], folder / "a" / "clip.mp4"),
            "zoom": (["zoom", str(photo), "--duration", "4", "--width", "320"], folder / "b" / "dive.mp4"),
            "image": (["image", str(photo)], folder / "c" / "photo.png"),
        }
        good = True
        for kind, (arguments, target) in jobs.items():
            if asked.only in (None, kind):
                target.parent.mkdir()
                good &= compare(kind, [arguments[0], arguments[1], str(target), *arguments[2:]], target)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
