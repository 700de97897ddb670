"""A zoom played outwards: its frames wait on the disk, coded, until the last is made."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import cv2
import numpy as np

from dreamvideo.errors import DiskFullError
from dreamvideo.media.frame import Frame, Picture, to_uint8

_LIGHT = (cv2.IMWRITE_PNG_COMPRESSION, 1)
"""Two thirds of the raw size in a tenth of the time that the best compression takes."""


def backwards(frames: Iterable[Frame], folder: Path | None = None) -> Iterator[Frame]:
    """Play frames in reverse, at the times of the first to the last.

    Until then they are kept, rounded to the 8 bits that a result has, in a temporary file that goes away by itself:
    about 2 bytes a pixel a frame on the disk, and one frame in memory.

    Args:
        frames: to the end, which is shown first.
        folder: where the file is; None: where the system keeps temporary files, which may be in memory.

    Raises:
        DiskFullError: there is no room.
    """
    with tempfile.TemporaryFile(prefix="dreamvideo-", dir=folder) as file:
        times, ends = [], [0]
        for frame in frames:
            ends.append(_keep(file, frame.picture, ends[-1]))
            times.append((frame.time, frame.duration))
        for index, (time, duration) in enumerate(times):
            last = len(times) - index
            yield Frame(_kept(file, ends[last - 1], ends[last]), time, duration, index)


def _keep(file: IO[bytes], picture: Picture, begin: int) -> int:
    """Write a picture, and return where it ends."""
    _, coded = cv2.imencode(".png", cv2.cvtColor(to_uint8(picture), cv2.COLOR_RGB2BGR), _LIGHT)
    try:
        file.write(coded.tobytes())
        file.flush()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFullError(
            f"no room left for the frames of a zoom to be reversed, which took {begin:,} bytes so far: make room, or "
            "make it shorter or smaller"
        ) from error
    return begin + len(coded)


def _kept(file: IO[bytes], begin: int, end: int) -> Picture:
    file.seek(begin)
    pixels = cv2.imdecode(np.frombuffer(file.read(end - begin), np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None, "what was coded a moment ago can be decoded"
    return np.divide(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.float32(255), dtype=np.float32)
