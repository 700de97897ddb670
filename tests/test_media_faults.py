"""Files that are missing, broken, hostile or in the way: one of our errors in one line, and nothing lost."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from clips import click_times, ffmpeg, hue_clip, moving_clip, sound_file, video_times

from dreamvideo.config import ReadConfig, WriteConfig
from dreamvideo.errors import (
    DamagedInputError,
    DiskFullError,
    DreamVideoError,
    InputError,
    InputNotFoundError,
    MissingExtraError,
    NoVideoError,
    OutputError,
    RefusedError,
    TargetExistsError,
)
from dreamvideo.media import (
    AudioSpan,
    check_target,
    decode_audio,
    load_cv2,
    open_source,
    open_target,
    probe,
    read_metadata,
    read_still,
    write_still,
)
from dreamvideo.media.drafts import draft_path

BLACK = np.zeros((32, 32, 3), np.float32)


def read_all(path: Path, **config: object) -> tuple[int, list[str]]:
    """(frames, warnings)"""
    with open_source(path, ReadConfig(**config)) as source:  # type: ignore[arg-type]
        return sum(1 for _ in source), source.warnings


def write_one(path: Path, **config: object) -> None:
    with open_target(path, (32, 32), Fraction(10), WriteConfig(**config)) as target:  # type: ignore[arg-type]
        for index in range(3):
            target.write(BLACK, Fraction(index, 10))


def is_one_line(error: DreamVideoError) -> bool:
    return bool(str(error)) and "\n" not in str(error) and "\x1b" not in str(error)


# Sources that cannot be used


@pytest.mark.parametrize("address", ["https://a.b/c.mp4", "https://a.b/c%20d.png?e=1", "rtsp://a/b", "file:///a/b.mp4"])
def test_an_address_is_told_apart_from_a_file(address: str) -> None:
    for read in (open_source, read_still, lambda path: decode_audio(path, 8000), read_metadata):
        with pytest.raises(InputNotFoundError, match="address"):
            read(Path(address))


def _no_moov(folder: Path) -> Path:
    path = hue_clip(folder / "clip.mp4", 48)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def _written(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.mp4")
    return folder / "pipe.mp4"


UNUSABLE: dict[str, tuple[Callable[[Path], Path], type[DreamVideoError]]] = {
    "missing": (lambda folder: folder / "nothing.mp4", InputNotFoundError),
    "missing picture": (lambda folder: folder / "nothing.png", InputNotFoundError),
    "missing pattern": (lambda folder: folder / "frames%03d.png", InputNotFoundError),
    "missing folder": (lambda folder: folder / "no" / "frames*.png", InputNotFoundError),
    "empty folder": (lambda folder: folder, NoVideoError),
    "empty": (_written("empty.mp4", b""), InputError),
    "empty picture": (_written("empty.png", b""), InputError),
    "text": (_written("text.mp4", b"It was a dark and stormy night.\n" * 50), DamagedInputError),
    "text as gif": (_written("text.gif", b"GIF89a but not really"), InputError),
    "text as picture": (_written("text.png", b"It was a dark and stormy night.\n"), DamagedInputError),
    "zeros": (_written("zeros.mkv", bytes(10_000)), DamagedInputError),
    "no index": (_no_moov, DamagedInputError),
    "sound only": (lambda folder: sound_file(folder / "song.wav", Fraction(1), []), NoVideoError),
    "pipe": (_pipe, InputError),
    "device": (lambda folder: Path("/dev/zero"), InputError),
    "nul": (lambda folder: folder / "a\0b.mp4", InputError),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_unusable_sources_end_in_one_line(tmp_path: Path, kind: str) -> None:
    make, expected = UNUSABLE[kind]
    path = make(tmp_path)
    with pytest.raises(expected) as caught:
        open_source(path)
    assert caught.value.exit_code == 3 and is_one_line(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_source(tmp_path: Path) -> None:
    path = hue_clip(tmp_path / "clip.mp4", 2)
    path.chmod(0)
    with pytest.raises(InputError, match="permission denied"):
        open_source(path)


def test_no_sound_and_no_frames(tmp_path: Path) -> None:
    clip = hue_clip(tmp_path / "clip.mp4", 2)
    with pytest.raises(NoVideoError, match="no sound"):
        decode_audio(clip, 16000)
    cover, song, tagged = tmp_path / "c.png", sound_file(tmp_path / "s.wav", Fraction(1), []), tmp_path / "song.m4a"
    iio.imwrite(cover, np.zeros((20, 20, 3), np.uint8))
    ffmpeg(
        "-i",
        song,
        "-i",
        cover,
        "-map",
        0,
        "-map",
        1,
        "-c:v",
        "copy",
        "-c:a",
        "aac",
        "-disposition:v",
        "attached_pic",
        tagged,
    )
    with pytest.raises(NoVideoError, match="cover"):
        open_source(tagged)
    assert len(decode_audio(tagged, 16000)) > 15_000


# Sources that break off


def _cut(suffix: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        whole = moving_clip(folder / f"whole.{suffix}", "-g", "10", "-movflags", "+faststart", rate="25", seconds=4)
        path = folder / f"cut.{suffix}"
        path.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
        return path

    return make


def _cut_gif(folder: Path) -> Path:
    whole = moving_clip(folder / "whole.gif", seconds=4)
    path = folder / "cut.gif"
    path.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    return path


def _flipped(folder: Path) -> Path:
    data = bytearray(moving_clip(folder / "whole.mp4", "-g", "10", rate="25", seconds=4).read_bytes())
    begin = data.index(b"mdat")
    length = int.from_bytes(data[begin - 4 : begin], "big")
    for position in np.random.default_rng(3).integers(begin + length // 2, begin + length - 8, 200):
        data[position] ^= 0xFF
    path = folder / "flipped.mp4"
    path.write_bytes(data)
    return path


def _bad_picture(folder: Path) -> Path:
    frames = folder / "frames"
    frames.mkdir()
    for index in range(6):
        iio.imwrite(frames / f"{index}.png", np.full((8, 8, 3), index, np.uint8))
    (frames / "3.png").write_bytes(b"broken")
    return frames


def _cut_picture(folder: Path) -> Path:
    frames = folder / "frames"
    frames.mkdir()
    for index in range(6):
        iio.imwrite(frames / f"{index}.png", np.random.default_rng(index).integers(0, 255, (64, 64, 3), np.uint8))
    (frames / "3.png").write_bytes((frames / "3.png").read_bytes()[:3000])
    return frames


DAMAGED = {
    "mp4": _cut("mp4"),
    "mkv": _cut("mkv"),
    "webm": _cut("webm"),
    "avi": _cut("avi"),
    "gif": _cut_gif,
    "flipped": _flipped,
    "bad picture": _bad_picture,
    "cut picture": _cut_picture,
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damage_is_told_or_kept(tmp_path: Path, kind: str) -> None:
    path = DAMAGED[kind](tmp_path)
    seen = 0
    with pytest.raises(DamagedInputError) as caught, open_source(path) as source:
        for _ in source:
            seen += 1
    assert caught.value.exit_code == 3 and is_one_line(caught.value)
    assert caught.value.frames == seen > 0
    kept, warnings = read_all(path, on_error="keep")
    assert kept >= seen
    assert any("damaged" in warning for warning in warnings)


def test_whole_clips_are_not_called_damaged(tmp_path: Path) -> None:
    """Sound that outlasts the picture, in a container that knows only the longer of both."""
    picture, sound = hue_clip(tmp_path / "clip.mp4", 12), sound_file(tmp_path / "sound.wav", Fraction(5), [])
    long = tmp_path / "long.mkv"
    ffmpeg("-i", picture, "-i", sound, "-c:v", "copy", "-c:a", "libopus", "-fflags", "+bitexact", long)
    assert read_all(long) == (12, [])
    assert read_all(long, start=Fraction(1, 4))[0] == 6


def test_broken_sound_costs_no_picture(tmp_path: Path) -> None:
    clip = hue_clip(tmp_path / "clip.mkv", 48, click_at=[Fraction(1, 4), Fraction(3, 2)], audio_codec="aac")
    data = bytearray(clip.read_bytes())
    import av

    with av.open(str(clip)) as container:
        packets = [bytes(packet) for packet in container.demux(audio=0) if packet.size > 8]
    for packet in packets[20:30]:
        at = data.find(packet)
        data[at : at + len(packet)] = os.urandom(len(packet))
    clip.write_bytes(data)
    for suffix in ("mp4", "webm"):
        out = tmp_path / f"out.{suffix}"
        with open_target(out, (32, 32), Fraction(24), audio_from=AudioSpan(clip)) as target:
            for index in range(48):
                target.write(BLACK, Fraction(index, 24))
        assert len(video_times(out)) == 48
        assert click_times(out)[0] == pytest.approx(0.25, abs=1 / 24)
    for broken in (tmp_path / "missing.mp3", hue_clip(tmp_path / "silent.mp4", 2)):
        with open_target(
            tmp_path / f"{broken.stem}_out.mp4", (32, 32), Fraction(24), audio_from=AudioSpan(broken)
        ) as target:
            target.write(BLACK, Fraction(0))
        assert len(video_times(target.path)) == 1
    assert any("no sound" in note for note in open_note(tmp_path))


def open_note(folder: Path) -> list[str]:
    with open_target(
        folder / "note.mp4", (32, 32), Fraction(24), audio_from=AudioSpan(folder / "missing.mp3")
    ) as target:
        target.write(BLACK, Fraction(0))
    return target.notes


# Hostile sources


@pytest.fixture
def listener() -> object:
    """A local web server's port, and the connections that it saw."""
    seen: list[object] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    stop = threading.Event()

    def accept() -> None:
        while not stop.is_set():
            try:
                seen.append(server.accept())
            except TimeoutError:
                continue

    thread = threading.Thread(target=accept)
    thread.start()
    yield server.getsockname()[1], seen
    stop.set()
    thread.join()
    server.close()


