"""Dreams and renders that tell of their work, and stop."""

from __future__ import annotations

import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from dreamvideo.config import ZoomConfig
from dreamvideo.dreamer import Dreamer
from dreamvideo.media import Picture, open_source, probe, read_still, write_still
from dreamvideo.networks.network import Network
from dreamvideo.pipeline import dream_image
from dreamvideo.studio import actions
from dreamvideo.studio.actions import Report, Task, receive
from dreamvideo.studio.choices import EVERY
from dreamvideo.studio.command import Kind
from dreamvideo.studio.work import Worker
from tests.clips import decoded, moving_clip
from tests.studio.page import SMALL


def test_a_watched_dream_is_the_same(network: Network, photo: Picture) -> None:
    for config in (SMALL.dream, replace(SMALL.dream, detail=False, keep_colors=True)):
        dreamer, seen = Dreamer(network, config), list[Picture]()
        watched = dreamer.dream(photo, watch=seen.append)
        assert np.array_equal(watched, dreamer.dream(photo)) and len(seen) == 6
        assert np.abs(seen[-1] - watched).max() < 1e-6 < np.abs(seen[0] - photo).max()
        assert all(picture.shape == photo.shape for picture in seen)


def test_a_picture_dreams_step_by_step_into_what_the_command_makes(small: None, photo: Picture, tmp_path: Path) -> None:
    source = write_still(tmp_path / "photo.png", photo)
    task = Task("image", receive(source, source.name), SMALL, tmp_path / "page.png")
    *steps, last = actions.dream(Worker(), task, threading.Event())
    assert last.done and last.file == task.target and last.words == "Dreamed in 6 steps"
    parts = [report.part for report in steps]
    assert parts == sorted(parts) and all(report.file is None for report in steps)
    other = dream_image(source, tmp_path / "command.png", SMALL)
    assert (tmp_path / "page.png").read_bytes() == other.read_bytes()
    assert last.picture is not None and np.abs(last.picture - read_still(other)).max() < 1 / 255


def test_a_clip_shows_the_frame_that_was_chosen_and_renders(small: None, clip: Path, tmp_path: Path) -> None:
    upload = receive(clip, clip.name)
    assert upload.clip and upload.duration == pytest.approx(float(probe(clip).duration or 0))
    with open_source(clip) as source:
        frames = [frame.picture for frame in source]
    assert np.array_equal(actions.look(upload, SMALL, 3 / upload.rate + 0.01), frames[4])
    assert np.array_equal(actions.look(upload, SMALL, 99.0), frames[-1])
    task = Task("video", upload, SMALL, tmp_path / "out.mp4", at=0.0)
    *_, still = actions.dream(Worker(), task, threading.Event())
    assert still.done and still.file is None and not task.target.exists()
    *told, last = actions.render(Worker(), task, threading.Event())
    assert last.done and last.file == task.target and probe(task.target).frames == len(frames)
    assert any(report.words.startswith(f"Frame {len(frames)} of {len(frames)}") for report in told)


def test_a_dive_shows_its_beginning(small: None, photo: Picture, tmp_path: Path) -> None:
    source = write_still(tmp_path / "photo.png", photo)
    recipe = replace(SMALL, zoom=ZoomConfig(duration=Fraction(1), fps=Fraction(4), journey=False))
    task = Task("zoom", receive(source, source.name), recipe, tmp_path / "out.mp4")
    *_, last = actions.dream(Worker(), task, threading.Event())
    assert last.words == "The first 1.0 s, 4 frames" and last.picture is not None
    assert np.abs(last.picture - photo).mean() > 0.01
    *_, last = actions.render(Worker(), task, threading.Event())
    assert probe(task.target).frames == 4


@pytest.mark.parametrize("kind", EVERY)
def test_stop_ends_the_work_with_what_is_done(
    small: None, kind: Kind, photo: Picture, clip: Path, tmp_path: Path
) -> None:
    source = clip if kind == "video" else write_still(tmp_path / "photo.png", photo)
    recipe = replace(SMALL, zoom=ZoomConfig(journey=False), dream=replace(SMALL.dream, steps=100))
    task, stop = Task(kind, receive(source, source.name), recipe, tmp_path / "out.mp4"), threading.Event()
    reports = []
    for report in actions.dream(Worker(), task, stop):
        reports.append(report)
        if report.part > 0:
            stop.set()
    assert reports[-1].done and reports[-1].part < 1 and not task.target.exists()
    if kind == "image":
        return
    stop, task = threading.Event(), replace(task, recipe=SMALL)
    for report in actions.render(Worker(), task, stop):
        if frame_of(report) >= 1:
            stop.set()
    assert report.words.startswith("Stopped after") and report.file is not None and not task.target.exists()
    assert 1 <= (probe(report.file).frames or 0) < 20


def test_a_render_that_was_stopped_goes_on(small: None, tmp_path: Path) -> None:
    """The same task makes the frames that are missing alone, and in the end those of an undisturbed run."""
    clip, stop = moving_clip(tmp_path / "clip.mp4", seconds=4), threading.Event()
    task = Task("video", receive(clip, clip.name), SMALL, tmp_path / "out.mp4")
    for report in actions.render(Worker(), task, stop):
        if frame_of(report) >= 2:
            stop.set()
    assert not task.target.exists() and report.file is not None
    kept = probe(report.file).frames or 0
    told = list(actions.render(Worker(), task, threading.Event()))
    assert min(number for number in map(frame_of, told) if number >= 0) >= kept >= 2
    whole = replace(task, target=tmp_path / "whole.mp4")
    list(actions.render(Worker(), whole, threading.Event()))
    assert decoded(task.target) == decoded(whole.target) and not list(tmp_path.glob("*.job"))


def frame_of(report: Report) -> int:
    """The dreamed frame that a report tells of; -1 where it tells of something else."""
    words = report.words.split()
    return int(words[1]) if words[0] == "Frame" else -1
