"""What tests of the studio share: an empty folder, and the small network."""

from __future__ import annotations

from pathlib import Path

import pytest

from dreamvideo.networks.network import Network
from tests.clips import moving_clip


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder without settings from elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, network: Network) -> None:
    """The small network in place of any other."""
    monkeypatch.setattr("dreamvideo.networks.load_network", lambda config: network)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return moving_clip(tmp_path / "clip.mp4")
