"""Progress and signals of a command."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dreamvideo.cli.display import Display
from dreamvideo.cli.ending import DAMAGED
from dreamvideo.cli.options import Run
from dreamvideo.progress import Progress

if TYPE_CHECKING:
    from dreamvideo.jobs.stop import StopSignal
    from dreamvideo.render.result import Result

_ASKED = b"\ndreamvideo: stopping after this frame; once more stops at once\n"


@dataclass(frozen=True, slots=True)
class Work:
    """What a command uses while it works."""

    show: Display
    stop: StopSignal


@contextlib.contextmanager
def working(run: Run) -> Iterator[Work]:
    """Show progress, and catch signals: the first stops after the current frame, the second at once.

    After a signal, the command ends with 128 + its number.
    """
    from dreamvideo.jobs.stop import StopNow, stop_on_signals

    with stop_on_signals() as stop:
        _announce(stop)
        try:
            with Display(quiet=run.quiet, verbose=run.verbose, as_json=run.json) as show:
                show(Progress(0, None, "load"))
                yield Work(show, stop)
        except StopNow:
            raise typer.Exit(128 + (stop.signal or signal.SIGINT)) from None
    if stop.signal is not None:
        raise typer.Exit(128 + stop.signal)


def _announce(stop: StopSignal) -> None:
    """Answer the first Ctrl-C at once, since the current frame may take a while."""
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):
        return

    def answer(number: int, frame: object) -> None:
        # Not with print, since the signal may have interrupted one.
        if not stop:
            os.write(2, _ASKED)
        handler(number, frame)  # type: ignore[arg-type]

    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, answer)


def deliver(result: Result, work: Work, target: Path | None = None) -> None:
    """Print a result and its warnings. If the input was damaged, the command ends with 5."""
    from dreamvideo.media.oneway import is_piped

    for warning in result.warnings:
        work.show.warn(warning)
    if not is_piped(result.path):  # standard output is the result's
        work.show.result(target or result.path, frames=result.frames, cuts=[float(cut) for cut in result.cuts])
    if result.damaged:
        raise typer.Exit(DAMAGED)
