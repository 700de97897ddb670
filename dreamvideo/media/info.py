"""Facts of a source that are known before its frames are read."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

TRANSPARENT = "the source is transparent in places: it is laid on the background colour"
SourceKind = Literal["video", "gif", "sequence", "still"]


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Facts of the whole source, before start, end, size or rate are chosen.

    Attributes:
        size: (width, height) as displayed: upright, with square pixels.
        rate: average frames per second; None for a still.
        frames: number of frames; None: unknown.
        frames_exact: whether `frames` was counted, not computed from duration and rate.
        duration: seconds until the end of the last frame; None: unknown.
        time_base: seconds of which every frame's time is a multiple.
        hdr: whether it is high dynamic range, which is tone mapped on reading.
        alpha: whether it has alpha, which is laid on the background colour.
        variable_rate: whether the container says that the frame rate varies.
    """

    path: Path
    kind: SourceKind
    size: tuple[int, int]
    rate: Fraction | None
    frames: int | None
    frames_exact: bool
    duration: Fraction | None
    time_base: Fraction
    has_audio: bool = False
    hdr: bool = False
    alpha: bool = False
    variable_rate: bool = False
    codec: str = ""
