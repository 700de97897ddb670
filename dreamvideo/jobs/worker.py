"""What a worker does: render one part, segment by segment, from where its receipts end."""

from __future__ import annotations

import contextlib
import functools
import itertools
import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

import dreamvideo.errors as errors
from dreamvideo.jobs.parts import Part, Segment
from dreamvideo.jobs.plan import Plan, version_changes
from dreamvideo.jobs.receipt import Receipt
from dreamvideo.jobs.segments import SegmentWriter
from dreamvideo.jobs.state import State
from dreamvideo.jobs.store import Job
from dreamvideo.media.frame import Frame
from dreamvideo.media.prefetch import prefetch

FATAL = (
    errors.InputError,
    errors.OutputError,
    errors.ConfigError,
    errors.ModelError,
    errors.RefusedError,
    errors.MissingExtraError,
)
"""What would befall every part alike: another try would not help."""
_AHEAD = 1
"""Frames that may wait to be coded."""


class Renderer(Protocol):
    """What makes frames; the package's docstring states the rules."""

    def frames(self, stretch: range, state: State | None) -> Iterator[tuple[Frame, State]]:
        """Make the frames of a stretch, each with the state after it."""
        ...


RendererOpener: TypeAlias = Callable[[Plan], Renderer]

OnFrame: TypeAlias = Callable[[Frame, NDArray[np.uint8]], None]
"""Called with a frame and its rounded pixels, (H, W, 3) RGB."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a part.

    Attributes:
        name: unique; also the name of its beat.
        folder: the job's folder, on storage that all workers share.
        plan: hash of the plan that the driver follows.
        run: name of the driver's run.
        part: position of the part.
        open_renderer: makes the renderer.
        threads: TensorFlow's, in a process where it does not run yet.
    """

    name: str
    folder: str
    plan: str
    run: str
    part: int
    open_renderer: RendererOpener = field(repr=False)
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended, in words that may cross a network.

    Attributes:
        attempt: its name.
        error: class name of what went wrong, or None.
        message: what went wrong.
        fatal: whether no other try makes sense.
    """

    attempt: str
    error: str | None = None
    message: str = ""
    fatal: bool = False

    def raised(self) -> errors.DreamVideoError:
        """The error, as the driver raises it."""
        kind = getattr(errors, self.error or "", errors.WorkerError)
        return kind(self.message) if issubclass(kind, errors.DreamVideoError) else errors.WorkerError(self.message)


def perform(attempt: Attempt, on_frame: OnFrame | None = None) -> Outcome:
    """Do an attempt; whatever goes wrong comes back as its outcome.

    Args:
        attempt: what to do.
        on_frame: called with each frame that is kept.
    """
    try:
        _render_part(attempt, on_frame)
    except FATAL as error:
        return Outcome(attempt.name, type(error).__name__, str(error), fatal=True)
    except Exception as error:
        known = isinstance(error, errors.DreamVideoError)
        message = str(error) if known else f"{type(error).__name__}: {error}"
        return Outcome(attempt.name, type(error).__name__ if known else "RenderError", message)
    return Outcome(attempt.name)


def record(outcome: Outcome) -> dict[str, object]:
    """An outcome as plain values."""
    return asdict(outcome)


def _render_part(attempt: Attempt, on_frame: OnFrame | None) -> None:
    job = Job.load(Path(attempt.folder))
    _check(job, attempt)
    part = job.parts[attempt.part]
    watch = _Watch(job, attempt, on_frame)
    chain = job.chain(part)
    if chain and chain[-1].stop == part.stop:
        return
    renderer = _renderer(attempt.open_renderer, job.hash, attempt.folder)
    while (cursor := _end(part, chain)) < part.stop and not watch.stopped():
        state = _begin(renderer, job, part, watch, chain)
        # Frames are coded while the next ones are made, across the ends of segments too.
        with prefetch(renderer.frames(range(cursor, part.stop), state), _AHEAD) as made:
            _write_segments(made, job, part, watch, chain)
        if _end(part, chain) < part.stop and not watch.stopped():
            chain = _overtaken(job, part, _end(part, chain))


def _end(part: Part, chain: list[Receipt]) -> int:
    """The first frame of a part that has no receipt."""
    return chain[-1].stop if chain else part.first


def _write_segments(
    made: Iterator[tuple[Frame, State]], job: Job, part: Part, watch: _Watch, chain: list[Receipt]
) -> None:
    """Write a part's segments and add their receipts, to its end, a stop, or what another attempt published first."""
    while (cursor := _end(part, chain)) < part.stop and not watch.stopped():
        segment = Segment(part.index, cursor, min(cursor + job.plan.segment_frames, part.stop))
        writer, state = _write_segment(made, job, segment, watch)
        receipt = job.commit(segment, writer, state) if state is not None and writer.times else None
        if receipt is None:
            return
        chain.append(receipt)
        if len(chain) > 1:
            job.drop_state(chain[-2])


