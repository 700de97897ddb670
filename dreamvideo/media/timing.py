"""Trim and resample clips before any frame is converted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from dreamvideo.errors import DamagedInputError
from dreamvideo.media.frame import Picture
from dreamvideo.media.geometry import Size


@dataclass(frozen=True, slots=True)
class Timed:
    """A decoded frame that is not converted yet.

    Attributes:
        time: seconds on the source's clock.
        duration: seconds until the next frame, if the source tells.
        render: converts it to a size (width, height), upright and with square pixels.
        clean: whether it is complete after a seek; frames of a gradual refresh are not.
    """

    time: Fraction
    duration: Fraction | None
    render: Callable[[Size], Picture]
    clean: bool = True


Selected = tuple[Timed, Fraction, Fraction | None]
"""A frame, its time from the start of the selection, and its duration."""


def trimmed(
    frames: Iterator[Timed], start: Fraction, end: Fraction | None, rate: Fraction | None
) -> Iterator[Selected]:
    """Frames with start <= time < end. Each lasts until the next; the last as it says, or as the one before."""
    for frame, until in _with_ends(frames, 1 / rate if rate else None):
        stop = until if end is None or until is None else min(until, end)
        if frame.time >= start and (end is None or frame.time < end):
            yield frame, frame.time - start, None if stop is None else stop - frame.time
        if end is not None and stop == end:
            return


def resampled(
    frames: Iterator[Timed], start: Fraction, end: Fraction | None, rate: Fraction | None, fps: Fraction
) -> Iterator[Selected]:
    """A frame every 1 / fps seconds: the one that is displayed at that time.

    A frame counts as displayed up to a quarter of a tick early, since containers round times (Matroska to 1 ms, GIF to
    10 ms). Else a clip that is resampled to its own rate would double some frames and lose others.
    """
    step, early = 1 / fps, 1 / (4 * fps)
    tick = 0
    for frame, until in _with_ends(frames, 1 / rate if rate else step):
        assert until is not None
        if tick == 0 and frame.time > start + early:
            tick = max(0, math.ceil((frame.time - early - start) * fps))
        while start + tick * step + early < until and (end is None or start + tick * step < end):
            yield frame, tick * step, step
            tick += 1
        if end is not None and start + tick * step >= end:
            return


def _with_ends(frames: Iterator[Timed], usual: Fraction | None) -> Iterator[tuple[Timed, Fraction | None]]:
    """Each frame with the time at which it ends; damage is raised after the last frame before it.

    The last one lasts as long as it says, else as the one before, else `usual` seconds.
    """
    held: Timed | None = None
    damage: DamagedInputError | None = None
    try:
        for frame in frames:
            if held is not None:
                usual = frame.time - held.time
                yield held, frame.time
            held = frame
    except DamagedInputError as error:
        damage = error
    if held is not None:
        length = held.duration or usual
        yield held, None if length is None else held.time + length
    if damage is not None:
        raise damage
