"""What an estimate is made of: sampled frames, the seconds that they take here, and the room that they need."""

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
"""Seconds after which a stretch that is made to measure ends, once it has two carried frames."""
ONCE = 3.0
"""How many times the usual a frame takes that pays for something that happens once."""
BUDGET_TRIES = 2.5
"""How often a GIF is encoded, in terms of once in full, until it fits a budget."""
STATES = 2
"""States on the disk at once: the next one is there before the last one goes."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a job will cost.

    Attributes:
        frames: how many it will make; of an atlas, its dreams.
        shots: how many shots they are in; 0 where there are none.
        size: (width, height).
        seconds: time it takes on this machine, in one process.
        disk_bytes: room it takes while it works, the result included.
        output_bytes: size of the result.
        dreaming: seconds of these that go into frames, and are saved where frames are made already.
    """

    frames: int
    shots: int
    size: tuple[int, int]
    seconds: float
    disk_bytes: int
    output_bytes: int
    dreaming: float = 0.0

    def remaining(self, done: int) -> Estimate:
        """The same job with `done` frames made already."""
        saved = self.dreaming * min(1.0, done / max(1, self.frames))
        return replace(self, seconds=self.seconds - saved, dreaming=self.dreaming - saved)


@dataclass(frozen=True, slots=True)
class Measurement:
    """Frames that were made to measure.

    Attributes:
        frames: the frames.
        seconds: that each took.
        state_bytes: of what the last one leaves for the next.
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
    """Make frames, each with what it leaves for the next, and clock each."""
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
    """What a frame takes usually, and what some took beyond that, once and for all."""
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
    """Put the parts of an estimate together.

    Args:
        total: frames of the result.
        shots: how many shots they are in.
        size: (width, height).
        before: seconds until the first frame is dreamed.
        dreaming: seconds of all frames.
        kept: what frames take on the disk and in the encoder.
        sound: bytes of sound.
        state_bytes: of what a frame leaves for the next.
        shared: frames that two parts of a shot have.
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
