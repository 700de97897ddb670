"""Output of a command: a bar, lines or JSON. Results go to stdout, all else to stderr."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dreamvideo.cli.ending import one_line, tell
from dreamvideo.progress import Progress, terminal_bar

LINE_EVERY = 10.0
"""Seconds between lines without a terminal."""
JSON_EVERY = 0.5
"""Seconds between progress objects."""


class Pace:
    """Frames per second, and seconds left.

    Time counts from the first report of each stage: earlier frames may come from an earlier run, and the first one
        includes
    loading the network.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage: str | None = None
        self._start = (0, 0.0)
        self._last = (0, 0.0)

    def update(self, progress: Progress) -> None:
        """Add a report."""
        at = (progress.done, self._clock())
        if progress.stage != self._stage or (self._start[0] == 0 and progress.done > 0):
            self._stage, self._start = progress.stage, at
        self._last = at

    @property
    def rate(self) -> float | None:
        """Frames per second; None until two frames are done."""
        frames, spent = self._last[0] - self._start[0], self._last[1] - self._start[1]
        return frames / spent if frames > 0 and spent > 0 else None

    def left(self, progress: Progress) -> float | None:
        """Seconds until the end of the stage; None: unknown."""
        rate = self.rate
        return None if rate is None or progress.total is None else max(0, progress.total - progress.done) / rate


def clock_text(seconds: float | None) -> str:
    """75 as "1:15"."""
    if seconds is None:
        return "-:--"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


class Display:
    """Shows what a command does; also the pipeline's `on_progress`."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False, as_json: bool = False) -> None:
        self.quiet, self.verbose, self.as_json = quiet, verbose, as_json
        self._pace = Pace()
        self._told = float("-inf")
        self._stage: str | None = None
        self._warned: set[str] = set()
        terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._bar: Any = terminal_bar() if terminal and not (quiet or as_json) else None
        self._task: Any = None

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, progress: Progress) -> None:
        """Show a report of the pipeline."""
        self._pace.update(progress)
        if progress.message is not None:
            (self.warn if progress.warning else self.note)(progress.message)
        now, done = time.monotonic(), progress.total is not None and progress.done >= progress.total
        if progress.stage != self._stage:
            self._stage, self._told = progress.stage, float("-inf")
        if self.as_json:
            if done or now - self._told >= JSON_EVERY:
                self._told = now
                self._object("progress", **self._facts(progress))
        elif self._bar is not None:
            self._draw(progress)
        elif not self.quiet and (now - self._told >= LINE_EVERY):
            self._told = now
            self._line(self._words(progress))

    def note(self, text: str) -> None:
        """Print a message once, unless with -q or --json."""
        if not (self.quiet or self.as_json) and text not in self._warned:
            self._warned.add(text)
            self._line(text)

    def warn(self, text: str) -> None:
        """Print a warning once."""
        if text not in self._warned:
            self._warned.add(text)
            if self.as_json:
                self._object("warning", message=text)
            self._line(f"warning: {text}")

    def result(self, path: Path, **facts: object) -> None:
        """Print the path of a result."""
        if self.as_json:
            self._object("result", path=str(path), **facts)
        else:
            # As bytes, since a path may not be valid text.
            sys.stdout.flush()
            os.write(sys.stdout.fileno(), os.fsencode(path) + b"\n") if _is_real(sys.stdout) else print(
                one_line(str(path))
            )

    def answer(self, event: str, facts: dict[str, object], text: str) -> None:
        """Print a result that is no file: as an object with --json, else as text."""
        if self.as_json:
            self._object(event, **facts)
        else:
            print(text, flush=True)

    def _facts(self, progress: Progress) -> dict[str, object]:
        left, rate = self._pace.left(progress), self._pace.rate
        return {
            "stage": progress.stage,
            "done": progress.done,
            "total": progress.total,
            "unit": progress.unit,
            "fps": None if rate is None or progress.unit != "frames" else round(rate, 3),
            "eta_seconds": None if left is None else round(left, 1),
            "message": progress.message,
        }

    def _words(self, progress: Progress) -> str:
        total = "" if progress.total is None else f"/{progress.total}"
        pace = f", {self._pace_text(progress)}" if self._pace.rate is not None else ""
        count = "" if progress.total is None and progress.done == 0 else f" {progress.done}{total}"
        return f"{progress.stage}{count}{pace}"

    def _pace_text(self, progress: Progress) -> str:
        """Frames per second and time left, if known; only time left for steps."""
        if self._pace.rate is None:
            return ""
        fps = f"{self._pace.rate:.2f} fps, " if progress.unit == "frames" else ""
        return f"{fps}{clock_text(self._pace.left(progress))} left"

    def _draw(self, progress: Progress) -> None:
        if self._task is None:
            self._task = self._bar.add_task(progress.stage, total=progress.total, pace="")
        pace = self._pace_text(progress)
        self._bar.update(
            self._task, description=progress.stage, completed=progress.done, total=progress.total, pace=pace
        )

    def _line(self, text: str) -> None:
        if self._bar is not None:
            self._bar.console.print(one_line(text), markup=False, highlight=False)
        else:
            tell(text)

    def _object(self, event: str, **facts: object) -> None:
        print(json.dumps({"event": event, **facts}), flush=True)


def _is_real(stream: Any) -> bool:
    try:
        return bool(stream.fileno() >= 0)
    except (OSError, ValueError, AttributeError):
        return False
