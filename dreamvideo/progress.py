"""Progress reports. The library prints nothing: it calls a callback, or shows a bar if the caller asks for one."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Progress:
    """One report.

    Attributes:
        done: number of units finished.
        total: number of all units; None: not known.
        stage: the current stage, such as "dream" or "encode".
        message: something the user should know, such as a cut or a warning.
        unit: what is counted.
        warning: whether to show the message even if progress is not shown.
    """

    done: int
    total: int | None
    stage: str
    message: str | None = None
    unit: Literal["frames", "steps"] = "frames"
    warning: bool = False


OnProgress: TypeAlias = Callable[[Progress], None]

_EVERY = 0.1
"""Least seconds between two redraws of a notebook's bar, so that drawing does not slow the dream."""


def silent(progress: Progress) -> None:
    """Ignore a report."""


@contextmanager
def reported(to: bool | OnProgress) -> Iterator[OnProgress]:
    """Open a receiver of reports, and close it afterwards.

    Args:
        to: a function, which is called with each report; True: a bar in the notebook's cell or on the terminal; False:
            reports are ignored.
    """
    if callable(to):
        yield to
    elif not to:
        yield silent
    elif _in_notebook():
        bar = _NotebookBar()
        yield bar
        bar.close()
    else:
        with terminal_bar() as shown:
            task = shown.add_task("", total=None, pace="")

            def draw(progress: Progress) -> None:
                shown.update(task, description=progress.stage, completed=progress.done, total=progress.total)

            yield draw


def terminal_bar() -> Any:
    """Rich's bar on stderr; its tasks have a field `pace`."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description:<8}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    module = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    return shell is not None and hasattr(shell, "kernel")


class _NotebookBar:
    """A bar in a cell's output, as plain HTML, which needs no widgets."""

    def __init__(self) -> None:
        from IPython.display import HTML, display

        self._html = HTML
        self._output = display(HTML(""), display_id=True)
        self._drawn = float("-inf")

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._drawn < _EVERY and progress.done != progress.total:
            return
        self._drawn = now
        full = "" if progress.total is None else f' max="{progress.total}" value="{progress.done}"'
        count = f"{progress.done}" if progress.total is None else f"{progress.done}/{progress.total}"
        stage = html.escape(progress.stage)
        self._output.update(self._html(f"{stage} <progress{full}></progress> {count} {progress.unit}"))

    def close(self) -> None:
        self._output.update(self._html(""))
