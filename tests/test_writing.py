"""Writing: what was handed over comes back from a real decoder, at its time, in its colours, with its sound."""

from __future__ import annotations

import gc
import itertools
import os
import struct
import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imageio.v3 as iio
import numpy as np
import pytest
from clips import RED_709, click_times, decoded, ffmpeg, heard, hue, hue_clip, hue_picture, lag, sound_file, video_times

from dreamvideo.config import ReadConfig, WriteConfig
from dreamvideo.errors import DiskFullError, EncodeError, OutputError, TargetExistsError
from dreamvideo.media import (
    AudioSpan,
    ExtrasSpan,
    Target,
    check_target,
    open_source,
    open_target,
    prefetch,
    probe,
    read_metadata,
    read_still,
    write_still,
)

VIDEOS = ["mp4", "mov", "webm", "m4v", "mkv"]
CUT = Fraction(25, 24)
"""Seconds; within a packet of sound."""
RATES = [Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(60), Fraction(45000, 1499)]
VFR_TICKS = [0, 40, 80, 200, 210, 220, 500, 501, 1000, 1333]


def write_hues(target: Target, times: list[Fraction], rate: Fraction = Fraction(24)) -> None:
    """A frame of its own colour at each of `times`."""
    following = [*times[1:], times[-1] + 1 / rate]
    with target:
        for index, (time, after) in enumerate(zip(times, following, strict=True)):
            target.write(hue_picture(index, len(times), target.size), time, after - time)


def regular(count: int, rate: Fraction) -> list[Fraction]:
    return [index / rate for index in range(count)]


def left_over(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if name.startswith(".")]


@pytest.mark.parametrize("suffix", VIDEOS)
@pytest.mark.parametrize("size", [(64, 48), (51, 37), (16, 2), (1, 1)])
def test_count_size_times_and_colours_survive(tmp_path: Path, suffix: str, size: tuple[int, int]) -> None:
    path = tmp_path / f"out.{suffix}"
    times = regular(12, Fraction(24))
    write_hues(open_target(path, size, Fraction(24), time_base=Fraction(1, 24)), times)
    with open_source(path) as source:
        frames = list(source)
        assert source.info.size == size
        assert source.info.rate == pytest.approx(24, rel=0.01)
        assert not source.warnings
    tolerance = 0 if suffix not in ("webm", "mkv") else Fraction(1, 1000)
    assert all(abs(frame.time - time) <= tolerance for frame, time in zip(frames, times, strict=True))
    if size != (1, 1):
        for index, frame in enumerate(frames):
            assert np.abs(frame.picture.mean((0, 1)) - hue(index, 12)).max() < 3.5 / 255, index
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
@pytest.mark.parametrize("rate", RATES, ids=str)
def test_times_are_exact_at_every_rate(tmp_path: Path, suffix: str, rate: Fraction) -> None:
    path = tmp_path / f"out.{suffix}"
    times = regular(31, rate)
    write_hues(open_target(path, (32, 32), rate), times, rate)
    assert video_times(path) == times
    with av.open(str(path)) as container:
        assert container.streams.video[0].average_rate == rate


@pytest.mark.parametrize("suffix", [*VIDEOS, "gif"])
def test_variable_rates_are_kept(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    ticks = VFR_TICKS if suffix != "gif" else [0, 40, 80, 200, 220, 500, 1000, 1330]
    times = [Fraction(tick, 1000) for tick in ticks]
    write_hues(open_target(path, (32, 32), Fraction(8), time_base=Fraction(1, 1000)), times, Fraction(3))
    assert video_times(path) == times
    with open_source(path) as source:
        assert list(source)[-1].duration == pytest.approx(1 / 3, abs=0.011)


def test_a_late_first_frame_stays_late(tmp_path: Path) -> None:
    path = tmp_path / "late.mp4"
    sound = sound_file(tmp_path / "sound.wav", Fraction(2), [Fraction(1)])
    times = [Fraction(1, 2) + time for time in regular(24, Fraction(24))]
    write_hues(open_target(path, (32, 32), Fraction(24), audio_from=AudioSpan(sound)), times)
    assert video_times(path) == times
    assert click_times(path) == [pytest.approx(1, abs=1 / 24)]


def test_colours_are_bt709_converted_and_tagged(tmp_path: Path) -> None:
    for suffix in VIDEOS:
        path = tmp_path / f"red.{suffix}"
        with open_target(path, (32, 32), Fraction(10)) as target:
            red = np.zeros((32, 32, 3), np.float32)
            red[..., 0] = 1
            target.write(red, Fraction(0))
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0))
            assert abs(int(np.median(np.frombuffer(frame.planes[0], np.uint8)[:32])) - RED_709) <= 1
            assert frame.format.name == "yuv420p"
            assert (frame.colorspace, frame.color_range) == (1, 1)
            if suffix != "webm":
                assert (frame.color_primaries, frame.color_trc) == (1, 1)


