"""One interface for all sources: a video, a GIF, pictures in a row, or one picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from dreamvideo.config import ReadConfig
from dreamvideo.errors import ConfigError, DamagedInputError
from dreamvideo.media.clock import common_tick
from dreamvideo.media.formats import is_picture
from dreamvideo.media.frame import Frame, Picture
from dreamvideo.media.geometry import MAX_PIXELS, Size, check_pixels, chosen_size
from dreamvideo.media.info import SourceInfo
from dreamvideo.media.oneway import is_piped
from dreamvideo.media.picture_file import PictureFile
from dreamvideo.media.piped import PipedVideo, standard_input
from dreamvideo.media.sequence import PictureSequence, is_sequence
from dreamvideo.media.timing import Timed, resampled, trimmed
from dreamvideo.media.video_reader import VideoFile

_Clip = VideoFile | PipedVideo | PictureSequence | PictureFile


def _open_clip(path: Path, config: ReadConfig, stream: BinaryIO | None = None) -> _Clip:
    if is_piped(path):
        stream = standard_input() if stream is None else stream
        return PipedVideo(stream, config.max_pixels, config.background, config.on_error)
    if is_sequence(path):
        return PictureSequence(path, config.max_pixels, config.background, config.on_error, config.fps)
    if is_picture(path):
        return PictureFile(path, config.max_pixels, config.background)
    return VideoFile(path, config.max_pixels, config.background, config.on_error)


def probe(path: Path | str, *, max_pixels: int = MAX_PIXELS) -> SourceInfo:
    """Facts of a source, without reading its frames.

    Raises:
        InputError: it is missing, no video, too damaged to open, or larger than `max_pixels` a frame.
    """
    return _open_clip(Path(path), ReadConfig(max_pixels=max_pixels)).info


class Source:
    """The frames that a `ReadConfig` selects, at its size. It can be iterated several times.

    Attributes:
        info: facts of the whole source.
        size: (width, height) of the frames.
        rate: frames per second of these frames; None for a still.
        frames: expected number of frames; None: unknown. Exact only without trimming and resampling, if `info` is.
        time_base: seconds of which all their times are multiples. `open_target` can keep such times exactly.
        warnings: what was assumed or repaired, in plain sentences; complete after the last frame.
        damaged: whether damage was skipped.
    """

    def __init__(self, path: Path | str, config: ReadConfig | None = None, *, stream: BinaryIO | None = None) -> None:
        self._config = config or ReadConfig()
        self._clip = _open_clip(Path(path), self._config, stream)
        self._running: list[Iterator[Frame]] = []
        self.info = self._clip.info
        self.size: Size = chosen_size(self.info.size, self._config)
        check_pixels(self.size, self._config.max_pixels, path)
        self._check_start()
        self.rate = (self._config.fps or self.info.rate) if self.info.kind != "still" else None
        tick = 1 / self._config.fps if self._config.fps else common_tick(self.info.time_base, self._config.start)
        self.time_base = tick
        self.frames = self._expected()

    def _check_start(self) -> None:
        start, duration = self._config.start, self.info.duration
        if self.info.kind == "still" or duration is None or start < duration:
            return
        # Headers may be wrong, so the frames decide.
        if not any(frame.time >= start for frame in self._clip.frames(start)):
            raise ConfigError(
                f"expected a start before the source's end at {float(duration):.3f} s, got {float(start):.3f} s"
            )

    @property
    def warnings(self) -> list[str]:
        return self._clip.warnings

    @property
    def damaged(self) -> bool:
        return self._clip.damaged

    def _expected(self) -> int | None:
        config, info = self._config, self.info
        if info.kind == "still" or (config.start == 0 and config.end is None and config.fps is None):
            return info.frames
        if info.duration is None or self.rate is None:
            return None
        end = info.duration if config.end is None else min(config.end, info.duration)
        return max(1, round((end - config.start) * self.rate))

    def __iter__(self) -> Iterator[Frame]:
        frames = self._frames()
        self._running.append(frames)
        return frames

    def frames_if(self, wanted: Callable[[Fraction], bool]) -> Iterator[Frame]:
        """The frames whose time, in seconds, is `wanted` when their turn comes. Others are not even converted."""
        frames = self._frames(wanted)
        self._running.append(frames)
        return frames

    def _frames(self, wanted: Callable[[Fraction], bool] = lambda time: True) -> Iterator[Frame]:
        config = self._config
        # A still is not trimmed.
        start, end = (Fraction(0), None) if self.info.kind == "still" else (config.start, config.end)
        timed = self._clip.frames(start)
        if config.fps is not None and self.info.kind != "still":
            selected = resampled(timed, start, end, self.info.rate, config.fps)
        else:
            selected = trimmed(timed, start, end, self.info.rate)
        last: tuple[Timed, Picture] | None = None
        count = 0
        try:
            for frame, time, duration in selected:
                if not wanted(time):
                    continue
                # A frame that is repeated is converted once, and copied.
                picture = last[1].copy() if last is not None and last[0] is frame else self._render(frame)
                if picture is not None:
                    last = (frame, picture)
                    yield Frame(picture, time, duration, count)
                    count += 1
        except DamagedInputError as error:
            error.frames = count
            raise

    def _render(self, frame: Timed) -> Picture | None:
        """The picture at its size; None if it is damaged, and damage is skipped."""
        try:
            return frame.render(self.size)
        except DamagedInputError as error:
            if self._config.on_error == "stop":
                raise
            self._clip.damaged = True
            self.warnings.append(f"a frame was left out: {error}")
            return None

    def close(self) -> None:
        """Stop all iterations."""
        for frames in self._running:
            # A generator that runs in another thread cannot be closed here; it ends with that thread.
            with suppress(ValueError):
                frames.close()  # type: ignore[attr-defined]
        self._running.clear()

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def open_source(path: Path | str, config: ReadConfig | None = None, *, stream: BinaryIO | None = None) -> Source:
    """Open a video, GIF, folder, pattern or still; a context manager that iterates over `Frame`s.

    It yields frames with start <= time < end; their times count from `start`. Seeking is fast.

    Args:
        path: what to read; "-": YUV4MPEG2, Matroska or a transport stream from standard input, once.
        config: which frames, and their size.
        stream: what to read if `path` is "-"; None: standard input.

    Raises:
        InputError: the source cannot be used. Damage that is found later is raised after the last readable frame; with
            on_error="keep" it becomes one of the `warnings`.
        ConfigError: `start` is after the source's end.
    """
    return Source(path, config, stream=stream)
