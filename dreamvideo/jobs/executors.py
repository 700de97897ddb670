"""Executors run attempts. Only attempts, beats and outcomes pass between driver and executor."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from dreamvideo.errors import ConfigError
from dreamvideo.jobs.plan import Plan
from dreamvideo.jobs.threads import own_threads
from dreamvideo.jobs.worker import Attempt, OnFrame, Outcome, perform


class Executor(Protocol):
    """Runs attempts."""

    @property
    def slots(self) -> int:
        """Number of attempts that can run at once."""
        ...

    def submit(self, attempt: Attempt) -> None:
        """Start an attempt; at most `slots` may run at once."""

    def as_completed(self, timeout: float) -> list[Outcome]:
        """Outcomes of attempts that have ended. Waits for the first one, at most `timeout` seconds.

        Raises:
            WorkerError: the executor is lost.
        """
        ...

    def cancel(self, attempt: Attempt) -> None:
        """Stop an attempt that hangs. It has no outcome."""

    def close(self) -> None:
        """Stop all attempts at once."""


class Inline:
    """Runs attempts in this process, one at a time, inside `as_completed`."""

    slots = 1

    def __init__(self, on_frame: OnFrame | None = None) -> None:
        self._queue: deque[Attempt] = deque()
        self._on_frame = on_frame

    def submit(self, attempt: Attempt) -> None:
        """Queue an attempt."""
        self._queue.append(attempt)

    def as_completed(self, timeout: float) -> list[Outcome]:
        """Run one attempt to its end, however long that takes."""
        return [perform(self._queue.popleft(), self._on_frame)] if self._queue else []

    def cancel(self, attempt: Attempt) -> None:
        """Remove an attempt that has not begun."""
        self._queue.remove(attempt)

    def close(self) -> None:
        """Remove all attempts that have not begun."""
        self._queue.clear()


def open_executor(plan: Plan, workers: int | None, scheduler: str | None, on_frame: OnFrame) -> Executor:
    """Open the executor of a plan. A new kind of executor is a file of its own, and a branch here.

    Args:
        workers: number of processes; None: this process, if it has as many threads as the plan.
        on_frame: called with each frame that this process makes.

    Raises:
        ConfigError: both workers and a scheduler are given.
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
