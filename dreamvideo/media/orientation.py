"""Rotation and mirroring from a video's display matrix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dreamvideo.media.frame import Picture

if TYPE_CHECKING:
    from av import VideoFrame


@dataclass(frozen=True, slots=True)
class Orientation:
    """Quarter turns to the left, after mirroring left to right."""

    quarter_turns: int = 0
    mirrored: bool = False

    @classmethod
    def of(cls, frame: VideoFrame, codec: str) -> Orientation:
        """Read it from a frame coded by `codec`; angles are rounded to quarter turns."""
        # PyAV crashes on PNG with a colour profile once its side data is read, since it frees the name twice. Without
        # side data mirroring is unknown, but such clips do not use it.
        matrix = None if codec in ("png", "apng") else _display_matrix(frame)
        if matrix is None:
            return cls(round(frame.rotation / 90) % 4)
        # The columns are the picture's x and y axes on the screen (y down).
        xx, xy, yx, yy = matrix
        mirrored = xx * yy - xy * yx < 0
        if mirrored:
            xx, xy = -xx, -xy
        angle = np.degrees(np.arctan2(-xy, xx))
        return cls(round(angle / 90) % 4, mirrored)

    def apply(self, picture: Picture) -> Picture:
        """Turn and mirror `picture` (H, W, 3) for display."""
        if self.mirrored:
            picture = picture[:, ::-1]
        return np.rot90(picture, self.quarter_turns)


def _display_matrix(frame: VideoFrame) -> tuple[int, int, int, int] | None:
    try:
        # Typed as a mapping, but it yields values.
        entries: Iterable[Any] = frame.side_data
    except ValueError:  # PyAV does not know a kind of side data, such as EXIF
        return None
    for side_data in entries:
        if getattr(side_data.type, "name", "") == "DISPLAYMATRIX":
            values = np.frombuffer(bytes(side_data), np.int32)
            return int(values[0]), int(values[1]), int(values[3]), int(values[4])
    return None
