"""The parts of an estimate: measured frames, their time, and their space."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dreamvideo.cost.trial import Kept
from dreamvideo.jobs import State
from dreamvideo.media import Frame, Picture

PATIENCE = 60.0
"""Seconds after which a measurement ends, once it has two carried frames."""
ONCE = 3.0
"""Frames that take this many times the usual time include a one-off cost."""
BUDGET_TRIES = 2.5
"""Cost of a GIF with a size budget, as a multiple of encoding it once."""
STATES = 2
"""States on the disk at once: the next is written before the last is deleted."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The cost of a job.

    Attributes:
        frames: number of frames; of an atlas, of dreams.
        shots: number of shots; 0: none.
        size: (width, height).
        seconds: time on this machine, in one process.
        disk_bytes: space during the work, including the result.
        output_bytes: size of the result.
        dreaming: the part of `seconds` for frames, which finished frames save.
    """

    frames: int
    shots: int
    size: tuple[int, int]
    seconds: float
    disk_bytes: int
    output_bytes: int
    dreaming: float = 0.0

    def remaining(self, done: int) -> Estimate:
        """The estimate of the same job with `done` finished frames."""
        saved = self.dreaming * min(1.0, done / max(1, self.frames))
        return replace(self, seconds=self.seconds - saved, dreaming=self.dreaming - saved)


@dataclass(frozen=True, slots=True)
class Measurement:
    """Frames that were made to measure.

    Attributes:
        frames: the frames.
        seconds: time of each.
        state_bytes: size of the last state.
    """

    frames: list[Frame]
    seconds: list[float]
    state_bytes: int


def clocked(work: Callable[[], Picture]) -> tuple[float, Picture]:
    """Seconds that a picture takes, and the picture."""
    began = time.perf_counter()
    made = work()
    return time.perf_counter() - began, made


def timed(made: Iterable[tuple[Frame, State]]) -> Measurement:
    """Make frames, with their states, and time each."""
    frames, seconds, state = list[Frame](), list[float](), State()
    start = began = time.perf_counter()
    for frame, state in made:  # noqa: B007
        now = time.perf_counter()
        frames.append(frame)
        seconds.append(now - began)
        began = now
        if now - start > PATIENCE and len(frames) > 2:
            break
    return Measurement(frames, seconds, sum(np.asarray(value).nbytes for value in state.values()))


def steady(seconds: Sequence[float]) -> tuple[float, float]:
    """The usual time of a frame, and the sum of what some took beyond it."""
    limit = ONCE * statistics.median(seconds)
    usual = statistics.mean(took for took in seconds if took <= limit)
    return usual, sum(took - usual for took in seconds if took > limit)


def estimate_of(
    total: int,
    shots: int,
    size: tuple[int, int],
    before: float,
    dreaming: float,
    kept: Kept,
    sound: int,
    state_bytes: int,
    shared: int = 0,
) -> Estimate:
    """Put an estimate together.

    Args:
        total: frames of the result.
        shots: number of shots.
        size: (width, height).
        before: seconds before the first frame.
        dreaming: seconds of all frames.
        kept: time and space of frames on the disk and in the encoder.
        sound: bytes of sound.
        state_bytes: size of a state.
        shared: frames that two parts of a shot share.
    """
    output = kept.result_bytes(total, shots) + sound
    tries = 1.0
    if kept.budget is not None and output > kept.budget:
        output, tries = round(0.92 * kept.budget), BUDGET_TRIES
    frames = kept.frame_bytes * (total + shared)
    disk = frames + max(STATES * state_bytes, output + (kept.frame_bytes * total if kept.spools else 0))
    dreaming += kept.keeping * (total + shared)
    seconds = before + dreaming + kept.encoding * total * tries
    return Estimate(total, shots, size, seconds, int(disk), output, dreaming)
