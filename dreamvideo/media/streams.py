"""Facts of a container's streams: which to read, start, duration, completeness."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from dreamvideo.errors import InputError, NoVideoError, printable
from dreamvideo.media.clock import common_tick, seconds
from dreamvideo.media.colors import has_alpha
from dreamvideo.media.formats import RAW_STREAMS
from dreamvideo.media.geometry import Size
from dreamvideo.media.hdr import is_hdr
from dreamvideo.media.info import SourceInfo
from dreamvideo.media.safety import open_container, reading

if TYPE_CHECKING:
    from av import VideoFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream

ASSUMED_RATE = Fraction(25)
"""Frames per second that ffmpeg assumes if a stream tells neither times nor a rate."""


def moving_streams(container: InputContainer) -> list[VideoStream]:
    """Video streams without cover art, the default one first."""
    from av.stream import Disposition

    moving = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    return sorted(moving, key=lambda stream: not stream.disposition & Disposition.default)


def choose_video(container: InputContainer, path: Path) -> VideoStream:
    """The default video stream, else the first; never cover art.

    Raises:
        NoVideoError: there is none.
        InputError: it cannot be decoded.
    """
    moving = moving_streams(container)
    if not moving:
        kind = "only a cover picture" if container.streams.video else "no video stream"
        raise NoVideoError(f"{printable(path)} holds {kind}")
    if moving[0].codec_context is None:
        raise InputError(f"{printable(path)} holds video of a kind that this build of ffmpeg cannot decode")
    return moving[0]


def choose_sound(container: InputContainer) -> AudioStream | None:
    """The default sound track that can be decoded, else the first."""
    from av.stream import Disposition

    usable = [track for track in container.streams.audio if track.codec_context is not None and track.rate]
    return min(usable, key=lambda track: not track.disposition & Disposition.default, default=None)


def pixel_aspect(stream: VideoStream) -> Fraction:
    """A pixel's width over its height."""
    aspect = stream.sample_aspect_ratio
    return Fraction(aspect) if aspect and aspect > 0 else Fraction(1)


def zero_time(container: InputContainer) -> Fraction:
    """The clip's start on the container's clock.

    Clocks that start late (transport streams) are set to 0. A video that starts after its sound keeps that offset.
    Sound that starts a little before 0, such as encoder priming, moves nothing.
    """
    video = moving_streams(container)[:1]
    known = [
        (track.type, seconds(track.start_time, track.time_base))
        for track in (*video, *container.streams.audio)
        if track.start_time is not None
    ]
    if not known:
        return Fraction(0)
    first = max(min(time for _, time in known), Fraction(0))
    return min([first, *(time for kind, time in known if kind == "video")])


def clip_duration(container: InputContainer, stream: VideoStream, zero: Fraction) -> Fraction | None:
    """Seconds from the clip's start to the end of its last frame, according to the header; None: unknown."""
    if stream.duration and stream.duration > 0:
        return seconds((stream.start_time or 0) + stream.duration, stream.time_base) - zero
    tagged = _tagged_duration(stream)
    if tagged:
        return tagged - zero
    if container.duration and container.duration > 0 and container.format.name not in RAW_STREAMS:
        return Fraction(container.duration + (container.start_time or 0), 1_000_000) - zero
    return None


def missing_seconds(
    container: InputContainer, stream: VideoStream, path: Path, zero: Fraction, end: Fraction, frame: Fraction
) -> Fraction | None:
    """Seconds between `end`, where the video stopped, and its promised end; None if these are only a few frames."""
    promised = clip_duration(container, stream, zero)
    if promised is None or promised - end <= max(Fraction(1, 2), 3 * frame):
        return None
    if stream.duration is None and _tagged_duration(stream) is None:
        # Only the whole file's length is known, and another track may be longer.
        end = max(end, _last_packet_end(path, zero))
    return promised - end if promised - end > Fraction(1, 2) else None


def counts_frames(container: InputContainer, first: VideoFrame) -> bool:
    """Whether frames have no times, and follow each other at a constant rate."""
    return container.format.name in RAW_STREAMS or first.pts is None


def describe_video(
    path: Path,
    container: InputContainer,
    stream: VideoStream,
    first: VideoFrame,
    *,
    size: Size,
    zero: Fraction,
    counted: bool,
) -> SourceInfo:
    """Facts of a clip, from its header and its first frame.

    Args:
        size: displayed (width, height).
        zero: the clip's start on the container's clock, in seconds.
        counted: result of `counts_frames`.
    """
    told = stream.codec_context.framerate if container.format.name in RAW_STREAMS else stream.average_rate
    rate = Fraction(told or stream.guessed_rate or ASSUMED_RATE)
    duration = clip_duration(container, stream, zero)
    return SourceInfo(
        path=path,
        kind="gif" if container.format.name == "gif" else "video",
        size=size,
        rate=rate,
        frames=stream.frames or (round(duration * rate) if duration else None),
        frames_exact=bool(stream.frames),
        duration=duration,
        time_base=1 / rate if counted else common_tick(stream.time_base or Fraction(0), zero),
        has_audio=choose_sound(container) is not None,
        hdr=is_hdr(first),
        alpha=has_alpha(first),
        variable_rate=bool(stream.base_rate and abs(stream.base_rate / rate - 1) > Fraction(1, 100)),
        codec=stream.codec_context.name,
    )


def _tagged_duration(stream: VideoStream) -> Fraction | None:
    """Seconds from Matroska's tag HH:MM:SS.fraction."""
    try:
        hours, minutes, rest = stream.metadata["DURATION"].split(":")
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(rest.strip("\0 "))
    except (KeyError, ValueError, ZeroDivisionError):
        return None


def _last_packet_end(path: Path, zero: Fraction) -> Fraction:
    end = Fraction(0)
    with open_container(path) as container, reading(path):
        for packet in container.demux():
            if packet.pts is not None:
                end = max(end, seconds(packet.pts + (packet.duration or 0), packet.time_base) - zero)
    return end
