"""Where tasks run. One interface of four methods; only tasks, beats and outcomes pass through it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from dreamvideo.jobs.worker import Outcome, Task, perform


class Executor(Protocol):
    """Runs tasks."""

    @property
    def slots(self) -> int:
        """How many tasks can run at once."""
        ...

    def submit(self, task: Task) -> None:
        """Have a task run; no more than `slots` may be under way."""

    def as_completed(self, timeout: float) -> list[Outcome]:
        """Outcomes of tasks that have ended; waits for the first one, up to `timeout` seconds.

        Raises:
            WorkerError: the executor itself is lost.
        """
        ...

    def cancel(self, task: Task) -> None:
        """Stop a task that hangs; it has no outcome any more."""

    def close(self) -> None:
        """Stop all that runs, at once."""


class Inline:
    """This process: a task runs inside `as_completed`, one at a time."""

    slots = 1

    def __init__(self, on_frame: Callable[[int], None] | None = None) -> None:
        self._queue: deque[Task] = deque()
        self._on_frame = on_frame

    def submit(self, task: Task) -> None:
        """Have a task run by the next `as_completed`."""
        self._queue.append(task)

    def as_completed(self, timeout: float) -> list[Outcome]:
        """Run a task to its end; `timeout` cannot cut it short."""
        return [perform(self._queue.popleft(), self._on_frame)] if self._queue else []

    def cancel(self, task: Task) -> None:
        """Forget a task that has not begun."""
        self._queue.remove(task)

    def close(self) -> None:
        """Forget what has not begun."""
        self._queue.clear()
