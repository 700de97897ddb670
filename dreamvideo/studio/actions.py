"""What the buttons do: look at an upload, dream one frame while telling of it, render the whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from threading import Event

from dreamvideo.cli.display import Pace, clock_text
from dreamvideo.config import Recipe
from dreamvideo.errors import StoppedError
from dreamvideo.media import Picture, probe, write_still
from dreamvideo.progress import Progress
from dreamvideo.recipe import metadata_of
from dreamvideo.render.durable import render_video, render_zoom
from dreamvideo.render.opening import first_picture, open_dreamer
from dreamvideo.studio.choices import Upload
from dreamvideo.studio.command import Kind
from dreamvideo.studio.work import Stopped, Worker
from dreamvideo.zoom import zoom_frames, zoom_length

TRIED = 2
"""Seconds of a dive that are shown for one to choose by."""
_STAGES = {"look": "Looking at frame", "dream": "Frame", "encode": "Writing frame"}
"""What a render does, by the stages of its job."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be dreamed.

    Attributes:
        kind: picture, clip or dive.
        upload: from what.
        recipe: how.
        target: where the result goes; it is replaced.
        at: seconds of the frame that is shown of a clip.
    """

    kind: Kind
    upload: Upload
    recipe: Recipe
    target: Path
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """How far it is.

    Attributes:
        words: for people.
        part: from 0 to 1.
        picture: float32 RGB (H, W, 3), what it looks like so far; None: as before.
        file: the result, once there is one.
        done: whether this is the last report.
    """

    words: str
    part: float = 0.0
    picture: Picture | None = None
    file: Path | None = None
    done: bool = False


Tell = Callable[[Report], None]


def receive(path: Path, name: str) -> Upload:
    """Facts of a file that was uploaded.

    Raises:
        InputError: it is no picture or clip that can be dreamed.
    """
    info = probe(path)
    if info.kind == "still":
        return Upload(str(path), name, False, info.size)
    return Upload(str(path), name, True, info.size, float(info.duration or 0), float(info.rate or 24))


def look(upload: Upload, recipe: Recipe, at: float) -> Picture:
    """The picture, or a clip's frame at `at` seconds, undreamed, at the size that the recipe asks for.

    Raises:
        InputError: it cannot be read.
    """
    start = Fraction(str(round(min(at, upload.last), 3)))
    return first_picture(Path(upload.path), replace(recipe, read=replace(recipe.read, start=start, end=None)))


def dream(worker: Worker, task: Task, stop: Event) -> Generator[Report]:
    """Dream one frame, step by step; of a dive, its first seconds, frame by frame.

    A picture's dream is its result: the last report names the file.

    Raises:
        DreamVideoError: see `dreamvideo.errors`.
    """
    return worker.reports(partial(_dive if task.kind == "zoom" else _climb, task, stop), stop)


def render(worker: Worker, task: Task, stop: Event) -> Generator[Report]:
    """Make the whole: a clip, or a dive. One that is stopped is a file of what was done, and the same task goes on.

    Raises:
        DreamVideoError: see `dreamvideo.errors`.
    """
    return worker.reports(partial(_render, task, stop), stop)


def _climb(task: Task, stop: Event, tell: Tell) -> Report:
    """One frame: exactly what a render makes of a picture, or of a shot that begins with this frame."""
    tell(Report("Reading"))
    picture = look(task.upload, task.recipe, task.at)
    dreamer = open_dreamer(task.recipe)
    steps = task.recipe.dream.steps * (task.recipe.coherence.strength if task.kind == "video" else 1.0)
    total = max(1, round(steps * len(task.recipe.dream.factors)))
    shown = picture
    taken = 0

    def watch(so_far: Picture) -> None:
        nonlocal shown, taken
        if stop.is_set():
            raise Stopped
        shown, taken = so_far, taken + 1
        tell(Report(f"Step {taken} of {max(taken, total)}", min(1.0, taken / total), shown))

    tell(Report(f"Step 0 of {total}", 0.0, picture))
    try:
        dreamed = dreamer.dream(picture, steps=steps, watch=watch)
    except Stopped:
        return Report(f"Stopped after {taken} of {total} steps", taken / total, shown, done=True)
    if task.kind == "video":
        return Report(f"This frame, {taken} steps", 1.0, dreamed, done=True)
    write = replace(task.recipe.write, overwrite=True)
    write_still(task.target, dreamed, write, metadata_of(task.recipe, dreamer.network.weights_hash))
    return Report(f"Dreamed in {taken} steps", 1.0, dreamed, task.target, done=True)


def _dive(task: Task, stop: Event, tell: Tell) -> Report:
    tell(Report("Looking for places to go"))
    picture = look(task.upload, task.recipe, task.at)
    total = min(zoom_length(task.recipe), max(1, round(TRIED * task.recipe.zoom.fps)))
    for frame in zoom_frames(picture, task.recipe, open_dreamer(task.recipe)):
        made = frame.index + 1
        if stop.is_set() or made >= total:
            break
        tell(Report(f"Frame {made} of the first {total}", made / total, frame.picture))
    words = f"The first {made / float(task.recipe.zoom.fps):.1f} s, {made} frames"
    return Report(words, made / total, frame.picture, done=True)


def _render(task: Task, stop: Event, tell: Tell) -> Report:
    """As the command's own job, so that the file is the one that it makes, and one that was stopped can go on."""
    recipe = replace(task.recipe, write=replace(task.recipe.write, overwrite=True))
    pace, dreamed = Pace(time.monotonic), 0

    def on_progress(progress: Progress) -> None:
        nonlocal dreamed
        if progress.stage == "look" and stop.is_set():
            raise Stopped
        if progress.message is not None:
            return
        dreamed = progress.done if progress.stage == "dream" else dreamed
        pace.update(progress)
        total = "" if progress.total is None else f" of {progress.total}"
        left = pace.left(progress)
        rest = "" if left is None else f", {clock_text(left)} left"
        words = f"{_STAGES[progress.stage]} {progress.done}{total}{rest}"
        tell(Report(words, progress.done / (progress.total or progress.done + 1)))

    tell(Report("Reading"))
    make = render_zoom if task.kind == "zoom" else render_video
    try:
        result = make(Path(task.upload.path), task.target, recipe, on_progress, stop=stop.is_set)
    except (Stopped, StoppedError):
        partial = task.target.with_stem(f"{task.target.stem}_partial")
        words = f"Stopped after {dreamed} frames; to render the same again goes on from there"
        return Report(words, 1.0, file=partial if partial.exists() else None, done=True)
    notes = "".join(f"; {warning}" for warning in result.warnings)
    return Report(f"{result.frames} frames{notes}", 1.0, file=result.path, done=True)
