"""One render path: the same frames at once and as a job, and nothing is begun that cannot be dreamed."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dreamvideo.coherence import CarryState
from dreamvideo.config import CameraConfig, CoherenceConfig, DreamConfig, Layer, ReadConfig, Recipe, ZoomConfig
from dreamvideo.dreamer import Dreamer
from dreamvideo.errors import (
    ConfigError,
    DreamVideoError,
    FrameTooSmallError,
    InputError,
    OutputError,
    ScheduleError,
    StoppedError,
)
from dreamvideo.jobs import Shot, Survey, job_folder
from dreamvideo.media import Frame, open_source, read_metadata
from dreamvideo.objectives import channel, layers
from dreamvideo.pipeline import dream_frames, dream_image, dream_video, dream_zoom, resume
from dreamvideo.render.durable import JobOptions, partial_path
from dreamvideo.render.planning import plan_video
from dreamvideo.render.video import VideoDreamer
from dreamvideo.schedule import SETTINGS
from dreamvideo.zoom import Zoom
from tests.clips import moving_clip

if TYPE_CHECKING:
    from dreamvideo.media import Picture
    from dreamvideo.networks.network import Network

RECIPE = Recipe(
    dream=DreamConfig(layers=(Layer("mixed4"),), octaves=1, steps=2, jitter=4),
    read=ReadConfig(width=64),
    zoom=ZoomConfig(duration=Fraction(3, 4), fps=Fraction(8), journey_seconds=0.4),
)


pytestmark = pytest.mark.usefixtures("stand_in_network")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return moving_clip(
        tmp_path / "clip.mp4", "-vf", "select=lt(mod(n\\,5)\\,3)", "-fps_mode", "vfr", rate="8", seconds=6
    )


def frames_of(path: Path) -> list[tuple[Fraction, bytes]]:
    """Frames of a folder of PNGs or of a video: time, and pixels."""
    with open_source(path) as frames:
        return [(frame.time, np.asarray(frame.picture).tobytes()) for frame in frames]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"coherence": CoherenceConfig(split=Fraction(3))},
        {"coherence": CoherenceConfig(coherence="none")},
        {"schedules": (("dream.step_size", "0%: 0.001, 100%: 0.03"), ("camera.rotate", "0: 0, 8: 30"))},
    ],
    ids=["carried", "split", "alone", "scheduled"],
)
def test_a_video_is_the_same_at_once_and_as_a_job(clip: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    recipe = replace(RECIPE, **changes)
    seen: list[int] = []
    once = dream_video(clip, tmp_path / "once", recipe, lambda told: seen.append(told.done))
    kept = dream_video(clip, tmp_path / "kept", recipe, job=JobOptions())
    assert frames_of(once.path) == frames_of(kept.path) and seen[-1] == once.frames == kept.frames
    assert replace(once, path=kept.path) == kept
    assert not list(tmp_path.glob(".dreamvideo-*")) and not job_folder(kept.path).exists()


@pytest.mark.parametrize("reverse", [False, True])
def test_a_zoom_is_the_same_at_once_and_as_a_job(still: Path, tmp_path: Path, reverse: bool) -> None:
    recipe = replace(RECIPE, zoom=replace(RECIPE.zoom, reverse=reverse))
    once = dream_zoom(still, tmp_path / "once", recipe)
    kept = dream_zoom(still, tmp_path / "kept", recipe, job=JobOptions())
    assert frames_of(once.path) == frames_of(kept.path) and once.frames == kept.frames == 6
    assert not list(tmp_path.glob(".dreamvideo-*")) and not job_folder(kept.path).exists()


@pytest.mark.parametrize("reverse", [False, True])
def test_a_stop_at_once_leaves_what_is_done(still: Path, tmp_path: Path, reverse: bool) -> None:
    recipe = replace(RECIPE, zoom=replace(RECIPE.zoom, reverse=reverse))
    whole = dict(enumerate(frames_of(dream_zoom(still, tmp_path / "whole", recipe).path)))
    asked = iter(range(100))
    part = dream_zoom(still, tmp_path / "part", recipe, stop=lambda: next(asked) >= 3)
    assert 2 <= part.frames < 6
    pixels = [picture for _, picture in frames_of(part.path)]
    expected = [picture for _, picture in whole.values()]
    assert pixels == (expected[-part.frames :] if reverse else expected[: part.frames])


def test_an_objective_is_dreamed_everywhere(clip: Path, still: Path, tmp_path: Path) -> None:
    """The one that a recipe's layers stand for gives the recipe's frames; another one gives others."""
    same, other = layers(RECIPE.dream.layers), channel("mixed5", 3)
    steady = replace(RECIPE, zoom=replace(RECIPE.zoom, journey="none"))
    plain = frames_of(dream_video(clip, tmp_path / "plain", steady).path)
    assert frames_of(dream_video(clip, tmp_path / "same", steady, objective=same).path) == plain
    assert frames_of(dream_video(clip, tmp_path / "other", steady, objective=other).path) != plain
    dive = frames_of(dream_zoom(still, tmp_path / "dive", steady).path)
    assert frames_of(dream_zoom(still, tmp_path / "dive_same", RECIPE, objective=same).path) == dive
    one, another, plain_one = (
        dream_image(still, tmp_path / f"{name}.png", RECIPE, objective=asked).path
        for name, asked in (("one", same), ("another", other), ("plain", None))
    )
    assert frames_of(one) == frames_of(plain_one) != frames_of(another)
    assert not read_metadata(one) and read_metadata(plain_one)
    with open_source(still) as source:
        pictures = [frame.picture for frame in source]
    first, second = (next(dream_frames(pictures, RECIPE, objective=o)).picture for o in (None, other))
    assert not np.array_equal(first, second)
    with pytest.raises(ConfigError, match="this process"):
        dream_video(clip, tmp_path / "job", RECIPE, objective=other, job=JobOptions())
    with pytest.raises(ConfigError, match="both"):
        dream_video(clip, tmp_path / "both", replace(RECIPE, schedules=(("layers", "0s: mixed3"),)), objective=other)


@pytest.mark.parametrize(
    ("changes", "music", "error"),
    [
        ({"read": ReadConfig(width=16)}, None, FrameTooSmallError),
        ({"schedules": (("dream.step_size", "0.01 * bass"),)}, None, ScheduleError),
        ({"schedules": (("dream.step_size", "0.01 - 0.01 * t"),)}, None, ScheduleError),
        ({"dream": DreamConfig(layers=(Layer("nowhere"),))}, None, DreamVideoError),
        ({}, "clip.mp4", InputError),
    ],
    ids=["small", "no music", "bad at the end", "no layer", "no sound"],
)
def test_what_cannot_be_dreamed_leaves_no_job(
    clip: Path, tmp_path: Path, changes: dict[str, Any], music: str | None, error: type[Exception]
) -> None:
    target = tmp_path / "dream"
    track = None if music is None else tmp_path / music
    with pytest.raises(error):
        dream_video(clip, target, replace(RECIPE, **changes), music=track, job=JobOptions())
    assert not job_folder(target).exists()
    assert dream_video(clip, target, RECIPE, job=JobOptions()).frames


def test_what_a_recipe_names_moves_with_its_job(clip: Path, still: Path, tmp_path: Path) -> None:
    """The guide and the mask lie beside the clip, and all of them move while the job is stopped."""
    recipe = replace(RECIPE, dream=replace(RECIPE.dream, guide=still, mask=still))
    expected = frames_of(dream_video(clip, tmp_path / "whole", recipe).path)
    asked = iter(range(100))
    with pytest.raises(StoppedError):
        dream_video(clip, tmp_path / "dream", recipe, stop=lambda: next(asked) > 8, job=JobOptions())
    tmp_path.rename(tmp_path.with_name("moved"))
    assert frames_of(resume(tmp_path.with_name("moved") / "dream.job").path) == expected


def test_a_job_goes_on_into_another_result(clip: Path, tmp_path: Path) -> None:
    expected = frames_of(dream_video(clip, tmp_path / "whole", RECIPE).path)
    asked = iter(range(100))
    with pytest.raises(StoppedError):
        dream_video(clip, tmp_path / "dream.mp4", RECIPE, stop=lambda: next(asked) > 8, job=JobOptions())
    job = tmp_path / "dream.mp4.job"
    with pytest.raises(OutputError, match="end in"):
        resume(job, target=tmp_path / "dream.xyz")
    made = resume(str(job), target=str(tmp_path / "frames"))
    assert made.path == tmp_path / "frames" and frames_of(made.path) == expected
    assert not job.exists() and not (tmp_path / "dream.mp4").exists()


def test_a_partial_result_has_a_name_that_fits(tmp_path: Path) -> None:
    assert partial_path(tmp_path / "clip.mp4").name == "clip_partial.mp4"
    long = partial_path(tmp_path / ("ü" * 123 + ".mp4")).name
    assert len(long.encode()) <= 255 and long.endswith("ü_partial.mp4")


def gliding(photo: Picture, count: int, size: tuple[int, int] = (96, 64)) -> list[Frame]:
    """Frames of a camera that moves a pixel a frame over a picture."""
    wide, (width, height) = np.tile(photo, (3, 4, 1)), size
    pictures = [np.ascontiguousarray(wide[:height, index : index + width]) for index in range(count)]
    return [Frame(picture, Fraction(index, 24), Fraction(1, 24), index) for index, picture in enumerate(pictures)]


SCHEDULED = {
    "camera.center_x": 0.2,
    "camera.center_y": 0.2,
    "camera.zoom": 3.0,
    "coherence.blend": 0.3,
    "coherence.strength": 0.4,
    "zoom.strength": 3.0,
    "dream.steps": 8.0,
    "dream.octave_scale": 2.0,
    "dream.motif": 1.0,
    "dream.jitter": 0.0,
    "dream.step_size": 0.03,
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_whatever_can_be_scheduled_changes_frames(network: Network, photo: Picture, setting: str) -> None:
    """From the moment on at which the schedule says so: not before it, and not in the first frame alone."""
    recipe = Recipe(
        dream=DreamConfig(layers=(Layer("mixed4"),), steps=4, jitter=8, motif=3.0),
        coherence=CoherenceConfig(blend=0.8),
        camera=CameraConfig(zoom=2.0),
        zoom=ZoomConfig(duration=Fraction(1, 4), journey="none"),
    )
    room, name = setting.split(".")
    usual, other = getattr(getattr(recipe, room), name), SCHEDULED.get(setting, 2.0)
    scheduled = replace(recipe, schedules=((setting, f"0s: {usual}, 0.08s: {other} hold"),))

    def frames(recipe: Recipe) -> list[Picture]:
        dreamer = Dreamer(network, recipe.dream)
        if room == "zoom":
            return [frame.picture for frame, _ in Zoom(photo, recipe, dreamer).frames()]
        return [frame.picture for frame, _ in VideoDreamer(recipe, dreamer).dream(gliding(photo, 6))]

    for index, (one, another) in enumerate(zip(frames(recipe), frames(scheduled), strict=True)):
        # A camera's schedule tells of the way to a frame, and integrates it more finely.
        assert np.abs(one - another).mean() < 1e-5 if index < 2 else True
        assert np.abs(one - another).mean() > 1e-5 if index > 3 else True


@pytest.mark.parametrize("zoom", [None, 1.5])
def test_large_frames_go_on_from_a_saved_state(network: Network, photo: Picture, zoom: float | None) -> None:
    """Their dream has two layers, of two sizes, and both are carried."""
    recipe = Recipe(dream=replace(RECIPE.dream, motif=4.0, octaves=2), camera=CameraConfig(zoom=zoom))
    frames = gliding(photo, 8, (320, 192))
    looper = VideoDreamer(recipe, Dreamer(network, recipe.dream))
    whole = list(looper.dream(frames))
    for index, (_, state) in enumerate(whole[:-1]):
        assert state.detail is not None and state.detail.change.shape == (192, 320, 3) > state.change.shape
        if index in (2, 5):
            kept = CarryState.from_arrays({name: array.copy() for name, array in state.arrays().items()})
            rest = [frame.picture for frame, _ in looper.dream(frames[index + 1 :], kept)]
            assert all(np.array_equal(a, b.picture) for a, (b, _) in zip(rest, whole[index + 1 :], strict=True))


@pytest.mark.parametrize(
    ("cores", "shots", "expected"),
    [
        (2, (10, 10, 10, 10), None),  # one process keeps two cores busy
        (8, (100,), None),
        (8, (50, 40), None),
        (8, (10, 10, 10, 10), 4),
        (3, (10, 10, 10, 10), 3),
        (8, (60, 10, 10, 10, 10, 10, 10), None),  # the longest shot takes as long as two would with all of them
        (8, (30, 10, 10, 10, 10, 10, 10), 3),
        (64, (10,) * 40, 8),
    ],
)
def test_auto_takes_processes_where_shots_and_cores_are_enough(
    cores: int, shots: tuple[int, ...], expected: int | None, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", str(cores))
    edges = [0, *itertools.accumulate(shots)]
    wanted = plan_video(clip, RECIPE, threads=JobOptions("auto").threads).plan
    plan = wanted.surveyed(Survey(tuple(Shot(*edge) for edge in itertools.pairwise(edges))))
    made = JobOptions("auto").arranged(plan)
    assert made.threads == (cores if expected is None else 1)
    assert JobOptions("auto").processes(made) == expected
    assert JobOptions("auto", scheduler="tcp://127.0.0.1:1").processes(plan) is None
    assert JobOptions(3).processes(plan) == JobOptions("3").processes(plan) == 3
    assert JobOptions().processes(plan) is None


@pytest.mark.parametrize("workers", [0, -1, "none", "", 1.5])
def test_what_is_no_number_of_workers_is_refused(workers: object) -> None:
    with pytest.raises(ConfigError, match="1 or more, or auto"):
        JobOptions(workers)  # type: ignore[arg-type]
