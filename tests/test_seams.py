"""Split shots: parts that overlap, and how one passes into the next."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamvideo.config import CoherenceConfig, DreamConfig, ReadConfig, Recipe
from dreamvideo.cost.estimate import estimate_job, estimate_video
from dreamvideo.errors import ConfigError, InputNotFoundError, OutputError
from dreamvideo.jobs import Plan, load_job, open_job, run_job
from dreamvideo.jobs.disk import needed_bytes
from dreamvideo.jobs.finish import done_frames
from dreamvideo.jobs.parts import Shot, Splitting
from dreamvideo.jobs.seams import mixed, moments_of
from dreamvideo.jobs.store import Job
from dreamvideo.media import open_target
from dreamvideo.media.frame import to_picture, to_uint8
from dreamvideo.pipeline import dream_video
from dreamvideo.render.durable import JobOptions
from dreamvideo.render.planning import splitting
from tests.toy_dreams import Toy, hashes, plan, survey

LENGTHS = [30, 7]
SPLIT = {"split": 12, "overlap": 5}
"""Parts of frames 0 to 14, 10 to 24, 20 to 29, and the second shot."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.bin"
    path.write_bytes(b"frames would be here")
    return path


def begin(source: Path, target: Path, **settings: Any) -> Job:
    return open_job(plan(source, **settings), target, lambda: survey(LENGTHS))


@contextmanager
def held(plan: Plan, target: Path) -> Iterator[Any]:
    """A result that holds the frames' pixels themselves."""
    pictures: list[np.ndarray] = []

    class Pictures:
        def write(self, pixels: np.ndarray, time: Fraction, duration: Fraction | None) -> None:
            pictures.append(to_picture(pixels))

    yield Pictures()
    target.write_bytes(np.stack(pictures).tobytes())


def frames(source: Path, target: Path, **settings: Any) -> np.ndarray:
    path = run_job(begin(source, target, **settings), Toy, held)
    return np.frombuffer(path.read_bytes(), np.float32).reshape(-1, 32, 48, 3)


@given(st.integers(1, 400), st.integers(1, 60), st.integers(0, 30), st.integers(0, 20))
def test_parts_cover_a_shot_and_meet_in_pairs(length: int, split: int, overlap: int, warmup: int) -> None:
    cut = Splitting(split, overlap, warmup)
    if split < 2 * overlap:
        assert not cut.sound
        return
    parts = cut.parts([Shot(100, 100 + length)])
    assert parts[0].first == 100 and parts[0].shared == parts[0].warmup == 0 and parts[-1].stop == 100 + length
    assert (len(parts) == 1) == (length <= split)
    times = np.zeros(length, int)
    for part in parts:
        times[part.first - 100 : part.stop - 100] += 1
        assert part.first - part.warmup >= 100 and part.stop - part.first <= split + overlap
    assert times.min() == 1 and times.max() <= 2 and (times == 2).sum() == overlap * (len(parts) - 1)
    assert all(one.stop - other.first == other.shared == overlap for one, other in itertools.pairwise(parts))


@pytest.mark.parametrize("size", [(192, 108), (111, 273), (1, 1)])
def test_every_place_changes_once_and_gently(size: tuple[int, int]) -> None:
    moments = moments_of(size, 3, 10)
    assert moments.shape == size[::-1] and np.array_equal(moments, moments_of(size, 3, 10))
    assert np.allclose(np.sort(moments.ravel()), (np.arange(moments.size) + 0.5) / moments.size, atol=1e-6)
    if min(size) > 1:
        assert not np.array_equal(moments, moments_of(size, 3, 20))
        assert max(np.abs(np.diff(moments, axis=axis)).max() for axis in (0, 1)) < 0.2
    before, after = np.zeros((*size[::-1], 3), np.float32), np.ones((*size[::-1], 3), np.float32)
    shares = np.stack([mixed(before, after, number / 20, moments) for number in range(21)])
    assert not shares[0].any() and (shares[-1] == 1).all() and (np.diff(shares, axis=0) >= 0).all()
    assert np.abs(shares[10].mean() - 0.5) < 0.02 or min(size) == 1


def test_what_both_agree_on_stays_exactly() -> None:
    picture = np.random.default_rng(0).random((36, 64, 3), np.float32)
    for progress in (0.1, 0.5, 0.77):
        assert np.array_equal(mixed(picture, picture, progress, moments_of((64, 36), 0, 0)), picture)


def test_a_split_shot_differs_where_it_must_and_nowhere_else(source: Path, tmp_path: Path) -> None:
    whole = frames(source, tmp_path / "whole.bin")
    split = frames(source, tmp_path / "split.bin", **SPLIT)
    unlike = [not np.array_equal(one, other) for one, other in zip(whole, split, strict=True)]
    assert not any(unlike[:10]) and all(unlike[11:30]) and not any(unlike[30:])
    # The first part's dream is the unsplit one; through the overlap it leaves, place by place, for the second's.
    away = np.abs(split - whole).mean(axis=(1, 2, 3))[9:16]
    assert (np.diff(away) > 0)[:5].all()
    assert np.array_equal(split, frames(source, tmp_path / "again.bin", **SPLIT, segment=7))


def test_short_shots_are_the_same_with_and_without(source: Path, tmp_path: Path) -> None:
    whole = frames(source, tmp_path / "whole.bin")
    assert np.array_equal(whole, frames(source, tmp_path / "split.bin", split=30, overlap=15))