PLAYLISTS = {
    "ffconcat": "ffconcat version 1.0\nfile '{clip}'\n",
    "ffconcat http": "ffconcat version 1.0\nfile 'http://127.0.0.1:{port}/a.mp4'\n",
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{clip}\n#EXT-X-ENDLIST\n",
    "hls http": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
    ' mediaPresentationDuration="PT5S"><Period>'
    '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>http://127.0.0.1:{port}/a.mp4</BaseURL>'
    "</Representation></AdaptationSet></Period></MPD>",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "asx": '<asx version="3.0"><entry><ref href="http://127.0.0.1:{port}/a.mp4"/></entry></asx>',
}


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "gif", "ts"])
@pytest.mark.parametrize("kind", PLAYLISTS)
def test_playlists_in_disguise_open_nothing(
    tmp_path: Path, listener: tuple[int, list[object]], kind: str, suffix: str
) -> None:
    port, seen = listener
    hue_clip(tmp_path / "clip.mp4", 2)
    path = tmp_path / f"innocent.{suffix}"
    path.write_text(PLAYLISTS[kind].format(clip="clip.mp4", port=port))
    for attempt in (lambda: open_source(path), lambda: decode_audio(path, 16000)):
        with pytest.raises(InputError) as caught:
            attempt()
        assert is_one_line(caught.value)
    assert not seen


