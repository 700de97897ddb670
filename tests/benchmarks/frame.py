"""What a carried frame of a film costs, part by part, and how fast films are.

    python tests/benchmarks/frame.py CLIP... [--frames 40] [--width 640] [--threads 1] [--peer]

First an account: everything on a frame's way, one thing after the other, in milliseconds of a core and of the clock.
Then the film as the command makes it, where these things run side by side: frames a second and cores at work, from the
second carried frame to the finished file. --peer adds what most tools for such videos do: 20 steps at full size on
stock Keras.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
import tensorflow as tf

from dreamvideo import JobOptions, Recipe, dream_video
from dreamvideo.coherence import Carrier, carrier
from dreamvideo.config import ReadConfig
from dreamvideo.dreamer import Dreamer
from dreamvideo.jobs import Segment
from dreamvideo.jobs.segments import SegmentWriter
from dreamvideo.media import Frame, open_source, open_target
from dreamvideo.progress import Progress
from dreamvideo.render import video
from dreamvideo.render.opening import open_dreamer
from dreamvideo.render.survey import mark_shots, open_small
from dreamvideo.render.video import VideoDreamer

BEGUN = 2
"""Frames at the beginning that are left out: the first is dreamed from scratch, and kernels are prepared."""


@dataclass
class Account:
    """Seconds by part; what a part spends in another one is counted there."""

    core: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    clock: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    calls: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _inner: list[tuple[float, float]] = field(default_factory=list)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        core, clock = time.process_time(), time.perf_counter()
        self._inner.append((0.0, 0.0))
        try:
            yield
        finally:
            core, clock = time.process_time() - core, time.perf_counter() - clock
            inside = self._inner.pop()
            self.core[name] += core - inside[0]
            self.clock[name] += clock - inside[1]
            self.calls[name] += 1
            if self._inner:
                self._inner[-1] = self._inner[-1][0] + core, self._inner[-1][1] + clock

    def counted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its calls counted as a part."""

        def called(*args: Any, **kwargs: Any) -> Any:
            with self.part(name):
                return function(*args, **kwargs)

        return called

    def drawn(self, name: str, items: Iterator[Any]) -> Iterator[Any]:
        """The items, the making of each counted as a part."""
        while True:
            with self.part(name):
                item = next(items, None)
            if item is None:
                return
            yield item

    def forget(self) -> None:
        for each in (self.core, self.clock, self.calls):
            each.clear()

    def table(self, frames: int) -> Iterator[str]:
        yield "| part | core-ms a frame | ms a frame | times a frame |"
        yield "|---|---|---|---|"
        for name in sorted(self.core, key=self.core.__getitem__, reverse=True):
            cells = (1000 * self.core[name], 1000 * self.clock[name], float(self.calls[name]))
            yield f"| {name} | {' | '.join(f'{cell / frames:.2f}' for cell in cells)} |"
        core, clock = (1000 * sum(seconds.values()) / frames for seconds in (self.core, self.clock))
        yield f"| all | {core:.1f} | {clock:.1f} | |"


def parts(account: Account) -> list[Any]:
    """The functions of the product that are parts of the account."""
    watched = [
        ("flow", carrier, "estimate_flow"),
        ("warp", carrier, "warp"),
        ("carry", carrier, "carry"),
        ("network, whole frame", Carrier, "_stepped"),
        ("network, patches", Carrier, "_filled"),
        ("level and reserve", Carrier, "_hold"),
        ("cut", video, "begins_shot"),
    ]
    return [patch.object(room, name, account.counted(part, getattr(room, name))) for part, room, name in watched]


