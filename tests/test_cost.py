"""What a job will cost, held against the job."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import hue_clip, shots_clip

from dreamvideo.choose.atlas import draw_atlas
from dreamvideo.config import DreamConfig, Layer, Recipe, WriteConfig, ZoomConfig
from dreamvideo.cost.bench import benchmark_one
from dreamvideo.cost.estimate import estimate_atlas, estimate_comparison, estimate_image, estimate_video, estimate_zoom
from dreamvideo.cost.trial import sound_bytes
from dreamvideo.jobs.disk import STATE_BYTES
from dreamvideo.jobs.state import pack
from dreamvideo.media import Frame, probe
from dreamvideo.media.frame import Picture
from dreamvideo.pipeline import dream_image, dream_video
from dreamvideo.render.durable import JobOptions
from dreamvideo.render.opening import open_dreamer
from dreamvideo.render.video import VideoDreamer

RECIPE = Recipe(dream=DreamConfig(octaves=2, steps=2, jitter=4))

pytestmark = pytest.mark.usefixtures("stand_in_network")


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_estimates_are_of_the_job_that_follows(tmp_path: Path, suffix: str) -> None:
    """Counts and bytes; seconds are for an idle machine to show: tests/benchmarks/estimates.py."""
    clip = shots_clip(tmp_path / "clip.mp4", [20, 16])
    plan = estimate_video(clip, RECIPE, suffix)
    result = dream_video(clip, tmp_path / f"out{suffix}", RECIPE, job=JobOptions())
    assert (plan.frames, plan.shots, plan.size) == (result.frames, 1 + len(result.cuts), (128, 96))
    taken = result.path.stat().st_size
    assert 1 / 1.3 < plan.output_bytes / taken < 1.3
    assert plan.disk_bytes > plan.output_bytes and 0 < plan.dreaming < plan.seconds
    assert plan.remaining(plan.frames).seconds == pytest.approx(plan.seconds - plan.dreaming)


def test_estimates_of_zooms_pictures_and_sheets(still: Path, tmp_path: Path) -> None:
    zoom = estimate_zoom(still, replace(RECIPE, zoom=ZoomConfig(duration=Fraction(3), fps=Fraction(10))))
    assert (zoom.frames, zoom.shots, zoom.size) == (30, 1, (128, 96)) and zoom.seconds > 0
    image = estimate_image(still, RECIPE)
    taken = dream_image(still, tmp_path / "dream.png", RECIPE).path.stat().st_size
    assert image.frames == 1 and 1 / 1.3 < image.output_bytes / taken < 1.3
    recipe = replace(RECIPE, dream=replace(RECIPE.dream, layers=(Layer("mixed1"), Layer("mixed3"))))
    sheet = draw_atlas(still, tmp_path / "atlas.png", recipe).path
    atlas = estimate_atlas(still, recipe)
    assert atlas.frames == 2 and 1 / 1.3 < atlas.output_bytes / sheet.stat().st_size < 1.3
    clips = [hue_clip(tmp_path / f"{name}.mp4", frames=30, size=(96, 64)) for name in "ab"]
    both = estimate_comparison(clips)
    assert (both.frames, both.size) == (30, (192, 86))


def test_a_zoom_is_thinned_to_the_same_work_a_frame() -> None:
    from dreamvideo.cost.estimate import ZOOM_SAMPLE, _thinned

    recipe = Recipe(zoom=ZoomConfig(duration=Fraction(60), fps=Fraction(30)))
    thin, part = _thinned(recipe)
    assert thin.dream.steps / thin.zoom.fps == recipe.dream.steps / recipe.zoom.fps
    assert thin.zoom.frames <= ZOOM_SAMPLE and part == pytest.approx(10 / 60)


def test_sound_counts(tmp_path: Path) -> None:
    clip = hue_clip(tmp_path / "clip.mp4", frames=48, audio_codec="aac", audio_seconds=Fraction(2))
    with av.open(str(clip)) as container:
        taken = sum(packet.size for packet in container.demux(audio=0))
    info = probe(clip)
    assert 1 / 1.3 < sound_bytes(info, WriteConfig(), ".mp4", 2.0) / taken < 1.3
    assert sound_bytes(info, WriteConfig(), ".gif", 2.0) == 0
    assert sound_bytes(info, WriteConfig(audio=False), ".mp4", 2.0) == 0


def test_a_state_takes_no_more_room_than_is_said(photo: Picture) -> None:
    """Of a frame at the working size, and of larger ones, which carry fine detail beside."""
    for size in (1.0, 5.0):
        picture = np.kron(photo, np.ones((int(size), int(size), 1), np.float32)) if size > 1 else photo
        loop = VideoDreamer(RECIPE, open_dreamer(RECIPE))
        frames = [Frame(picture, Fraction(index, 24), Fraction(1, 24), index) for index in range(2)]
        *_, (_, state) = loop.dream(frames)
        length = len(pack(dict(state.arrays())))
        assert length < STATE_BYTES * picture.shape[0] * picture.shape[1] + 8192
        assert size > 1 or length > 36 * picture.shape[0] * picture.shape[1]


def test_the_benchmark_clocks_what_the_product_does() -> None:
    """A still takes all of its steps, so longer than a carried frame, which takes a few, and far longer than one."""
    cost = benchmark_one("dreamnet", (96, 64))
    assert 0 < cost.step < cost.image and 1 / cost.frames < cost.image and cost.size == (96, 64)
