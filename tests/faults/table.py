"""The fault matrix: one row for each fault that a test met, with the exit codes expected and observed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

Row = tuple[str, str, str, int]
"""(row of the matrix, fault, expected exit codes, observed exit code)."""
Observe = Callable[[str, str, tuple[int, ...], int], None]
"""Note (row, fault, expected exit codes, observed exit code)."""
ROWS = pytest.StashKey[list[Row]]()


def lines(rows: Iterable[Row]) -> Iterator[str]:
    """The table, ordered by row: numbers first, hostile input (S1, S2, ...) last."""
    rows = sorted(rows, key=lambda item: (item[0][0] == "S", int(item[0].strip("S"))))
    width = max(len(fault) for _, fault, _, _ in rows)
    yield f"{'row':>4}  {'fault':{width}}  expected  observed"
    for row, fault, expected, code in rows:
        yield f"{row:>4}  {fault:{width}}  {expected:>8}  {code:>8}"
