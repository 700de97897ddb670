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
    held: Timed | None = None
    usual = 1 / rate if rate else None
    damage: list[DamagedInputError] = []
    for frame in _until_damage(frames, damage):
        if held is not None:
            usual = frame.time - held.time
            yield held, held.time - start, min(frame.time, end or frame.time) - held.time
            held = None
        if end is not None and frame.time >= end:
            return
        if frame.time >= start:
            held = frame
    if held is not None:
        duration = held.duration or usual
        if duration is not None and end is not None:
            duration = min(duration, end - held.time)
        yield held, held.time - start, duration
    if damage:
        raise damage[0]


def resampled(
    frames: Iterator[Timed], start: Fraction, end: Fraction | None, rate: Fraction | None, fps: Fraction
) -> Iterator[Selected]:
    """A frame every 1 / fps seconds: the one that is displayed at that time.

    A frame counts as displayed up to a quarter of a tick early, since containers round times (Matroska to 1 ms, GIF to
    10 ms). Else a clip that is resampled to its own rate would double some frames and lose others.
    """
    early = 1 / (4 * fps)
    step = 1 / fps
    tick = 0
    held: Timed | None = None
    usual = 1 / rate if rate else step
    damage: list[DamagedInputError] = []
    for frame in _until_damage(frames, damage):
        if held is not None:
            usual = frame.time - held.time
            while start + tick * step + early < frame.time and (end is None or start + tick * step < end):
                yield held, tick * step, step
                tick += 1
        elif frame.time > start + early:
            tick = max(0, math.ceil((frame.time - early - start) * fps))
        if end is not None and start + tick * step >= end:
            return
        held = frame
    if held is not None:
        stop = held.time + (held.duration or usual) - early
        stop = stop if end is None else min(stop, end)
        while start + tick * step < stop:
            yield held, tick * step, step
            tick += 1
    if damage:
        raise damage[0]


def _until_damage(frames: Iterator[Timed], damage: list[DamagedInputError]) -> Iterator[Timed]:
    """`frames`, with damage put aside at their end, so that the frame that still waits for its duration is not lost."""
    try:
        yield from frames
    except DamagedInputError as error:
        damage.append(error)
