"""Sources of a live dream: a camera, or a file or folder in real time."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path

from dreamvideo.config import CANONICAL_PIXELS, ReadConfig
from dreamvideo.errors import InputError, InputNotFoundError, printable
from dreamvideo.media import Picture, Source, load_cv2, open_source
from dreamvideo.media.frame import to_picture
from dreamvideo.media.geometry import Size, chosen_size, even, resized
from dreamvideo.media.oneway import PIPE, is_piped

MISSED = 25
"""Pictures in a row that a camera may fail to return, as some do while they set their exposure."""
LATE, LONGEST_WAIT = 0.1, 0.25
"""Seconds. Pictures that are later than the first are dropped, unless none came for the second."""
STILL = Fraction(1, 10)
"""Seconds between two copies of a still."""
CLOCK = 90_000
"""Ticks of times per second, as in MPEG."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A captured picture.

    Attributes:
        picture: float32 RGB (H, W, 3) in [0, 1].
        time: seconds since the feed began.
        at: `time.monotonic` at the capture.
    """

    picture: Picture
    time: Fraction
    at: float


class Feed:
    """Pictures as they arrive; iteration waits for each.

    Attributes:
        size: (width, height) of the pictures.
    """

    size: Size

    def __init__(self) -> None:
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[Captured]:
        raise NotImplementedError

    def close(self) -> None:
        """Stop before the next picture; from any thread."""
        self._closed.set()


def is_camera(name: str) -> bool:
    """Whether a name is a number or a device of a camera."""
    return name.isdecimal() or name.startswith("/dev/video")


def open_feed(name: str, read: ReadConfig | None = None, *, repeat: bool = False) -> Feed:
    """Open a camera, or play a video, a picture, a folder or a pattern in real time.

    Args:
        name: "0", "/dev/video0", "clip.mp4", "folder", "in/*.png"; "-": a video from standard input, as it arrives.
        read: the size of the pictures; and which part of a file.
        repeat: whether to start a file again at its end.

    Raises:
        InputNotFoundError: there is no such camera or file.
        InputError: it cannot be used.
    """
    read = read or ReadConfig()
    if is_piped(name):
        return PipedFeed(read)
    return CameraFeed(name, read) if is_camera(name) else FileFeed(Path(name), read, repeat=repeat)


def display_size(size: Size, read: ReadConfig) -> Size:
    """Displayed (width, height), even: as asked for, else that of the source, reduced to the area of 640x360."""
    if read.width or read.height or read.scale:
        size = chosen_size(size, read)
    else:
        factor = min(1.0, (CANONICAL_PIXELS / (size[0] * size[1])) ** 0.5)
        size = round(size[0] * factor), round(size[1] * factor)
    return even(size[0]), even(size[1])


class CameraFeed(Feed):
    """A camera, read by OpenCV."""

    def __init__(self, name: str, read: ReadConfig) -> None:
        super().__init__()
        cv2 = load_cv2()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # errors are reported below
        self._name = printable(name)
        self._camera = cv2.VideoCapture(int(name) if name.isdecimal() else name)
        if not self._camera.isOpened():
            raise InputNotFoundError(
                f"there is no camera {self._name}, or another program uses it: plug one in, close the other program, "
                "or name another camera (0 is the first), a video or a folder"
            )
        self._camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        if read.width and read.height:
            self._camera.set(cv2.CAP_PROP_FRAME_WIDTH, read.width)
            self._camera.set(cv2.CAP_PROP_FRAME_HEIGHT, read.height)
        own = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        width, height = (max(1, int(self._camera.get(side))) for side in own)
        self.size = display_size((width, height), read)

    def __iter__(self) -> Iterator[Captured]:
        began = time.monotonic()
        missed = 0
        try:
            while not self._closed.is_set():
                there, pixels = self._camera.read()
                missed = 0 if there else missed + 1
                if missed > MISSED:
                    raise InputError(
                        f"camera {self._name} has stopped giving pictures: it was unplugged, or another program "
                        "took it; plug it in and begin again"
                    )
                if there:
                    yield captured_now(to_picture(resized(pixels[..., ::-1], self.size)), began)
                else:
                    self._closed.wait(0.02)
        finally:
            self._camera.release()


class PipedFeed(Feed):
    """A video from standard input, each picture when it arrives."""

    def __init__(self, read: ReadConfig) -> None:
        super().__init__()
        self._source = open_source(PIPE, replace(read, width=None, height=None, scale=None))
        self.size = display_size(self._source.size, read)

    def __iter__(self) -> Iterator[Captured]:
        began = time.monotonic()
        for frame in self._source:
            if self._closed.is_set():
                return
            yield captured_now(resized(frame.picture, self.size), began)


class FileFeed(Feed):
    """A video, a picture, a folder or a pattern, each picture at its time."""

    def __init__(self, path: Path, read: ReadConfig, *, repeat: bool = False) -> None:
        super().__init__()
        with open_source(path, replace(read, width=None, height=None, scale=None)) as source:
            self.size = display_size(source.size, read)
        width, height = self.size
        self._source: Source = open_source(path, replace(read, width=width, height=height, scale=None))
        self._still = self._source.info.kind == "still"
        self._repeat = repeat or self._still
        self._last = 0.0

    def __iter__(self) -> Iterator[Captured]:
        began = self._last = time.monotonic()
        passed = end = Fraction(0)
        for _ in itertools.count() if self._repeat else range(1):
            for frame in self._source.frames_if(partial(self._wanted, began + float(passed))):
                moment = passed + frame.time
                if self._closed.wait(max(0.0, began + float(moment) - time.monotonic())):
                    return
                self._last = time.monotonic()
                yield Captured(frame.picture, moment, self._last)
                end = moment + (frame.duration or STILL)
            passed = end

    def _wanted(self, began: float, moment: Fraction) -> bool:
        """Whether a frame at `moment`, of a file that began at `began`, is still worth showing."""
        now = time.monotonic()
        return now - began - float(moment) < LATE or now - self._last > LONGEST_WAIT


def captured_now(picture: Picture, began: float) -> Captured:
    """A picture that has just arrived, from a feed that began at `began`."""
    now = time.monotonic()
    return Captured(picture, Fraction(round((now - began) * CLOCK), CLOCK), now)
