"""Decode a video or GIF with PyAV: upright, at exact times, and told apart from one that is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dreamvideo.config import OnError
from dreamvideo.errors import DamagedInputError, NoVideoError, printable
from dreamvideo.media import colors, hdr
from dreamvideo.media.clock import ChunkTimes, seconds
from dreamvideo.media.frame import Picture
from dreamvideo.media.geometry import Size, check_pixels, resized, upright_size
from dreamvideo.media.info import TRANSPARENT, SourceInfo
from dreamvideo.media.joins import JoinedClock, Joins, find_joins
from dreamvideo.media.orientation import Orientation
from dreamvideo.media.safety import open_container, reading, reason_of
from dreamvideo.media.streams import (
    ASSUMED_RATE,
    choose_video,
    counts_frames,
    describe_video,
    missing_seconds,
    moving_streams,
    pixel_aspect,
    zero_time,
)
from dreamvideo.media.timing import Timed

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import av
    from av import Packet
    from av.container import InputContainer
    from av.video.stream import VideoStream

_SEEK_BACK = (Fraction(0), Fraction(10))
"""Seconds before the wanted frame at which to enter a clip; after that, its beginning."""
_UNSEEKABLE = ("gif",)
_WITHOUT_SHOWING_TIMES = ("avi",)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the first frame tells beyond `SourceInfo`."""

    info: SourceInfo
    coded_size: Size
    aspect: Fraction
    orientation: Orientation
    zero: Fraction
    rate: Fraction
    seekable: bool
    counted: bool
    joins: Joins


@dataclass(slots=True)
class Progress:
    """How far one reading has come."""

    last: Fraction | None = None
    end: Fraction = Fraction(0)
    count: int = 0
    moved: int = 0
    chunks: ChunkTimes | None = None
    joined: JoinedClock = field(default_factory=lambda: JoinedClock(Joins()))
    damage: list[str] = field(default_factory=list)


