"""Tries: dream one frame, make two seconds, or render the whole."""

from __future__ import annotations

import itertools
import math
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from dreamvideo.cli.display import Pace, clock_text
from dreamvideo.dreamer import Step
from dreamvideo.errors import StoppedError
from dreamvideo.media import Frame, open_source, open_target, write_still
from dreamvideo.media.frame import size_of
from dreamvideo.pipeline import Stop, dream_video, dream_zoom
from dreamvideo.progress import Progress
from dreamvideo.recipe import metadata_of
from dreamvideo.render.durable import JobOptions, partial_path
from dreamvideo.render.opening import open_dreamer
from dreamvideo.render.video import VideoDreamer
from dreamvideo.schedule.music import read_music
from dreamvideo.studio.queue import OnReport
from dreamvideo.studio.tries import Report, Status, Try
from dreamvideo.studio.uploads import source_picture
from dreamvideo.zoom import Zoom

TRIED = 2
"""Seconds of a clip or a dive in a trial."""
PICTURE_EVERY = 1.0
"""Seconds between frames that are shown during a render, since showing them takes time."""
STEP_EVERY = 0.1
"""Least seconds between steps that are shown."""
_STAGES = {"look": "Looking at frame", "dream": "Frame", "encode": "Writing frame"}
"""Stages of a render's job."""
_PHASES = {"load": "Loading the network", "prepare": "Preparing the first frame"}
"""Stages without a count."""


class _Stopped(Exception):
    """Raised inside work that must stop."""


def perform(made: Try, on_report: OnReport, stop: Stop) -> Report:
    """Perform a try, and return its last report.

    Args:
        stop: called after every step and frame; True ends the work, and keeps what is finished.

    Raises:
        DreamVideoError: see `dreamvideo.errors`.
    """
    on_report(Report("running", "Reading"))
    return {"frame": _frame, "trial": _trial, "whole": _whole}[made.extent](made, on_report, stop)


def _frame(made: Try, on_report: OnReport, stop: Stop) -> Report:
    """Dream one frame, exactly as a render does a picture, or the first frame of a shot."""
    picture = source_picture(made.upload, made.recipe, made.at)
    dreamer = open_dreamer(made.recipe)
    strength = made.recipe.coherence.strength
    last, drawn = Step(0, 0, lambda: picture), float("-inf")

    def watch(step: Step) -> None:
        nonlocal last, drawn
        last = step
        if stop():
            raise _Stopped
        if time.monotonic() - drawn >= STEP_EVERY:
            drawn = time.monotonic()
            on_report(Report("running", f"Step {step.done} of {step.total}", step.done / step.total, step.picture()))

    on_report(Report("running", "Beginning", 0.0, picture))
    try:
        dreamed = dreamer.dream(picture, strength=strength, on_step=watch)
    except _Stopped:
        return Report(
            "stopped", f"Stopped after {last.done} of {last.total} steps", last.done / last.total, last.picture()
        )
    if made.kind == "video":
        return Report("done", f"This frame, {last.done} steps", 1.0, dreamed)
    write = replace(made.recipe.write, overwrite=True)
    write_still(made.target, dreamed, write, metadata_of(made.recipe, dreamer.network.weights_hash))
    return Report("done", f"Dreamed in {last.done} steps", 1.0, dreamed, file=made.target)


def _trial(made: Try, on_report: OnReport, stop: Stop) -> Report:
    """Make two seconds: the start of a dive, or of a clip from the displayed frame on."""
    if made.kind == "zoom":
        on_report(Report("running", "Looking for places to go"))
    frames, rate = _dive(made) if made.kind == "zoom" else _stretch(made)
    total = _trial_length(made, rate)
    reports, count, stopped = _FrameReports(on_report), 0, False
    with ExitStack() as stack:
        stack.enter_context(closing(frames))  # type: ignore[type-var]
        for frame in itertools.islice(frames, total):
            if not count:
                size, begin = size_of(frame.picture), frame.time
                write = replace(made.recipe.write, overwrite=True)
                target = stack.enter_context(open_target(made.target, size, rate, write))
            target.write(frame.picture, frame.time - begin, frame.duration)
            count += 1
            reports.frame(replace(frame, index=count - 1))
            reports.progress(Progress(count, total, "dream"))
            if stopped := stop() and count < total:
                target.finish_early()
                break
    if not count:
        return Report("failed", "there is no frame there")
    words = f"{count / float(rate):.1f} s, {count} frames"
    status: Status = "stopped" if stopped else "done"  # a clip may have fewer frames than its length promises
    words = f"Stopped after {words}" if stopped else words
    return Report(status, words, count / total if stopped else 1.0, frame.picture, frame.time, made.target)


