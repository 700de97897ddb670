"""The queue: tries are dreamed one after another, whether or not a page is open."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from dreamvideo.cli.ending import short
from dreamvideo.errors import DreamVideoError
from dreamvideo.studio.pieces import SHOWN, save_shown
from dreamvideo.studio.tries import Report, Try, save

OnReport: TypeAlias = Callable[[Report], None]
Perform: TypeAlias = Callable[[Try, OnReport, Callable[[], bool]], Report]
"""Performs a try: it reports progress, checks whether to stop, and returns the last report."""

_log = logging.getLogger(__name__)


class Queue:
    """All tries: those that wait, the running one, and those that have ended. All methods are thread-safe.

    Args:
        found: earlier tries, oldest first, with their reports.
        idle: called while no try waits. It does a little work, given a function that tells whether it should stop; it
            returns whether there is more.
    """

    def __init__(
        self,
        perform: Perform,
        found: list[tuple[Try, Report]] | None = None,
        idle: Callable[[Callable[[], bool]], bool] | None = None,
    ) -> None:
        self._perform = perform
        self._idle = idle
        self._changed = threading.Condition()
        self._tries = {made.name: made for made, _ in found or ()}
        self._reports = {made.name: report for made, report in found or ()}
        self._waiting: list[str] = []
        self._running: str | None = None
        self._stops: dict[str, threading.Event] = {}
        self._awake = False
        self._ended = False
        self._thread: threading.Thread | None = None
        self._revision = 0

    @property
    def revision(self) -> int:
        """Grows with every change of the tries, their order, and their status."""
        return self._revision

    @property
    def tries(self) -> list[tuple[Try, Report]]:
        """All tries, newest first."""
        with self._changed:
            made = sorted(self._tries.values(), key=lambda one: -one.made)
            return [(one, self._reports[one.name]) for one in made]

    @property
    def line(self) -> list[tuple[Try, Report]]:
        """The running try, and those that wait, in order."""
        with self._changed:
            names = [*([self._running] if self._running else []), *self._waiting]
            return [(self._tries[name], self._reports[name]) for name in names]

    def find(self, name: str | None) -> tuple[Try, Report] | None:
        """A try and its report, by name; None: there is none."""
        with self._changed:
            return (self._tries[name], self._reports[name]) if name in self._tries else None

    def put(self, made: Try) -> None:
        """Add a try: short ones before whole renders. If it exists already, nothing happens."""
        with self._changed:
            name = made.name
            known = self._reports.get(name)
            if known is not None and (not known.ended or (known.status == "done" and _there(self._tries[name], known))):
                return
            report = Report("waiting", "Waiting for its turn")
            save(made, report)
            self._tries[name], self._reports[name], self._stops[name] = made, report, threading.Event()
            place = len(self._waiting)
            if made.extent != "whole":
                short_ones = [self._tries[other].extent != "whole" for other in self._waiting]
                place = next((number for number, first in enumerate(short_ones) if not first), place)
            self._waiting.insert(place, name)
            self._tell_all()
            self._start()

    def go_on(self, name: str) -> None:
        """Add a try again that was stopped, or failed."""
        found = self.find(name)
        if found is not None and found[1].status in ("stopped", "failed"):
            self.put(found[0])

    def move(self, name: str, by: int) -> None:
        """Move a waiting try earlier (-1) or later (1)."""
        with self._changed:
            if name in self._waiting:
                place = self._waiting.index(name)
                self._waiting.pop(place)
                self._waiting.insert(max(0, place + by), name)
                self._tell_all()

    def stop(self, name: str) -> None:
        """Stop the running try, or remove a waiting one."""
        with self._changed:
            if name in self._waiting:
                self._waiting.remove(name)
                self._end(name, Report("stopped", "Taken out of the queue"))
            elif name == self._running:
                self._stops[name].set()
                self._reports[name] = replace(self._reports[name], words="Stopping after this frame")
                self._tell_all()

    def forget(self, name: str) -> None:
        """Delete an ended try and its files."""
        with self._changed:
            if name in self._tries and self._reports[name].ended:
                del self._reports[name]
                shutil.rmtree(self._tries.pop(name).folder, ignore_errors=True)
                self._tell_all()

    def wake(self) -> None:
        """Start idle work."""
        with self._changed:
            self._awake = True
            self._start()
            self._changed.notify_all()

    def end(self, timeout: float) -> None:
        """Stop all work, and wait at most `timeout` seconds."""
        with self._changed:
            self._ended = True
            self._waiting.clear()
            for stop in self._stops.values():
                stop.set()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout)

    def _start(self) -> None:
        if self._thread is None and not self._ended:
            self._thread = threading.Thread(target=self._work, name="dreamvideo-studio", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while not self._ended:
            name = self._take()
            if name is not None:
                self._run(name)
            elif not self._ended and self._idle is not None and self._idle(lambda: bool(self._waiting or self._ended)):
                self.wake()

    def _take(self) -> str | None:
        """The next try, which now runs; None: none waits."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._awake or self._ended)
            if self._ended or not self._waiting:
                self._awake = False
                return None
            self._running = self._waiting.pop(0)
            self._reports[self._running] = Report("running", "Reading")
            self._tell_all()
            return self._running

    def _run(self, name: str) -> None:
        made, stop = self._tries[name], self._stops[name]
        try:
            last = self._perform(made, lambda report: self._take_note(name, report), stop.is_set)
        except DreamVideoError as error:
            text = str(error).replace(made.upload.path, made.upload.name)
            last = Report("failed", short(text))
        except Exception as error:
            _log.exception("a bug")
            last = Report("failed", f"a bug: {type(error).__name__}: {error}")
        with self._changed:
            self._running = None
            self._end(name, last)

    def _take_note(self, name: str, report: Report) -> None:
        with self._changed:
            before = self._reports[name]
            words = before.words if self._stops[name].is_set() else report.words
            drawn = before if report.picture is None else report
            self._reports[name] = replace(report, words=words, picture=drawn.picture, time=drawn.time)
            self._changed.notify_all()

    def _end(self, name: str, report: Report) -> None:
        made, before = self._tries[name], self._reports[name]
        picture = before.picture if report.picture is None else report.picture
        if picture is not None:
            save_shown(picture, made.folder)
        self._reports[name] = replace(report, picture=None)
        save(made, self._reports[name])
        self._tell_all()

    def _tell_all(self) -> None:
        self._revision += 1
        self._changed.notify_all()


def _there(made: Try, report: Report) -> bool:
    """Whether the result of a try still exists."""
    return (report.file or made.folder / SHOWN).exists()
