"""The fault matrix through the command: every fault, and the exit code that it ends with.

Faults that end a command early, or lie in its surroundings, meet `python -m dreamvideo` in a process of its own;
clips that are merely odd are rendered by the same command line in this process, where TensorFlow is loaded once.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import pty
import shutil
import signal
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.clips import click_times, ffmpeg, hue_clip, moving_clip, sound_file, video_times
from tests.faults.conftest import Observe
from tests.toy_dreams import ROOT

pytestmark = pytest.mark.slow

COMMAND = (sys.executable, "-m", "dreamvideo")
UNDREAMED = ("--steps", "0", "-q")
WAIT = 300.0


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home, no settings from elsewhere, and the package of this checkout."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "home").mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "in")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return hue_clip(tmp_path / "in" / "clip.mp4", 4)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def command(*arguments: object, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own: one line of what went wrong, and no trace."""
    words = [*before, *COMMAND, *map(os.fspath, map(_word, arguments))]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", errors="replace", timeout=WAIT, check=False)
    assert "Traceback" not in done.stderr and "\x1b" not in done.stderr
    if done.returncode not in (0, 5):
        assert len([line for line in done.stderr.splitlines() if line.startswith("dreamvideo: ")]) == 1, done.stderr
    return done


def common() -> tuple[str, ...]:
    """What runs a command without the right of root to read and write everything."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root may read and write everything")
    rights = "-dac_override,-dac_read_search"
    return "setpriv", f"--inh-caps={rights}", f"--bounding-set={rights}", "--"


def _word(argument: object) -> str | Path:
    return argument if isinstance(argument, Path) else str(argument)


def inside(*arguments: object) -> int:
    """The same command line in this process; its code."""
    from dreamvideo.cli.app import app

    done = CliRunner().invoke(app, [os.fspath(_word(argument)) for argument in arguments])
    assert "Traceback" not in done.output and done.exit_code != 1, done.output
    return done.exit_code


# Targets


def test_folders_of_targets(source: Path, tmp_path: Path, observe: Observe) -> None:
    done = command("video", source, tmp_path / "no" / "out.mp4")
    observe("13", "a folder that is not there", (4,), done.returncode)
    (tmp_path / "out").chmod(0o500)
    done = command("video", source, tmp_path / "out" / "out.mp4", before=common())
    observe("13", "a folder that may not be written to", (4,), done.returncode)


def test_targets_that_are_there(source: Path, out: Path, observe: Observe) -> None:
    target = out / "out.mp4"
    target.write_text("old")
    observe("14", "the target exists", (2,), command("video", source, target).returncode)
    observe("14", "the target exists, -n", (2,), command("video", source, target, "-n").returncode)
    observe(
        "14", "the target exists, --skip-existing", (0,), command("video", source, target, "--skip-existing").returncode
    )
    assert target.read_text() == "old"
    observe("14", "the target exists, -y", (0,), command("video", source, target, "-y", *UNDREAMED).returncode)
    assert len(video_times(target)) == 4 and os.listdir(out) == ["out.mp4"]


def test_targets_that_are_the_input(source: Path, observe: Observe) -> None:
    before, hard = source.read_bytes(), source.with_name("hard.mp4")
    os.link(source, hard)
    observe("15", "the target is the input", (2,), command("video", source, source, "-y").returncode)
    observe("15", "the target is a hard link to the input", (2,), command("video", source, hard, "-y").returncode)
    assert source.read_bytes() == before


def test_targets_that_are_no_files(source: Path, out: Path, observe: Observe) -> None:
    precious = out / "precious.mp4"
    precious.write_text("old")
    (out / "link.mp4").symlink_to(precious)
    os.mkfifo(out / "pipe.mp4")
    observe("16", "the target is a link", (2,), command("video", source, out / "link.mp4", "-y").returncode)
    observe("16", "the target is a pipe", (2,), command("video", source, out / "pipe.mp4", "-y").returncode)
    observe("16", "the target is /dev/null", (2,), command("video", source, "/dev/null", "-y").returncode)
    assert precious.read_text() == "old" and (out / "link.mp4").is_symlink()


# Inputs that cannot be used


def _written(name: str, data: bytes) -> Path:
    Path(name).write_bytes(data)
    return Path(name)


def _unreadable() -> Path:
    path = hue_clip(Path("secret.mp4"), 2)
    path.chmod(0)
    return path


def _shortened(path: Path, share: float) -> Path:
    data = path.read_bytes()
    return _written(f"cut{path.suffix}", data[: int(len(data) * share)])


def _no_frames() -> Path:
    clip = hue_clip(Path("whole.mkv"), 4)
    data = bytearray(clip.read_bytes())
    import av

    with av.open(str(clip)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    for packet in packets:
        at = data.find(packet)
        data[at : at + len(packet)] = bytes(len(packet))
    return _written("blank.mkv", data)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _bomb_png() -> Path:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(1000))) + _chunk(b"IEND", b"")
    return _written("bomb.png", b"\x89PNG\r\n\x1a\n" + body)


def _bomb_gif() -> Path:
    screen = b"GIF89a" + struct.pack("<HHBBB", 60_000, 60_000, 0, 0, 0)
    return _written("bomb.gif", screen + b"," + struct.pack("<HHHHB", 0, 0, 60_000, 60_000, 0) + b"\x08\x01\x00\x00;")


UNUSABLE: dict[tuple[str, str], Callable[[], object]] = {
    ("20", "no such file"): lambda: "nothing.mp4",
    ("20", "a folder without pictures"): lambda: Path("."),
    ("20", "a file that may not be read"): _unreadable,
    ("21", "a file of no bytes"): lambda: _written("empty.mp4", b""),
    ("21", "text named .mp4"): lambda: _written("text.mp4", b"It was a dark and stormy night.\n" * 50),
    ("22", "sound without picture"): lambda: sound_file(Path("song.wav"), Fraction(1), []),
    ("22", "a video stream without frames"): _no_frames,
    ("23", "MP4 without its index"): lambda: _shortened(hue_clip(Path("whole.mp4"), 48), 0.5),
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


PLAYLISTS = {
    ("S1", "ffconcat named .mp4"): "ffconcat version 1.0\nfile 'clip.mp4'\n",
    ("S2", "HLS of local segments"): "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nclip.mp4\n#EXT-X-ENDLIST\n",
    ("S2", "HLS over http"): "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{url}\n#EXT-X-ENDLIST\n",
    ("S2", "DASH over http"): '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
    ' mediaPresentationDuration="PT5S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1"'
    ' bandwidth="1"><BaseURL>{url}</BaseURL></Representation></AdaptationSet></Period></MPD>',
    ("S2", "SDP"): "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n",
}
ADDRESSES = ("{url}", "concat:clip.mp4|clip.mp4", "subfile,,start,0,end,0,,:clip.mp4")


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """A local server's port, and the connections that it saw."""
    import socket
    import threading

    seen: list[object] = []
    server = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):  # the end of the test closes it
            while True:
                seen.append(server.accept())

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield server.getsockname()[1], seen
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


