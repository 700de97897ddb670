"""Workers, measured: a clip of many shots by one worker and by two, each with one thread, in turns.

    python tests/benchmarks/workers.py [--shots 8] [--frames 24] [--repeats 3] [--workers 1 2] [--confined]

prints the seconds of each run, how many times faster the last number of workers is than the first, over all and
while dreaming, and whether the frames are the same. It means something where as many cores are free. With `--confined`
each number of workers gets as many cores and no more: otherwise one worker alone looks ahead in a second thread.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from dreamvideo.config import DreamConfig, Recipe, WriteConfig
from dreamvideo.media import Picture, open_target, read_still
from dreamvideo.networks.quiet import hush_tensorflow
from dreamvideo.pipeline import dream_video
from dreamvideo.progress import Progress
from dreamvideo.render.durable import JobOptions

RATE = Fraction(24)


@dataclass
class Run:
    """One rendering.

    Attributes:
        whole: seconds from the call to the finished file.
        stages: seconds at which each stage was first and last heard of.
    """

    whole: float = 0.0
    stages: dict[str, tuple[float, float]] = field(default_factory=dict)
    began: float = field(default_factory=time.perf_counter)

    def __call__(self, progress: Progress) -> None:
        now = time.perf_counter() - self.began
        first, _ = self.stages.get(progress.stage, (now, now))
        self.stages[progress.stage] = (first, now)

    @property
    def dreaming(self) -> float:
        """Seconds of the stage that workers share, their start included."""
        first, last = self.stages["dream"]
        return last - first


def scene(seed: int, width: int, height: int) -> Picture:
    """A picture of soft shapes of all sizes, larger than the frame, that a camera can pan over."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((height * 2, width * 2, 3), np.float32)
    for cells in (3, 6, 12, 25, 50, 100):
        noise = rng.random((cells, 2 * cells, 3)).astype(np.float32)
        picture += cv2.resize(noise, (width * 2, height * 2), interpolation=cv2.INTER_CUBIC) / np.float32(cells) ** 0.5
    picture -= picture.min()
    return np.asarray(picture / picture.max(), np.float32)


def make_clip(path: Path, shots: int, frames: int, width: int) -> None:
    """Pans over different scenes, with a hard cut between any two."""
    height = width * 9 // 16 // 2 * 2
    with open_target(path, (width, height), RATE, WriteConfig(crf=12), time_base=1 / RATE) as target:
        for index in range(shots * frames):
            shot, number = divmod(index, frames)
            if number == 0:
                picture = scene(shot, width, height)
                step = np.random.default_rng(shot).integers(1, 4, 2)
            top, left = (int(number * pace) % side for pace, side in zip(step, (height, width), strict=True))
            view = picture[top : top + height, left : left + width]
            target.write(np.ascontiguousarray(view), index / RATE, 1 / RATE)


def frames_of(folder: Path) -> str:
    """A hash of all frames. They are compared as PNGs: two encodings of equal frames by x264 may differ a little."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(read_still(path).tobytes())
    return digest.hexdigest()


@contextlib.contextmanager
def cores(count: int | None) -> Iterator[None]:
    """Leave this thread, and all processes that it starts, so many cores; None: all that there are."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(own)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


def render(clip: Path, target: Path, recipe: Recipe, workers: int, confined: bool) -> Run:
    """Dream the clip."""
    run = Run()
    with cores(workers if confined else None):
        made = dream_video(clip, target, recipe, run, job=JobOptions(workers=workers))
    run.whole = time.perf_counter() - run.began
    print(f"{workers} worker{'s' * (workers > 1)}: {run.whole:7.1f} s, of which dreaming {run.dreaming:7.1f} s, "
          f"{made.frames} frames, {len(made.cuts) + 1} shots", flush=True)  # fmt: skip
    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=int, default=8)
    parser.add_argument("--frames", type=int, default=24, help="a shot")
    parser.add_argument("--width", type=int, default=480)
    parser.add_argument("--steps", type=int, default=DreamConfig().steps)
    parser.add_argument("--octaves", type=int, default=DreamConfig().octaves)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs=2, default=[1, 2])
    parser.add_argument("--confined", action="store_true", help="a core a worker, and no more")
    asked = parser.parse_args()
    hush_tensorflow()
    recipe = Recipe(dream=DreamConfig(steps=asked.steps, octaves=asked.octaves), write=WriteConfig(overwrite=True))
    runs: dict[int, list[Run]] = {workers: [] for workers in asked.workers}
    hashes: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        clip, target = Path(folder) / "clip.mp4", Path(folder) / "dream"
        make_clip(clip, asked.shots, asked.frames, asked.width)
        for _ in range(asked.repeats):
            for workers in asked.workers:
                runs[workers].append(render(clip, target, recipe, workers, asked.confined))
                hashes.add(frames_of(target))
    one, many = (runs[workers] for workers in asked.workers)
    for name, value in (("whole run", lambda run: run.whole), ("dreaming", lambda run: run.dreaming)):
        ratio = statistics.median(map(value, one)) / statistics.median(map(value, many))
        print(f"{name}: {asked.workers[1]} workers are {ratio:.2f} times as fast as {asked.workers[0]}")
    print(f"frames are {'the same' if len(hashes) == 1 else 'DIFFERENT'} in all {2 * asked.repeats} runs")


if __name__ == "__main__":
    main()