@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_a_file_does_not_depend_on_how_many_cores_are_free(tmp_path: Path, suffix: str) -> None:
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2:
        pytest.skip("cores can only be taken away on Linux, where there are several")
    noise = np.random.default_rng(0).random((8, 288, 480, 3), np.float32)
    cores, written = os.sched_getaffinity(0), []
    try:
        for free in (cores, {min(cores)}):
            os.sched_setaffinity(0, free)
            path = tmp_path / f"{len(free)}.{suffix}"
            with open_target(path, (480, 288), Fraction(24)) as target:
                for index, picture in enumerate(noise):
                    target.write(picture, Fraction(index, 24), Fraction(1, 24))
            with av.open(str(path)) as container:
                written.append([frame.to_ndarray() for frame in container.decode(video=0)])
    finally:
        os.sched_setaffinity(0, cores)
    assert all(np.array_equal(one, other) for one, other in zip(*written, strict=True))


@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_a_file_does_not_depend_on_what_was_in_memory(tmp_path: Path, suffix: str) -> None:
    """Where it does, it is with processors that have AVX-512, and with rows of 3 macroblocks or 20."""
    rng, pictures, written = np.random.default_rng(0), [np.full((96, 320, 3), 0.5, np.float32)], []
    for _ in range(11):
        pictures.append(np.roll(pictures[-1], 1, 1) * 0.93 + rng.random((96, 320, 3), np.float32) * np.float32(0.07))
    for attempt in range(4):
        left = [rng.bytes(1 << size) for size in range(10, 21) for _ in range(8)]
        del left
        path = tmp_path / f"{attempt}.{suffix}"
        with open_target(path, (320, 96), Fraction(24)) as target:
            for index, picture in enumerate(pictures):
                target.write(picture, Fraction(index, 24), Fraction(1, 24))
        written.append(decoded(path))
    assert all(one == written[0] for one in written)


