"""The driver's loop: submit parts, watch their beats, retry them, give up those that keep failing."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from dreamvideo.errors import WorkerError
from dreamvideo.jobs.executors import Executor
from dreamvideo.jobs.parts import Part
from dreamvideo.jobs.store import Job
from dreamvideo.jobs.worker import Attempt, Outcome, RendererOpener

POLL = 0.2
"""Seconds between two looks at the workers."""
ASLEEP = 2.0
"""Seconds between two looks from which on this process, or the machine, must have been stopped."""


@dataclass
class _Running:
    attempt: Attempt
    part: Part
    before: int
    """Frames of the part that were finished when the attempt began."""
    frames: int = 0
    beat: int = -1
    """Number in its beat file; -1: it has not begun."""
    since: float = field(default_factory=lambda: time.monotonic())
    """Time of its last beat, by this process's clock."""


@dataclass
class Drive:
    """One run over the parts that are not complete.

    Attributes:
        run: name of the run.
        tries: failures after which a part is given up.
        lease: seconds without a frame after which an attempt hangs.
        stopping: whether to stop.
        on_done: called with the number of frames made so far.
        poisoned: part -> last error, for parts that were given up.
    """

    job: Job
    executor: Executor
    open_renderer: RendererOpener
    run: str
    tries: int
    lease: float
    stopping: Callable[[], bool]
    on_done: Callable[[int], None]
    poisoned: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._failures: dict[int, int] = {}
        self._running: dict[str, _Running] = {}
        self._fatal: Outcome | None = None
        self._looked = time.monotonic()
        self._standing = {part.index: self._stands(part) for part in self.job.parts}

    def render(self) -> None:
        """Render until every part is complete or poisoned, or until `stopping`.

        Raises:
            DreamVideoError: an error that another try cannot fix.
            WorkerError: the executor is lost.
        """
        waiting = [part for part in self.job.parts if not self._complete(part)]
        if self.executor.slots > 1:  # long ones first, so that none is left over at the end
            waiting.sort(key=lambda part: part.first - part.stop + self._standing[part.index])
        while waiting or self._running:
            if self.stopping() or self._fatal is not None:
                self.job.end_run()
                waiting = []
            while waiting and len(self._running) < self.executor.slots:
                self._submit(waiting.pop(0))
            for outcome in self.executor.as_completed(POLL) if self._running else []:
                waiting += self._settle(outcome)
            waiting += self._watch()
        if self._fatal is not None:
            raise self._fatal.raised()

    def progress(self) -> int:
        """Number of frames made so far."""
        running = self._running.values()
        under_way = {item.part.index: min(item.before + item.frames, len(item.part.frames)) for item in running}
        return sum((self._standing | under_way).values())

    def _submit(self, part: Part) -> None:
        name = f"{part.index:05d}-{uuid.uuid4().hex}"
        job = self.job
        attempt = Attempt(name, str(job.path), job.hash, self.run, part.index, self.open_renderer, job.plan.threads)
        self._running[name] = _Running(attempt, part, self._standing[part.index])
        self.executor.submit(attempt)

    def _settle(self, outcome: Outcome) -> list[Part]:
        """Record how an attempt ended; returns its part if it must be tried again."""
        item = self._running.pop(outcome.attempt, None)
        if item is None:  # a late attempt that was given up
            return []
        part = item.part
        self._standing[part.index] = self._stands(part)
        self.on_done(self.progress())
        if outcome.fatal:
            self._fatal = self._fatal or outcome
            return []
        if self._complete(part):
            return []
        if outcome.error is None:
            return [] if self.stopping() else self._failed(part, "a worker ended early")
        return self._failed(part, outcome.message)

    def _failed(self, part: Part, message: str) -> list[Part]:
        self._failures[part.index] = self._failures.get(part.index, 0) + 1
        if self._failures[part.index] >= self.tries:
            self.poisoned[part.index] = message
            return []
        stands = self.job.repair(part)
        self._standing[part.index] = stands[-1].stop - part.first if stands else 0
        return [part]

    def _watch(self) -> list[Part]:
        """Read the beats, and cancel attempts without one for longer than the lease; returns their parts.

        Time during which this process itself was stopped (Ctrl-Z, a sleeping machine) does not count.
        """
        now = time.monotonic()
        unseen = now - self._looked if now - self._looked > ASLEEP else 0.0
        self._looked = now
        for item in self._running.values():
            item.since += unseen
        for item in self._running.values():
            beat = self._beat(item.attempt)
            if beat != item.beat:
                item.beat, item.since = beat, time.monotonic()
                item.frames = max(0, beat - (0 if item.before else item.part.warmup))
                self.on_done(self.progress())
        again = []
        for item in list(self._running.values()):
            if time.monotonic() - self._last_sign(item) > self.lease:
                self.executor.cancel(item.attempt)
                message = f"a worker made no frame for {self.lease:g} s"
                again += self._settle(Outcome(item.attempt.name, "WorkerError", message))
        return again

    def _last_sign(self, item: _Running) -> float:
        """Time of an attempt's last beat. An attempt that has not begun is alive while any other is."""
        return item.since if item.beat >= 0 else max(other.since for other in self._running.values())

    def _beat(self, attempt: Attempt) -> int:
        try:
            return int((self.job.path / "beats" / attempt.name).read_text())
        except (OSError, ValueError):
            return -1

    def _stands(self, part: Part) -> int:
        chain = self.job.chain(part)
        return chain[-1].stop - part.first if chain else 0

    def _complete(self, part: Part) -> bool:
        return self._standing[part.index] == len(part.frames)

    def raise_poisoned(self) -> None:
        """Raise WorkerError if parts were given up; it names their shots."""
        if not self.poisoned:
            return
        parts = self.job.parts
        named = "; ".join(
            f"shot {parts[index].shot + 1} (frames {parts[index].first} to {parts[index].stop - 1}): {message}"
            for index, message in sorted(self.poisoned.items())
        )
        raise WorkerError(
            f"failed {self.tries} times and set aside: {named}. {len(parts) - len(self.poisoned)} of {len(parts)}"
            f" parts are done; try these again: dreamvideo resume {self.job.path}"
        )