@pytest.mark.parametrize(
    "name",
    [
        "http://127.0.0.1:{port}/a.mp4",
        "concat:a.mp4|b.mp4",
        "subfile,,start,0,end,0,,:a.mp4",
        "data:video/mp4;base64,AAAA",
        "tcp:127.0.0.1:{port}",
    ],
)
def test_addresses_are_file_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listener: tuple[int, list[object]], name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    hue_clip(tmp_path / "a.mp4", 2)
    hue_clip(tmp_path / "b.mp4", 2)
    with pytest.raises(InputNotFoundError):
        open_source(name.format(port=listener[0]))
    assert not listener[1]


@pytest.mark.parametrize(
    "name",
    [
        "a:b.mp4",
        "-x.mp4",
        "%03d.mp4",
        "line\nbreak.mp4",
        "träum 🙂.mp4",
        "file:x.mp4",
        "'quoted' \"name\".mp4",
        "a" * 251 + ".mp4",
        os.fsdecode(b"\xff\xfe.mp4"),
        "x.MP4",
    ],
    ids=ascii,
)
def test_any_name_is_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    write_one(Path(name))
    assert os.listdir(tmp_path) == [name]
    assert read_all(Path(name)) == (3, [])
    with pytest.raises(TargetExistsError) as caught:
        write_one(Path(name))
    assert is_one_line(caught.value)
    os.unlink(name)
    gif = Path(name).with_suffix(".gif")
    write_one(gif)
    assert probe(gif).frames == 3
    still = Path(name).with_suffix(".png")
    write_still(still, BLACK)
    assert read_still(still).shape == (32, 32, 3)


