"""Surroundings of a command: an empty home, a folder to read from and one to write to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clips import hue_clip
from tests.toy_dreams import ROOT


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home, no settings from elsewhere, and the package of this checkout."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "home").mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "in")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return hue_clip(tmp_path / "in" / "clip.mp4", 4)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"
