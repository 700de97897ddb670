"""Dreams, trials and renders that tell of their work, and stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dreamvideo.config import Recipe, ZoomConfig
from dreamvideo.dreamer import Dreamer, Step
from dreamvideo.media import Picture, open_source, probe, read_still, write_still
from dreamvideo.networks.network import Network
from dreamvideo.pipeline import dream_image
from dreamvideo.studio import actions
from dreamvideo.studio.actions import perform
from dreamvideo.studio.command import Kind
from dreamvideo.studio.tries import Extent, Report, Try
from dreamvideo.studio.uploads import receive, source_picture
from tests.clips import decoded, moving_clip
from tests.studio.page import SMALL


def wish(extent: Extent, kind: Kind, source: Path, target: Path, recipe: Recipe = SMALL, at: float = 0.0) -> Try:
    """A try of a file, whose folder is the target's."""
    return Try(target.parent, extent, kind, receive(source, source.name), recipe, target, at, {}, time.time())


def done(made: Try, stop_at: Callable[[Report], bool] = lambda told: False) -> tuple[list[Report], Report]:
    """What a try tells on its way, and how it ends; it is asked to stop once `stop_at` is so."""
    told: list[Report] = []
    last = perform(made, told.append, lambda: any(map(stop_at, told)))
    return told, last


def test_a_watched_dream_is_the_same(network: Network, photo: Picture) -> None:
    for config in (SMALL.dream, replace(SMALL.dream, detail=False, keep_colors=True)):
        dreamer, steps = Dreamer(network, config), list[Step]()
        watched = dreamer.dream(photo, on_step=steps.append)
        seen = [step.picture() for step in steps]
        assert np.array_equal(watched, dreamer.dream(photo)) and len(seen) >= 3
        assert np.abs(seen[-1] - watched).mean() < 0.05 and np.abs(seen[0] - photo).max() > 1e-6
        assert all(picture.shape == photo.shape for picture in seen)


def test_a_picture_dreams_step_by_step_into_what_the_command_makes(
    small: None, photo: Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "STEP_EVERY", 0.0)
    source = write_still(tmp_path / "photo.png", photo)
    made = wish("frame", "image", source, tmp_path / "page.png")
    told, last = done(made)
    assert (last.status, last.file, last.words) == ("done", made.target, f"Dreamed in {len(told) - 2} steps")
    assert [one.fraction for one in told] == sorted(one.fraction for one in told) and len(told) >= 5
    other = dream_image(source, tmp_path / "command.png", SMALL).path
    assert made.target.read_bytes() == other.read_bytes()
    assert last.picture is not None and np.abs(last.picture - read_still(other)).max() < 1 / 255


def test_a_clip_shows_the_frame_that_was_chosen_and_renders(small: None, clip: Path, tmp_path: Path) -> None:
    upload = receive(clip, clip.name)
    assert upload.clip and upload.duration == pytest.approx(float(probe(clip).duration or 0))
    with open_source(clip) as source:
        frames = [frame.picture for frame in source]
    assert np.array_equal(source_picture(upload, SMALL, 3 / upload.rate + 0.01), frames[3])  # the one on show
    assert np.array_equal(source_picture(upload, SMALL, 99.0), frames[-1])
    target = tmp_path / "out.mp4"
    _, still = done(wish("frame", "video", clip, target))
    assert still.status == "done" and still.file is None and not target.exists()
    told, last = done(wish("whole", "video", clip, target))
    assert last.status == "done" and last.file == target and probe(target).frames == len(frames)
    assert any(one.words.startswith(f"Frame {len(frames)} of {len(frames)}") for one in told)


@pytest.mark.parametrize("kind", ["video", "zoom"])
def test_a_trial_is_a_clip_of_two_seconds(
    small: None, kind: Kind, photo: Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "PICTURE_EVERY", 0.0)
    source = moving_clip(tmp_path / "c.mp4", rate="10", seconds=5)
    source = source if kind == "video" else write_still(tmp_path / "photo.png", photo)
    recipe = replace(SMALL, zoom=ZoomConfig(duration=Fraction(3), fps=Fraction(10), journey=False))
    made = wish("trial", kind, source, tmp_path / "out.mp4", recipe, at=1.5 if kind == "video" else 0.0)
    told, last = done(made)
    assert last.words == "2.0 s, 20 frames" and probe(made.target).frames == 20
    assert float(probe(made.target).duration or 0) == pytest.approx(2.0)
    times = [float(one.time) for one in told if one.time is not None]
    begin = 1.5 if kind == "video" else 0.0
    assert times == pytest.approx([begin + number / 10 for number in range(20)], abs=0.051)
    assert any(", 0:0" in one.words and " a second" in one.words for one in told)
    _, cut = done(made, lambda one: one.fraction >= 0.3)
    assert cut.status == "stopped" and 6 <= (probe(made.target).frames or 0) < 20


def test_a_trial_near_the_end_is_what_is_left(small: None, tmp_path: Path) -> None:
    source = moving_clip(tmp_path / "c.mp4", rate="10", seconds=2)
    made = wish("trial", "video", source, tmp_path / "out.mp4", at=1.5)
    _, last = done(made)
    assert last.status == "done" and probe(made.target).frames == 5
    longer = replace(made, upload=replace(made.upload, duration=1.85 + made.at))  # than it is, as files may say
    _, last = done(longer)
    assert (last.status, last.fraction, last.words) == ("done", 1.0, "0.5 s, 5 frames")


@pytest.mark.parametrize("kind", ["image", "video"])
def test_stop_ends_a_dream_with_what_is_done(
    small: None, kind: Kind, photo: Picture, clip: Path, tmp_path: Path
) -> None:
    source = clip if kind == "video" else write_still(tmp_path / "photo.png", photo)
    recipe = replace(SMALL, dream=replace(SMALL.dream, steps=100))
    made = wish("frame", kind, source, tmp_path / "out.png", recipe)
    _, last = done(made, lambda told: told.fraction > 0)
    assert last.status == "stopped" and last.fraction < 1 and last.picture is not None and not made.target.exists()


def test_a_render_that_was_stopped_goes_on(small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same try makes the frames that are missing alone, and in the end those of an undisturbed run."""
    clip = moving_clip(tmp_path / "clip.mp4", seconds=4)
    made = wish("whole", "video", clip, tmp_path / "out.mp4")
    monkeypatch.setattr(actions, "PICTURE_EVERY", 0.0)
    told, cut = done(made, lambda told: frame_of(told) >= 2)
    assert [one.picture is not None for one in told if frame_of(one) in (1, 2)] == [True, True]
    assert cut.status == "stopped" and not made.target.exists() and cut.file is not None
    kept = probe(cut.file).frames or 0
    monkeypatch.setattr(actions, "PICTURE_EVERY", 3600.0)
    told, last = done(made)
    assert sum(one.picture is not None for one in told) == 1
    assert min(number for number in map(frame_of, told) if number >= 0) >= kept >= 2
    assert last.file == made.target and not cut.file.exists()
    whole = replace(made, target=tmp_path / "whole.mp4")
    done(whole)
    assert decoded(made.target) == decoded(whole.target) and not list(tmp_path.glob("*.job"))


def frame_of(told: Any) -> int:
    """The dreamed frame that is told of; -1 where something else is."""
    words = told.words.split()
    return int(words[1]) if words[0] == "Frame" else -1
