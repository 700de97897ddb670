"""How much room a job takes, before it takes it."""

from __future__ import annotations

from pathlib import Path

from dreamvideo.errors import DiskFullError
from dreamvideo.jobs.plan import Plan
from dreamvideo.media.durable import free_bytes

SEGMENT_RATIO = 0.8
"""Of raw RGB; grainy pictures were measured at 0.72."""
RESULT_RATIO = {".gif": 0.4, "": 0.8}
"""Of raw RGB: one byte a pixel and its frame of colours; a folder of PNGs. Any video: 0.2."""
SPOOL_RATIO = {".gif": SEGMENT_RATIO}
"""Of raw RGB: frames that an encoder keeps once more, coded as segments are, until it has seen the last."""
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
    suffix = suffix.lower()
    result = (RESULT_RATIO.get(suffix, 0.2) + SPOOL_RATIO.get(suffix, 0)) * raw * plan.frames
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
            " make room, render smaller, or use --force"
        )
