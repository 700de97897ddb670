"""Segment files: frames, losslessly coded (see `media/lossless.py`)."""

from __future__ import annotations

import contextlib
import errno
import hashlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import cast

import av
import numpy as np
from numpy.typing import NDArray

from dreamvideo.errors import DiskFullError, DreamVideoError, NotFiniteError, OutputError, RenderError
from dreamvideo.jobs.parts import Segment
from dreamvideo.media.durable import flush, free_bytes
from dreamvideo.media.frame import Frame, to_uint8
from dreamvideo.media.lossless import CONTAINER, add_lossless, lossless_frame

TICKS = 1000
"""Frames are numbered in the file. Their exact times are in the receipt."""


class SegmentWriter:
    """Writes a segment's file. The file does not count until its receipt is published.

    Attributes:
        times: (time, duration) of each frame written, in seconds.
    """

    def __init__(self, path: Path, segment: Segment, size: tuple[int, int]) -> None:
        self.path = path
        self.times: list[tuple[Fraction, Fraction | None]] = []
        self._segment = segment
        self._size = size
        self._pixels = hashlib.sha256()

    def __enter__(self) -> SegmentWriter:
        with disk_errors(self.path):
            self._file = av.open(str(self.path), "w", format=CONTAINER)
            self._stream = add_lossless(self._file, self._size, TICKS)
        return self

    def write(self, frame: Frame) -> NDArray[np.uint8]:
        """Round a frame to 8 bits and write it.

        Returns:
            Its pixels, (H, W, 3) RGB.

        Raises:
            RenderError: it is not the next frame, or has another size.
            NotFiniteError: it holds NaN or infinity.
            DiskFullError: the disk is full.
        """
        expected = self._segment.first + len(self.times)
        width, height = self._size
        if frame.index != expected or expected >= self._segment.stop:
            raise RenderError(f"expected frame {expected} of {self._segment}, got {frame.index}")
        if frame.picture.shape != (height, width, 3):
            raise RenderError(f"frame {expected}: expected shape {(height, width, 3)}, got {frame.picture.shape}")
        if not np.isfinite(frame.picture.sum()):
            raise NotFiniteError(f"frame {expected} holds NaN or infinity")
        pixels = to_uint8(frame.picture)
        self._pixels.update(pixels.data)
        picture = lossless_frame(pixels, len(self.times), TICKS)
        with disk_errors(self.path):
            self._file.mux(self._stream.encode(picture))
        self.times.append((frame.time, frame.duration))
        return pixels

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None or not self.times:
            with contextlib.suppress(OSError):
                self._file.close()
            self.path.unlink(missing_ok=True)
            return
        try:
            with disk_errors(self.path):
                self._file.mux(self._stream.encode())
                self._file.close()
                flush(self.path)
        except BaseException:
            self.path.unlink(missing_ok=True)
            raise

    @property
    def pixels(self) -> str:
        """SHA-256 of the rounded pixels of all frames."""
        return self._pixels.hexdigest()


def read_segment(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Frames of a segment's file, RGB (H, W, 3).

    Raises:
        OutputError: it cannot be decoded.
    """
    try:
        with av.open(str(path), format=CONTAINER, options={"protocol_whitelist": "file"}) as file:
            for frame in file.decode(video=0):
                # At some widths PyAV pads the rows.
                yield np.ascontiguousarray(cast(NDArray[np.uint8], frame.to_ndarray(format="rgb24")))
    except (av.FFmpegError, IndexError) as error:
        raise OutputError(f"{path} cannot be decoded: {error}") from error


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn disk errors into DiskFullError, with the free space, or OutputError."""
    try:
        yield
    except DreamVideoError:
        raise
    except (OSError, av.FFmpegError) as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            free = f"{free_bytes(path):,} bytes free"
            raise DiskFullError(f"no room left for {path}: {free}; make room and resume") from error
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
