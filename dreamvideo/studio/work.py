"""Work in a thread beside the page: it tells how far it is, and ends when it is asked to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

T = TypeVar("T")


class Stopped(Exception):
    """Raised inside work that was asked to stop."""


class _Latest(Generic[T]):
    """The newest report alone: a page that is slower than the work does not lag behind it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._report: list[T] = []
        self._ended = False

    def put(self, report: T) -> None:
        with self._changed:
            self._report = [report]
            self._changed.notify()

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()

    def take(self) -> T | None:
        """The next report; None: there are no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._report or self._ended)
            return self._report.pop() if self._report else None


class Worker:
    """Does one piece of work at a time, each in a thread of its own."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._stops: set[threading.Event] = set()

    def reports(self, work: Callable[[Callable[[T], None]], T], stop: threading.Event) -> Generator[T]:
        """Start work, and hand on what it tells, as far as there is time to listen, and last what it returns.

        Whoever closes this early asks the work to stop, and waits until it has.

        Args:
            work: takes the function that it tells.
            stop: set by anyone who wants the work to end; `work` looks at it.

        Raises:
            Exception: whatever the work raises.
        """
        latest: _Latest[T] = _Latest()
        results: list[T] = []
        errors: list[Exception] = []

        def run() -> None:
            try:
                with self._turn:
                    results.append(work(latest.put))
            except Exception as error:
                errors.append(error)
            finally:
                self._stops.discard(stop)
                latest.end()

        self._stops.add(stop)
        thread = threading.Thread(target=run, name="dreamvideo-studio", daemon=True)
        thread.start()
        try:
            while (report := latest.take()) is not None:
                yield report
            if errors:
                raise errors[0]
            yield results[0]
        finally:
            stop.set()
            thread.join()

    def end(self, timeout: float) -> None:
        """Ask all work to stop, and wait until it has, `timeout` seconds at most."""
        for stop in list(self._stops):
            stop.set()
        if self._turn.acquire(timeout=timeout):
            self._turn.release()