def _begin(renderer: Renderer, job: Job, part: Part, watch: _Watch, chain: list[Receipt]) -> State | None:
    """The state that the next segment begins with."""
    if not chain:
        return _warm_up(renderer, part, watch)
    state = job.state_after(chain[-1])
    if state is None and chain[-1].stop < part.stop:
        raise errors.RenderError(f"the state after frame {chain[-1].stop - 1} is lost")
    return state


def _write_segment(
    made: Iterator[tuple[Frame, State]], job: Job, segment: Segment, watch: _Watch
) -> tuple[SegmentWriter, State | None]:
    state: State | None = None
    with job.writer(segment) as writer:
        for frame, after in itertools.islice(made, len(segment.frames)):
            state = after
            pixels = writer.write(frame)
            if not watch.saw(frame, pixels):
                break
        done = len(writer.times)
        if segment.first + done < segment.stop and not watch.told:
            raise errors.RenderError(f"expected {segment.stop - segment.first} frames of {segment}, got {done}")
    return writer, state


def _overtaken(job: Job, part: Part, cursor: int) -> list[Receipt]:
    """Receipts after another attempt published the segment at `cursor` first."""
    chain = job.chain(part)
    if not chain or chain[-1].stop <= cursor:
        raise errors.RenderError(f"the receipt of frame {cursor} is damaged")
    return chain


def _check(job: Job, attempt: Attempt) -> None:
    if job.hash != attempt.plan:
        raise errors.JobChangedError(f"{job.path}: the plan that this worker sees is not the driver's")
    if changes := version_changes(job.plan):
        raise errors.JobChangedError(f"{job.path}: this worker would make other frames: {'; '.join(changes)}")


def _warm_up(renderer: Renderer, part: Part, watch: _Watch) -> State | None:
    """Dream the frames before a part inside a shot, and keep only what they leave behind."""
    state: State | None = None
    for _, after in renderer.frames(part.before, None) if part.warmup else ():
        state = after
        if not watch.saw():
            break
    return state


@functools.lru_cache(maxsize=1)
def _renderer(open_renderer: RendererOpener, plan: str, folder: str) -> Renderer:
    """One renderer a process: the network is loaded once."""
    return open_renderer(Job.load(Path(folder)).plan)


class _Watch:
    """An attempt's sign of life, and its ear for a driver that is gone or asks to stop.

    Attributes:
        told: whether a renderer was asked to stop, and may have stopped short.
    """

    def __init__(self, job: Job, attempt: Attempt, on_frame: OnFrame | None) -> None:
        self.told = False
        self._run = job.path / "run"
        self._beat = job.path / "beats" / attempt.name
        self._attempt = attempt
        self._count = 0
        self._on_frame = on_frame
        self._parent = multiprocessing.parent_process()
        self._show()

    def saw(self, frame: Frame | None = None, pixels: NDArray[np.uint8] | None = None) -> bool:
        """Tell that a frame was kept, with its pixels; without: one of the warm-up. Returns whether to go on."""
        self._count += 1
        self._show()
        if self._on_frame is not None and frame is not None and pixels is not None:
            self._on_frame(frame, pixels)
        return not self.stopped()

    def _show(self) -> None:
        with contextlib.suppress(OSError):
            self._beat.write_text(str(self._count))

    def stopped(self) -> bool:
        """Whether the driver wants no more: its run is over, or another's, or its process is gone."""
        self.told = self.told or self._gone()
        return self.told

    def _gone(self) -> bool:
        if self._parent is not None and not self._parent.is_alive():
            return True
        try:
            return self._run.read_text() != self._attempt.run
        except FileNotFoundError:
            return True
        except OSError:
            return False


def forget_renderer() -> None:
    """Let go of the renderer, and of the network that it holds."""
    _renderer.cache_clear()
