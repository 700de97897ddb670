"""How much room a job takes, before it takes it."""

from __future__ import annotations

from pathlib import Path

from dreamvideo.errors import DiskFullError
from dreamvideo.jobs.plan import Plan
from dreamvideo.media.durable import free_bytes
from dreamvideo.media.formats import room_of

SEGMENT_RATIO = 0.8
"""Of raw RGB; grainy pictures were measured at 0.72."""
STATE_BYTES = 64
"""A pixel, of what a frame leaves for the next: at most sixteen float32 planes of a video (`coherence/state.py`)."""


def needed_bytes(plan: Plan, frames: int, slots: int, suffix: str) -> int:
    """Bytes that a job will still take.

    Args:
        plan: the job's.
        frames: how many frames are still to be made.
        slots: how many parts are under way at once.
        suffix: of the result's name.
    """
    width, height = plan.size
    raw = width * height * 3
    result = room_of(suffix, SEGMENT_RATIO) * raw * plan.frames
    states = 2 * slots * STATE_BYTES * width * height
    return int(SEGMENT_RATIO * raw * frames + result + states)


def check_room(plan: Plan, folder: Path, frames: int, slots: int, suffix: str) -> None:
    """Refuse to begin what the disk cannot hold.

    Raises:
        DiskFullError: there is less room than the job is expected to take.
    """
    needed, free = needed_bytes(plan, frames, slots, suffix), free_bytes(folder)
    if needed > free:
        raise DiskFullError(
            f"{folder} has {free / 1e9:.2f} GB free, and the job is expected to take {needed / 1e9:.2f} GB:"
            " make room, render smaller, or begin all the same: force=True, --force"
        )
