"""What a job will cost here, from a few frames of it: for dry runs and previews."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path

from dreamvideo.config import Recipe
from dreamvideo.jobs import Plan, Shot
from dreamvideo.jobs.disk import needed_bytes
from dreamvideo.media import Frame, open_source, open_target
from dreamvideo.pipeline import open_dreamer, video_dreamer, zoom_start
from dreamvideo.video import VideoDreamer
from dreamvideo.zoom import zoom_frames, zoom_length

SAMPLE = 6
"""Frames after the first that are made to measure."""
LOOKED_AT = 480
"""Frames in which shots are counted; a longer clip is taken to go on alike."""
KEY_FRAMES = 250
"""Frames between two key frames of the encoder."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a job will cost.

    Attributes:
        frames: how many it will make.
        shots: how many shots they are in.
        size: (width, height).
        seconds: time it takes on this machine.
        disk_bytes: room it takes while it works.
        output_bytes: size of the result.
    """

    frames: int
    shots: int
    size: tuple[int, int]
    seconds: float
    disk_bytes: int
    output_bytes: int


def estimate_video(source: Path, recipe: Recipe, suffix: str = ".mp4") -> Estimate:
    """Estimate `dreamvideo video`; a picture counts as a video of one frame.

    Raises:
        DreamVideoError: as the job would.
    """
    with open_source(source, recipe.read) as frames:
        dreamer = open_dreamer(recipe)
        looper = video_dreamer(frames, recipe, dreamer)
        began = time.perf_counter()
        begins = [first for _, first in islice(looper.shots(frames), LOOKED_AT)]
        look = (time.perf_counter() - began) / max(1, len(begins))
        total = max(frames.frames or len(begins), len(begins)) if len(begins) == LOOKED_AT else len(begins)
        shots = 1 if recipe.coherence.coherence == "none" else max(1, round(sum(begins) * total / max(1, len(begins))))
        made, seconds = _timed(_dreams(looper, islice(iter(frames), SAMPLE + 1)))
        fps, size = frames.rate or Fraction(24), frames.size
    cost = look * total + shots * seconds[0] + (total - shots) * statistics.mean(seconds[1:] or seconds)
    return _estimate(made, total, shots, size, cost, fps, recipe, suffix)


def estimate_zoom(source: Path | None, recipe: Recipe, suffix: str = ".mp4") -> Estimate:
    """Estimate `dreamvideo zoom`.

    Raises:
        DreamVideoError: as the job would.
    """
    first = zoom_start(source, recipe)
    dreamer = open_dreamer(recipe)
    total = zoom_length(recipe)
    made, seconds = _timed(islice(zoom_frames(first, recipe, dreamer), SAMPLE + 2))
    # The first frame is the picture itself, and the second pays for what is set up once.
    later = statistics.mean(seconds[2:]) if len(seconds) > 2 else 0.0
    cost = sum(seconds[:2]) + later * max(0, total - 2)
    return _estimate(made, total, 1, (first.shape[1], first.shape[0]), cost, recipe.zoom.fps, recipe, suffix)


def estimate_image(source: Path, recipe: Recipe) -> Estimate:
    """Estimate `dreamvideo image`."""
    with open_source(source, recipe.read) as frames:
        looper = video_dreamer(frames, recipe, open_dreamer(recipe))
        made, seconds = _timed(_dreams(looper, islice(iter(frames), 1)))
        return _estimate(made, 1, 1, frames.size, seconds[0], Fraction(1), recipe, ".png")


def _dreams(looper: VideoDreamer, frames: Iterable[Frame]) -> Iterable[Frame]:
    return (dreamed.frame for dreamed in looper.dream(frames))


def _timed(frames: Iterable[Frame]) -> tuple[list[Frame], list[float]]:
    made, seconds, began = [], [], time.perf_counter()
    for frame in frames:
        now = time.perf_counter()
        made.append(frame)
        seconds.append(now - began)
        began = now
    return made, seconds


def _estimate(
    made: Sequence[Frame],
    total: int,
    shots: int,
    size: tuple[int, int],
    seconds: float,
    fps: Fraction,
    recipe: Recipe,
    suffix: str,
) -> Estimate:
    alone, together = (_encoded(part, size, fps, recipe, suffix) for part in (made[:1], made))
    later = max(0, together - alone) / max(1, len(made) - 1)
    keys = shots + total // KEY_FRAMES
    plan = Plan(kind="video", inputs={}, size=size, settings={}, shots=(Shot(0, total),))
    disk = needed_bytes(plan, total, 1, suffix)
    return Estimate(total, shots, size, seconds, disk, int(alone * keys + later * max(0, total - keys)))


def _encoded(frames: Sequence[Frame], size: tuple[int, int], fps: Fraction, recipe: Recipe, suffix: str) -> int:
    """Bytes of frames encoded as the result will be."""
    with tempfile.TemporaryDirectory(prefix="dreamvideo-") as folder:
        path = Path(folder) / f"sample{suffix if suffix in ('.mp4', '.mov', '.webm', '.gif') else ''}"
        with open_target(path, size, fps, replace(recipe.write, max_bytes=None)) as target:
            for number, frame in enumerate(frames):
                target.write(frame.picture, number / fps, 1 / fps)
        files = path.iterdir() if path.is_dir() else [path]
        return sum(file.stat().st_size for file in files)