@pytest.mark.parametrize("made", [12, 14, 17, 26])
def test_a_job_cut_off_in_an_overlap_goes_on_to_the_same_frames(source: Path, tmp_path: Path, made: int) -> None:
    """Within the tail of the first part, at its end, in the head of the second, and in its tail."""
    expected = run_job(begin(source, tmp_path / "whole.txt", **SPLIT), Toy, hashes).read_text()
    job, left = begin(source, tmp_path / "out.txt", **SPLIT), made

    class Vanishing(Toy):
        def _mishap(self, stretch: range, index: int) -> None:
            nonlocal left
            warming = any(stretch == part.before for part in job.parts if part.warmup)
            left -= 0 if warming else 1
            if left < 0:
                raise InputNotFoundError("the source has gone")

    with pytest.raises(InputNotFoundError):
        run_job(job, Vanishing, hashes)
    lines = expected.splitlines()
    shown = [hashlib.sha256(to_uint8(frame.picture).tobytes()).hexdigest() for frame in done_frames(job)]
    assert shown == [line.split()[-1] for line in lines[: len(shown)]]
    assert len(shown) == {12: 10, 14: 10, 17: 10, 26: 20}[made]  # as far as both are there, in segments of five
    seen: list[Any] = []
    assert run_job(load_job(job.path), Toy, hashes, on_progress=seen.append).read_text() == expected
    assert seen[0].done == made // 5 * 5 and {item.total for item in seen if item.stage == "dream"} == {47}


def test_damage_in_an_overlap_is_named(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = begin(source, tmp_path / "out.txt", **SPLIT)
    from dreamvideo.jobs import finish

    def flipped(job: Job, *rest: Any, **options: Any) -> Path:
        victim = next((job.path / "segments").glob("00000-00000010-*"))
        data = bytearray(victim.read_bytes())
        data[len(data) // 2] ^= 4
        victim.write_bytes(data)
        return finish.finish(job, *rest, **options)

    monkeypatch.setattr("dreamvideo.jobs.run.finish", flipped)
    with pytest.raises(OutputError, match="resume"):
        run_job(job, Toy, hashes)


def test_overlaps_count_in_what_a_job_needs(source: Path) -> None:
    whole = plan(source).surveyed(survey(LENGTHS))
    split = plan(source, **SPLIT).surveyed(survey(LENGTHS))
    assert (whole.frames, whole.rendered, split.frames, split.rendered) == (37, 37, 37, 47)
    extra = needed_bytes(split, split.rendered, 1, ".mp4") - needed_bytes(whole, whole.rendered, 1, ".mp4")
    assert extra == pytest.approx(10 * 0.8 * 48 * 32 * 3, abs=1)
    assert Plan.from_json(split.to_json(), "job.json") == split


def test_what_makes_no_sense_is_refused(source: Path) -> None:
    with pytest.raises(ConfigError, match=r"at least 3 seconds.*got '2'"):
        CoherenceConfig(split=Fraction(2))
    for wrong in ({"split_frames": 9, "overlap_frames": 5}, {"split_frames": 0}, {"overlap_frames": -1}):
        with pytest.raises(ConfigError, match="two overlaps"):
            replace(plan(source), **wrong)
    with pytest.raises(ConfigError, match="played forwards"):
        replace(plan(source), split_frames=20, backwards=True)


def test_seconds_become_frames_at_the_clips_rate() -> None:
    split = CoherenceConfig(split=Fraction(3))
    assert splitting(split, Fraction(30000, 1001)) == Splitting(90, 45, 15)
    for rate in (None, Fraction(1), Fraction(1, 3), Fraction(7, 2), Fraction(50)):
        assert splitting(split, rate).sound
    assert splitting(CoherenceConfig(), Fraction(24)) == Splitting()
    alone = CoherenceConfig(coherence="none", split=Fraction(3))
    assert splitting(alone, Fraction(24)) == Splitting(48)  # nothing passes from frame to frame: there is no seam


@pytest.mark.usefixtures("stand_in_network")
def test_a_long_shot_of_a_video_is_split(tmp_path: Path) -> None:
    clip, rate = tmp_path / "clip.mp4", Fraction(8)
    with open_target(clip, (128, 96), rate) as target:
        y, x = np.mgrid[0:96, 0:128]
        for index in range(34):
            shade = 0.5 + 0.3 * np.sin((x + index) / 9) * np.cos(y / 11)
            target.write(np.repeat(shade[..., None], 3, 2).astype(np.float32), index / rate, 1 / rate)
    dream, seconds = DreamConfig(octaves=1, steps=1, jitter=2), CoherenceConfig(split=Fraction(3))
    recipe = Recipe(dream=dream, read=ReadConfig(width=64), coherence=seconds)
    made, told, stopped = tmp_path / "dream.mp4", list[Any](), tmp_path / "stopped.mp4"
    result = dream_video(clip, made, recipe, told.append, job=JobOptions())
    assert result.frames == 34 and result.cuts == ()
    assert max(item.total for item in told if item.stage == "dream") == 34 + 12

    costs = estimate_video(clip, recipe), estimate_video(clip, replace(recipe, coherence=CoherenceConfig()))
    assert [cost.frames for cost in costs] == [34, 34] and costs[0].disk_bytes > 1.05 * costs[1].disk_bytes

    count = itertools.count()
    with pytest.raises(Exception, match="stopped"):
        dream_video(clip, stopped, recipe, stop=lambda: next(count) > 40, job=JobOptions())
    job = tmp_path / "stopped.mp4.job"
    assert load_job(job).plan.parts[1].warmup == 4 and estimate_job(job).frames == 34
