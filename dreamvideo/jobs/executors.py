"""Where attempts run. One interface of four methods; only attempts, beats and outcomes pass through it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from dreamvideo.errors import ConfigError
from dreamvideo.jobs.plan import Plan
from dreamvideo.jobs.threads import own_threads
from dreamvideo.jobs.worker import Attempt, Outcome, perform


class Executor(Protocol):
    """Runs attempts."""

    @property
    def slots(self) -> int:
        """How many attempts can run at once."""
        ...

    def submit(self, attempt: Attempt) -> None:
        """Have an attempt run; no more than `slots` may be under way."""

    def as_completed(self, timeout: float) -> list[Outcome]:
        """Outcomes of attempts that have ended; waits for the first one, up to `timeout` seconds.

        Raises:
            WorkerError: the executor itself is lost.
        """
        ...

    def cancel(self, attempt: Attempt) -> None:
        """Stop an attempt that hangs; it has no outcome any more."""

    def close(self) -> None:
        """Stop all that runs, at once."""


class Inline:
    """This process: an attempt runs inside `as_completed`, one at a time."""

    slots = 1

    def __init__(self, on_frame: Callable[[int], None] | None = None) -> None:
        self._queue: deque[Attempt] = deque()
        self._on_frame = on_frame

    def submit(self, attempt: Attempt) -> None:
        """Have an attempt run by the next `as_completed`."""
        self._queue.append(attempt)

    def as_completed(self, timeout: float) -> list[Outcome]:
        """Run an attempt to its end; `timeout` cannot cut it short."""
        return [perform(self._queue.popleft(), self._on_frame)] if self._queue else []

    def cancel(self, attempt: Attempt) -> None:
        """Forget an attempt that has not begun."""
        self._queue.remove(attempt)

    def close(self) -> None:
        """Forget what has not begun."""
        self._queue.clear()


def open_executor(plan: Plan, workers: int | None, scheduler: str | None, on_frame: Callable[[int], None]) -> Executor:
    """Where a plan is rendered: a new kind of executor is a file of its own, and a line here.

    Args:
        plan: says how many threads a process has.
        workers: so many processes; None: this one, where it has the threads of the plan.
        scheduler: address of a Dask scheduler.
        on_frame: told of each frame, where it is made in this process.

    Raises:
        ConfigError: both workers and a scheduler are asked for.
    """
    if scheduler is not None:
        if workers is not None:
            raise ConfigError("expected either workers or a scheduler, got both")
        from dreamvideo.jobs.cluster import Cluster

        return Cluster(scheduler)
    if workers is not None or plan.threads != own_threads():
        from dreamvideo.jobs.processes import Processes

        return Processes(1 if workers is None else workers, plan.threads)
    return Inline(on_frame)