def test_mp4_is_ready_to_stream(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    write_hues(open_target(path, (32, 32), Fraction(10)), regular(5, Fraction(10)))
    data, position, boxes = path.read_bytes(), 0, []
    while position < len(data):
        length, name = struct.unpack(">I4s", data[position : position + 8])
        boxes.append(name)
        position += length
    assert boxes.index(b"moov") < boxes.index(b"mdat")


@pytest.mark.parametrize("palette", ["clip", "frame"])
def test_gif_loops_on_time_and_keeps_colours(tmp_path: Path, palette: str) -> None:
    path = tmp_path / "out.gif"
    times = regular(30, Fraction(30))
    write_hues(open_target(path, (51, 37), Fraction(30), WriteConfig(gif_palette=palette)), times, Fraction(30))  # type: ignore[arg-type]
    back = video_times(path)
    assert len(back) == 30
    assert all(abs(seen - time) <= Fraction(1, 200) for seen, time in zip(back, times, strict=True)), "no drift"
    assert b"NETSCAPE2.0\x03\x01\x00\x00" in path.read_bytes()
    with open_source(path) as source:
        frames = list(source)
    assert frames[-1].time + frames[-1].duration == 1
    for index, frame in enumerate(frames):
        assert np.abs(frame.picture.mean((0, 1)) - hue(index, 30)).max() < 6 / 255
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("levels", [(0.1, 0.9), (0.2, 0.4, 0.6, 0.8), (0.9, 0.5, 0.0), (0.5, 0.5, 1.0), (0.3,)])
def test_the_palette_of_a_gif_has_every_frames_colours(tmp_path: Path, levels: tuple[float, ...]) -> None:
    """The last one's, too."""
    with open_target(tmp_path / "out.gif", (64, 48), Fraction(10)) as target:
        for index, level in enumerate(levels):
            target.write(np.full((48, 64, 3), level, np.float32), Fraction(index, 10), Fraction(1, 10))
    with open_source(tmp_path / "out.gif") as source:
        assert [float(frame.picture.mean()) for frame in source] == pytest.approx(levels, abs=2 / 255)


def test_gif_keeps_still_frames_and_drops_what_browsers_cannot_show(tmp_path: Path) -> None:
    same, fast = tmp_path / "same.gif", tmp_path / "fast.gif"
    with open_target(same, (32, 32), Fraction(10)) as target:
        for time in regular(8, Fraction(10)):
            target.write(np.full((32, 32, 3), 0.5, np.float32), time)
    assert video_times(same) == regular(8, Fraction(10))
    target = open_target(fast, (32, 32), Fraction(100))
    write_hues(target, regular(50, Fraction(100)), Fraction(100))
    times = video_times(fast)
    assert min(b - a for a, b in itertools.pairwise(times)) >= Fraction(2, 100)
    assert any("50 frames a second" in note for note in target.notes)


def test_gif_fits_its_budget_and_says_how(tmp_path: Path) -> None:
    path = tmp_path / "small.gif"
    noise = np.random.default_rng(0).random((12, 60, 80, 3)).astype(np.float32)
    with open_target(path, (80, 60), Fraction(12), WriteConfig(max_bytes=40_000)) as target:
        for index in range(12):
            target.write(noise[index], Fraction(index, 12))
    assert 20_000 <= path.stat().st_size <= 40_000
    assert any("to fit 40,000 bytes" in note and "colours" in note for note in target.notes)
    with open_source(path) as source:
        frames = list(source)
    assert frames[-1].time + frames[-1].duration == 1
    with (
        pytest.raises(EncodeError, match="no GIF of 10,000 bytes"),
        open_target(tmp_path / "tiny.gif", (80, 60), Fraction(12), WriteConfig(max_bytes=10_000)) as target,
    ):
        for index in range(36):
            target.write(noise[index % 12], Fraction(index, 12))
    assert left_over(tmp_path) == [] and not (tmp_path / "tiny.gif").exists()


def test_a_folder_of_pngs(tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    write_hues(open_target(folder, (20, 10), None, metadata={"recipe": "x"}), regular(11, Fraction(24)))
    assert sorted(os.listdir(folder)) == [f"{index:06d}.png" for index in range(11)]
    assert read_metadata(folder) == {"recipe": "x"}
    for index in range(11):
        assert np.abs(read_still(folder / f"{index:06d}.png").mean((0, 1)) - hue(index, 11)).max() <= 0.51 / 255
    write_hues(open_target(folder, (20, 10), None, WriteConfig(overwrite=True)), regular(2, Fraction(24)))
    assert len(os.listdir(folder)) == 2
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_stills_round_once_and_carry_the_recipe(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"still.{suffix}"
    picture = np.broadcast_to(np.linspace(0, 1, 64, dtype=np.float32)[None, :, None], (48, 64, 3)).copy()
    write_still(path, picture, metadata={"recipe": '{"seed": 1, "name": "träum 🙂"}'})
    assert np.abs(read_still(path) - picture).mean() < (0.51 if suffix == "png" else 2) / 255
    assert read_metadata(path) == {"recipe": '{"seed": 1, "name": "träum 🙂"}'}
    write_still(path, picture, WriteConfig(overwrite=True, metadata=False), metadata={"recipe": "secret"})
    assert read_metadata(path) == {}


@pytest.mark.parametrize("suffix", [*VIDEOS, "gif"])
def test_metadata_comes_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    metadata = {"recipe": '{"a": "' + "x" * 3000 + ' é 🙂 \\n"}', "version": "1"}
    write_hues(open_target(path, (32, 32), Fraction(10), metadata=metadata), regular(3, Fraction(10)))
    assert read_metadata(path) == metadata
    assert len(video_times(path)) == 3


@pytest.mark.parametrize("suffix", VIDEOS)
@pytest.mark.parametrize(
    ("codec", "container"), [("aac", "mp4"), ("mp3", "mp4"), ("pcm_s16le", "mov"), ("libopus", "mkv")]
)
def test_sound_stays_in_place(tmp_path: Path, suffix: str, codec: str, container: str) -> None:
    clicks = [Fraction(1, 4), Fraction(5, 4)]
    source = hue_clip(tmp_path / f"in.{container}", 48, click_at=clicks, audio_codec=codec)
    path = tmp_path / f"out.{suffix}"
    target = open_target(path, (64, 48), Fraction(24), audio_from=AudioSpan(source))
    write_hues(target, regular(48, Fraction(24)))
    assert click_times(path) == [pytest.approx(float(click), abs=1 / 24) for click in clicks], target.notes
    assert video_times(path)[0] == 0
    if suffix == container and codec in ("aac", "mp3"):
        with av.open(str(path)) as out, av.open(str(source)) as original:
            packets = {bytes(packet) for packet in original.demux(audio=0)}
            assert all(bytes(packet) in packets for packet in out.demux(audio=0)), "copied, not encoded anew"


@pytest.mark.parametrize("suffix", VIDEOS)
@pytest.mark.parametrize("codec", ["aac", "libopus"])
def test_sound_is_trimmed_with_the_picture(tmp_path: Path, suffix: str, codec: str) -> None:
    # Opus is copied from the first packet that begins less than 6.5 ms before the cut.
    first = CUT + (Fraction(1, 50) if codec == "libopus" else 0)
    clicks = [Fraction(1, 2), first, Fraction(2), Fraction(7, 2)]
    source = hue_clip(tmp_path / "in.mkv", 96, click_at=clicks, audio_codec=codec)
    path = tmp_path / f"out.{suffix}"
    config = ReadConfig(start=CUT, end=CUT + 2)
    with (
        open_source(source, config) as frames,
        open_target(
            path, frames.size, frames.rate, audio_from=AudioSpan(source, start=config.start), time_base=frames.time_base
        ) as target,
    ):
        for frame in frames:
            target.write(frame.picture, frame.time, frame.duration)
    assert click_times(path) == [pytest.approx(float(time - CUT), abs=0.004) for time in (first, Fraction(2))]
    assert video_times(path)[0] == 0 and len(video_times(path)) == 48
    with av.open(str(path)) as container:
        ends = [float((p.pts + p.duration) * p.time_base) for p in container.demux(audio=0) if p.pts is not None]
    assert max(ends) == pytest.approx(2, abs=1 / 24)


def test_music_lies_under_a_zoom_and_fades(tmp_path: Path) -> None:
    music = sound_file(tmp_path / "song.flac", Fraction(6), [Fraction(k, 4) for k in range(24)], "flac")
    path = tmp_path / "zoom.mp4"
    write_hues(
        open_target(path, (32, 32), Fraction(24), audio_from=AudioSpan(music, start=Fraction(1), fade_out=Fraction(1))),
        regular(72, Fraction(24)),
    )
    from dreamvideo.media import decode_audio

    sound = np.abs(decode_audio(path, 8000))
    assert abs(len(sound) / 8000 - 3) < 0.1
    peaks = [sound[k * 2000 : k * 2000 + 400].max() for k in range(12)]
    assert min(peaks[:8]) > 0.5 and peaks[8] > peaks[10] > 0.1 and peaks[11] < 0.4


def test_short_music_is_neither_looped_nor_padded(tmp_path: Path) -> None:
    music = sound_file(tmp_path / "song.wav", Fraction(1), [Fraction(1, 2)])
    path = tmp_path / "zoom.mp4"
    write_hues(open_target(path, (32, 32), Fraction(24), audio_from=AudioSpan(music)), regular(48, Fraction(24)))
    assert click_times(path) == [pytest.approx(0.5, abs=1 / 24)]
    assert probe(path).duration == 2


def test_finishing_early_publishes_what_there_is(tmp_path: Path) -> None:
    source = hue_clip(tmp_path / "in.mp4", 48, click_at=[Fraction(1, 2), Fraction(3, 2)])
    path = tmp_path / "out.mp4"
    with (
        pytest.raises(KeyboardInterrupt),
        open_target(path, (64, 48), Fraction(24), audio_from=AudioSpan(source)) as target,
    ):
        for index in range(24):
            target.write(hue_picture(index, 24, (64, 48)), Fraction(index, 24))
        target.finish_early()
        raise KeyboardInterrupt
    assert len(video_times(path)) == 24
    assert click_times(path) == [pytest.approx(0.5, abs=1 / 24)]
    with open_target(tmp_path / "none.mp4", (64, 48), Fraction(24)) as target:
        assert target.finish_early() is None
    assert not (tmp_path / "none.mp4").exists() and left_over(tmp_path) == []


def test_a_failing_run_leaves_nothing(tmp_path: Path) -> None:
    for name in ("out.mp4", "out.gif", "out.webm", "frames"):
        with pytest.raises(ZeroDivisionError), open_target(tmp_path / name, (32, 32), Fraction(10)) as target:
            target.write(np.zeros((32, 32, 3), np.float32), Fraction(0))
            raise ZeroDivisionError
    with pytest.raises(EncodeError, match="no frames"), open_target(tmp_path / "out.mp4", (32, 32), Fraction(10)):
        pass
    with pytest.raises(OutputError, match="shape"), open_target(tmp_path / "out.mp4", (32, 32), Fraction(10)) as target:
        target.write(np.zeros((32, 30, 3), np.float32), Fraction(0))
    with (
        pytest.raises(EncodeError, match="later than"),
        open_target(tmp_path / "out.mp4", (32, 32), Fraction(10)) as target,
    ):
        for _ in range(3):
            target.write(np.zeros((32, 32, 3), np.float32), Fraction(0))
    assert os.listdir(tmp_path) == []
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("dreamvideo")]


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    """The arrays alive at once, counted by numpy's allocations: as many for 200 frames as for 20."""
    import tracemalloc

    def peak(count: int) -> int:
        source = hue_clip(tmp_path / f"{count}.mp4", count)
        tracemalloc.start()
        with (
            open_source(source) as frames,
            open_target(tmp_path / f"out{count}.mp4", frames.size, frames.rate) as target,
        ):
            for frame in prefetch(frames, 2):
                target.write(frame.picture, frame.time, frame.duration)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(5)
    assert peak(200) < peak(20) + 500_000


@pytest.mark.parametrize(
    "name", ["chaplin.mp4", "cockatoo.mp4", "pan.mp4", "sintel.mp4", "realshort.mp4", "newtonscradle.gif"]
)
@pytest.mark.parametrize("suffix", ["mp4", "gif"])
def test_real_clips_pass_through(media_dir: Path, tmp_path: Path, name: str, suffix: str) -> None:
    path, out = media_dir / name, tmp_path / f"out.{suffix}"
    check_target(out, path, overwrite=False, holds="clip")
    with open_source(path, ReadConfig(width=96, end=Fraction(1))) as source:
        sound = AudioSpan(path) if source.info.has_audio else None
        with open_target(out, source.size, source.rate, audio_from=sound, time_base=source.time_base) as target:
            times, means = [], []
            for frame in prefetch(source):
                times.append(frame.time)
                means.append(frame.picture.mean((0, 1)))
                target.write(frame.picture, frame.time, frame.duration)
        expected_size = source.size
    with open_source(out) as back:
        frames = list(back)
        assert back.info.size == expected_size
        assert back.info.has_audio == (sound is not None and suffix == "mp4")
    tolerance = 0 if suffix == "mp4" else Fraction(1, 200)
    assert all(abs(frame.time - time) <= tolerance for frame, time in zip(frames, times, strict=True))
    assert (
        max(np.abs(frame.picture.mean((0, 1)) - mean).max() for frame, mean in zip(frames, means, strict=True))
        < 2.5 / 255
    )


@pytest.mark.parametrize("name", ["chaplin.mp4", "realshort.mp4"])
@pytest.mark.parametrize("suffix", VIDEOS)
@pytest.mark.parametrize("start", [Fraction(0), Fraction(1, 2)])
def test_real_sound_stays_in_place(media_dir: Path, tmp_path: Path, name: str, suffix: str, start: Fraction) -> None:
    path, out = media_dir / name, tmp_path / f"out.{suffix}"
    with (
        open_source(path, ReadConfig(width=32, start=start, end=start + 1)) as source,
        open_target(out, source.size, source.rate, audio_from=AudioSpan(path, start)) as target,
    ):
        for frame in source:
            target.write(frame.picture, frame.time, frame.duration)
    original = heard(path, 3)[int(start * 16000) :][:14000]
    assert abs(lag(original, heard(out, 3)[:14000])) < 1 / source.rate


def test_animated_only_where_asked(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="expected a clip's name"):
        open_target(tmp_path / "out.png", (32, 32), Fraction(10))
    with pytest.raises(OutputError, match="expected a clip's name to end in"):
        open_target(tmp_path / "out.xyz", (32, 32), Fraction(10))
    with pytest.raises(OutputError, match="expected a picture's name"):
        write_still(tmp_path / "out.mp4", np.zeros((4, 4, 3), np.float32))
    write_still(tmp_path / "out.webp", np.zeros((4, 4, 3), np.float32))
    assert not iio.improps(tmp_path / "out.webp", plugin="pillow").is_batch


def rich_clip(path: Path) -> Path:
    """Four seconds with two chapters, two subtitles and a timecode."""
    folder = path.parent
    (folder / "s.srt").write_text("1\n00:00:00,500 --> 00:00:01,500\none\n\n2\n00:00:02,500 --> 00:00:03,000\ntwo\n")
    (folder / "meta.txt").write_text(
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=2000\ntitle=first\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=2000\nEND=4000\ntitle=second\n"
    )
    clip = hue_clip(folder / "plain.mp4", 40, rate=Fraction(10), click_at=[Fraction(1)])
    coded = ["-c:s", "mov_text" if path.suffix in (".mp4", ".mov") else "srt"]
    inputs = ["-i", clip, "-i", folder / "s.srt", "-i", folder / "meta.txt", "-map", 0, "-map", 1, "-map_metadata", 2]
    ffmpeg(*inputs, "-map_chapters", 2, "-c", "copy", *coded, "-timecode", "10:00:00:00", path)
    return path


def subtitles(path: Path) -> list[tuple[float, str]]:
    with av.open(str(path)) as container:
        found = []
        for packet in container.demux(container.streams.subtitles[0]):
            words = bytes(packet).decode(errors="ignore")
            found += [(float(packet.pts * packet.time_base), word) for word in ("one", "two") if word in words]
        return found


@pytest.mark.parametrize(("source", "suffix"), [("mkv", "mkv"), ("mp4", "mp4"), ("mov", "mov"), ("mp4", "m4v")])
@pytest.mark.parametrize("start", [Fraction(0), Fraction(1)])
def test_chapters_subtitles_and_timecode_come_along(tmp_path: Path, source: str, suffix: str, start: Fraction) -> None:
    clip, out = rich_clip(tmp_path / f"rich.{source}"), tmp_path / f"out.{suffix}"
    with (
        open_source(clip, ReadConfig(start=start)) as frames,
        open_target(
            out, frames.size, frames.rate, audio_from=AudioSpan(clip, start), extras_from=ExtrasSpan(clip, start)
        ) as target,
    ):
        for frame in frames:
            target.write(frame.picture, frame.time, frame.duration)
    with av.open(str(out)) as container:
        chapters = [(c["start"] * c["time_base"], c["metadata"]["title"]) for c in container.chapters()]
        tags = {name.lower() for stream in container.streams for name in stream.metadata}
    assert chapters == [(0, "first"), (2 - start, "second")]
    assert subtitles(out) == [(max(0, 0.5 - start), "one"), (2.5 - start, "two")]
    kept = suffix != "m4v" and not start
    assert ("timecode" in tags) == kept and any("timecode" in note for note in target.notes) != kept
    assert probe(out).has_audio and len(video_times(out)) == 40 - 10 * start
    assert click_times(out) == [pytest.approx(float(1 - start), abs=0.004)]


@pytest.mark.parametrize(("source", "suffix", "left"), [
    ("mkv", "mp4", ["subrip"]), ("mp4", "webm", ["mov_text", "timecode"]), ("mp4", "gif", []),
    ("mkv", "webm", ["subrip", "timecode"]),
])  # fmt: skip
def test_what_a_container_does_not_take_is_said(tmp_path: Path, source: str, suffix: str, left: list[str]) -> None:
    clip, out = rich_clip(tmp_path / f"rich.{source}"), tmp_path / f"out.{suffix}"
    with open_target(out, (64, 48), Fraction(10), extras_from=ExtrasSpan(clip)) as target:
        for index in range(40):
            target.write(hue_picture(index, 40, (64, 48)), Fraction(index, 10))
    for name in left:
        assert any(name in note for note in target.notes), target.notes
    assert len(video_times(out)) == 40


@pytest.mark.parametrize("suffix", ["mp4", "webm", "mkv", "m4v"])
@pytest.mark.parametrize(("layout", "channels"), [("5.1", 6), ("mono", 1), ("7.1", 8)])
def test_channels_stay_or_it_is_said(tmp_path: Path, suffix: str, layout: str, channels: int) -> None:
    """A voice on the left alone, in a codec that every container but Matroska has encoded anew."""
    sound, out = tmp_path / "sound.wav", tmp_path / f"out.{suffix}"
    level = "|".join(["0.5*sin(2000*t)"] + ["0"] * (channels - 1))
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc={level}:c={layout}:d=1:s=48000", "-c:a", "pcm_s24le", sound)
    write_hues(open_target(out, (32, 32), Fraction(10), audio_from=AudioSpan(sound)), regular(10, Fraction(10)))
    with av.open(str(out)) as container:
        track = container.streams.audio[0]
        expected = channels if suffix == "mkv" else min(channels, 6)
        assert track.codec_context.channels == expected
    said = any("channels are mixed" in note for note in target_notes(out, sound))
    assert said == (expected != channels)


def target_notes(out: Path, sound: Path) -> list[str]:
    with open_target(out, (32, 32), Fraction(10), WriteConfig(overwrite=True), audio_from=AudioSpan(sound)) as target:
        target.write(np.zeros((32, 32, 3), np.float32), Fraction(0))
    return target.notes


def test_m4v_copies_aac(tmp_path: Path) -> None:
    clip, out = hue_clip(tmp_path / "in.mp4", 24, click_at=[Fraction(1, 2)]), tmp_path / "out.m4v"
    write_hues(open_target(out, (64, 48), Fraction(24), audio_from=AudioSpan(clip)), regular(24, Fraction(24)))
    with av.open(str(out)) as made, av.open(str(clip)) as original:
        packets = {bytes(packet) for packet in original.demux(audio=0)}
        assert all(bytes(packet) in packets for packet in made.demux(audio=0))


def test_the_folder_that_one_is_in_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is called: it could not be moved aside, and a name that is empty means it, too."""
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    for name in (".", "", "..", tmp_path / "in", "../in", "./"):
        for overwrite in (False, True):
            with pytest.raises(TargetExistsError, match="you are in it"):
                check_target(Path(name), None, overwrite, "clip")
    with pytest.raises(OutputError, match="got -"):
        check_target("-", None, False, "still")


@pytest.mark.parametrize("name", ["made.mp4", "made.gif", "made.png"])
def test_a_folder_in_the_way_of_a_file_is_told_before_the_work(tmp_path: Path, name: str) -> None:
    """Empty, or of frames alone, as a folder of PNGs may be replaced."""
    (tmp_path / name).mkdir()
    holds: Any = "still" if name.endswith("png") else "clip"
    for _ in range(2):
        with pytest.raises(TargetExistsError, match=f"{name} is a folder"):
            check_target(tmp_path / name, None, True, holds)
        (tmp_path / name / "000000.png").touch()


@pytest.mark.parametrize("name", ["made.mp4.", "made.", "..made.."])
def test_a_name_that_ends_in_a_dot_is_no_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="name to end in"):
        check_target(tmp_path / name, None, False, "clip")


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_a_picture_that_the_disk_does_not_take_leaves_nothing_and_no_noise(tmp_path: Path, suffix: str) -> None:
    """Nor is anything complained about once more when it is collected, which would fail here."""
    resource = pytest.importorskip("resource")
    noise = np.random.default_rng(3).random((96, 96, 3), np.float32)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(DiskFullError, match=f"no room to write made.{suffix}"):
            write_still(tmp_path / f"made.{suffix}", noise)
        gc.collect()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.iterdir())
