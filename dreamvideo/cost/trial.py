"""Store and encode a few frames on trial: the time and the space that a job takes per frame."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from dreamvideo.config import WriteConfig
from dreamvideo.jobs import Segment
from dreamvideo.jobs.segments import SegmentWriter, read_segment
from dreamvideo.media import Frame, Picture, SourceInfo, open_target, write_still
from dreamvideo.media.formats import format_of_suffix, format_to_write
from dreamvideo.media.frame import size_of
from dreamvideo.media.lossless import CONTAINER

KEY_FRAMES = 250
"""Frames between the encoder's key frames, without cuts."""
SOUND_RATE = 128_000
"""Bits per second of sound whose rate is unknown."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Measured time and space of frames.

    Attributes:
        frame_bytes: size of a lossless frame.
        keeping: seconds to store and read a lossless frame.
        encoding: seconds to encode a frame.
        key_bytes: size of an encoded frame that begins a shot.
        later_bytes: size of an encoded frame that follows.
        keys: whether the two differ.
        budget: largest size of a GIF in bytes; None: unlimited.
        spools: whether the encoder stores all frames once more.
    """

    frame_bytes: float
    keeping: float
    encoding: float
    key_bytes: float
    later_bytes: float
    keys: bool
    budget: int | None
    spools: bool

    def result_bytes(self, total: int, shots: int) -> int:
        """Size of a result of `total` frames in `shots` shots, without sound."""
        keys = min(total, shots + total // KEY_FRAMES) if self.keys else 0
        return round(self.key_bytes * keys + self.later_bytes * (total - keys))


def keep_trial(stretches: Sequence[Sequence[Frame]], fps: Fraction, write: WriteConfig, suffix: str) -> Kept:
    """Keep and encode stretches of consecutive frames as a job would.

    Args:
        stretches: each of at least one frame, all of one size.
        fps: frames a second.
        write: how the result is encoded.
        suffix: of the result's name.
    """
    form = format_to_write(Path(f"result{suffix}"), "clip")
    count = sum(map(len, stretches))
    with tempfile.TemporaryDirectory(prefix="dreamvideo-") as folder:
        began = time.perf_counter()
        sizes = [_keep(stretch, Path(folder) / f"kept{number}.{CONTAINER}") for number, stretch in enumerate(stretches)]
        kept = time.perf_counter()
        results = [
            _encode(stretch, fps, write, Path(folder) / f"{number}{suffix}") for number, stretch in enumerate(stretches)
        ]
        encoded = time.perf_counter()
        pictures = [length for path in results for length in _lengths(path)]
    keys = [length for length, key in pictures if key]
    later = [length for length, key in pictures if not key] or keys
    return Kept(
        frame_bytes=sum(sizes) / count,
        keeping=(kept - began) / count,
        encoding=(encoded - kept) / count,
        key_bytes=sum(keys) / len(keys),
        later_bytes=sum(later) / len(later),
        keys=form.between_frames,
        budget=write.max_bytes if form.name == "GIF" else None,
        spools=form.spools,
    )


def still_bytes(picture: Picture, write: WriteConfig, suffix: str) -> tuple[float, int]:
    """Seconds to write a picture (H, W, 3), and its size."""
    with tempfile.TemporaryDirectory(prefix="dreamvideo-") as folder:
        began = time.perf_counter()
        path = write_still(Path(folder) / f"still{suffix}", picture, write, {})
        return time.perf_counter() - began, path.stat().st_size


def sound_bytes(source: SourceInfo | None, write: WriteConfig, suffix: str, seconds: float) -> int:
    """Bytes of the sound that goes along with a result.

    Args:
        source: what the sound is of; None: of a piece of music.
        write: whether it goes along.
        suffix: of the result's name: only videos sound.
        seconds: how long the result is.
    """
    form = format_of_suffix(suffix)
    if form is None or form.sound is None or not write.audio or (source is not None and not source.has_audio):
        return 0
    rate = SOUND_RATE
    if source is not None:
        import av

        with av.open(str(source.path)) as container:
            rate = container.streams.audio[0].bit_rate or SOUND_RATE
    return round(rate / 8 * seconds)


def _keep(frames: Sequence[Frame], path: Path) -> int:
    """Size of frames, stored as a job stores them. They are also read once."""
    with SegmentWriter(path, Segment(0, 0, len(frames)), size_of(frames[0].picture)) as writer:
        for index, frame in enumerate(frames):
            writer.write(replace(frame, index=index))
    for _ in read_segment(path):
        pass
    return path.stat().st_size


def _encode(frames: Sequence[Frame], fps: Fraction, write: WriteConfig, path: Path) -> Path:
    with open_target(path, size_of(frames[0].picture), fps, replace(write, max_bytes=None)) as target:
        for index, frame in enumerate(frames):
            target.write(frame.picture, index / fps, 1 / fps)
    return path


def _lengths(path: Path) -> list[tuple[int, bool]]:
    """Size of each encoded frame, and whether it is a key frame."""
    if path.is_dir():
        return [(file.stat().st_size, True) for file in path.iterdir()]
    import av

    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        return [(packet.size, bool(packet.is_keyframe)) for packet in packets]
