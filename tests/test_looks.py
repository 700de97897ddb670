"""Sheets and comparisons from real sources, dreamed by a stand-in for the bundled network."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from clips import hue, hue_clip, shots_clip

from dreamvideo.choose import atlas as atlas_room
from dreamvideo.choose.atlas import draw_atlas
from dreamvideo.choose.comparison import compare_clips
from dreamvideo.choose.preview import draw_preview, spread, spread_frames
from dreamvideo.config import CoherenceConfig, DreamConfig, Layer, ReadConfig, Recipe, WriteConfig, ZoomConfig
from dreamvideo.errors import ConfigError, RefusedError, TargetExistsError
from dreamvideo.media import open_source, probe, read_still, write_still
from dreamvideo.media.frame import Picture
from dreamvideo.pipeline import dream_image, dream_zoom
from dreamvideo.render.durable import JobOptions
from dreamvideo.render.survey import glance, survey_video

if TYPE_CHECKING:
    from dreamvideo.networks.network import Network

RECIPE = Recipe(dream=DreamConfig(octaves=2, steps=2, jitter=4))

pytestmark = pytest.mark.usefixtures("stand_in_network")


def cells(sheet: Path, size: tuple[int, int], rows: int, columns: int, title: int) -> list[Picture]:
    """The pictures of a sheet of cells of `size` without labels, found from its layout."""
    from dreamvideo.choose.sheet import GAP

    picture = read_still(sheet)
    band = (picture.shape[0] - title - GAP) // rows - GAP - size[1]
    found = []
    for row in range(rows):
        for column in range(columns):
            top = title + GAP + row * (size[1] + band + GAP) + band
            left = GAP + column * (size[0] + GAP)
            found.append(picture[top : top + size[1], left : left + size[0]])
    return found


def test_a_picture_has_its_strength_its_moment_and_its_quality(still: Path, photo: Picture, tmp_path: Path) -> None:
    def dreamed(name: str, source: Path = still, **parts: Any) -> Path:
        recipe = replace(RECIPE, **parts)
        dream_image(source, tmp_path / name, recipe)
        return tmp_path / name

    none, half, full = (
        read_still(dreamed(f"{strength}.png", coherence=CoherenceConfig(strength=strength))) for strength in (0, 0.5, 1)
    )
    assert np.abs(none - photo).max() < 0.003
    assert 0 < np.abs(half - none).mean() < 0.8 * np.abs(full - none).mean()
    rising = dreamed("rising.png", schedules={"coherence.strength": "0s: 0, 1s: 1"})
    assert np.array_equal(read_still(rising), none)
    good, small = (dreamed(f"{quality}.jpg", write=WriteConfig(quality=quality)) for quality in (95, 30))
    assert small.stat().st_size < 0.6 * good.stat().st_size
    clip = hue_clip(tmp_path / "hues.mp4", frames=30, size=(96, 64))
    first, later = (
        read_still(dreamed(f"at{start}.png", clip, read=ReadConfig(start=start), dream=DreamConfig(steps=0)))
        for start in (0, 0.5)
    )
    assert np.abs(first - later).mean() > 0.1


def test_an_atlas_shows_each_layer(still: Path, tmp_path: Path) -> None:
    layers = tuple(Layer(f"mixed{number}") for number in (1, 3, 5))
    recipe = Recipe(dream=DreamConfig(layers=layers, octaves=2, steps=2, jitter=4))
    reports: list[int] = []
    out = draw_atlas(
        still, tmp_path / "atlas.png", recipe, on_progress=lambda progress: reports.append(progress.done)
    ).path
    first, *dreams = cells(out, (128, 96), 2, 2, 28)
    assert np.abs(first - read_still(still)).max() < 1e-6
    changes = [float(np.abs(dream - first).mean()) for dream in dreams]
    assert all(0.005 < change < 0.2 for change in changes)
    assert max(changes) < 1.5 * min(changes)
    assert np.abs(dreams[0] - dreams[2]).mean() > 0.005
    assert reports == [0, 1, 2, 3]
    with pytest.raises(TargetExistsError):
        draw_atlas(still, out, recipe)
    with pytest.raises(RefusedError):
        draw_atlas(still, still, recipe)


def test_an_atlas_of_channels_takes_the_strongest(still: Path, tmp_path: Path, network: Network) -> None:
    import tensorflow as tf

    picture = read_still(still)
    order = atlas_room.strongest_channels(network, "mixed3", picture)
    (features,) = network.features(["mixed3"])(tf.constant(picture[None]))
    strength = np.square(features.numpy()).mean(axis=(0, 1, 2))
    assert len(order) == min(atlas_room.MOST_CHANNELS, len(strength))
    assert list(strength[order]) == sorted(strength[order], reverse=True)
    assert draw_atlas(still, tmp_path / "channels.png", RECIPE, "mixed3").path.is_file()


def test_deep_networks_show_where_branches_meet(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(atlas_room.main_layers(network)) == len(network.layer_names)
    monkeypatch.setattr(atlas_room, "MOST_LAYERS", 5)
    thinned = atlas_room.main_layers(network)
    assert len(thinned) == 5 and thinned[-1] == network.layer_names[-1]


def test_a_preview_spreads_over_the_clip(tmp_path: Path) -> None:
    clip = hue_clip(tmp_path / "clip.mp4", frames=24, size=(96, 64))
    recipe = Recipe(dream=RECIPE.dream, read=ReadConfig(start=probe(clip).duration / 4))  # type: ignore[operator]
    frames = [frame for _, frame in spread_frames(clip, recipe.read, glance(clip, recipe))]
    assert [float(frame.time) for frame in frames] == pytest.approx(np.arange(6) * 0.125 + 0.0625, abs=1 / 24)
    for frame in frames:
        index = round(float(frame.time + recipe.read.start) * 24)
        assert np.abs(frame.picture.mean(axis=(0, 1)) - hue(index, 24)).max() < 0.03
    out = draw_preview(clip, tmp_path / "preview.png", recipe, "18 frames").path
    shown = cells(out, (96, 64), 3, 4, 28)
    for number, frame in enumerate(frames):
        assert np.abs(shown[2 * number] - frame.picture).mean() < 0.005
        assert np.abs(shown[2 * number + 1] - shown[2 * number]).mean() > 0.002


def test_a_comparison_keeps_the_first_clips_time(tmp_path: Path) -> None:
    long = hue_clip(tmp_path / "long.mp4", frames=12, size=(96, 64))
    short = hue_clip(tmp_path / "short.mp4", frames=6, size=(64, 48))
    target = compare_clips([long, short], tmp_path / "both.mp4", ["one", "two"]).path
    with open_source(long, ReadConfig()) as first, open_source(target, ReadConfig()) as both:
        pairs = list(zip(first, both, strict=True))
    assert [row.time for _, row in pairs] == [frame.time for frame, _ in pairs]
    for index, (frame, row) in enumerate(pairs):
        left, right = row.picture[40:60, 10:60], row.picture[40:60, 80:120]
        assert np.abs(left.mean(axis=(0, 1)) - frame.picture.mean(axis=(0, 1))).max() < 0.03
        assert np.abs(right.mean(axis=(0, 1)) - hue(min(index, 5), 6)).max() < 0.03
    with pytest.raises(ConfigError):
        compare_clips([long], tmp_path / "one.mp4")
    with pytest.raises(RefusedError):
        compare_clips([long, short], short)


def test_a_glance_finds_the_shots_that_a_job_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = shots_clip(tmp_path / "clip.mp4", [7, 1, 9, 5])
    found = glance(clip, RECIPE)
    survey = survey_video(clip, RECIPE)
    assert (found.frames, found.shots, found.interval) == (22, 4, Fraction(1, 10))
    assert [(int(shot.begin * 10), int(shot.end * 10)) for shot in found.seen] == [
        (shot.first, shot.stop) for shot in survey.shots
    ]
    alone = replace(RECIPE, coherence=CoherenceConfig(coherence="none"))
    assert glance(clip, alone).shots == 4 and len(survey_video(clip, alone).shots) == 1
    monkeypatch.setattr("dreamvideo.render.survey.GLANCE_PIXELS", 128 * 96 * 12)
    monkeypatch.setattr("dreamvideo.render.survey.WINDOWS", 2)
    monkeypatch.setattr("dreamvideo.render.survey.SHORTEST_WINDOW", 8)
    part = glance(clip, RECIPE)
    assert part.frames == 22 and [int(shot.begin * 10) for shot in part.seen] == [0, 7, 14, 17]
    assert part.shots == 1 + round(2 * 22 / 16)


def test_a_preview_shows_every_shot_while_there_is_room(tmp_path: Path) -> None:
    clip = shots_clip(tmp_path / "clip.mp4", [7, 1, 9, 5])
    found = glance(clip, RECIPE)
    assert [shot for shot, _ in spread(found, 6, 12)] == [0, 0, 1, 2, 2, 3]
    assert [shot for shot, _ in spread(found, 1, 3)] == [0, 2, 3]
    with open_source(clip) as frames:
        pictures = [frame.picture for frame in frames]
    for shot, frame in spread_frames(clip, RECIPE.read, found):
        assert np.abs(frame.picture - pictures[int(frame.time * 10)]).max() < 1e-6
        assert found.seen[shot].begin <= frame.time < found.seen[shot].end
    first, *_ = spread_frames(
        write_still(tmp_path / "one.png", pictures[0]), RECIPE.read, glance(tmp_path / "one.png", RECIPE)
    )
    assert first[1].time == 0


def test_a_zoom_job_plans_its_journey_once(still: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = []
    monkeypatch.setattr("dreamvideo.zoom.animation.plan_journey", lambda *arguments: planned.append(arguments))
    recipe = replace(RECIPE, zoom=ZoomConfig(duration=Fraction(5), fps=Fraction(10)))
    assert dream_zoom(still, tmp_path / "dive.mp4", recipe, job=JobOptions()).frames == 50
    assert len(planned) == 1