def _trial_length(made: Try, rate: Fraction) -> int:
    """Number of frames of a trial."""
    whole = made.recipe.zoom.frames if made.kind == "zoom" else math.inf
    if made.kind == "video" and made.upload.duration:
        whole = math.ceil((made.upload.duration - made.at) * rate)
    return max(1, min(round(TRIED * rate), int(min(whole, 1e9))))


def _dive(made: Try) -> tuple[Iterator[Frame], Fraction]:
    picture = source_picture(made.upload, made.recipe, made.at)
    dive = Zoom(picture, made.recipe, open_dreamer(made.recipe), music=read_music(made.music)).frames()
    return (frame for frame, _ in dive), made.recipe.zoom.fps


def _stretch(made: Try) -> tuple[Iterator[Frame], Fraction]:
    """Frames of a clip from a time on, with the same schedules as in the whole."""
    read = made.recipe.read
    begin = max(Fraction(0), Fraction(str(round(made.at, 3))) - read.start)
    rate = read.fps or Fraction(str(made.upload.rate)).limit_denominator(1001)

    def dreamed() -> Iterator[Frame]:
        with open_source(Path(made.upload.path), replace(read, start=read.start + begin)) as frames:
            moved = (
                replace(frame, time=frame.time + begin, index=frame.index + round(begin * rate)) for frame in frames
            )
            dreamer = open_dreamer(made.recipe)
            fps = float(frames.rate or 24)
            loop = VideoDreamer(
                made.recipe, dreamer, fps=fps, duration=made.upload.duration, music=read_music(made.music)
            )
            with closing(loop.dream(moved)) as found:
                for frame, _ in found:
                    yield frame

    return dreamed(), rate


def _whole(made: Try, on_report: OnReport, stop: Stop) -> Report:
    """Render as the command's job does, so that the file is the same, and a stopped render can be resumed."""
    recipe = replace(made.recipe, write=replace(made.recipe.write, overwrite=True))
    reports = _FrameReports(on_report)

    def on_progress(progress: Progress) -> None:
        if progress.stage == "look" and stop():
            raise _Stopped
        reports.progress(progress)

    make = dream_zoom if made.kind == "zoom" else dream_video
    try:
        options = JobOptions(on_frame=reports.frame)
        result = make(
            Path(made.upload.path), made.target, recipe, on_progress, stop=stop, job=options, music=made.music
        )
    except (_Stopped, StoppedError):
        partial = partial_path(made.target)
        words = f"Stopped after {reports.dreamed} frames; it can go on from there"
        return Report("stopped", words, file=partial if partial.exists() else None)
    partial_path(made.target).unlink(missing_ok=True)
    notes = "".join(f"; {warning}" for warning in result.warnings)
    return Report("done", f"{result.frames} frames{notes}", 1.0, file=result.path)


class _FrameReports:
    """Reports the frames of a clip.

    Attributes:
        dreamed: number of frames so far.
    """

    def __init__(self, on_report: OnReport) -> None:
        self.dreamed = 0
        self._on_report = on_report
        self._pace = Pace(time.monotonic)
        self._shown = float("-inf")
        self._made = deque[Frame]()

    def frame(self, frame: Frame) -> None:
        """Add a dreamed frame. It is reported once it is stored."""
        self._made.append(frame)

    def progress(self, progress: Progress) -> None:
        """Report finished frames, their rate, and the time left."""
        if progress.message is not None:
            return
        if progress.stage in _PHASES:
            self._on_report(Report("running", _PHASES[progress.stage]))
            return
        self.dreamed = progress.done if progress.stage == "dream" else self.dreamed
        self._pace.update(progress)
        words = f"{_STAGES[progress.stage]} {progress.done}"
        words += "" if progress.total is None else f" of {progress.total}"
        rate, left = self._pace.rate, self._pace.left(progress)
        words += "" if rate is None else f", {rate:.3g} a second"
        words += "" if left is None else f", {clock_text(left)} left"
        part = progress.done / (progress.total or progress.done + 1)
        frame = self._due(progress.done)
        picture, moment = (None, None) if frame is None else (frame.picture, frame.time)
        self._on_report(Report("running", words, part, picture, moment))

    def _due(self, kept: int) -> Frame | None:
        """The last of the stored frames; one a second is shown."""
        frame = None
        while self._made and self._made[0].index < kept:
            frame = self._made.popleft()
        if frame is None or time.monotonic() - self._shown < PICTURE_EVERY:
            return None
        self._shown = time.monotonic()
        return frame