class VideoFile:
    """A video or animated GIF, read as often as wanted.

    Attributes:
        info: facts of the whole clip.
        warnings: what the reader had to assume or repair, in plain sentences.
        damaged: whether damage was found and passed over.
    """

    def __init__(self, path: Path, max_pixels: int, background: str, on_error: OnError) -> None:
        self._path = path
        self._max_pixels = max_pixels
        self._background = colors.parse_color(background)
        self._keep = on_error == "keep"
        self.warnings: list[str] = []
        self.damaged = False
        with self._opened() as container, reading(path):
            self._facts = self._look(container)
        self.info = self._facts.info

    def _opened(self) -> AbstractContextManager[InputContainer]:
        return open_container(self._path, self._max_pixels)

    def _packets(self, container: InputContainer, stream: VideoStream) -> Iterator[Packet[Any]]:
        return container.demux(stream)

    def _joins(self, container: InputContainer) -> Joins:
        return find_joins(container, self._path)

    def _missing(self, container: InputContainer, stream: VideoStream, progress: Progress) -> Fraction | None:
        """Seconds that are promised and are not there."""
        usual = 1 / self._facts.rate
        return missing_seconds(container, stream, self._path, self._facts.zero, progress.end, usual)

    def _look(self, container: InputContainer) -> _Facts:
        stream = choose_video(container, self._path)
        # From the header, before any frame takes memory.
        check_pixels((stream.width, stream.height), self._max_pixels, self._path)
        first = self._first_frame(container, stream)
        coded, aspect, orientation = (
            (first.width, first.height),
            pixel_aspect(stream),
            Orientation.of(first, stream.codec_context.name),
        )
        size = upright_size(coded, aspect, orientation.quarter_turns)
        check_pixels(size, self._max_pixels, self._path)
        zero = zero_time(container)
        joins = self._joins(container)
        counted = counts_frames(container, first)
        info = describe_video(self._path, container, stream, first, size=size, zero=zero, counted=counted)
        if joins:
            self._warn(f"its clock jumps {len(joins.positions)} times, as in joined recordings: it goes on in between")
            info = replace(info, duration=joins.end - zero, frames=None, frames_exact=False)
        if len(moving_streams(container)) > 1:
            self._warn(f"the file has {len(moving_streams(container))} video streams: only the default one is read")
        if first.interlaced_frame:
            self._warn("the video is interlaced: both fields of a frame are dreamed as one picture")
        if info.alpha and info.kind == "video":
            self._warn(TRANSPARENT)
        # What a decoder drops after a jump cannot be told from what it still holds, where only chunks have times.
        chunked = container.format.name in _WITHOUT_SHOWING_TIMES and stream.codec_context.has_b_frames
        steady = container.format.name not in _UNSEEKABLE and not joins and not chunked
        rate = info.rate or ASSUMED_RATE
        return _Facts(info, coded, aspect, orientation, zero, rate, steady and not counted, counted, joins)

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def _first_frame(self, container: InputContainer, stream: VideoStream) -> av.VideoFrame:
        decoder = self._decoder(stream)
        for packet in self._packets(container, stream):
            try:
                frames = decoder.decode(packet)
            except Exception:
                # A later packet may do; how damage is treated is decided when the frames are read.
                continue
            if frames:
                return frames[0]  # type: ignore[no-any-return]
        raise NoVideoError(f"{printable(self._path)} holds a video stream without a single readable frame")

    def _decoder(self, stream: VideoStream) -> Any:
        import av

        decoder: Any = stream.codec_context
        if stream.metadata.get("alpha_mode") == "1" and decoder.name in ("vp8", "vp9"):
            # ffmpeg's own VP8 and VP9 decoders drop transparency.
            layered: Any = av.CodecContext.create("libvpx-vp9" if decoder.name == "vp9" else "libvpx", "r")
            layered.extradata = decoder.extradata
            decoder = layered
        # For frames that turn out larger than the header said.
        decoder.options = {**decoder.options, "max_pixels": str(self._max_pixels)}
        decoder.thread_type = "AUTO"
        return decoder

    def frames(self, start: Fraction = Fraction(0)) -> Iterator[Timed]:
        """Decode from the frame on show at `start` seconds, or from earlier, to the end.

        Raises:
            DamagedInputError: after the readable frames, where the file is damaged and damage is not to be kept.
        """
        entries = [start - back for back in _SEEK_BACK if self._facts.seekable and start > back]
        for entry in (*entries, None):
            with self._opened() as container:
                frames = self._decode(container, entry)
                # A poor index may lead behind the wanted frame or nowhere: then enter earlier.
                try:
                    first = next(frames, None)
                except DamagedInputError:
                    if entry is None:
                        raise
                    continue
                if entry is not None and (first is None or first.time > start or not first.clean):
                    continue
                if first is not None:
                    yield first
                    yield from frames
                return

    def _decode(self, container: InputContainer, entry: Fraction | None) -> Iterator[Timed]:
        stream = choose_video(container, self._path)
        decoder = self._decoder(stream)
        if entry is not None:
            with reading(self._path):
                ticks = int((entry + self._facts.zero) / (stream.time_base or 1))
                container.seek(ticks, stream=stream, backward=True)
        chunks = ChunkTimes() if container.format.name in _WITHOUT_SHOWING_TIMES else None
        progress = Progress(chunks=chunks, joined=JoinedClock(self._facts.joins))
        for frame in self._decoded(self._packets(container, stream), decoder, progress, entry is not None):
            yield self._timed(frame, progress)
            progress.count += 1
        if not progress.damage:
            missing = self._missing(container, stream, progress)
            if missing is not None:
                progress.damage.append(f"it ends {float(missing):.1f} s early")
        self._report(progress)

    def _decoded(
        self, packets: Iterator[Any], decoder: Any, progress: Progress, entered: bool
    ) -> Iterator[av.VideoFrame]:
        """Frames in order; notes damage in `progress`, and ends at it where it is not to be kept."""
        # Right after a jump, pictures may refer to what was jumped over; they lie before the wanted one.
        settled = not entered
        while self._keep or not progress.damage:
            try:
                packet = next(packets, None)
            except Exception as error:
                progress.damage.append(reason_of(error))
                return
            if packet is None:
                return
            if progress.chunks is not None and packet.size:
                progress.chunks.read(packet.dts)
            try:
                frames = decoder.decode(packet)
            except Exception as error:
                if progress.chunks is not None:
                    progress.chunks.lost(packet.dts)
                if settled:
                    progress.damage.append(reason_of(error))
                continue
            for frame in frames:
                if progress.chunks is not None:
                    frame.pts = progress.chunks.next()
                if frame.is_corrupt and not settled:
                    continue
                settled = True
                if frame.is_corrupt and progress.last is not None:
                    progress.damage.append("a frame is corrupt")
                    if not self._keep:
                        return
                yield frame

    def _timed(self, frame: av.VideoFrame, progress: Progress) -> Timed:
        last, step = progress.last, 1 / self._facts.rate
        if frame.pts is None or self._facts.counted:
            time = Fraction(0) if last is None else last + step
        else:
            time = progress.joined.time(seconds(frame.pts, frame.time_base)) - self._facts.zero
            if last is not None and time <= last:
                time = last + self.info.time_base
                progress.moved += 1
        duration = seconds(frame.duration, frame.time_base) if frame.duration else None
        progress.last, progress.end = time, time + (duration or step)
        return Timed(time, duration, partial(self._render, frame), bool(frame.key_frame))

    def _render(self, frame: av.VideoFrame, wanted: Size) -> Picture:
        facts = self._facts
        lying = wanted[::-1] if facts.orientation.quarter_turns % 2 else wanted
        with reading(self._path):
            picture = hdr.to_sdr(colors.to_picture(frame, self._background, lying), frame)
        if (frame.width, frame.height) != facts.coded_size:
            size = f"{facts.info.size[0]}x{facts.info.size[1]}"
            self._warn(f"the frame size changes within the video: all are scaled to {size}")
        return np.ascontiguousarray(facts.orientation.apply(resized(picture, lying)))

    def _report(self, progress: Progress) -> None:
        if progress.moved:
            self._warn(f"{progress.moved} frames came at a time already taken: they follow the frame before")
        if not progress.damage:
            return
        reasons = ", ".join(dict.fromkeys(progress.damage))
        if not self._keep:
            raise DamagedInputError(
                f"{printable(self._path)} is damaged after {progress.count} readable frames ({reasons}): "
                'on_error="keep", --on-error keep, goes on with what can be read',
                progress.count,
            )
        self.damaged = True
        self._warn(f"the input is damaged ({reasons}): {progress.count} frames could be read")