def test_tags_are_only_text(tmp_path: Path) -> None:
    clip = tmp_path / "tagged.mp4"
    hue_clip(
        clip, 12, metadata={"comment": "Duration: 99:59:59.99, rotate: 90\n\x1b[31mred", "title": "x\x1b]0;owned\x07"}
    )
    info = probe(clip)
    assert info.duration == Fraction(1, 2) and info.size == (64, 48)
    assert read_metadata(clip)["comment"].startswith("Duration")
    bad = tmp_path / "bad\x1b[31m.mp4"
    bad.write_text("no video")
    with pytest.raises(InputError) as caught:
        open_source(bad)
    assert is_one_line(caught.value) and "\\x1b[31m" in str(caught.value)


def test_picture_bombs_are_refused_from_the_header(tmp_path: Path) -> None:
    import struct
    import zlib

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    png = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )
    (tmp_path / "bomb.png").write_bytes(png)
    gif = (
        b"GIF89a"
        + struct.pack("<HHBBB", 60_000, 60_000, 0, 0, 0)
        + b","
        + struct.pack("<HHHHB", 0, 0, 60_000, 60_000, 0)
        + b"\x08\x01\x00\x00;"
    )
    (tmp_path / "bomb.gif").write_bytes(gif)
    for name in ("bomb.png", "bomb.gif"):
        with pytest.raises(InputError) as caught:
            open_source(tmp_path / name)
        assert is_one_line(caught.value)