@pytest.mark.parametrize(("row", "fault"), PLAYLISTS)
def test_playlists(
    row: str, fault: str, source: Path, out: Path, listener: tuple[int, list[object]], observe: Observe
) -> None:
    port, seen = listener
    text = PLAYLISTS[row, fault].format(url=f"http://127.0.0.1:{port}/a.mp4", port=port)
    done = command("video", _written("innocent.mp4", text.encode()), out / "out.mp4", *UNDREAMED)
    observe(row, fault, (3,), done.returncode)
    assert not seen and not os.listdir(out)


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses(address: str, source: Path, out: Path, listener: tuple[int, list[object]], observe: Observe) -> None:
    port, seen = listener
    done = command("video", address.format(url=f"http://127.0.0.1:{port}/a.mp4"), out / "out.mp4", *UNDREAMED)
    observe("S3", address.partition(":")[0].partition(",")[0].format(url="http") + ": as a name", (3,), done.returncode)
    assert not seen


# Damage


def _flipped() -> Path:
    data = bytearray(moving_clip(Path("whole.mp4"), "-g", "10", rate="25", seconds=4).read_bytes())
    begin = data.index(b"mdat")
    length = int.from_bytes(data[begin - 4 : begin], "big")
    for position in np.random.default_rng(3).integers(begin + length // 2, begin + length - 8, 200):
        data[position] ^= 0xFF
    return _written("flipped.mp4", data)


def _cut(suffix: str) -> Path:
    options = ("-g", "10", "-movflags", "+faststart")
    return _shortened(moving_clip(Path(f"whole.{suffix}"), *options, rate="25", seconds=4), 0.6)


DAMAGED: dict[tuple[str, str], Callable[[], Path]] = {
    ("24", "MP4 cut off"): lambda: _cut("mp4"),
    ("25", "MKV cut off"): lambda: _cut("mkv"),
    ("26", "200 flipped bytes"): _flipped,
}


@pytest.mark.parametrize(("row", "fault"), DAMAGED)
def test_damaged_inputs(row: str, fault: str, out: Path, observe: Observe) -> None:
    path = DAMAGED[row, fault]()
    observe(row, fault, (3,), command("video", path, out / "out.mp4", *UNDREAMED).returncode)
    assert not os.listdir(out)
    keep = ("--on-error", "keep", *UNDREAMED)
    observe(row, f"{fault}, --on-error keep", (5,), command("video", path, out / "out.mp4", *keep).returncode)
    assert len(video_times(out / "out.mp4")) > 10 and os.listdir(out) == ["out.mp4"]


# Odd clips


def _still(alpha: bool) -> Path:
    import imageio.v3 as iio

    pixels = np.full((48, 64, 4 if alpha else 3), 128, np.uint8)
    iio.imwrite("still.png", pixels)
    return Path("still.png")


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
    return _made("covered.mp4", "-i", _still(False), "-i", clip, *options)


def _sized_anew() -> Path:
    parts = [moving_clip(Path(f"{size}.ts"), "-c:v", "mpeg2video", size=size) for size in ("64x48", "96x72")]
    return _written("joined.ts", b"".join(part.read_bytes() for part in parts))


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
        lambda: _written(
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


NAMES = [
    "a:b.mp4",
    "-x.mp4",
    "%03d.mp4",
    "line\nbreak.mp4",
    os.fsdecode(b"\xff\xfe.mp4"),
    "träum 🙂.mp4",
    "a" * 240 + ".mp4",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_names(name: str, source: Path, out: Path, observe: Observe) -> None:
    source.rename(name)
    code = inside("video", *UNDREAMED, "--", name, out / name)
    observe("39", f"the name {ascii(name)[:20]}", (0,), code)
    assert os.listdir(out) == [name] and len(video_times(out / name)) == 4


def test_tags_and_codes_in_names(out: Path, observe: Observe) -> None:
    tags = {"comment": "Duration: 99:59:59.99, rotate: 90\n\x1b[31mred", "title": "x\x1b]0;owned\x07"}
    clip = hue_clip(Path("bad\x1b[31m.mp4"), 12, metadata=tags)
    done = command("video", clip, out / "out.mp4", "--steps", 0)
    observe("S4", "tags that lie and steer the terminal", (0,), done.returncode)
    assert video_times(out / "out.mp4") == [Fraction(i, 24) for i in range(12)]
    done = command("video", f"missing{clip}", out / "out2.mp4")
    assert done.returncode == 3 and "\\x1b[31m" in done.stderr


# Devices and models


@pytest.mark.parametrize(("always", "expected"), [(False, 0), (True, 6)])
def test_memory_that_is_used_up(
    always: bool, expected: int, out: Path, observe: Observe, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tensorflow as tf

    from dreamvideo.dreamer.ascent import Ascent

    clip = hue_clip(Path("clip.mp4"), 3, size=(256, 192))
    usual, tried = Ascent.climb, []

    def climb(self: Ascent, *arguments: object, **named: object) -> object:
        tried.append(None)
        if always or len(tried) == 1:
            raise tf.errors.ResourceExhaustedError(None, None, "out of memory")
        return usual(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Ascent, "climb", climb)
    code = inside("video", clip, out / "out.mp4", "--steps", 1, "--octaves", 1, "-q")
    observe("40", f"no memory on the device, {'always' if always else 'once'}", (expected,), code)
    if always:
        monkeypatch.setattr(Ascent, "climb", usual)
        assert inside("resume", out / "out.mp4.job", "-q") == 0
    assert os.listdir(out) == ["out.mp4"]


class Trap:
    """Touches a file where it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch sprung",)


def test_weights(source: Path, out: Path, tmp_path: Path, observe: Observe, monkeypatch: pytest.MonkeyPatch) -> None:
    import h5py

    bundled = (ROOT / "dreamvideo" / "networks" / "dreamnet.npz").read_bytes()
    cut = _written("cut.npz", bundled[: len(bundled) // 2])
    done = command("video", source, out / "out.mp4", "--weights", cut)
    observe("42", "weights cut off", (6,), done.returncode)
    assert "cut.npz" in done.stderr
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    done = command("video", source, out / "out.mp4", "-m", "inception_v3")
    observe("42", "weights to be downloaded, offline", (6,), done.returncode)
    assert "https://" in done.stderr and str(tmp_path / "keras") in done.stderr
    (half,) = [word for word in done.stderr.split() if word.startswith(str(tmp_path / "keras")) and ".h5" in word][:1]
    Path(half).write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(1000))
    done = command("video", source, out / "out.mp4", "-m", "inception_v3")
    observe("42", "weights with another checksum", (6,), done.returncode)

    with h5py.File("link.h5", "w") as file:
        file["secret"] = h5py.ExternalLink("/etc/passwd", "/")
    with h5py.File("code.h5", "w") as file:
        file.attrs["model_config"] = json.dumps({"config": {"layers": [{"class_name": "Lambda"}]}})
    np.save("trap.npy", np.array([Trap()], object), allow_pickle=True)
    with zipfile.ZipFile("trap.npz", "w") as archive:
        archive.write("trap.npy")
    _written("model.keras", b"PK\x03\x04" + pickle.dumps(Trap()))
    for name in ("link.h5", "code.h5", "trap.npz", "model.keras"):
        done = command("video", source, out / "out.mp4", "--weights", name)
        observe("S6", f"{name} as weights", (6,), done.returncode)
    assert not Path("sprung").exists() and not os.listdir(out)


# Surroundings


def test_nobody_reads(observe: Observe) -> None:
    process = subprocess.Popen([*COMMAND, "presets"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    observe("43", "stdout is closed", (0, 141), process.wait(WAIT))
    assert told == b""


def test_a_tiny_terminal(source: Path, out: Path, observe: Observe) -> None:
    import fcntl
    import termios

    driver, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 2, 10, 0, 0))
    words = [*COMMAND, "video", str(source), str(out / "out.mp4"), "--steps", "0"]
    process = subprocess.Popen(words, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True)
    os.close(terminal)
    told = b""
    with os.fdopen(driver, "rb", buffering=0) as screen:
        while piece := _read(screen):
            told += piece
    observe("43", "a terminal of 10 by 2 letters", (0,), process.wait(WAIT))
    assert b"Traceback" not in told


def _read(screen: object) -> bytes:
    try:
        return screen.read(4096)  # type: ignore[attr-defined,no-any-return]
    except OSError:  # Linux says so where the other end is closed
        return b""


def test_no_terminal_has_no_bar(source: Path, out: Path, observe: Observe) -> None:
    done = command("video", source, out / "out.mp4", "--steps", 0)
    observe("43", "no terminal", (0,), done.returncode)
    assert "\r" not in done.stderr and "━" not in done.stderr and done.stdout == f"{out / 'out.mp4'}\n"


JUMPING = """
import random, time
usual = time.time
time.time = lambda: usual() + random.choice((-1e7, 0, 1e7))
from dreamvideo.__main__ import main
main()
"""


def test_clock_jumps(out: Path, observe: Observe) -> None:
    clip = hue_clip(Path("clip.mp4"), 48)
    words = [sys.executable, "-c", JUMPING, "video", str(clip), str(out / "out.mp4"), "--steps", "0", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=WAIT, check=False)
    observe("44", "a clock that jumps by months", (0,), done.returncode)
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    left = [item["eta_seconds"] for item in objects if item["event"] == "progress" and item["eta_seconds"] is not None]
    assert all(0 <= seconds < 600 for seconds in left) and objects[-1]["event"] == "result"


# Jobs, with the real loop


def long_clip() -> Path:
    return moving_clip(Path("long.mp4"), size="64x48", rate="24", seconds=4)


CHEAP = ("--steps", "1", "--octaves", "1")


def killed(target: Path, segments: int, *words: object) -> None:
    """Run a command until its job has so many finished segments, and kill it."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    job = target.with_name(f"{target.name}.job")
    deadline = time.monotonic() + WAIT
    while len(list(job.glob("receipts/*.json"))) < segments:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not target.exists() and job.is_dir()


def decoded(path: Path) -> list[bytes]:
    import av

    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="rgb24").tobytes() for frame in file.decode(video=0)]


@pytest.mark.parametrize("kind", ["video", "video of workers", "zoom"])
def test_killed_commands_go_on(kind: str, out: Path, observe: Observe) -> None:
    """By `resume`, and by the same command again: decoded frames equal those of an unbroken run."""
    whole, broken, again = out / "whole.mp4", out / "broken.mp4", out / "again.mp4"
    if kind == "zoom":
        words: tuple[object, ...] = (_still(False), *CHEAP, "--duration", "3", "--width", "96", "--height", "64")
    else:
        words = (long_clip(), *CHEAP, *(("--workers", 2) if "workers" in kind else ()))
    name = kind.partition(" ")[0]
    assert command(name, words[0], whole, *words[1:]).returncode == 0
    expected = decoded(whole)
    killed(broken, 1, name, words[0], broken, *words[1:])
    observe("1", f"SIGKILL of a {kind}, then resume", (0,), command("resume", f"{broken}.job").returncode)
    assert decoded(broken) == expected
    killed(again, 1, name, words[0], again, *words[1:])
    observe(
        "1", f"SIGKILL of a {kind}, then the same again", (0,), command(name, words[0], again, *words[1:]).returncode
    )
    assert decoded(again) == expected
    assert sorted(os.listdir(out)) == ["again.mp4", "broken.mp4", "whole.mp4"]


def test_a_killed_job_whose_input_or_segment_changed(out: Path, observe: Observe) -> None:
    clip, target = long_clip(), out / "out.mp4"
    killed(target, 2, "video", clip, target, *CHEAP)
    done = command("video", clip, target, *CHEAP, "--seed", 7)
    observe("19", "the same command with another seed", (2,), done.returncode)
    assert "dream.seed" in done.stderr
    before = clip.read_bytes()
    clip.write_bytes(before + b"\0")
    observe("19", "resumed with another input", (2,), command("resume", f"{target}.job").returncode)
    clip.write_bytes(before)
    segment = min((out / "out.mp4.job" / "segments").iterdir())
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    observe("18", "a bit of a segment flipped, then resume", (0,), command("resume", f"{target}.job").returncode)
    assert len(video_times(target)) == 96
