"""A dreamer of microseconds whose state matters, for testing jobs.

Also a driver: `python -m tests.toy_dreams TARGET --source FILE`.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from dreamvideo.errors import DreamVideoError, NotFiniteError
from dreamvideo.jobs import Plan, Shot, State, Survey, fingerprint, job_folder, load_job, open_job, run_job
from dreamvideo.media.frame import Frame

ROOT = Path(__file__).resolve().parents[1]
SIZE = (48, 32)
RATE = Fraction(24000, 1001)


class Toy:
    """Feeds its canvas back, so that a frame depends on every one before it in its shot."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.source = sum(Path(plan.inputs["source"].path).read_bytes()) % 251

    def frames(self, stretch: range, state: State | None) -> Iterator[tuple[Frame, State]]:
        canvas = np.full((*SIZE[::-1], 3), 0.5, np.float32) if state is None else state["canvas"]
        assert isinstance(canvas, np.ndarray) and canvas.dtype == np.float32
        for index in stretch:
            self._mishap(stretch, index)
            noise = np.random.default_rng((self.plan.seed, index, self.source)).random(canvas.shape, np.float32)
            canvas = np.roll(canvas, 1, 1) * np.float32(0.93) + noise * np.float32(0.07)
            time.sleep(self.plan.settings.get("delay", 0))
            yield Frame(canvas, index / RATE, 1 / RATE, index), {"canvas": canvas, "next": index + 1}

    def _mishap(self, stretch: range, index: int) -> None:
        settings = self.plan.settings
        if index != settings.get("bad_frame") or not _first_time(settings.get("once")):
            return
        how = settings["how"]
        if how == "raise":
            raise ValueError(f"frame {index} is poison")
        if how == "nan":
            raise NotFiniteError(f"frame {index}: the gradient holds NaN")
        os.kill(os.getpid(), {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}[how])
        time.sleep(1)


def _first_time(marker: str | None) -> bool:
    if marker is None:
        return True
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


@contextmanager
def hashes(plan: Plan, target: Path) -> Iterator[Any]:
    """A result that holds each frame's time and hash: two are equal where all frames are."""
    lines: list[str] = []

    class Lines:
        def write(self, pixels: np.ndarray, time: Fraction, duration: Fraction | None) -> None:
            lines.append(f"{time} {duration} {hashlib.sha256(pixels.tobytes()).hexdigest()}\n")

    yield Lines()
    target.write_text("".join(lines))


def plan(source: Path, *, seed: int = 1, size: tuple[int, int] = SIZE, segment: int = 5, **settings: Any) -> Plan:
    split, overlap = settings.pop("split", None), settings.pop("overlap", 0)
    return Plan(
        kind="video",
        inputs={"source": fingerprint(source)},
        size=size,
        settings=settings,
        seed=seed,
        weights="0" * 64,
        segment_frames=segment,
        split_frames=split,
        overlap_frames=overlap,
        warmup_frames=4 if split else 0,
    )


def survey(lengths: list[int]) -> Survey:
    edges = np.cumsum([0, *lengths]).tolist()
    return Survey([Shot(*pair) for pair in itertools.pairwise(edges)])


def start_driver(target: Path, *options: object) -> subprocess.Popen[str]:
    """A driver in a process group of its own, as a shell would start it."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.toy_dreams", str(target), *map(str, options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=ROOT,
    )


def wait_for_frames(driver: subprocess.Popen[str], frames: int) -> None:
    """Read a driver's progress until it has made so many frames."""
    assert driver.stderr is not None
    for line in driver.stderr:
        if line.startswith("dream ") and int(line.split()[1]) >= frames:
            return
    raise AssertionError(f"the driver ended before frame {frames}")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("target", type=Path)
    parser.add_argument("--source", type=Path)
    parser.add_argument("--shots", type=int, nargs="+", default=[13, 6, 17, 4])
    parser.add_argument("--workers", type=int)
    parser.add_argument("--scheduler")
    parser.add_argument("--lease", type=float, default=60)
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--how")
    parser.add_argument("--bad-frame", type=int)
    parser.add_argument("--once")
    parser.add_argument("--segment", type=int, default=5)
    parser.add_argument("--force", action="store_true")
    asked = parser.parse_args()
    try:
        if asked.source is None:
            job = load_job(job_folder(asked.target))
        else:
            settings = {"delay": asked.delay, "how": asked.how, "bad_frame": asked.bad_frame, "once": asked.once}
            wanted = plan(asked.source, segment=asked.segment, **settings)
            job = open_job(wanted, asked.target, lambda: survey(asked.shots))
        print(
            run_job(
                job,
                Toy,
                hashes,
                workers=asked.workers,
                scheduler=asked.scheduler,
                lease=asked.lease,
                force=asked.force,
                on_progress=lambda progress: print(progress.stage, progress.done, file=sys.stderr, flush=True),
            )
        )
    except DreamVideoError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    from tests import toy_dreams  # workers import it by this name, not as __main__

    sys.exit(toy_dreams.main())
