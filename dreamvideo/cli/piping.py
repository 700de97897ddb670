"""Pipes: standard input and output, named "-"."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from dreamvideo.cli.arguments import option
from dreamvideo.cli.options import Run
from dreamvideo.errors import ConfigError, RefusedError

PipedAsOption = Annotated[
    Literal["y4m", "mkv"],
    option(
        "What goes to standard output: raw YUV4MPEG2, which is silent and at one rate, or Matroska.",
        panel="Result",
        metavar="y4m|mkv",
    ),
]


def refuse_terminal(run: Run) -> None:
    """Refuse to write a video to a standard output that is not for it.

    Raises:
        RefusedError: it is a terminal.
        ConfigError: it is for JSON.
    """
    if sys.stdout.isatty():
        raise RefusedError("a video would fill the terminal: pipe it on, as in dreamvideo ... - | ffplay -")
    if run.json:
        raise ConfigError("expected either --json or a video on standard output, got both")


def refuse_piped_job(inputs: Sequence[tuple[Path, Path]], run: Run, spread: Mapping[str, object]) -> None:
    """Refuse options that a pipe cannot have.

    Args:
        spread: name of a flag -> its value, for the options of jobs.

    Raises:
        ConfigError: it is a job, a plan, or one of several inputs.
        RefusedError: the result would go to a terminal.
    """
    from dreamvideo.media.oneway import is_piped

    if len(inputs) > 1:
        raise ConfigError("expected one input with a pipe, got several")
    if is_piped(inputs[0][1]):
        refuse_terminal(run)
    for name, value in {"dry-run": run.dry_run, "skip-existing": run.skip, **spread}.items():
        if value:
            raise ConfigError(f"expected files with --{name}, got a pipe, which cannot be gone back in")
