"""Zooms, measured: is there always something new, do colours hold, does it stay sharp, how fast is it?

    python tests/benchmarks/zoom.py PICTURE... [--teacher squeezenet_v1.1_notop.h5] [--size 640 360] [--seconds 20]
                                    [--loop] [--drift free] [--keep FOLDER]

prints a table, each row as it is done. With --keep, FOLDER gets each zoom as .mp4, and a contact sheet of every
second second as .png. Memory does not grow with the length: of a frame, a few numbers are kept.

Columns:
    new in 4 s      cosine distance between the teacher's mean fire9 features of frames 4 s apart, mean (least): 0.03
                    where a zoom has collapsed into one texture, 0.23 between dreams of different photographs
    largest step    mean |difference| of neighbouring frames, largest over median: a cut is above 3
    seam            of a loop: last frame to first, over the median step
    luma, chroma    largest deviation of the frame's mean from the first frame's
    clipped         largest part of pixels with a channel at 0 or 1
    sharp           power at fine frequencies, frame 600 or the last over frame 30; and the least after frame 30
    frames a second, core seconds a frame: of making frames, the first few left out
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.config import CameraConfig, DreamConfig, NetworkConfig, Recipe, WriteConfig, ZoomConfig
from dreamvideo.dreamer import Dreamer
from dreamvideo.media import Picture, open_target, read_still, write_still
from dreamvideo.networks import load_network
from dreamvideo.zoom import Zoom
from dreamvideo.zoom.drift import ColorReference

if TYPE_CHECKING:
    from dreamvideo.media import Frame

Features = Callable[[Picture], NDArray[np.float32]]

APART = 4.0  # seconds between two frames that should differ
LOOK = 0.5  # seconds between two frames that the teacher and the spectrum look at
WARM_UP = 6  # frames in which graphs are traced, left out of the timing
FINE = (0.2, 0.5)  # cycles a pixel: what goes first where a zoom loses its sharpness
EARLY, LATE = 30, 600  # frames whose sharpness is compared
SHEET_WIDTH = 426  # pixels of a picture on a contact sheet, at most


def teacher_features(weights: Path) -> Features:
    """Mean fire9 features of a picture, (512,)."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
    import tensorflow as tf
    from train_dreamnet import build_teacher

    teacher = build_teacher(weights)
    look = tf.function(
        lambda x: tf.reduce_mean(teacher(x)[-1], axis=(0, 1, 2)), input_signature=(tf.TensorSpec((1, None, None, 3)),)
    )
    return lambda picture: np.asarray(look(picture[np.newaxis]))


def cosine_distance(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return 1 - float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def fine_power(picture: Picture) -> float:
    """Power of the luma at fine frequencies."""
    luma = picture @ np.float32([0.2126, 0.7152, 0.0722])
    height, width = luma.shape
    window = np.hanning(height)[:, np.newaxis] * np.hanning(width)
    power = np.square(np.abs(np.fft.rfft2((luma - luma.mean()) * window)))
    frequency = np.hypot(np.fft.fftfreq(height)[:, np.newaxis], np.fft.rfftfreq(width))
    return float(power[(frequency >= FINE[0]) & (frequency < FINE[1])].sum() / np.square(window).sum())


def fitted(picture: Picture, width: int, height: int) -> Picture:
    """Cut to the shape of the zoom, and resize."""
    scale = max(width / picture.shape[1], height / picture.shape[0])
    size = max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale))
    large = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    y, x = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return np.ascontiguousarray(np.clip(large[y : y + height, x : x + width], 0, 1), np.float32)


