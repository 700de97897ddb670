"""Read video from a pipe, once: YUV4MPEG2, Matroska or a transport stream."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from dreamvideo.config import OnError
from dreamvideo.errors import InputError
from dreamvideo.media.joins import Joins
from dreamvideo.media.oneway import PIPE
from dreamvideo.media.safety import open_stream
from dreamvideo.media.video_reader import Progress, VideoFile

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from av import Packet
    from av.container import InputContainer
    from av.video.stream import VideoStream


class PipedVideo(VideoFile):
    """A video from a pipe, without its sound. Its frames can be read once."""

    def __init__(self, stream: BinaryIO, max_pixels: int, background: str, on_error: OnError) -> None:
        self._container = open_stream(stream, max_pixels)
        self._demuxed: Iterator[Packet[Any]] | None = None
        self._opening: list[Packet[Any]] = []
        self._decoder_of_all: Any = None
        self._reads = 0
        super().__init__(Path(PIPE), max_pixels, background, on_error)
        self._facts = replace(self._facts, seekable=False)
        if self.info.has_audio:
            self._warn("the sound of a stream is left out: it has gone by when it is wanted")
        self.info = replace(self.info, has_audio=False, duration=None, frames=None, frames_exact=False)

    def _opened(self) -> AbstractContextManager[InputContainer]:
        self._reads += 1
        if self._reads > 2:  # the first was for the facts
            raise InputError("expected to read standard input once, got asked for it again: it has gone by")
        return nullcontext(self._container)

    def _packets(self, container: InputContainer, stream: VideoStream) -> Iterator[Packet[Any]]:
        """All packets, including those that were read to get the first frame."""
        if self._demuxed is None:
            self._demuxed = container.demux(stream)
            for packet in self._demuxed:
                self._opening.append(packet)
                yield packet
            return
        yield from self._opening
        self._opening.clear()
        yield from self._demuxed

    def _decoder(self, stream: VideoStream) -> Any:
        if self._decoder_of_all is None:
            self._decoder_of_all = super()._decoder(stream)
        else:
            self._decoder_of_all.flush_buffers()
        return self._decoder_of_all

    def _joins(self, container: InputContainer) -> Joins:
        return Joins()

    def _missing(self, container: InputContainer, stream: VideoStream, progress: Progress) -> Fraction | None:
        return None


def standard_input() -> BinaryIO:
    """Standard input, in bytes.

    Raises:
        InputError: it is a terminal, or closed.
    """
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        raise InputError("expected a video on standard input, got none: pipe one into it")
    return sys.stdin.buffer
