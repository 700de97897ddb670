"""Inputs that hold nothing to dream, or too much of it."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.clips import hue_clip, moving_clip, sound_file
from tests.faults.command.running import command, common, shortened, written
from tests.faults.table import Observe

pytestmark = pytest.mark.slow


def _unreadable() -> Path:
    path = hue_clip(Path("secret.mp4"), 2)
    path.chmod(0)
    return path


def _no_frames() -> Path:
    clip = hue_clip(Path("whole.mkv"), 4)
    data = bytearray(clip.read_bytes())
    with av.open(str(clip)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    for packet in packets:
        at = data.find(packet)
        data[at : at + len(packet)] = bytes(len(packet))
    return written("blank.mkv", data)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _bomb_png() -> Path:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(1000))) + _chunk(b"IEND", b"")
    return written("bomb.png", b"\x89PNG\r\n\x1a\n" + body)


def _bomb_gif() -> Path:
    screen = b"GIF89a" + struct.pack("<HHBBB", 60_000, 60_000, 0, 0, 0)
    return written("bomb.gif", screen + b"," + struct.pack("<HHHHB", 0, 0, 60_000, 60_000, 0) + b"\x08\x01\x00\x00;")


UNUSABLE: dict[tuple[str, str], Callable[[], object]] = {
    ("20", "no such file"): lambda: "nothing.mp4",
    ("20", "a folder without pictures"): lambda: Path("."),
    ("20", "a file that may not be read"): _unreadable,
    ("21", "a file of no bytes"): lambda: written("empty.mp4", b""),
    ("21", "text named .mp4"): lambda: written("text.mp4", b"It was a dark and stormy night.\n" * 50),
    ("22", "sound without picture"): lambda: sound_file(Path("song.wav"), Fraction(1), []),
    ("22", "a video stream without frames"): _no_frames,
    ("23", "MP4 without its index"): lambda: shortened(hue_clip(Path("whole.mp4"), 48), 0.5),
    ("31", "8192x8192 in a small file"): lambda: moving_clip(
        Path("huge.mp4"), "-preset", "ultrafast", size="8192x8192", rate="1", source="color=c=red"
    ),
    ("32", "a PNG bomb"): _bomb_png,
    ("32", "a GIF bomb"): _bomb_gif,
}


@pytest.mark.parametrize(("row", "fault"), UNUSABLE)
def test_unusable_inputs(row: str, fault: str, out: Path, observe: Observe) -> None:
    path = UNUSABLE[row, fault]()
    before = common() if fault == "a file that may not be read" else ()
    name = "image" if str(path).endswith(".png") else "video"
    target = out / ("out.png" if name == "image" else "out.mp4")
    observe(row, fault, (3,), command(name, path, target, before=before).returncode)
    assert not os.listdir(out)
