"""Encode H.264 (MP4, MOV, Matroska) and VP9 (WebM) with PyAV, at exact times, with sound beside."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dreamvideo.errors import EncodeError, printable
from dreamvideo.media.audio import AudioSpan, Soundtrack
from dreamvideo.media.clock import seconds
from dreamvideo.media.colors import assumed_matrix
from dreamvideo.media.comments import pack
from dreamvideo.media.drafts import target_name
from dreamvideo.media.encoder import Order
from dreamvideo.media.extras import Extras, ExtrasSpan
from dreamvideo.media.oneway import OneWay
from dreamvideo.media.opencv import load_cv2
from dreamvideo.media.publish import writing
from dreamvideo.media.safety import open_container

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import OutputContainer
    from av.video.stream import VideoStream

_BT709, _SWSCALE_BT601, _LIMITED, _FULL = 1, 5, 1, 2
_FINEST_CLOCK = 2**31 - 1
_DEFAULT_CLOCK = 90_000
_THREADS = 4
"""Of an encoder. A fixed number, since what they write depends on it: a job that goes on where other cores are free
must end in the same frames."""
_AVX512 = 256
"""What OpenCV calls AVX512-SKX."""


@dataclass(frozen=True, slots=True)
class _Codec:
    """How frames are coded: the encoder, its usual and its largest crf, and whether it stores odd sides in 4:2:0."""

    encoder: str
    crf: int
    worst: int
    options: dict[str, str]
    odd_sides: bool
    pixels: str = "yuv420p"


_CODECS = {
    "raw": _Codec("rawvideo", 0, 0, {}, odd_sides=True, pixels="yuv444p"),
    "h264": _Codec("libx264", 16, 51, {"preset": "fast"}, odd_sides=False),
    "vp9": _Codec("libvpx-vp9", 24, 63, {"b": "0", "row-mt": "1", "deadline": "good", "cpu-used": "3"}, odd_sides=True),
}


def clock_of(tick: Fraction | None, rate: Fraction | None) -> int:
    """Ticks a second that express every multiple of `tick`, and whole frames at `rate`, exactly if that is possible."""
    clock = tick.denominator if tick is not None else _DEFAULT_CLOCK
    finer = math.lcm(clock, rate.numerator) if rate is not None else clock
    if finer <= _FINEST_CLOCK:
        return finer
    return clock if clock <= _FINEST_CLOCK else _DEFAULT_CLOCK


def _repeatable() -> dict[str, str]:
    """Options that keep x264 from its code for AVX-512, whose macroblock tree takes in memory beyond the rows.

    With it, the same frames were encoded otherwise every time, where a row's macroblocks are no multiple of 8; with
    that for AVX2, which every processor with AVX-512 has, or with `mbtree=0`, never.
    """
    return {"x264-params": "asm=AVX2"} if load_cv2().checkHardwareSupport(_AVX512) else {}


class VideoEncoder:
    """Frames in, one file out.

    H.264 stores odd sides only without chroma subsampling, so such clips become 4:4:4, which most software players
    show and some hardware ones do not; a note says so. VP9 stores any size in 4:2:0.

    Attributes:
        notes: what was decided or left out, in plain sentences.
    """

    def __init__(self, order: Order) -> None:
        self._order = order
        self._part = order.draft
        self._size = order.size
        self._rate = order.rate
        self._counts = order.form.counts
        usual = 1 / (order.rate or Fraction(30))
        self._tick = usual if self._counts else Fraction(1, clock_of(order.tick, order.rate))
        self._durations: dict[int, int] = {}
        self._last: int | None = None
        self._first: int | None = None
        self._end = 0
        self._count = 0
        self.notes: list[str] = []
        self._sound: Soundtrack | None = None
        self._extras: Extras | None = None
        with writing(self._part):
            self._open(order.sound, order.extras)

    def _open(self, sound: AudioSpan | None, extras: ExtrasSpan | None) -> None:
        import av

        form = self._order.form
        options = {name: str(value) for name, value in form.options.items()}
        place: Any = f"file:{self._part.absolute()}" if self._order.stream is None else OneWay(self._order.stream)
        self._container: OutputContainer = av.open(place, "w", format=form.muxer, options=options)
        notes = list(self.notes)
        try:
            if self._order.metadata:
                self._container.metadata["comment"] = pack(self._order.metadata)
            self._stream = self._add_video()
            if sound is not None and form.sound is not None:
                self._sound = Soundtrack.open(sound, self._container, form.sound, self.notes)
            if extras is not None:
                self._extras = Extras.open(extras, self._container, form, self.notes)
            try:
                self._container.start_encoding()
            except Exception:
                # A track that the container will not take must not cost the picture.
                if self._extras is not None:
                    what, sound_again = "chapters and subtitles", sound
                elif self._sound is not None:
                    what, sound_again = "the sound", None
                else:
                    raise
                self._let_go()
                self._container.close()
                self._part.unlink(missing_ok=True)
                self.notes = [*notes, f"{what} cannot be stored in this container: left out"]
                self._open(sound_again, None)
        except BaseException:
            self._container.close()
            raise

    def _let_go(self) -> None:
        for beside in (self._sound, self._extras):
            if beside is not None:
                beside.close()
        self._sound = self._extras = None

    def _add_video(self) -> VideoStream:
        import av

        width, height = self._size
        codec = _CODECS[self._order.form.codec]
        crf = min(codec.crf if self._order.config.crf is None else self._order.config.crf, codec.worst)
        options = {"crf": str(crf), "threads": str(_THREADS)} | codec.options if codec.worst else {}
        if codec.encoder == "libx264":
            options |= _repeatable()
        stream: Any = self._container.add_stream(codec.encoder, rate=self._rate or 30, options=options)
        subsampled = codec.odd_sides or (width % 2 == 0 and height % 2 == 0)
        if not subsampled:
            self.notes.append(
                f"{width}x{height} has an odd side, which H.264 stores only in 4:4:4: some hardware players do not "
                "show that; an even width and height give 4:2:0"
            )
        stream.width, stream.height = width, height
        stream.pix_fmt = codec.pixels if subsampled else "yuv444p"
        stream.time_base = self._tick
        context = stream.codec_context
        context.time_base = self._tick
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED
        assert isinstance(stream, av.video.stream.VideoStream)
        return stream

    def add(self, pixels: NDArray[np.uint8], time: Fraction, duration: Fraction | None) -> None:
        """Encode one frame (H, W, 3); times must rise."""
        self._note_lost_times(time)
        pts = self._count if self._counts else round(time / self._tick)
        if self._last is not None and pts <= self._last:
            raise EncodeError(
                f"expected a frame later than {float(self._last * self._tick):.6f} s, got {float(time):.6f} s"
            )
        length = round((duration or 1 / (self._rate or Fraction(30))) / self._tick) or 1
        self._first = pts if self._first is None else self._first
        self._last, self._end = pts, pts + length
        self._durations[pts] = length
        self._count += 1
        with writing(self._part):
            for packet in self._stream.encode(self._frame(pixels, pts)):
                self._mux(packet)

    def _note_lost_times(self, time: Fraction) -> None:
        """Say it once where a format counts frames alone, and these do not come at one rate."""
        note = f"{self._order.form.name} has no times: its frames come at one rate"
        usual = 1 / (self._rate or Fraction(30))
        if self._counts and abs(time - self._count * usual) > usual / 2 and note not in self.notes:
            self.notes.append(note)

    def _frame(self, pixels: NDArray[np.uint8], pts: int) -> VideoFrame:
        import av
        from av.video.reformatter import Interpolation

        accurate = (
            Interpolation.BICUBIC
            | Interpolation.ACCURATE_RND
            | Interpolation.FULL_CHR_H_INT
            | Interpolation.FULL_CHR_H_INP
        )
        # What carries no tags is taken for what its size suggests; swscale's number for BT.601 is 5.
        untagged = self._counts and assumed_matrix(self._size) != _BT709
        matrix = _SWSCALE_BT601 if untagged else _BT709
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
            format=self._stream.pix_fmt, interpolation=int(accurate), src_colorspace=matrix, dst_colorspace=matrix,
            src_color_range=_FULL, dst_color_range=_LIMITED,
        )  # fmt: skip
        frame.colorspace = frame.color_primaries = frame.color_trc = _BT709
        frame.color_range = _LIMITED
        frame.pts, frame.time_base = pts, self._tick
        return frame

    def _mux(self, packet: Any) -> None:
        if packet.pts is not None:
            packet.duration = self._durations.pop(packet.pts, packet.duration)
        if packet.dts is not None:
            for beside in (self._sound, self._extras):
                if beside is not None:
                    beside.write_until(packet.dts * packet.time_base)
        self._container.mux(packet)

    def close(self) -> None:
        """Flush, write what sound is left up to the last frame's end, and finish the file."""
        with writing(self._part):
            for packet in self._stream.encode(None):
                self._mux(packet)
            for beside in (self._sound, self._extras):
                if beside is not None:
                    beside.finish(self._end * self._tick)
            self._container.close()
            if self._order.stream is not None:
                self._order.stream.flush()

    def abort(self) -> None:
        """Let go of the files, whatever state they are in."""
        self._let_go()
        # The part file is removed anyway.
        with suppress(Exception):
            self._container.close()

    def verify(self) -> None:
        """Reopen the file and count.

        Raises:
            EncodeError: it does not hold what was written.
        """
        if self._order.stream is not None:
            return  # gone
        name = printable(target_name(self._part))
        with open_container(self._part) as container:
            stream = container.streams.video[0]
            if (stream.width, stream.height) != self._size:
                raise EncodeError(f"expected frames of {self._size} in {name}, found {stream.width}x{stream.height}")
            # Each frame is one packet. Decoding them would cost a tenth of what encoding does.
            times = [seconds(packet.pts or 0, packet.time_base) for packet in container.demux(stream) if packet.size]
        if len(times) != self._count:
            raise EncodeError(f"{self._count} frames were written to {name}, {len(times)} can be read back")
        expected = ((self._last or 0) - (self._first or 0)) * self._tick
        found = max(times) - min(times)
        if abs(found - expected) > Fraction(2, 1000):
            raise EncodeError(
                f"expected {float(expected):.3f} s between first and last frame, found {float(found):.3f} s"
            )
