"""Sound: copied or encoded into a result, or decoded for analysis."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dreamvideo.errors import ConfigError, InputError, NoVideoError, printable
from dreamvideo.media.clock import seconds
from dreamvideo.media.formats import SoundFormat
from dreamvideo.media.joins import find_joins
from dreamvideo.media.safety import open_container, reading, reason_of
from dreamvideo.media.streams import choose_sound, zero_time

if TYPE_CHECKING:
    from av import Packet
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer

_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
_OPUS_RATE = 48000
_LAYOUTS = {1: (1, "mono"), 2: (2, "stereo"), 3: (3, "3.0"), 4: (4, "quad"), 5: (5, "5.0"), 6: (6, "5.1")}
"""Number of channels -> channels and layout that both AAC and Opus take."""
_MOST = (6, "5.1")
_SMALLEST_GAP = 0.005
"""Seconds."""


@dataclass(frozen=True, slots=True)
class AudioSpan:
    """Sound for a video: its own, or a music file's. It is neither looped nor padded.

    Attributes:
        path: a video or a sound file.
        start: time in the file, in seconds, of the video's time 0.
        fade_out: seconds of a fade at the video's end; above 0 the sound is encoded anew.
    """

    path: Path
    start: Fraction = Fraction(0)
    fade_out: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if self.start < 0 or self.fade_out < 0:
            raise ConfigError(f"expected a start and a fade of 0 seconds or more, got {self.start} and {self.fade_out}")


class Soundtrack:
    """Writes sound into a container: packets are copied if the container takes them, else encoded anew."""

    def __init__(
        self,
        span: AudioSpan,
        source: InputContainer,
        track: AudioStream,
        target: OutputContainer,
        form: SoundFormat,
        notes: list[str],
    ) -> None:
        self._span = span
        self._source = source
        self._target = target
        self._notes = notes
        self._origin = zero_time(source) + span.start
        self._joins = find_joins(source, span.path)
        self._offset = Fraction(0)
        self._broken = 0
        name = track.codec_context.codec.canonical_name
        writer: _Copier | _Encoder
        if name in form.copied and not span.fade_out:
            writer = _Copier(target, track, keep_early=form.hides_early)
        else:
            writer = _Encoder(target, track, span.fade_out, form.encoder)
            if not span.fade_out:
                notes.append(f"{printable(name)} sound is encoded anew as {writer.codec}, which this container takes")
            if track.codec_context.channels > _MOST[0]:
                notes.append(f"the sound's {track.codec_context.channels} channels are mixed to {_MOST[1]}")
        self._writer = writer
        self._packets: Iterator[Packet[Any]] | None = source.demux(track)
        self._held: Packet[Any] | None = None
        if len(source.streams.audio) > 1:
            notes.append(f"the file has {len(source.streams.audio)} sound tracks: the default one comes along")

    @classmethod
    def open(cls, span: AudioSpan, target: OutputContainer, form: SoundFormat, notes: list[str]) -> Soundtrack | None:
        """A track in `target`; None, with a note, if there is no usable sound."""
        try:
            source = open_container(span.path)
        except InputError as error:
            notes.append(f"there is no sound: {error}")
            return None
        try:
            track = choose_sound(source)
            if track is not None:
                return cls(span, source, track, target, form, notes)
            if source.streams.audio:
                notes.append("the sound is of a kind that cannot be read and was left out")
        except Exception as error:
            notes.append(f"the sound cannot be read and was left out: {reason_of(error)}")
        source.close()
        return None

    def write_until(self, time: Fraction) -> None:
        """Write the sound before `time` seconds of the video."""
        while self._packets is not None:
            packet = self._held or self._next()
            self._held = None
            if packet is None:
                return
            if packet.pos is not None:  # else it is in the block of the packet before
                self._offset = self._joins.offset_at(packet.pos)
            origin = self._origin - self._offset
            if packet.pts is not None and seconds(packet.pts, packet.time_base) - origin >= time:
                self._held = packet
                return
            try:
                frames = packet.decode()
            except Exception:
                # Copied, it would click, or stall a player.
                self._broken += 1
                continue
            self._writer.write(packet, frames, origin, time)

    def _next(self) -> Packet[Any] | None:
        assert self._packets is not None
        try:
            return next(self._packets)
        except StopIteration:
            pass
        except Exception as error:
            self._notes.append(f"the sound ends early, where it cannot be read: {reason_of(error)}")
        self._packets = None
        return None

    def finish(self, end: Fraction) -> None:
        """Write the rest, up to `end` seconds of the video, and close the source."""
        self.write_until(end)
        self._writer.finish(end)
        if self._broken:
            self._notes.append(f"{self._broken} unreadable packets of sound were left out")
        self.close()

    def close(self) -> None:
        """Close the source."""
        self._packets = None
        self._source.close()


class _Copier:
    """Copies packets, and moves their times to the video's clock."""

    def __init__(self, target: OutputContainer, track: AudioStream, keep_early: bool) -> None:
        self._target = target
        self._stream = target.add_stream_from_template(track)
        self._tick = track.time_base or Fraction(1)
        self._last: int | None = None
        # MP4's edit list hides sound before 0. Matroska and WebM hide only the codec's delay.
        self._keep_early = keep_early
        context: Any = track.codec_context
        self._earliest = -math.floor(Fraction(context.delay, context.sample_rate) / self._tick + Fraction(1, 2))

    def write(self, packet: Packet[Any], frames: list[Any], origin: Fraction, until: Fraction) -> None:
        if packet.pts is None or packet.dts is None:
            return
        shift = round(origin / self._tick)
        pts, dts = packet.pts - shift, packet.dts - shift
        if pts + (packet.duration or 0) <= 0 if self._keep_early else pts < self._earliest:
            return
        if self._last is not None and dts <= self._last:
            return  # parts that were joined may overlap a little
        self._last, packet.pts, packet.dts = dts, pts, dts
        packet.stream = self._stream
        self._target.mux(packet)

    def finish(self, end: Fraction) -> None:
        """Do nothing: no packet is held back."""


