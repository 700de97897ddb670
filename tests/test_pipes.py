"""Pipes: what comes through one or goes into one is what a file would hold, and nothing is asked for twice."""

from __future__ import annotations

import errno
import io
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest
from clips import decoded, ffmpeg, hue, hue_picture, moving_clip, video_times

from dreamvideo.config import ReadConfig
from dreamvideo.errors import InputError
from dreamvideo.media import open_source, open_target

PIPED = {"y4m": ["-f", "yuv4mpegpipe"], "mkv": ["-f", "matroska"], "ts": ["-f", "mpegts"]}


class Trickle(io.RawIOBase):
    """A pipe that gives at most 1000 bytes at once and cannot be gone back in."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._file.read(1000 if size < 0 else min(size, 1000))


@pytest.mark.parametrize("form", PIPED)
def test_a_stream_gives_the_frames_of_the_file(tmp_path: Path, form: str) -> None:
    clip = moving_clip(tmp_path / "clip.mkv", "-c:v", "libx264", "-bf", "2", "-g", "12", rate="25", seconds=2)
    made = tmp_path / f"made.{form}"
    ffmpeg("-i", clip, *(["-c", "copy"] if form != "y4m" else ["-pix_fmt", "yuv420p"]), *PIPED[form], made)
    with open_source(made) as source:
        expected = [(frame.picture, frame.time) for frame in source]
    for config in (ReadConfig(), ReadConfig(start=Fraction(1, 2), end=Fraction(1))):
        with open_source("-", config, stream=Trickle(made.read_bytes())) as source:
            frames = list(source)
            assert source.info.size == (64, 48) and source.rate == 25 and source.frames in (None, 13)
            with pytest.raises(InputError, match="once"):
                list(source)
        wanted = [one for one in expected if config.start <= one[1] < (config.end or 99)]
        assert len(frames) == len(wanted) > 10
        for frame, (picture, time) in zip(frames, wanted, strict=True):
            assert np.array_equal(frame.picture, picture) and frame.time == time - config.start


@pytest.mark.parametrize("size", [(64, 48), (51, 37), (1280, 64)])
@pytest.mark.parametrize("form", ["y4m", "mkv"])
def test_what_goes_into_a_pipe_is_what_a_file_would_hold(tmp_path: Path, form: Any, size: tuple[int, int]) -> None:
    pipe, path = io.BytesIO(), tmp_path / f"file.{form}"
    rate = Fraction(24)
    for name, stream in (("-", pipe), (path, None)):
        with open_target(name, size, rate, stream=stream, piped_as=form, time_base=1 / rate) as target:
            for index in range(12):
                target.write(hue_picture(index, 12, size), index / rate, 1 / rate)
        assert not any("times" in note for note in target.notes)
    (tmp_path / f"piped.{form}").write_bytes(pipe.getvalue())
    for read in (tmp_path / f"piped.{form}", path):
        ffmpeg("-i", read, "-f", "rawvideo", "-pix_fmt", "rgb24", tmp_path / f"{read.stem}.rgb")
    assert (tmp_path / "piped.rgb").read_bytes() == (tmp_path / "file.rgb").read_bytes()
    assert len((tmp_path / "file.rgb").read_bytes()) == 12 * 3 * size[0] * size[1]
    with open_source("-", stream=io.BytesIO(pipe.getvalue())) as source:
        frames = list(source)
    for index, frame in enumerate(frames):
        assert np.abs(frame.picture.mean((0, 1)) - hue(index, 12)).max() < 2.5 / 255
        assert abs(frame.time - index / rate) <= Fraction(1, 1000)


def test_standard_streams_and_what_cannot_be_piped(tmp_path: Path) -> None:
    """ffmpeg into dreamvideo into ffmpeg, as a command line would put them together."""
    clip, out = moving_clip(tmp_path / "clip.mp4", rate="25", seconds=1), tmp_path / "out.mkv"
    script = (
        "from dreamvideo.media import open_source, open_target\n"
        "with open_source('-') as frames, open_target('-', frames.size, frames.rate) as target:\n"
        "    for frame in frames: target.write(frame.picture, frame.time, frame.duration)\n"
    )
    binary = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error"]
    first = subprocess.Popen([*binary, "-i", clip, "-f", "yuv4mpegpipe", "-"], stdout=subprocess.PIPE)
    middle = subprocess.Popen([sys.executable, "-c", script], stdin=first.stdout, stdout=subprocess.PIPE)
    last = subprocess.run(
        [*binary[:1], "-loglevel", "error", "-y", "-i", "-", "-c:v", "ffv1", out], stdin=middle.stdout, check=False
    )
    for process in (first, middle):
        assert process.stdout is not None
        process.stdout.close()
    assert (first.wait(30), middle.wait(30), last.returncode) == (0, 0, 0)
    assert len(video_times(out)) == 25
    with pytest.raises(InputError, match="standard input"):
        open_source("-", stream=io.BytesIO(b"no video at all" * 100))
    with pytest.raises(InputError, match="standard input"):
        open_source("-", stream=io.BytesIO(b"ffconcat version 1.0\nfile 'clip.mp4'\n"))


def test_a_pipe_that_is_closed_is_told_apart(tmp_path: Path) -> None:
    class Closed(io.BytesIO):
        def write(self, data: Any) -> int:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    with pytest.raises(BrokenPipeError), open_target("-", (32, 32), Fraction(10), stream=Closed()) as target:
        for index in range(10):
            target.write(np.zeros((32, 32, 3), np.float32), Fraction(index, 10))


def test_a_dream_from_pipe_to_pipe_is_that_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    clip = moving_clip(tmp_path / "clip.y4m", "-pix_fmt", "yuv420p", *PIPED["y4m"], rate="25", seconds=1)
    dream = [sys.executable, "-m", "dreamvideo", "video"]
    few = ["--steps", "2", "--octaves", "2", "--end", "0.4", "-q"]
    ffmpeg_binary = imageio_ffmpeg.get_ffmpeg_exe()
    as_file = subprocess.run([*dream, clip, "dream.y4m", *few], capture_output=True, check=True, timeout=300)
    assert as_file.stdout == b"dream.y4m\n"
    fed = [ffmpeg_binary, "-loglevel", "error", "-i", str(clip), "-t", "0.6", "-f", "matroska", "-c:v", "ffv1", "-"]
    with (
        subprocess.Popen(fed, stdout=subprocess.PIPE) as feeding,
        subprocess.Popen([*dream, "-", "-", *few], stdin=feeding.stdout, stdout=subprocess.PIPE) as dreaming,
    ):
        piped, _ = dreaming.communicate(timeout=300)
    assert (feeding.returncode, dreaming.returncode) == (0, 0)
    (tmp_path / "piped.y4m").write_bytes(piped)
    assert decoded(tmp_path / "piped.y4m") == decoded(tmp_path / "dream.y4m") != decoded(clip)[:10]
    assert video_times(tmp_path / "piped.y4m") == video_times(tmp_path / "dream.y4m")
    assert not list(tmp_path.glob("*.job")), "a pipe is no job"


SLOW = pytest.mark.slow  # TensorFlow starts in a process of its own for each


@pytest.mark.parametrize(
    ("into", "out"), [("ts", "mkv"), pytest.param("mkv", "mkv", marks=SLOW), pytest.param("ts", "y4m", marks=SLOW)]
)
def test_whatever_goes_through_is_what_the_same_file_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, into: str, out: str
) -> None:
    """Frames that depend on one another, with B-frames on the way in."""
    monkeypatch.chdir(tmp_path)
    coded = ["-c:v", "libx264", "-bf", "2", "-pix_fmt", "yuv420p"]
    clip = moving_clip(tmp_path / f"clip.{into}", *coded, *PIPED[into], rate="25", seconds=0.6)
    dream = [sys.executable, "-m", "dreamvideo", "video"]
    few = ["--steps", "2", "--octaves", "2", "-q"]
    subprocess.run([*dream, clip, f"dream.{out}", *few], capture_output=True, check=True, timeout=300)
    with clip.open("rb") as stream:
        done = subprocess.run(
            [*dream, "-", "-", "--piped-as", out, *few], stdin=stream, capture_output=True, check=True, timeout=300
        )
    (tmp_path / f"piped.{out}").write_bytes(done.stdout)
    assert decoded(tmp_path / f"piped.{out}") == decoded(tmp_path / f"dream.{out}") != decoded(clip)
    times, wanted = video_times(tmp_path / f"piped.{out}"), video_times(tmp_path / f"dream.{out}")
    assert len(times) == 15 and times == wanted


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--workers", "2"], "files with --workers, got a pipe"),
        (["--dry-run"], "files with --dry-run, got a pipe"),
        (["--json"], "either --json or a video"),
        (["--strength", "0%: 0, 100%: 1"], "how long a pipe will be is not known"),
    ],
)
def test_what_a_pipe_cannot_be_is_said(tmp_path: Path, options: list[str], words: str) -> None:
    clip = moving_clip(tmp_path / "clip.y4m", "-pix_fmt", "yuv420p", *PIPED["y4m"], rate="25", seconds=1)
    with clip.open("rb") as stream:
        command = [sys.executable, "-m", "dreamvideo", "video", "-", "-", *options]
        run = subprocess.run(command, stdin=stream, capture_output=True, check=False, timeout=300)
    assert (run.returncode, run.stdout if "--json" not in options else b"") == (2, b"")
    assert words in " ".join(run.stderr.decode().split())
