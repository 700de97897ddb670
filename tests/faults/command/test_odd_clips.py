"""Clips that are merely odd: in time, size, colour, streams and sound."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from tests.clips import click_times, ffmpeg, hue_clip, moving_clip, sound_file, video_times
from tests.faults.command.running import inside, still, written
from tests.faults.table import Observe

pytestmark = pytest.mark.slow


def _made(name: str, *options: object) -> Path:
    ffmpeg(*options, name)
    return Path(name)


def _lavfi(name: str, filters: str, *options: object) -> Path:
    return _made(name, "-f", "lavfi", "-i", f"color=c=gray:size=64x48:rate=5:duration=1,{filters}", *options)


def _turned(degrees: int, *options: object) -> Path:
    clip = hue_clip(Path("clip.mp4"), 5)
    return _made("turned.mp4", "-display_rotation", degrees, *options, "-i", clip, "-c", "copy")


def _hdr(transfer: str) -> Path:
    tags = f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc:range=limited"
    return _lavfi("hdr.mkv", f"format=yuv420p10le,{tags}", "-c:v", "ffv1")


def _two_streams() -> Path:
    one, other = moving_clip(Path("a.mp4")), moving_clip(Path("b.mp4"), size="32x32")
    return _made("both.mkv", "-i", one, "-i", other, "-map", 0, "-map", 1, "-c", "copy")


def _covered() -> Path:
    clip = moving_clip(Path("a.mp4"))
    options = ("-map", 0, "-map", 1, "-c", "copy", "-disposition:v:0", "attached_pic")
    return _made("covered.mp4", "-i", still(), "-i", clip, *options)


def _sized_anew() -> Path:
    parts = [moving_clip(Path(f"{size}.ts"), "-c:v", "mpeg2video", size=size) for size in ("64x48", "96x72")]
    return written("joined.ts", b"".join(part.read_bytes() for part in parts))


def _late_sound() -> Path:
    sound = sound_file(Path("sound.wav"), Fraction(1), [Fraction(1, 4)])
    options = ("-itsoffset", "0.5", "-i", sound, "-c:v", "copy", "-c:a", "aac")
    return _made("late.mp4", "-i", hue_clip(Path("clip.mp4"), 48), *options)


def _timeless() -> Path:
    return _made("raw.h264", "-i", hue_clip(Path("clip.mp4"), 8, options={"bf": "0"}), "-c", "copy")


def _two_tracks() -> Path:
    sound = sound_file(Path("sound.wav"), Fraction(1), [Fraction(1, 4)])
    clip = hue_clip(Path("clip.mp4"), 24)
    maps = ("-map", 0, "-map", 1, "-map", 1, "-c:v", "copy", "-c:a", "libvorbis")
    return _made("tracks.mkv", "-i", clip, "-i", sound, *maps)


TICKS = [0, 40, 80, 200, 210, 220, 500, 501, 1000, 1333]
ODD: dict[tuple[str, str], tuple[Callable[[], Path], tuple[int, ...]]] = {
    ("27", "variable rate and gaps"): (lambda: hue_clip(Path("vfr.mp4"), ticks=TICKS, clock=1000), (0,)),
    ("27", "no times at all"): (_timeless, (0,)),
    ("28", "24000/1001 frames a second"): (lambda: hue_clip(Path("ntsc.mp4"), 12, rate=Fraction(24000, 1001)), (0,)),
    ("28", "ticks of 1/90000 s"): (lambda: hue_clip(Path("fine.mp4"), 12, clock=90_000 // 24 * 24), (0,)),
    **{("29", f"turned by {degrees}"): (lambda degrees=degrees: _turned(degrees), (0,)) for degrees in (90, 180, 270)},
    ("29", "mirrored"): (lambda: _turned(0, "-display_hflip"), (0, 3)),
    ("30", "51x37"): (lambda: hue_clip(Path("odd.mkv"), 3, size=(51, 37), codec="ffv1", pix_fmt="yuv444p"), (0,)),
    ("30", "1x1"): (lambda: hue_clip(Path("one.mkv"), 3, size=(1, 1), codec="ffv1", pix_fmt="yuv444p"), (0, 3)),
    ("30", "2x2"): (lambda: hue_clip(Path("two.mkv"), 3, size=(2, 2), codec="ffv1", pix_fmt="yuv444p"), (0, 3)),
    ("33", "10 bits"): (lambda: hue_clip(Path("ten.mp4"), 5, pix_fmt="yuv420p10le"), (0,)),
    ("34", "PQ"): (lambda: _hdr("smpte2084"), (0, 3)),
    ("34", "HLG"): (lambda: _hdr("arib-std-b67"), (0, 3)),
    ("35", "transparency"): (
        lambda: _lavfi("clear.webm", "format=rgba,colorchannelmixer=aa=0.5,format=yuva420p", "-c:v", "libvpx-vp9"),
        (0,),
    ),
    ("36", "pixels twice as wide"): (lambda: moving_clip(Path("wide.mp4"), "-vf", "setsar=2/1"), (0,)),
    ("36", "interlaced"): (lambda: moving_clip(Path("f.mp4"), "-flags", "+ilme+ildct", "-x264opts", "tff=1"), (0,)),
    ("36", "two video streams"): (_two_streams, (0,)),
    ("36", "a cover picture"): (_covered, (0,)),
    ("37", "a size that changes"): (_sized_anew, (0,)),
    ("37", "a pixel format that changes"): (
        lambda: written(
            "formats.ts",
            b"".join(
                moving_clip(Path(f"{form}.ts"), "-c:v", "mpeg2video", "-pix_fmt", form).read_bytes()
                for form in ("yuv420p", "yuv422p")
            ),
        ), (0,),
    ),
    ("38", "sound that begins late"): (_late_sound, (0,)),
    ("38", "two tracks, Vorbis into MP4"): (_two_tracks, (0,)),
}  # fmt: skip


@pytest.mark.parametrize(("row", "fault"), ODD)
def test_odd_clips(row: str, fault: str, out: Path, observe: Observe) -> None:
    make, expected = ODD[row, fault]
    path, target = make(), out / "out.mp4"
    observe(
        row, fault, expected, inside("video", path, target, "--octaves", 1, "--steps", 1 if row == "30" else 0, "-q")
    )
    assert os.listdir(out) in ([], ["out.mp4"])
    if row in ("27", "28") and path.suffix == ".mp4":
        assert video_times(target) == video_times(path)
    if row == "38":
        assert click_times(target) == pytest.approx(click_times(path), abs=0.03)
