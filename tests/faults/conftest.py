"""What fault tests share; the rows that they observe are printed as one table at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.table import ROWS, Observe, lines


@pytest.fixture
def observe(request: pytest.FixtureRequest) -> Observe:
    """Note the exit code of a fault, and fail where it is not one of those expected."""
    rows = request.config.stash.setdefault(ROWS, [])

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
    rows = config.stash.get(ROWS, [])
    if not rows:
        return
    terminalreporter.section("fault matrix")
    for line in lines(rows):
        terminalreporter.write_line(line)
