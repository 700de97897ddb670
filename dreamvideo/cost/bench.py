"""Benchmarks: seconds per step, frames per second, memory."""

from __future__ import annotations

import itertools
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np

from dreamvideo.config import CoherenceConfig, DreamConfig, NetworkConfig, Recipe
from dreamvideo.cost.measuring import clocked
from dreamvideo.media.frame import Frame, Picture
from dreamvideo.networks.quiet import hush_tensorflow
from dreamvideo.zoom import noise_picture

if TYPE_CHECKING:
    from dreamvideo.dreamer import Dreamer

REPEATS = 5
STILLS = 2
WARM_UP = 3
"""Frames."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a network at one size, with default settings.

    Attributes:
        model: the network.
        size: (width, height).
        step: median seconds per step at full size.
        image: seconds for a still.
        frames: frames per second of a video, with the dream carried along.
        memory: most bytes that the process used; None: unknown.
    """

    model: str
    size: tuple[int, int]
    step: float
    image: float
    frames: float
    memory: int | None


def benchmark(models: Sequence[str], sizes: Sequence[tuple[int, int]]) -> Iterator[Cost]:
    """Measure each network at each size, each in its own process, to measure its memory.

    Raises:
        WeightsError: weights are missing.
        FrameTooSmallError: a size is too small for a network.
    """
    for model in models:
        for size in sizes:
            with ProcessPoolExecutor(1, get_context("spawn"), hush_tensorflow) as pool:
                yield pool.submit(benchmark_one, model, size).result()


def benchmark_one(model: str, size: tuple[int, int]) -> Cost:
    """Measure one network at one size, in this process."""
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.networks import load_network

    picture = noise_picture(size, 0)
    config = DreamConfig()
    dreamer = Dreamer(load_network(NetworkConfig(model)), config)
    dreamer.dream(picture)
    image = statistics.median(clocked(lambda: dreamer.dream(picture))[0] for _ in range(STILLS))
    single, several = (
        statistics.median(clocked(partial(dreamer.ascend, picture, n))[0] for _ in range(REPEATS)) for n in (1, 3)
    )
    frame = statistics.median(_carried_frames(dreamer, picture))
    return Cost(model, size, (several - single) / 2, image, 1 / frame, _peak_memory())


def _carried_frames(dreamer: Dreamer, picture: Picture) -> list[float]:
    """Seconds of each frame of a moving picture, without the first ones, which begin a shot and build graphs."""
    from dreamvideo.render.video import VideoDreamer

    recipe = Recipe(dream=dreamer.config, coherence=CoherenceConfig(cut_threshold=0))
    frames = (
        Frame(np.roll(picture, 3 * index, axis=1), Fraction(index, 24), Fraction(1, 24), index)
        for index in range(WARM_UP + REPEATS)
    )
    ends = [time.perf_counter() for _ in VideoDreamer(recipe, dreamer).dream(frames)]
    return [later - earlier for earlier, later in itertools.pairwise(ends[WARM_UP - 1 :])]


def _peak_memory() -> int | None:
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)