@pytest.mark.parametrize("rounds", [20, pytest.param(340, marks=pytest.mark.slow)])
def test_mutated_files_never_escape_as_anything_else(tmp_path: Path, rounds: int) -> None:
    """A fuzz of every container: our errors in one line, or frames."""
    seeds = [
        hue_clip(tmp_path / "seed.mp4", 8, click_at=[Fraction(1, 8)]),
        moving_clip(tmp_path / "seed.mkv"),
        moving_clip(tmp_path / "seed.gif"),
        moving_clip(tmp_path / "seed.avi"),
        tmp_path / "seed.png",
        tmp_path / "seed.jpg",
    ]
    for still in seeds[-2:]:
        iio.imwrite(still, np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8))
    random = np.random.default_rng(rounds)
    for seed in seeds:
        original = seed.read_bytes()
        for _ in range(rounds):
            data = bytearray(original)
            for position in random.integers(0, len(data), random.integers(1, 12)):
                data[position] = random.integers(0, 256)
            seed.write_bytes(data[: random.integers(len(data) // 2, len(data) + 1)])
            for act in (
                lambda path: read_all(path, max_pixels=1_000_000),
                read_metadata,
                lambda path: decode_audio(path, 8000),
            ):
                try:
                    act(seed)
                except DreamVideoError as error:
                    assert is_one_line(error), ascii(str(error))


# Targets


def test_an_existing_target_is_kept(tmp_path: Path) -> None:
    for name in ("out.mp4", "out.gif", "out.webm"):
        path = tmp_path / name
        path.write_text("precious")
        with pytest.raises(TargetExistsError, match="overwrite=True"):
            write_one(path)
        assert path.read_text() == "precious"
        with (
            pytest.raises(ZeroDivisionError),
            open_target(path, (32, 32), Fraction(10), WriteConfig(overwrite=True)) as target,
        ):
            target.write(BLACK, Fraction(0))
            raise ZeroDivisionError
        assert path.read_text() == "precious"
        write_one(path, overwrite=True)
        assert len(video_times(path)) == 3
    still = tmp_path / "still.png"
    still.write_text("precious")
    with pytest.raises(TargetExistsError):
        write_still(still, BLACK)
    assert still.read_text() == "precious"
    assert sorted(os.listdir(tmp_path)) == ["out.gif", "out.mp4", "out.webm", "still.png"]


def test_a_target_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with pytest.raises(TargetExistsError), open_target(path, (32, 32), Fraction(10)) as target:
        target.write(BLACK, Fraction(0))
        path.write_text("precious")
    assert path.read_text() == "precious" and os.listdir(tmp_path) == ["out.mp4"]


def test_the_input_is_never_the_output(tmp_path: Path) -> None:
    clip, hard, link = hue_clip(tmp_path / "clip.mp4", 2), tmp_path / "hard.mp4", tmp_path / "link.mp4"
    os.link(clip, hard)
    link.symlink_to(clip)
    for target in (clip, hard, link, tmp_path / "." / "clip.mp4"):
        with pytest.raises(RefusedError, match="replace the input") as caught:
            check_target(target, clip, overwrite=True, holds="clip")
        assert caught.value.exit_code == 2
    frames = tmp_path / "frames"
    frames.mkdir()
    write_still(frames / "000000.png", BLACK)
    for source in (frames, frames / "000000.png"):
        with pytest.raises(RefusedError):
            check_target(frames, source, overwrite=True, holds="clip")


def test_only_regular_files_are_replaced(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.mp4"
    elsewhere.write_text("precious")
    link, dangling, pipe, folder = (tmp_path / name for name in ("link.mp4", "dangling.mp4", "pipe.mp4", "folder"))
    link.symlink_to(elsewhere)
    dangling.symlink_to(tmp_path / "nothing")
    os.mkfifo(pipe)
    folder.mkdir()
    (folder / "thesis.txt").write_text("precious")
    for path in (link, dangling, pipe, folder, Path("/dev/null")):
        with pytest.raises(RefusedError) as caught:
            open_target(path, (32, 32), Fraction(10), WriteConfig(overwrite=True))
        assert is_one_line(caught.value)
    assert elsewhere.read_text() == "precious" and (folder / "thesis.txt").exists()
    assert stat.S_ISFIFO(os.lstat(pipe).st_mode) and link.is_symlink() and dangling.is_symlink()


def test_missing_and_unusable_folders(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "no" / "out.mp4", tmp_path / "file" / "out.mp4", tmp_path / ("x" * 300 + ".mp4")):
        with pytest.raises(OutputError) as caught:
            open_target(path, (32, 32), Fraction(10))
        assert caught.value.exit_code == 4 and is_one_line(caught.value)
    if os.geteuid() != 0:
        tmp_path.chmod(0o500)
        with pytest.raises(OutputError, match="cannot be written to"):
            open_target(tmp_path / "out.mp4", (32, 32), Fraction(10))
        tmp_path.chmod(0o700)


@pytest.mark.parametrize("name", ["out.mp4", "out.webm", "out.gif", "frames", "still.png"])
def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    """The limit on a file's length stands in for the disk's: both fail the same write."""
    script = f"""
import os, resource, signal, sys
from fractions import Fraction
from pathlib import Path
import numpy as np
from dreamvideo.config import WriteConfig
from dreamvideo.errors import DiskFullError
from dreamvideo.media import open_target, write_still
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
path = Path({str(tmp_path / name)!r})
noise = np.random.default_rng(0).random((200, 300, 3)).astype(np.float32)
try:
    if path.suffix == ".png":
        write_still(path, noise)
    else:
        with open_target(path, (300, 200), Fraction(10)) as target:
            for index in range(12):
                target.write(np.roll(noise, index * 7, 0), Fraction(index, 10))
except DiskFullError as error:
    print(error)
    sys.exit(error.exit_code)
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert result.returncode == 4, result.stderr
    assert "free" in result.stdout and result.stdout.count("\n") == 1
    assert os.listdir(tmp_path) == []
    assert DiskFullError.exit_code == 4


@pytest.mark.parametrize("name", ["out.mp4", "out.gif", "frames"])
def test_what_a_kill_left_goes_with_the_next_run_but_not_what_lives(tmp_path: Path, name: str) -> None:
    script = f"""
import os, signal
from fractions import Fraction
from pathlib import Path
import numpy as np
from dreamvideo.media import open_target
target = open_target(Path({str(tmp_path / name)!r}), (32, 32), Fraction(10))
for index in range(60):  # encoders hold some frames back before the file begins
    target.write(np.random.random((32, 32, 3)).astype(np.float32), Fraction(index, 10))
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -signal.SIGKILL
    (orphan,) = os.listdir(tmp_path)
    with open_target(tmp_path / name, (32, 32), Fraction(10)) as first:
        first.write(BLACK, Fraction(0))
        assert orphan not in os.listdir(tmp_path)
        with open_target(tmp_path / f"other-{name}", (32, 32), Fraction(10)) as second:
            second.write(BLACK, Fraction(0))
        assert draft_path(tmp_path / name).name.rpartition("-")[0] in "".join(os.listdir(tmp_path))
    assert sorted(os.listdir(tmp_path)) == sorted([name, f"other-{name}"])


def test_missing_system_libraries_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text(
        "raise ImportError('libGL.so.1: cannot open shared object file: No such file or directory')"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "cv2", raising=False)
    with pytest.raises(MissingExtraError, match="libgl1") as caught:
        load_cv2()
    assert is_one_line(caught.value)
    monkeypatch.undo()
