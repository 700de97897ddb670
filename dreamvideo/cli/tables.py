"""Tables and help that fit the terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from typing import Any

import typer.core

_LEAST_ROOM = 20
"""Least columns of the terminal for the last column of a table."""


class Command(typer.core.TyperCommand):
    """A command whose help shows defaults at the end of the text, and no types."""

    def get_params(self, ctx: Any) -> Any:
        return [_bare(parameter) for parameter in super().get_params(ctx)]


class Group(typer.core.TyperGroup):
    """A group of such commands."""

    def get_params(self, ctx: Any) -> Any:
        return [_bare(parameter) for parameter in super().get_params(ctx)]


def _bare(parameter: Any) -> Any:
    if parameter.param_type_name == "argument":
        parameter.display_type_rich = lambda ctx: None
    if getattr(parameter, "is_flag", False) and parameter.metavar is None:
        parameter.metavar = ""
    if parameter.help and parameter.show_default is True and parameter.default is not None:
        # In the text, so that it wraps; Typer would put it on its own line.
        default = parameter.default
        shown = f"{default:g}" if isinstance(default, float) else default
        parameter.help += "" if isinstance(default, bool) else f" [dim]\\[default: {shown}][/dim]"
        parameter.show_default = False
    return parameter


def unwrapped(docstring: str | None) -> str:
    """A docstring's paragraphs, each on one line, so that help wraps them."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in (docstring or "").split("\n\n"))


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows in columns. The last column is wrapped to the terminal; without one, each row is one line."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    first = sum(widths) + 2 * len(widths)
    width = max(shutil.get_terminal_size((10_000, 24)).columns, first + _LEAST_ROOM)
    lines = []
    for *cells, last in rows:
        begin = "".join(f"{cell:<{room}}  " for cell, room in zip(cells, widths, strict=True))
        lines.append(textwrap.fill(last, width, initial_indent=begin, subsequent_indent=" " * first).rstrip())
    return "\n".join(lines)
