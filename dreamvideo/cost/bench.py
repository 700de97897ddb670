"""What dreaming costs on this machine: seconds a step, frames a second, memory."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np

from dreamvideo.config import DreamConfig, NetworkConfig
from dreamvideo.media.frame import Picture
from dreamvideo.networks.quiet import hush_tensorflow

if TYPE_CHECKING:
    from dreamvideo.dreamer import Dreamer

REPEATS = 5


@dataclass(frozen=True, slots=True)
class Cost:
    """What one network costs at one size, with default settings.

    Attributes:
        model: the network.
        size: (width, height).
        step: seconds a step at full size, median.
        image: seconds for a still by the full recipe.
        frames: frames of a video a second, the dream carried: one step an octave, and the flow.
        memory: most bytes that the process held; None where the system does not tell.
    """

    model: str
    size: tuple[int, int]
    step: float
    image: float
    frames: float
    memory: int | None


def measure(models: Sequence[str], sizes: Sequence[tuple[int, int]]) -> Iterator[Cost]:
    """Measure each network at each size, each in a process of its own, so that memory is its own too.

    Yields:
        One cost after the other.

    Raises:
        WeightsError: weights are missing.
        FrameTooSmallError: a size is too small for a network.
    """
    for model in models:
        for size in sizes:
            with ProcessPoolExecutor(1, get_context("spawn"), hush_tensorflow) as pool:
                yield pool.submit(measure_one, model, size).result()


def measure_one(model: str, size: tuple[int, int]) -> Cost:
    """Measure one network at one size, in this process."""
    from dreamvideo.coherence import estimate_flow
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.networks import load_network

    width, height = size
    rng = np.random.default_rng(0)
    picture = rng.random((height, width, 3), np.float32)
    config = DreamConfig()
    dreamer = Dreamer(load_network(NetworkConfig(model)), config)
    once = replace(config, steps=1)
    dreamer.dream(picture, once)
    single = statistics.median(_steps(dreamer, picture, 3) for _ in range(REPEATS))
    none = statistics.median(_steps(dreamer, picture, 1) for _ in range(REPEATS))
    moved = np.roll(picture, 3, axis=1)
    frame = statistics.median(
        _seconds(lambda: (estimate_flow(picture, moved), dreamer.dream(picture, once))) for _ in range(REPEATS)
    )
    octaves = frame * config.steps
    return Cost(model, size, (single - none) / 2, octaves, 1 / frame, _peak_memory())


def _steps(dreamer: Dreamer, picture: Picture, steps: int) -> float:
    return _seconds(lambda: dreamer.ascend(picture, steps))


def _seconds(work: object) -> float:
    start = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - start


def _peak_memory() -> int | None:
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)