def account_for(clip: Path, read: ReadConfig, count: int, dreamer: Dreamer) -> tuple[Account, int]:
    """Make the first frames of a clip, one thing after the other."""
    account, recipe = Account(), Recipe(read=read)
    loop = VideoDreamer(recipe, dreamer, begins=frozenset([0]))
    with ExitStack() as stack:
        for watched in parts(account):
            stack.enter_context(watched)
        # No thread beside: what is looked at ahead is looked at when its turn comes.
        stack.enter_context(patch.object(video, "prefetch", lambda items, depth: items))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        frames = account.drawn("read", iter(stack.enter_context(open_source(clip, read))))
        dreamed: list[Frame] = []
        for frame, _ in loop.dream(islice(frames, count)):
            dreamed.append(frame)
            if len(dreamed) == BEGUN:
                account.forget()
        later = [replace(frame, index=index) for index, frame in enumerate(dreamed[BEGUN:])]
        with open_small(clip, read) as small:
            for _ in account.drawn("survey", islice(mark_shots(small, recipe.coherence), len(later))):
                pass
        height, width = later[0].picture.shape[:2]
        with account.part("keep"), SegmentWriter(folder / "kept", Segment(0, 0, len(later)), (width, height)) as kept:
            for frame in later:
                kept.write(frame)
        with account.part("encode"), open_target(folder / "film.mp4", (width, height), Fraction(24)) as target:
            for index, frame in enumerate(later):
                target.write(frame.picture, Fraction(index, 24), Fraction(1, 24))
    return account, len(later)


def film(clip: Path, read: ReadConfig, count: int) -> str:
    """The film as a job, to its end: a line of frames a second and cores at work."""
    marks: list[tuple[float, float]] = []

    def told(progress: Progress) -> None:
        if progress.stage == "dream" and progress.done == len(marks) + 1:
            marks.append((time.perf_counter(), time.process_time()))

    with open_source(clip) as frames:
        end = Fraction(count) / (frames.rate or 24)
    with tempfile.TemporaryDirectory() as folder:
        dream_video(clip, Path(folder) / "film.mp4", Recipe(read=replace(read, end=end)), told, job=JobOptions())
        clock, core = time.perf_counter() - marks[BEGUN][0], time.process_time() - marks[BEGUN][1]
    rest = len(marks) - BEGUN - 1
    each, busy = 1000 * core / rest, core / clock
    return f"as a film: {rest / clock:.1f} frames a second, {each:.1f} core-ms each, {busy:.2f} cores at work"


def peer(picture: np.ndarray, steps: int = 20) -> str:
    """Seconds for a frame by the usual recipe: InceptionV3 of stock Keras, gradient ascent at full size."""
    import keras

    base = keras.applications.InceptionV3(include_top=False, weights=None)
    model = keras.Model(base.input, [base.get_layer(name).output for name in ("mixed3", "mixed5")])

    @tf.function(reduce_retracing=True)
    def step(image: tf.Tensor) -> tf.Tensor:  # (1, H, W, 3)
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = tf.add_n([tf.reduce_mean(features) for features in model(image, training=False)])
        gradient = tape.gradient(loss, image)
        return tf.clip_by_value(image + 0.01 * gradient / (tf.math.reduce_std(gradient) + 1e-8), -1.0, 1.0)

    image = tf.constant(2 * picture[None] - 1)
    step(image)
    clock, core = time.perf_counter(), time.process_time()
    for _ in range(steps):
        image = step(image)
    image.numpy()
    clock, core = time.perf_counter() - clock, time.process_time() - core
    return f"{steps} steps at full size on stock Keras: {1 / clock:.3f} frames a second, {1000 * core:.0f} core-ms each"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--peer", action="store_true")
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(options.threads)
    cv2.setNumThreads(options.threads)
    read, dreamer = ReadConfig(width=options.width), open_dreamer(Recipe())
    for clip in options.clips:
        print(f"\n{clip.stem}, {options.threads} threads of TensorFlow")
        account, count = account_for(clip, read, options.frames, dreamer)
        print("\n".join(account.table(count)))
        print(film(clip, read, options.frames), flush=True)
        if options.peer:
            with open_source(clip, read) as frames:
                print(peer(next(iter(frames)).picture), flush=True)


if __name__ == "__main__":
    main()
