"""What fault tests share; collects the rows of the fault matrix, and prints them as a table at the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

_ROWS = pytest.StashKey[list[tuple[str, str, str, int]]]()

Observe = Callable[[str, str, tuple[int, ...], int], None]


@pytest.fixture
def observe(request: pytest.FixtureRequest) -> Observe:
    """Note the exit code of a fault, and fail where it is not one of those expected."""
    rows = request.config.stash.setdefault(_ROWS, [])

    def note(row: str, fault: str, expected: tuple[int, ...], code: int) -> None:
        rows.append((row, fault, "/".join(map(str, expected)), code))
        assert code in expected, f"row {row}, {fault}: expected exit code {expected}, got {code}"

    return note


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """What the toy dreams dream of."""
    path = tmp_path / "source.bin"
    path.write_bytes(b"frames would be here")
    return path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = config.stash.get(_ROWS, [])
    if not rows:
        return
    terminalreporter.section("fault matrix")
    width = max(len(fault) for _, fault, _, _ in rows)
    terminalreporter.write_line(f"{'row':>4}  {'fault':{width}}  expected  observed")
    for row, fault, expected, code in sorted(rows, key=lambda item: (item[0][0] == "S", int(item[0].strip("S")))):
        terminalreporter.write_line(f"{row:>4}  {fault:{width}}  {expected:>8}  {code:>8}")