class _Encoder:
    """Decodes sound, cuts it to the sample, fades it, and encodes it."""

    def __init__(self, target: OutputContainer, track: AudioStream, fade_out: Fraction, codec: str) -> None:
        import av

        self.codec = codec.removeprefix("lib")
        self._target = target
        self._fade_out = fade_out
        self._rate = _OPUS_RATE if codec == "libopus" else track.rate if track.rate in _AAC_RATES else 48000
        channels, self._layout = _LAYOUTS.get(track.codec_context.channels, _MOST)
        stream: Any = target.add_stream(codec, rate=self._rate, layout=self._layout)
        stream.bit_rate = 96_000 * channels
        self._stream = stream
        self._resampler = av.AudioResampler(format="fltp", layout=self._layout, rate=self._rate)
        self._waiting = np.zeros((channels, 0), np.float32)
        self._position: int | None = None
        self._written = 0

    def write(self, packet: Packet[Any], frames: list[Any], origin: Fraction, until: Fraction) -> None:
        for frame in frames:
            if frame.pts is not None:
                told = round((seconds(frame.pts, frame.time_base) - origin) * self._rate)
                # Rounding and the resampler's delay are no gap. A longer gap becomes silence.
                if self._position is None or told - self._position > self._rate * _SMALLEST_GAP:
                    self._position = told
            for resampled in self._resampler.resample(frame):
                self._take(np.asarray(resampled.to_ndarray(), np.float32))
        # Sound that may still have to fade is kept.
        self._encode(int((until - self._fade_out) * self._rate))

    def _take(self, samples: NDArray[np.float32]) -> None:
        position = self._position or 0
        self._position = position + samples.shape[1]
        early = min(max(0, -position), samples.shape[1])
        samples, position = samples[:, early:], position + early
        gap = position - self._written - self._waiting.shape[1]
        silence = np.zeros((samples.shape[0], max(0, gap) if samples.shape[1] else 0), np.float32)
        self._waiting = np.concatenate([self._waiting, silence, samples], axis=1)

    def _encode(self, until: int, last: bool = False) -> None:
        import av

        size = self._stream.codec_context.frame_size or 1024
        while (available := min(until - self._written, self._waiting.shape[1])) >= size or (last and available > 0):
            chunk = np.ascontiguousarray(self._waiting[:, : min(size, available)])
            self._waiting = self._waiting[:, chunk.shape[1] :]
            frame = av.AudioFrame.from_ndarray(chunk, format="fltp", layout=self._layout)
            frame.sample_rate, frame.pts, frame.time_base = self._rate, self._written, Fraction(1, self._rate)
            self._written += chunk.shape[1]
            self._target.mux(self._stream.encode(frame))

    def finish(self, end: Fraction) -> None:
        for resampled in self._resampler.resample(None):
            self._take(np.asarray(resampled.to_ndarray(), np.float32))
        final = int(end * self._rate)
        times = self._written + np.arange(self._waiting.shape[1])
        if self._fade_out:
            ramp = (final - times) / float(self._fade_out * self._rate)
            self._waiting *= np.clip(ramp, 0, 1).astype(np.float32)
        self._encode(final, last=True)
        self._target.mux(self._stream.encode(None))


def decode_audio(path: Path | str, rate: int) -> NDArray[np.float32]:
    """Decode a file's sound to mono float32 in [-1, 1] at `rate` samples per second.

    Raises:
        InputError: there is no such file, or no sound in it that can be decoded.
    """
    import av

    path = Path(path)
    parts: list[NDArray[np.float32]] = []
    with open_container(path) as container:
        track = choose_sound(container)
        if track is None:
            raise NoVideoError(f"{printable(path)} holds no sound that can be read")
        with reading(path):
            resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate)
            for packet in container.demux(track):
                try:
                    frames = packet.decode()
                except Exception:
                    continue  # a broken packet becomes a short silence
                for frame in frames:
                    parts += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
            parts += [piece.to_ndarray()[0] for piece in resampler.resample(None)]
    if not parts:
        raise InputError(f"none of the sound of {printable(path)} can be read")
    return np.concatenate(parts).astype(np.float32)
