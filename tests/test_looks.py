"""Sheets and comparisons from real sources, dreamed by a stand-in for the bundled network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from clips import hue, hue_clip

from dreamvideo import looks
from dreamvideo.config import DreamConfig, Layer, ReadConfig, Recipe
from dreamvideo.errors import ConfigError, RefusedError, TargetExistsError
from dreamvideo.media import open_source, probe, read_still, write_still
from dreamvideo.media.frame import Picture

if TYPE_CHECKING:
    from dreamvideo.networks.network import Network

RECIPE = Recipe(dream=DreamConfig(octaves=2, steps=2, jitter=4))


@pytest.fixture(autouse=True)
def stand_in_network(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dreamvideo.networks.load_network", lambda config=None: network)


@pytest.fixture
def still(photo: Picture, tmp_path: Path) -> Path:
    return write_still(tmp_path / "photo.png", photo)


def cells(sheet: Path, size: tuple[int, int], rows: int, columns: int, title: int) -> list[Picture]:
    """The pictures of a sheet of cells of `size` without labels, found from its layout."""
    from dreamvideo.sheet import GAP

    picture = read_still(sheet)
    band = (picture.shape[0] - title - GAP) // rows - GAP - size[1]
    found = []
    for row in range(rows):
        for column in range(columns):
            top = title + GAP + row * (size[1] + band + GAP) + band
            left = GAP + column * (size[0] + GAP)
            found.append(picture[top : top + size[1], left : left + size[0]])
    return found


def test_an_atlas_shows_each_layer(still: Path, tmp_path: Path) -> None:
    layers = tuple(Layer(f"mixed{number}") for number in (1, 3, 5))
    recipe = Recipe(dream=DreamConfig(layers=layers, octaves=2, steps=2, jitter=4))
    reports: list[int] = []
    out = looks.atlas(still, tmp_path / "atlas.png", recipe, on_progress=lambda progress: reports.append(progress.done))
    first, *dreams = cells(out, (128, 96), 2, 2, 28)
    assert np.abs(first - read_still(still)).max() < 1e-6
    changes = [float(np.abs(dream - first).mean()) for dream in dreams]
    assert all(0.005 < change < 0.2 for change in changes)
    assert max(changes) < 1.5 * min(changes)
    assert np.abs(dreams[0] - dreams[2]).mean() > 0.005
    assert reports == [0, 1, 2, 3]
    with pytest.raises(TargetExistsError):
        looks.atlas(still, out, recipe)
    with pytest.raises(RefusedError):
        looks.atlas(still, still, recipe)


def test_an_atlas_of_channels_takes_the_strongest(still: Path, tmp_path: Path, network: Network) -> None:
    import tensorflow as tf

    picture = read_still(still)
    order = looks.strongest_channels(network, "mixed3", picture)
    (features,) = network.features(["mixed3"])(tf.constant(picture[None]))
    strength = np.square(features.numpy()).mean(axis=(0, 1, 2))
    assert len(order) == min(looks.MOST_CHANNELS, len(strength))
    assert list(strength[order]) == sorted(strength[order], reverse=True)
    assert looks.atlas(still, tmp_path / "channels.png", RECIPE, "mixed3").is_file()


def test_deep_networks_show_where_branches_meet(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(looks.main_layers(network)) == len(network.layer_names)
    monkeypatch.setattr(looks, "MOST_LAYERS", 5)
    thinned = looks.main_layers(network)
    assert len(thinned) == 5 and thinned[-1] == network.layer_names[-1]


def test_a_preview_spreads_over_the_clip(tmp_path: Path) -> None:
    clip = hue_clip(tmp_path / "clip.mp4", frames=24, size=(96, 64))
    recipe = Recipe(dream=RECIPE.dream, read=ReadConfig(start=probe(clip).duration / 4))  # type: ignore[operator]
    frames = list(looks.spread_frames(clip, recipe))
    assert [float(frame.time) for frame in frames] == pytest.approx(np.arange(6) * 0.125 + 0.0625, abs=1 / 24)
    for frame in frames:
        index = round(float(frame.time + recipe.read.start) * 24)
        assert np.abs(frame.picture.mean(axis=(0, 1)) - hue(index, 24)).max() < 0.03
    out = looks.preview(clip, tmp_path / "preview.png", recipe, "18 frames")
    shown = cells(out, (96, 64), 3, 4, 28)
    for number, frame in enumerate(frames):
        assert np.abs(shown[2 * number] - frame.picture).mean() < 0.005
        assert np.abs(shown[2 * number + 1] - shown[2 * number]).mean() > 0.002


def test_a_comparison_keeps_the_first_clips_time(tmp_path: Path) -> None:
    long = hue_clip(tmp_path / "long.mp4", frames=12, size=(96, 64))
    short = hue_clip(tmp_path / "short.mp4", frames=6, size=(64, 48))
    target = looks.compare([long, short], tmp_path / "both.mp4", ["one", "two"])
    with open_source(long, ReadConfig()) as first, open_source(target, ReadConfig()) as both:
        pairs = list(zip(first, both, strict=True))
    assert [row.time for _, row in pairs] == [frame.time for frame, _ in pairs]
    for index, (frame, row) in enumerate(pairs):
        left, right = row.picture[40:60, 10:60], row.picture[40:60, 80:120]
        assert np.abs(left.mean(axis=(0, 1)) - frame.picture.mean(axis=(0, 1))).max() < 0.03
        assert np.abs(right.mean(axis=(0, 1)) - hue(min(index, 5), 6)).max() < 0.03
    with pytest.raises(ConfigError):
        looks.compare([long], tmp_path / "one.mp4")
    with pytest.raises(RefusedError):
        looks.compare([long, short], short)
