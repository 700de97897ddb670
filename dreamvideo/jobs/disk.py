"""Estimate the disk space of a job, and refuse to start without it."""

from __future__ import annotations

from pathlib import Path

from dreamvideo.errors import DiskFullError
from dreamvideo.jobs.plan import Plan
from dreamvideo.media.durable import free_bytes
from dreamvideo.media.formats import room_of

SEGMENT_RATIO = 0.8
"""Compressed size of a segment, as a fraction of raw RGB. Grainy pictures take 0.72."""
STATE_BYTES = 64
"""Bytes of state per pixel: at most sixteen float32 planes of a video (`coherence/state.py`)."""


def needed_bytes(plan: Plan, frames: int, slots: int, suffix: str) -> int:
    """Bytes that a job still writes: `frames` to render, `slots` parts at once, and a result of this suffix."""
    width, height = plan.size
    raw = width * height * 3
    result = room_of(suffix, SEGMENT_RATIO) * raw * plan.frames
    states = 2 * slots * STATE_BYTES * width * height
    return int(SEGMENT_RATIO * raw * frames + result + states)


def check_room(plan: Plan, folder: Path, frames: int, slots: int, suffix: str) -> None:
    """Raise DiskFullError if the disk of `folder` has fewer bytes free than `needed_bytes`."""
    needed, free = needed_bytes(plan, frames, slots, suffix), free_bytes(folder)
    if needed > free:
        raise DiskFullError(
            f"{folder} has {free / 1e9:.2f} GB free, and the job is expected to take {needed / 1e9:.2f} GB:"
            " make room, render smaller, or begin all the same: force=True, --force"
        )
