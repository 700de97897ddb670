"""Recordings, snapshots, and a raw stream for other programs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from dreamvideo.config import Recipe
from dreamvideo.live.feed import CLOCK
from dreamvideo.media import Picture, Target, open_target, write_still
from dreamvideo.media.frame import to_uint8
from dreamvideo.media.geometry import Size
from dreamvideo.recipe import metadata_of


class Recorder:
    """Records a live dream into files, one after another.

    Args:
        size: (width, height) of the pictures.
        first: file of the first recording; None: named by the time, as all later ones, in the current folder.
    """

    def __init__(self, size: Size, fps: float, first: Path | None = None) -> None:
        self._size = size
        self._fps = fps
        self._first = first
        self._target: Target | None = None
        self._began: Fraction | None = None

    @property
    def running(self) -> bool:
        """Whether it is recording."""
        return self._target is not None

    def start(self, recipe: Recipe, weights_hash: str) -> None:
        """Start a recording, with the current recipe inside.

        Raises:
            RefusedError: the file exists.
            OutputError: it cannot be written.
        """
        path, self._first = self._first or timed_path(".mp4"), None
        rate = Fraction(self._fps).limit_denominator(1001)
        tick = Fraction(1, CLOCK)
        metadata = metadata_of(recipe, weights_hash)
        self._target = open_target(path, self._size, rate, recipe.write, metadata=metadata, time_base=tick)
        self._began = None

    def write(self, picture: Picture, moment: Fraction) -> None:
        """Add a picture (H, W, 3) in [0, 1], shown from `moment` seconds on. Raises OutputError."""
        if self._target is not None:
            self._began = moment if self._began is None else self._began
            self._target.write(picture, moment - self._began)

    def stop(self) -> Path | None:
        """End the recording; None if there is none, or it is empty. Raises OutputError."""
        target, self._target = self._target, None
        return None if target is None else target.finish_early()


class RawStream:
    """Writes a live dream as raw YUV4MPEG2 at a constant rate, for ffmpeg, OBS and virtual cameras.

    Pictures are repeated or dropped, so that the stream keeps real time.

    Args:
        size: (width, height) of the pictures.
        clock: monotonic time in seconds.
    """

    def __init__(self, out: BinaryIO, size: Size, fps: float, clock: Callable[[], float] = time.monotonic) -> None:
        import av

        self._rate = Fraction(fps).limit_denominator(1001)
        self._clock = clock
        self._container = av.open(out, "w", format="yuv4mpegpipe")
        self._stream = self._container.add_stream("wrapped_avframe", rate=self._rate)
        self._stream.width, self._stream.height, self._stream.pix_fmt = *size, "yuv420p"
        self._picture: Picture | None = None
        self._began = 0.0
        self._written = 0

    def write(self, picture: Picture) -> None:
        """Show a picture (H, W, 3) in [0, 1] from now on. Raises BrokenPipeError if nobody reads."""
        if self._picture is None:
            self._began = self._clock()
        self._picture = picture
        self.go_on()

    def go_on(self) -> None:
        """Write the frames that are due. Raises BrokenPipeError if nobody reads."""
        import av

        due = 0 if self._picture is None else math.floor((self._clock() - self._began) * self._rate) + 1
        if self._picture is None or due <= self._written:
            return
        shown = av.VideoFrame.from_ndarray(to_uint8(self._picture), format="rgb24").reformat(format="yuv420p")
        for tick in range(self._written, due):
            shown.pts, shown.time_base = tick, 1 / self._rate
            self._container.mux(self._stream.encode(shown))
        self._written = due

    def close(self) -> None:
        """Finish the stream."""
        self._container.close()


def keep_snapshot(picture: Picture, recipe: Recipe, weights_hash: str, folder: Path = Path()) -> Path:
    """Write a picture (H, W, 3) in [0, 1] as a PNG with its recipe, named by the time. Raises OutputError."""
    path = timed_path(".png", folder)
    return write_still(path, picture, recipe.write, metadata_of(recipe, weights_hash))


def timed_path(suffix: str, folder: Path = Path()) -> Path:
    """A new name in a folder: live_20261127_143005.png."""
    name = time.strftime("live_%Y%m%d_%H%M%S")
    path = folder / f"{name}{suffix}"
    count = 1
    while path.exists():
        count += 1
        path = folder / f"{name}_{count}{suffix}"
    return path
