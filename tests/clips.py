"""Synthetic clips, made on the fly: every kind of source that the readers and writers must stand."""

from __future__ import annotations

import colorsys
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np

from dreamvideo.media import open_target

RED_709 = 63
"""Luma of pure red in limited-range BT.709; BT.601 would have 81."""


def ffmpeg(*arguments: object) -> None:
    """Run the ffmpeg binary; for what PyAV cannot write."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-hide_banner",
        "-nostdin",
        "-loglevel",
        "error",
        "-y",
        *map(str, arguments),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def hue(index: int, frames: int) -> np.ndarray:
    """RGB in [0, 1] of the index-th frame: once round the colour wheel, never quite saturated."""
    return np.array(colorsys.hsv_to_rgb(index / frames, 0.6, 0.8), np.float32)


def hue_picture(index: int, frames: int, size: tuple[int, int]) -> np.ndarray:
    """A flat frame of `hue`, float32 (H, W, 3)."""
    return np.broadcast_to(hue(index, frames), (size[1], size[0], 3)).copy()


def hue_clip(
    path: Path,
    frames: int = 24,
    size: tuple[int, int] = (64, 48),
    rate: Fraction = Fraction(24),
    *,
    ticks: Sequence[int] | None = None,
    clock: int | None = None,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    matrix: int | None = 1,
    full_range: bool = False,
    options: dict[str, str] | None = None,
    click_at: Sequence[Fraction] = (),
    audio_codec: str | None = None,
    audio_seconds: Fraction | None = None,
    metadata: dict[str, str] | None = None,
) -> Path:
    """A clip of flat colours round the wheel; with clicks in its sound where `click_at` or `audio_codec` says.

    `ticks` of 1 / `clock` seconds are the frames' times; else they come at `rate`.
    """
    clock = clock or rate.numerator
    ticks = ticks if ticks is not None else [i * rate.denominator * (clock // rate.numerator) for i in range(frames)]
    with av.open(str(path), "w") as container:
        container.metadata.update(metadata or {})
        stream: Any = container.add_stream(
            codec, rate=rate, options={"crf": "4", **(options or {})} if "264" in codec or "265" in codec else options
        )
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        stream.codec_context.time_base = Fraction(1, clock)
        if matrix is not None:
            stream.codec_context.colorspace = matrix
            stream.codec_context.color_range = 2 if full_range else 1
        audio: Any = None
        if click_at or audio_codec:
            audio = container.add_stream(audio_codec or "aac", rate=48000, layout="mono")
        for index, tick in enumerate(ticks):
            pixels = (hue_picture(index, len(ticks), size) * 255).round().astype(np.uint8)
            source = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame = source.reformat(
                format=pix_fmt, dst_colorspace=matrix or 1, src_color_range=2, dst_color_range=2 if full_range else 1
            )
            frame.pts, frame.time_base = tick, Fraction(1, clock)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if audio is not None:
            seconds = audio_seconds or Fraction(ticks[-1], clock) + 1 / rate
            write_sound(container, audio, clicks(seconds, click_at))
    return path


def clicks(seconds: Fraction, at: Sequence[Fraction], rate: int = 48000) -> np.ndarray:
    """Quiet noise-free mono sound (1, N) with 5 ms bursts of 1 kHz."""
    sound = np.zeros((1, int(seconds * rate)), np.float32)
    burst = 0.9 * np.sin(2 * np.pi * 1000 * np.arange(rate // 200) / rate)
    for time in at:
        begin = int(time * rate)
        sound[0, begin : begin + len(burst)] = burst[: sound.shape[1] - begin]
    return sound


def write_sound(container: Any, stream: Any, sound: np.ndarray, rate: int = 48000) -> None:
    """Encode `sound` (1, N) into `stream`."""
    size = stream.codec_context.frame_size or 1024
    name = stream.codec_context.format.name
    for begin in range(0, sound.shape[1], size):
        chunk = np.ascontiguousarray(sound[:, begin : begin + size])
        if name.startswith("s"):
            depth = np.int16 if name.startswith("s16") else np.int32
            chunk = (chunk * (np.iinfo(depth).max * 0.99)).astype(depth)
        frame = av.AudioFrame.from_ndarray(chunk, format=name, layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, begin, Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def sound_file(path: Path, seconds: Fraction, at: Sequence[Fraction], codec: str = "pcm_s16le") -> Path:
    """A sound file with clicks."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=48000, layout="mono")
        write_sound(container, stream, clicks(seconds, at))
    return path


def click_times(path: Path) -> list[float]:
    """Where the clicks of a file are, in seconds of its presentation clock, found through PyAV's timestamps."""
    rate = 48000
    found: list[float] = []
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate)
        for frame in container.decode(audio=0):
            for piece in resampler.resample(frame):
                for sample in np.flatnonzero(np.abs(piece.to_ndarray()[0]) > 0.3):
                    time = float(piece.pts * piece.time_base + Fraction(int(sample), rate))
                    if not found or time - found[-1] > 0.02:
                        found.append(time)
    return found


def heard(path: Path, seconds: int, rate: int = 16000) -> np.ndarray:
    """The first seconds of a file's sound on its presentation clock, mono."""
    sound = np.zeros(seconds * rate, np.float32)
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate)
        for frame in container.decode(audio=0):
            for piece in resampler.resample(frame):
                begin = max(0, round(float(piece.pts * piece.time_base) * rate))
                room = sound[begin : begin + piece.samples]
                room[:] = piece.to_ndarray()[0][: len(room)]
    return sound


def lag(first: np.ndarray, second: np.ndarray, rate: int = 16000) -> float:
    """Seconds by which `second` comes before `first`, where they correlate best."""
    size = 2 * len(first)
    match = np.fft.irfft(np.fft.rfft(first, size) * np.conj(np.fft.rfft(second, size)))
    best = int(np.argmax(match))
    return (best - size if best > len(first) else best) / rate


def video_times(path: Path) -> list[Fraction]:
    """Presentation times of all frames, as PyAV tells them."""
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]


def decoded(path: Path) -> list[bytes]:
    """RGB of all frames: equal where all frames are."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24").tobytes() for frame in container.decode(video=0)]


def moving_clip(
    path: Path, *options: object, size: str = "64x48", rate: str = "10", seconds: float = 1, source: str = "testsrc2"
) -> Path:
    """ffmpeg's moving test picture, encoded with `options`."""
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        f"{source}{':' if '=' in source else '='}size={size}:rate={rate}:duration={seconds}",
        *options,
        path,
    )
    return path


def shots_clip(path: Path, lengths: list[int]) -> Path:
    """Shots of noise at 10 frames a second, each of another picture that moves a little."""
    rng = np.random.default_rng(5)
    with open_target(path, (128, 96), Fraction(10)) as target:
        index = 0
        for length in lengths:
            still = np.kron(rng.random((12, 19, 3), np.float32), np.ones((8, 8, 1), np.float32))
            for step in range(length):
                moved = np.ascontiguousarray(still[:, step : step + 128])
                target.write(moved, Fraction(index, 10), Fraction(1, 10))
                index += 1
    return path
