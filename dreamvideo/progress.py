"""How far a piece of work is: told by a callback, since the library prints nothing, but for a bar that is asked for."""

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
        done: how many are finished.
        total: how many there are in all, where known.
        stage: what is being done, such as "dream" or "encode".
        message: something a person should know, such as a cut or a warning.
        unit: what is counted.
        warning: whether the message is one that should be seen even where nothing else is shown.
    """

    done: int
    total: int | None
    stage: str
    message: str | None = None
    unit: Literal["frames", "steps"] = "frames"
    warning: bool = False


OnProgress: TypeAlias = Callable[[Progress], None]

_EVERY = 0.1
"""Seconds between two pictures of a notebook's bar."""


def silent(progress: Progress) -> None:
    """Report to nobody."""


@contextmanager
def reported(to: bool | OnProgress) -> Iterator[OnProgress]:
    """Where reports go.

    Args:
        to: a function, which is told; True: a bar, in a notebook's cell or on the terminal; False: nobody.
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
    """A bar in a cell's output, of HTML's own: it needs no widgets."""

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