@dataclass
class Clock:
    """Adds up what the making of frames takes, not the looking at them."""

    wall: float = 0.0
    core: float = 0.0
    frames: int = 0

    def around(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        while True:
            wall, core = time.perf_counter(), time.process_time()
            if (frame := next(frames, None)) is None:
                return
            if frame.index >= WARM_UP:
                self.wall += time.perf_counter() - wall
                self.core += time.process_time() - core
                self.frames += 1
            yield frame


@dataclass
class Findings:
    """What is kept of a zoom."""

    first: Picture
    recipe: Recipe
    features: Features | None
    steps: list[float] = field(default_factory=list)
    luma: float = 0.0
    chroma: float = 0.0
    clipped: float = 0.0
    news: list[float] = field(default_factory=list)
    sharp: dict[int, float] = field(default_factory=dict)
    shown: list[Picture] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reference = ColorReference.of(self.first)
        self.previous: Picture | None = None
        self.seen: deque[NDArray[np.float32]] = deque(maxlen=round(APART / LOOK) + 1)

    def look(self, frame: Frame) -> None:
        picture, fps = frame.picture, float(self.recipe.zoom.fps)
        if self.previous is not None:
            self.steps.append(float(cv2.norm(picture, self.previous, cv2.NORM_L1)) / picture.size)
        self.previous = picture
        if frame.index % max(1, round(LOOK * fps)) == 0 or frame.index in (EARLY, LATE):
            self._look_closely(frame)
        if frame.index % max(1, round(2 * fps)) == 0:
            self.shown.append(_small(picture))

    def _look_closely(self, frame: Frame) -> None:
        picture, colors = frame.picture, ColorReference.of(frame.picture)
        self.luma = max(self.luma, abs(colors.luma / self.reference.luma - 1))
        self.chroma = max(self.chroma, abs(colors.chroma / max(self.reference.chroma, 1e-3) - 1))
        if frame.index:  # the first is the picture itself
            self.clipped = max(self.clipped, float(((picture <= 0) | (picture >= 1)).any(axis=2).mean()))
        self.sharp[frame.index] = fine_power(picture)
        if self.features is not None and frame.index % max(1, round(LOOK * float(self.recipe.zoom.fps))) == 0:
            self.seen.append(self.features(picture))
            if len(self.seen) == self.seen.maxlen:
                self.news.append(cosine_distance(self.seen[0], self.seen[-1]))

    def cells(self) -> list[str]:
        median = float(np.median(self.steps))
        early = self.sharp[min(self.sharp, key=lambda index: abs(index - EARLY))]
        late = self.sharp[min(self.sharp, key=lambda index: abs(index - LATE))]
        least = min(power for index, power in self.sharp.items() if index >= min(EARLY, max(self.sharp)))
        assert self.previous is not None
        seam = f"{np.abs(self.previous - self.first).mean() / median:.2f}" if self.recipe.zoom.loop else ""
        return [
            f"{np.mean(self.news):.2f} ({np.min(self.news):.2f})" if self.news else "",
            f"{max(self.steps) / median:.2f}",
            seam,
            f"{self.luma:.1%}",
            f"{self.chroma:.1%}",
            f"{self.clipped:.2%}",
            f"{late / early:.2f} ({least / early:.2f})",
        ]


HEADINGS = "picture|new in 4 s|largest step|seam|luma|chroma|clipped|sharp|frames a second|core seconds a frame"


def measure(
    first: Picture, recipe: Recipe, dreamer: Dreamer, features: Features | None, video: Path | None
) -> Findings:
    """Make one zoom and print the cells of its row."""
    clock, found = Clock(), Findings(first, recipe, features)
    with ExitStack() as stack:
        size = first.shape[1], first.shape[0]
        target = video and stack.enter_context(open_target(video, size, recipe.zoom.fps, recipe.write))
        for frame in clock.around(frame for frame, _ in Zoom(first, recipe, dreamer).frames()):
            found.look(frame)
            if target:
                target.write(frame.picture, frame.time, frame.duration)
    speed = f"{clock.frames / max(clock.wall, 1e-9):.2f} | {clock.core / max(clock.frames, 1):.2f}"
    print(f" {' | '.join(found.cells())} | {speed} |", flush=True)
    return found


def sheet(pictures: list[Picture], columns: int = 4) -> Picture:
    rows = [*pictures, *[np.zeros_like(pictures[0])] * (-len(pictures) % columns)]
    return np.vstack([np.hstack(rows[i : i + columns]) for i in range(0, len(rows), columns)])


def _small(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    if width <= SHEET_WIDTH:
        return picture
    size = SHEET_WIDTH, round(height * SHEET_WIDTH / width)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="+", type=Path)
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--seconds", type=Fraction, default=Fraction(20))
    parser.add_argument("--fps", type=Fraction, default=Fraction(24))
    parser.add_argument("--size", type=int, nargs=2, default=(640, 360), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--zoom", type=float)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--drift", choices=("hold", "free"), default="hold")
    parser.add_argument("--loop", action="store_true")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    args = parser.parse_args()
    recipe = Recipe(
        network=NetworkConfig(weights=args.weights),
        dream=DreamConfig(seed=args.seed),
        camera=CameraConfig(zoom=args.zoom),
        zoom=ZoomConfig(duration=args.seconds, fps=args.fps, loop=args.loop, drift=args.drift),
        write=WriteConfig(overwrite=True),
    )
    network = load_network(recipe.network)
    features = teacher_features(args.teacher) if args.teacher else None
    if args.keep:
        args.keep.mkdir(parents=True, exist_ok=True)
    print(f"| {HEADINGS.replace('|', ' | ')} |\n|{'---|' * 10}", flush=True)
    for path in args.pictures:
        first = fitted(read_still(path, recipe.read.background), *args.size)
        print(f"| {path.stem} |", end="", flush=True)
        kept = args.keep and args.keep / f"{path.stem}{'_loop' if args.loop else ''}.mp4"
        found = measure(first, recipe, Dreamer(network, recipe.dream), features, kept)
        if kept:
            write_still(kept.with_suffix(".png"), sheet(found.shown), recipe.write, {})


if __name__ == "__main__":
    main()
