"""What tests of the studio share: an empty folder, and dreamers of the small network."""

from __future__ import annotations

from pathlib import Path

import pytest

from dreamvideo.config import Recipe
from dreamvideo.dreamer import Dreamer
from dreamvideo.networks.network import Network
from tests.clips import moving_clip


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder without settings from elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, network: Network) -> None:
    """Dreamers of the small network."""

    def dreamer(recipe: Recipe) -> Dreamer:
        return Dreamer(network, recipe.dream)

    monkeypatch.setattr("dreamvideo.pipeline.open_dreamer", dreamer)
    monkeypatch.setattr("dreamvideo.studio.actions.open_dreamer", dreamer)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return moving_clip(tmp_path / "clip.mp4")
