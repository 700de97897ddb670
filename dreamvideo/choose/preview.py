"""A few frames of a clip, dreamed, beside their sources, on one sheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from dreamvideo.choose.sheet import contact_sheet, thumbnail
from dreamvideo.config import ReadConfig, Recipe
from dreamvideo.media import check_target, open_source, write_still
from dreamvideo.media.frame import Frame, size_of
from dreamvideo.media.geometry import resized
from dreamvideo.progress import OnProgress, Progress, silent
from dreamvideo.render.opening import open_dreamer
from dreamvideo.render.result import Result
from dreamvideo.render.survey import Glance, glance

PREVIEW_FRAMES = 6
"""Frames of a clip with fewer shots."""
MOST_PREVIEW_FRAMES = 12
"""Frames of a clip with more shots."""


def draw_preview(
    source: Path,
    target: Path,
    recipe: Recipe,
    note: str = "",
    on_progress: OnProgress = silent,
    *,
    seen: Glance | None = None,
) -> Result:
    """Dream a few frames of a clip, beside their sources, onto one sheet: one of each shot if there is room.

    Each frame is dreamed from scratch at the recipe's strength, which is the level that a carried dream reaches.

    Args:
        note: title, such as the cost of the whole; it may have several lines.

    Returns:
        The sheet, which a notebook shows, with the warnings of the clip.
    """
    check_target(target, source, recipe.write.overwrite, "still")
    seen = seen or glance(source, recipe)
    frames = list(spread_frames(source, recipe.read, seen))
    dreamer = open_dreamer(recipe)
    pictures, labels = [], []
    for number, (shot, frame) in enumerate(frames):
        on_progress(Progress(number, len(frames), "preview"))
        small = resized(frame.picture, recipe.dream.canonical_size(size_of(frame.picture)))
        dream = dreamer.dream(small, strength=recipe.coherence.strength, index=frame.index)
        pictures += [thumbnail(small), thumbnail(dream)]
        labels += [f"{float(frame.time):.2f} s" + (f", shot {shot + 1}" if len(seen.seen) > 1 else ""), "dreamed"]
    on_progress(Progress(len(frames), len(frames), "preview"))
    cell = size_of(pictures[0])
    sheet = contact_sheet(pictures, labels, cell=cell, columns=4, title=note or source.name)
    return Result(write_still(target, sheet, recipe.write, {}), 1, warnings=seen.warnings)


def spread_frames(source: Path, read: ReadConfig, seen: Glance) -> Iterator[tuple[int, Frame]]:
    """A few frames, spread over the selected part of a clip and over its shots.

    Yields:
        Number of the frame's shot, and the frame, with its time in the selected part.
    """
    for index, (shot, moment) in enumerate(spread(seen, PREVIEW_FRAMES, MOST_PREVIEW_FRAMES)):
        with open_source(source, replace(read, start=read.start + moment)) as frames:
            frame = next(iter(frames), None)
        if frame is not None:
            yield shot, replace(frame, time=moment + frame.time, index=index)


def spread(found: Glance, least: int, most: int) -> list[tuple[int, Fraction]]:
    """Choose frames to show of a clip: one of each shot, the longest first, then evenly.

    Args:
        found: the result of `glance`.
        least: number of frames if there are fewer shots.
        most: number of frames if there are more shots.

    Returns:
        Number of the shot among those seen, and seconds from the start of the selected part, rising. Frames are in the
        middle of their part of a shot, since first frames are often black.
    """
    order = sorted(range(len(found.seen)), key=lambda number: -found.seen[number].length)
    parts = dict.fromkeys(sorted(order[:most]), 1)
    while sum(parts.values()) < min(least, found.frames):
        longest = max(parts, key=lambda number: found.seen[number].length / parts[number])
        parts[longest] += 1
    moments = []
    for number, count in parts.items():
        shot = found.seen[number]
        for part in range(count):
            # Half a frame early, so that rounding does not give the next frame.
            moment = shot.begin + shot.length * (2 * part + 1) / (2 * count) - found.interval / 2
            moments.append((number, max(shot.begin, moment)))
    return moments
