"""Decode a video or GIF with PyAV: which stream, which way up, at what times, and whether it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dreamvideo.config import OnError
from dreamvideo.errors import DamagedInputError, InputError, NoVideoError
from dreamvideo.media import colors, hdr
from dreamvideo.media.frame import Picture
from dreamvideo.media.geometry import Size, check_pixels, resized, upright_size
from dreamvideo.media.info import SourceInfo
from dreamvideo.media.orientation import Orientation
from dreamvideo.media.safety import open_container, printable, reading, reason_of
from dreamvideo.media.shown import Shown, common_tick

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream

_ASSUMED_RATE = Fraction(25)
"""Of streams that tell neither times nor a rate: what ffmpeg assumes."""


@dataclass(frozen=True, slots=True)
class _Facts:
    info: SourceInfo
    coded_size: Size
    aspect: Fraction
    orientation: Orientation
    zero: Fraction
    seekable: bool


class VideoFile:
    """A video or animated GIF, read as often as wanted.

    Attributes:
        info: facts of the whole clip.
        warnings: what the reader had to assume or repair, in plain sentences.
    """

    def __init__(self, path: Path, max_pixels: int, background: str, on_error: OnError) -> None:
        self._path = path
        self._max_pixels = max_pixels
        self._background = colors.parse_color(background)
        self._on_error = on_error
        self.warnings: list[str] = []
        self._facts = self._look()
        self.info = self._facts.info

    def _look(self) -> _Facts:
        with open_container(self._path, self._max_pixels) as container, reading(self._path):
            stream = self._choose(container)
            # From the header, before any frame takes memory.
            check_pixels((stream.width, stream.height), self._max_pixels, self._path)
            first = self._first_frame(container, stream)
            coded = (first.width, first.height)
            check_pixels(coded, self._max_pixels, self._path)
            aspect = _pixel_aspect(stream)
            orientation = Orientation.of(first)
            size = upright_size(coded, aspect, orientation.quarter_turns)
            check_pixels(size, self._max_pixels, self._path)
            zero = zero_time(container, stream)
            info = self._describe(container, stream, first, size, zero)
            if first.interlaced_frame:
                self.warnings.append("the video is interlaced: both fields of a frame are dreamed as one picture")
            if info.alpha and info.kind == "video":
                self.warnings.append("the video is transparent in places: it is laid on the background colour")
            seekable = container.format.name not in ("gif", "apng") and first.pts is not None
            return _Facts(info, coded, aspect, orientation, zero, seekable)

    def _choose(self, container: InputContainer) -> VideoStream:
        """The stream marked as default, else the first; never cover art."""
        from av.stream import Disposition

        moving = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
        if not moving:
            kind = "only a cover picture" if container.streams.video else "no video stream"
            raise NoVideoError(f"{printable(self._path)} holds {kind}")
        if len(moving) > 1 and not any("video streams" in warning for warning in self.warnings):
            self.warnings.append(
                f"the file has {len(moving)} video streams: the default one is read, the others are left out"
            )
        chosen = next((stream for stream in moving if stream.disposition & Disposition.default), moving[0])
        if chosen.codec_context is None:
            raise InputError(f"{printable(self._path)} holds video of a kind that this build of ffmpeg cannot decode")
        return chosen

    def _first_frame(self, container: InputContainer, stream: VideoStream) -> av.VideoFrame:
        decoder = self._decoder(stream)
        for packet in container.demux(stream):
            try:
                frames = decoder.decode(packet)
            except Exception:
                # A later packet may do; how damage is treated is decided when the frames are read.
                continue
            if frames:
                return frames[0]
        raise NoVideoError(f"{printable(self._path)} holds a video stream without a single readable frame")

    def _decoder(self, stream: VideoStream) -> av.VideoCodecContext:
        import av

        decoder = stream.codec_context
        if stream.metadata.get("alpha_mode") == "1" and decoder.name in ("vp8", "vp9"):
            # ffmpeg's own VP8/VP9 decoders drop transparency.
            layered = av.CodecContext.create("libvpx-vp9" if decoder.name == "vp9" else "libvpx", "r")
            layered.extradata = decoder.extradata
            decoder = layered
        decoder.options = {**decoder.options, "max_pixels": str(self._max_pixels)}
        decoder.thread_type = "AUTO"
        return decoder

    def _describe(
        self, container: InputContainer, stream: VideoStream, first: av.VideoFrame, size: Size, zero: Fraction
    ) -> SourceInfo:
        tick = stream.time_base or 1 / _ASSUMED_RATE
        rate = stream.average_rate or stream.guessed_rate or _ASSUMED_RATE
        duration = _duration(container, stream, zero)
        frames = stream.frames or (round(duration * rate) if duration else None)
        base = stream.base_rate
        return SourceInfo(
            path=self._path,
            kind="gif" if container.format.name == "gif" else "video",
            size=size,
            rate=Fraction(rate),
            frames=frames,
            frames_exact=bool(stream.frames),
            duration=duration,
            time_base=common_tick(common_tick(tick, zero), 1 / _ASSUMED_RATE if first.pts is None else Fraction(0)),
            has_audio=any(track.codec_context is not None for track in container.streams.audio),
            hdr=hdr.is_hdr(first),
            alpha=colors.has_alpha(first),
            variable_rate=bool(base and rate and abs(base / rate - 1) > Fraction(1, 100)),
            codec=stream.codec_context.name,
        )

    def frames(self, start: Fraction = Fraction(0)) -> Iterator[Shown]:
        """Decode from the frame on show at `start` seconds, or earlier, to the end.

        Raises:
            DamagedInputError: after the readable frames, where the file is damaged and damage is not to be kept.
        """
        for back in (Fraction(0), Fraction(10), None):
            at = None if back is None or not self._facts.seekable or start <= back else start - back
            with open_container(self._path, self._max_pixels) as container:
                frames = self._decode(container, at)
                first = next(frames, None)
                # A poor index may land behind the wanted frame: then go further back.
                if at is not None and (first is None or first.time > start):
                    frames.close()
                    continue
                if first is not None:
                    yield first
                    yield from frames
                return

    def _decode(self, container: InputContainer, at: Fraction | None) -> Iterator[Shown]:
        facts = self._facts
        stream = self._choose(container)
        decoder = self._decoder(stream)
        if at is not None:
            with reading(self._path):
                container.seek(int((at + facts.zero) / stream.time_base), stream=stream, backward=True)
        last: Fraction | None = None
        end = Fraction(0)
        count = moved = 0
        damage: list[str] = []
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except Exception as error:
                damage.append(reason_of(error))
                break
            if packet is None:
                break
            try:
                decoded = decoder.decode(packet)
            except Exception as error:
                if last is None and at is not None and not isinstance(error, MemoryError):
                    continue  # pictures before a key frame that the seek landed on
                damage.append(reason_of(error))
                if self._on_error == "stop":
                    break
                continue
            for frame in decoded:
                if frame.is_corrupt and last is not None:
                    damage.append("a frame is corrupt")
                    if self._on_error == "stop":
                        break
                time, was_moved = self._time(frame, last)
                moved += was_moved
                duration = Fraction(frame.duration) * frame.time_base if frame.duration and frame.time_base else None
                last, end, count = time, time + (duration or 1 / facts.info.rate), count + 1
                yield Shown(time, duration, partial(self._render, frame))
            if damage and self._on_error == "stop":
                break
        if moved:
            self.warnings.append(f"{moved} frames had no time, or one that was taken: they follow the frame before")
        if not damage and (missing := self._missing_seconds(container, end)):
            damage.append(f"it ends {float(missing):.1f} s early")
        self._report(damage, count)

    def _time(self, frame: av.VideoFrame, last: Fraction | None) -> tuple[Fraction, bool]:
        rate = self.info.rate or _ASSUMED_RATE
        if frame.pts is None:
            return (Fraction(0) if last is None else last + 1 / rate), False
        time = frame.pts * frame.time_base - self._facts.zero
        if last is not None and time <= last:
            return last + self.info.time_base, True
        return time, False

    def _render(self, frame: av.VideoFrame) -> Picture:
        facts = self._facts
        picture = colors.to_picture(frame, self._background)
        picture = hdr.to_sdr(picture, frame)
        if (frame.width, frame.height) != facts.coded_size:
            note = (
                f"the frame size changes within the video: all are scaled to {facts.info.size[0]}x{facts.info.size[1]}"
            )
            if note not in self.warnings:
                self.warnings.append(note)
        turned = facts.orientation.apply(resized(picture, upright_size(facts.coded_size, facts.aspect, 0)))
        return np.ascontiguousarray(turned)

    def _missing_seconds(self, container: InputContainer, end: Fraction) -> Fraction | None:
        """How much earlier the video ended than its header promised; None where that is nothing to speak of."""
        promised = self.info.duration
        if promised is None or self.info.rate is None:
            return None
        missing = promised - end
        if missing <= max(Fraction(1, 2), 3 / self.info.rate):
            return None
        stream = self._choose(container)
        if stream.duration is None and "DURATION" not in stream.metadata:
            # Only the whole file's length is known, and another track may be the long one.
            missing = min(missing, promised - _last_packet_end(self._path, self._facts.zero))
            if missing <= Fraction(1, 2):
                return None
        return missing

    def _report(self, damage: list[str], count: int) -> None:
        if not damage:
            return
        reasons = ", ".join(dict.fromkeys(damage))
        if self._on_error == "stop":
            raise DamagedInputError(
                f"{printable(self._path)} is damaged after {count} readable frames ({reasons}): "
                "--on-error keep goes on with what can be read",
                count,
            )
        self.warnings.append(f"the input is damaged ({reasons}): {count} frames could be read")


def _pixel_aspect(stream: VideoStream) -> Fraction:
    aspect = stream.sample_aspect_ratio
    return Fraction(aspect) if aspect and 0 < aspect else Fraction(1)


def zero_time(container: InputContainer, stream: VideoStream) -> Fraction:
    """The clip's start on the container's clock.

    Clocks that begin late (transport streams) are set to zero; a video that begins later than its sound keeps
    that offset; sound that begins a little before zero, as encoders' priming does, moves nothing.
    """
    starts = [
        track.start_time * track.time_base
        for track in (stream, *container.streams.audio)
        if track.start_time is not None and track.time_base
    ]
    if stream.start_time is None:
        return Fraction(0)
    own = stream.start_time * stream.time_base
    return min(own, max(min(starts), Fraction(0)))


def _duration(container: InputContainer, stream: VideoStream, zero: Fraction) -> Fraction | None:
    begin = stream.start_time * stream.time_base if stream.start_time is not None else Fraction(0)
    if stream.duration and stream.duration > 0:
        return begin - zero + stream.duration * stream.time_base
    tag = _seconds(stream.metadata.get("DURATION", ""))
    if tag:
        return tag - zero
    if (
        container.duration
        and container.duration > 0
        and container.format.name not in ("h264", "hevc", "mpegvideo", "m4v")
    ):
        # A raw stream's length is only guessed from a bit rate.
        return Fraction(container.duration, 1_000_000) + Fraction(container.start_time or 0, 1_000_000) - zero
    return None


def _seconds(text: str) -> Fraction | None:
    """Seconds of Matroska's HH:MM:SS.fraction."""
    try:
        hours, minutes, seconds = text.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds.strip("\0 "))
    except (ValueError, ZeroDivisionError):
        return None


def _last_packet_end(path: Path, zero: Fraction) -> Fraction:
    end = Fraction(0)
    with open_container(path) as container, reading(path):
        for packet in container.demux():
            if packet.pts is not None and packet.time_base:
                end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base - zero)
    return end
