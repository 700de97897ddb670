"""Reading: every frame, at its own time, the right way up, in its right colours."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
import tracemalloc
from fractions import Fraction
from pathlib import Path

import av
import cv2
import imageio.v3 as iio
import numpy as np
import pytest
from clips import click_times, ffmpeg, hue, hue_clip, moving_clip, sound_file

from dreamvideo.config import ReadConfig
from dreamvideo.errors import ConfigError, DamagedInputError, TooLargeError
from dreamvideo.media import AudioSpan, decode_audio, open_source, open_target, prefetch, probe, read_still
from dreamvideo.media.frame import Frame

VFR_TICKS = [0, 40, 80, 200, 210, 220, 500, 501, 1000, 1333]


def frames_of(path: Path, **config: object) -> list[Frame]:
    with open_source(path, ReadConfig(**config)) as source:  # type: ignore[arg-type]
        return list(source)


def times_of(path: Path, **config: object) -> list[Fraction]:
    return [frame.time for frame in frames_of(path, **config)]


def test_frames_are_float32_rgb_with_the_colours_that_were_encoded(tmp_path: Path) -> None:
    clip = hue_clip(tmp_path / "hue.mp4")
    frames = frames_of(clip)
    assert [frame.index for frame in frames] == list(range(24))
    for index, frame in enumerate(frames):
        assert frame.picture.dtype == np.float32
        assert frame.picture.shape == (48, 64, 3)
        assert frame.picture.flags.c_contiguous
        assert np.abs(frame.picture.mean((0, 1)) - hue(index, 24)).max() < 2 / 255
        assert frame.duration == Fraction(1, 24)


@pytest.mark.parametrize(
    ("pix_fmt", "matrix", "full_range", "codec"),
    [
        ("yuv420p", 1, False, "libx264"),
        ("yuv420p", 5, False, "libx264"),
        ("yuv420p", 1, True, "libx264"),
        ("yuv444p", 1, False, "libx264"),
        ("yuv420p10le", 1, False, "libx264"),
        ("yuv422p10le", 5, True, "libx264"),
        ("yuvj420p", 5, True, "mjpeg"),
        ("gbrp", 0, True, "libx264rgb"),
    ],
)
def test_every_matrix_range_and_depth_gives_the_same_colours(
    tmp_path: Path, pix_fmt: str, matrix: int, full_range: bool, codec: str
) -> None:
    clip = tmp_path / "clip.mkv"
    if codec == "libx264rgb":
        moving_clip(clip, "-c:v", "libx264rgb", "-crf", "0", "-pix_fmt", "rgb24", source="color=c=0xCC5252")
        expected = np.array([0xCC, 0x52, 0x52]) / 255
    else:
        hue_clip(clip, 6, pix_fmt=pix_fmt, matrix=matrix, full_range=full_range, codec=codec)
        expected = hue(0, 6)
    picture = frames_of(clip)[0].picture
    assert np.abs(picture.mean((0, 1)) - expected).max() < 2.5 / 255


def test_untagged_colours_are_taken_as_players_take_them(tmp_path: Path) -> None:
    small = hue_clip(tmp_path / "small.mkv", 1, matrix=None)
    large = hue_clip(tmp_path / "large.mkv", 1, size=(1280, 64), matrix=None)
    # Both hold BT.709 values; only the large one is read as such.
    assert np.abs(frames_of(large)[0].picture.mean((0, 1)) - hue(0, 1)).max() < 2 / 255
    assert np.abs(frames_of(small)[0].picture.mean((0, 1)) - hue(0, 1)).max() > 4 / 255


def test_white_is_white_and_black_is_black(tmp_path: Path) -> None:
    for shade in (0, 255):
        clip = moving_clip(tmp_path / f"{shade}.mp4", source=f"color=c=#{shade:02x}{shade:02x}{shade:02x}")
        assert np.all(np.abs(frames_of(clip)[0].picture - shade / 255) < 1e-3)


def test_ten_bits_are_not_rounded_to_eight(tmp_path: Path) -> None:
    clip = tmp_path / "ramp.mkv"
    with av.open(str(clip), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 1024, 16, "gray10le"
        ramp = np.tile(np.arange(1024, dtype=np.uint16), (16, 1))
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(ramp), format="gray10le")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert len(np.unique(frames_of(clip)[0].picture[0, :, 0])) > 900
    deep = hue_clip(tmp_path / "deep.mkv", 1, pix_fmt="yuv444p10le", options={"qp": "0"})
    assert np.abs(frames_of(deep)[0].picture.mean((0, 1)) - hue(0, 1)).max() < 1.5 / 255


def test_variable_frame_rate_keeps_every_time(tmp_path: Path) -> None:
    clip = hue_clip(tmp_path / "vfr.mp4", ticks=VFR_TICKS, clock=1000)
    assert times_of(clip) == [Fraction(tick, 1000) for tick in VFR_TICKS]
    durations = [frame.duration for frame in frames_of(clip)]
    assert durations[:-1] == [Fraction(b - a, 1000) for a, b in itertools.pairwise(VFR_TICKS)]


def test_rates_stay_fractions(tmp_path: Path) -> None:
    rate = Fraction(24000, 1001)
    clip = hue_clip(tmp_path / "ntsc.mp4", 48, rate=rate)
    assert probe(clip).rate == rate
    assert times_of(clip) == [index / rate for index in range(48)]


@pytest.mark.parametrize(("start", "end"), [("0", "0.5"), ("0.5", "1.25"), ("1.01", None), ("1.999", None)])
def test_trimming_is_exact(tmp_path: Path, start: str, end: str | None) -> None:
    clip = hue_clip(tmp_path / "clip.mp4", 48, options={"g": "12", "bf": "3"})
    first, last = Fraction(start), Fraction(end) if end else None
    wanted = [i for i in range(48) if Fraction(i, 24) >= first and (last is None or Fraction(i, 24) < last)]
    frames = frames_of(clip, start=first, end=last)
    assert [frame.time for frame in frames] == [Fraction(i, 24) - first for i in wanted]
    for frame, index in zip(frames, wanted, strict=True):
        assert np.abs(frame.picture.mean((0, 1)) - hue(index, 48)).max() < 3 / 255


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("open.mp4", ["-c:v", "libx264", "-g", "12", "-bf", "3", "-x264-params", "open-gop=1"]),
        ("open.ts", ["-c:v", "libx264", "-g", "12", "-bf", "3", "-x264-params", "open-gop=1"]),
        ("hevc.mkv", ["-c:v", "libx265", "-x265-params", "keyint=12:bframes=3:open-gop=1:log-level=error"]),
        ("dvd.mpg", ["-c:v", "mpeg2video", "-g", "12", "-bf", "2"]),
        ("vp9.webm", ["-c:v", "libvpx-vp9", "-g", "12"]),
        ("refresh.mp4", ["-c:v", "libx264", "-g", "12", "-bf", "0", "-intra-refresh", "1"]),
        ("old.avi", ["-c:v", "mpeg4", "-g", "12", "-bf", "2"]),
    ],
)
def test_jumping_in_gives_the_same_frames(tmp_path: Path, name: str, options: list[str]) -> None:
    """Also where pictures after a key frame refer to some before it (open groups), or there are none (refresh)."""
    clip = moving_clip(tmp_path / name, *options, rate="24", seconds=2)
    whole = frames_of(clip)
    assert len(whole) == 48
    for index in range(0, 48, 5):
        with open_source(clip, ReadConfig(start=whole[index].time)) as source:
            frame = next(iter(source))
        assert frame.time == 0
        assert np.array_equal(frame.picture, whole[index].picture), index


def test_a_start_behind_the_end_is_refused(tmp_path: Path) -> None:
    clip = hue_clip(tmp_path / "clip.mp4")
    with pytest.raises(ConfigError, match=r"1\.000 s"):
        open_source(clip, ReadConfig(start=Fraction(5)))


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "gif"])
@pytest.mark.parametrize("fps", [12, 24, 60])
def test_resampling_shows_the_frame_that_was_on_show(tmp_path: Path, suffix: str, fps: int) -> None:
    clip = hue_clip(tmp_path / "clip.mp4", 24)
    if suffix != "mp4":
        ffmpeg("-i", clip, tmp_path / f"clip.{suffix}")
    frames = frames_of(tmp_path / f"clip.{suffix}", fps=Fraction(fps))
    assert [frame.time for frame in frames] == [Fraction(i, fps) for i in range(fps)]
    expected = [min(i * 24 // fps, 23) for i in range(fps)]
    if suffix == "mp4":
        reference = [frame.picture for frame in frames_of(clip)]
        shown = [int(np.argmin([np.abs(frame.picture - picture).mean() for picture in reference])) for frame in frames]
        assert shown == expected


@pytest.mark.parametrize(
    ("degrees", "mirror"), [(0, False), (90, False), (180, False), (270, False), (0, True), (90, True)]
)
def test_rotated_and_mirrored_videos_stand_upright(tmp_path: Path, degrees: int, mirror: bool) -> None:
    plain = moving_clip(tmp_path / "plain.mp4", "-crf", "4", "-pix_fmt", "yuv444p", size="64x32")
    turned = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", degrees, *(["-display_hflip"] if mirror else []), "-i", plain, "-c", "copy", turned)
    upright = tmp_path / "upright.png"
    ffmpeg("-i", turned, "-frames:v", 1, upright)
    seen = frames_of(turned)[0].picture
    expected = iio.imread(upright).astype(np.float32) / 255
    assert probe(turned).size == (expected.shape[1], expected.shape[0])
    assert seen.shape == expected.shape
    assert np.abs(seen - expected).mean() < 0.02


def test_pixels_come_out_square(tmp_path: Path) -> None:
    wide = moving_clip(tmp_path / "wide.mp4", "-vf", "setsar=2/1")
    assert probe(wide).size == (128, 48)
    assert frames_of(wide)[0].picture.shape == (48, 128, 3)
    narrow = moving_clip(tmp_path / "narrow.mp4", "-vf", "setsar=1/2")
    assert frames_of(narrow)[0].picture.shape == (48, 32, 3)


@pytest.mark.parametrize("size", [(51, 37), (1, 1), (2, 2), (33, 64)])
def test_odd_and_tiny_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    clip = hue_clip(tmp_path / "odd.mkv", 3, size=size, codec="ffv1", pix_fmt="yuv444p", matrix=5)
    assert [frame.picture.shape for frame in frames_of(clip)] == [(size[1], size[0], 3)] * 3


@pytest.mark.parametrize(
    ("config", "size"),
    [
        ({"width": 32}, (32, 24)),
        ({"height": 96}, (128, 96)),
        ({"width": 20, "height": 30}, (20, 30)),
        ({"scale": 0.5}, (32, 24)),
        ({"width": 33}, (33, 24)),
    ],
)
def test_sizes(tmp_path: Path, config: dict[str, object], size: tuple[int, int]) -> None:
    clip = hue_clip(tmp_path / "clip.mp4", 2)
    with open_source(clip, ReadConfig(**config)) as source:  # type: ignore[arg-type]
        assert source.size == size
        picture = next(iter(source)).picture
    assert (picture.shape[1], picture.shape[0]) == size
    assert np.abs(picture.mean((0, 1)) - hue(0, 2)).max() < 2 / 255


@pytest.mark.parametrize("kind", ["qtrle", "vp9", "gif", "png"])
def test_transparency_lies_on_the_background(tmp_path: Path, kind: str) -> None:
    pixels = np.zeros((16, 32, 4), np.uint8)
    pixels[:, :16] = (255, 0, 0, 255)
    pixels[:, 16:] = (255, 0, 0, 0)
    still = tmp_path / "still.png"
    iio.imwrite(still, pixels)
    made = {
        "qtrle": ("clip.mov", ["-c:v", "qtrle"]),
        "vp9": ("clip.webm", ["-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-lossless", "1"]),
    }
    path = still
    if kind == "gif":
        from PIL import Image

        path = tmp_path / "clip.gif"
        Image.fromarray(pixels).save(path)
    elif kind != "png":
        name, options = made[kind]
        path = tmp_path / name
        ffmpeg("-loop", 1, "-i", still, "-frames:v", 3, *options, path)
    picture = frames_of(path, background="#0000ff")[0].picture
    assert np.abs(picture[:, 2:14].mean((0, 1)) - (1, 0, 0)).max() < 0.03
    assert np.abs(picture[:, 18:30].mean((0, 1)) - (0, 0, 1)).max() < 0.03


def test_gif_delays_transparency_and_disposal(tmp_path: Path) -> None:
    from PIL import Image

    red, dot = Image.new("RGBA", (20, 20), (255, 0, 0, 255)), Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    dot.paste((0, 0, 255, 255), (5, 5, 10, 10))
    path = tmp_path / "disposal.gif"
    red.save(path, save_all=True, append_images=[dot, red], duration=[70, 130, 250], disposal=[1, 3, 1], loop=0)
    frames = frames_of(path)
    assert [(frame.time, frame.duration) for frame in frames] == [
        (Fraction(0), Fraction(7, 100)),
        (Fraction(7, 100), Fraction(13, 100)),
        (Fraction(20, 100), Fraction(25, 100)),
    ]
    assert np.allclose(frames[1].picture[7, 7], (0, 0, 1), atol=0.02)
    assert np.allclose(frames[1].picture[1, 1], (1, 0, 0), atol=0.02)
    assert np.allclose(frames[2].picture[7, 7], (1, 0, 0), atol=0.02)
    assert probe(path).kind == "gif"


def test_pictures_come_in_natural_order(tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in (100, 9, 10):
        iio.imwrite(folder / f"f{number}.png", np.full((8, 12, 3), number, np.uint8))
    (folder / "notes.txt").write_text("no picture")
    (folder / ".hidden.png").write_text("no picture")
    for name in (folder, folder / "f%d.png", folder / "f*.png"):
        frames = frames_of(name)
        assert [round(float(frame.picture.mean()) * 255) for frame in frames] == [9, 10, 100], name
    assert [frame.time for frame in frames_of(folder, fps=Fraction(5))] == [Fraction(i, 5) for i in range(3)]
    assert probe(folder).kind == "sequence" and probe(folder).frames == 3
    iio.imwrite(folder / "f200.png", np.zeros((16, 24, 3), np.uint8))
    with open_source(folder) as source:
        assert {frame.picture.shape for frame in source} == {(8, 12, 3)}
        assert any("differ in size" in warning for warning in source.warnings)


def test_a_pattern_that_is_a_files_name_is_that_file(tmp_path: Path) -> None:
    for name in ("take%03d.png", "take[1].png"):
        iio.imwrite(tmp_path / name, np.full((8, 8, 3), 77, np.uint8))
        (frame,) = frames_of(tmp_path / name)
        assert round(float(frame.picture.mean()) * 255) == 77


def test_stills(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(0, 65536, 256, dtype=np.uint16), (4, 1))
    cv2.imwrite(str(tmp_path / "deep.png"), ramp)
    picture = read_still(tmp_path / "deep.png")
    assert picture.shape == (4, 256, 3)
    assert np.abs(picture[0, :, 0] - ramp[0] / 65535).max() < 1e-4
    from PIL import Image

    upright = Image.fromarray(np.vstack([np.full((4, 6, 3), 250, np.uint8), np.zeros((4, 6, 3), np.uint8)]))
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.rotate(90, expand=True).save(tmp_path / "turned.jpg", exif=exif, quality=100)
    picture = read_still(tmp_path / "turned.jpg")
    assert picture.shape == (8, 6, 3) and probe(tmp_path / "turned.jpg").size == (6, 8)
    assert picture[0].mean() > 0.9 and picture[-1].mean() < 0.1
    Image.new("CMYK", (5, 5), (0, 255, 255, 0)).save(tmp_path / "ink.jpg")
    assert np.abs(read_still(tmp_path / "ink.jpg").mean((0, 1)) - (1, 0, 0)).max() < 0.1
    Image.new("P", (5, 5)).save(tmp_path / "palette.png")
    Image.new("1", (5, 5), 1).save(tmp_path / "bits.png")
    assert read_still(tmp_path / "palette.png").shape == (5, 5, 3)
    assert read_still(tmp_path / "bits.png").mean() == 1


def test_colour_profiles_of_pictures_are_applied(tmp_path: Path) -> None:
    from PIL import Image, ImageCms

    # Red and blue swapped is a profile whose effect cannot be missed.
    bgr = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = bgr.find(b"rXYZ", 128), bgr.find(b"bXYZ", 128)
    bgr[red : red + 4], bgr[blue : blue + 4] = b"bXYZ", b"rXYZ"
    picture = Image.new("RGB", (8, 8), (255, 0, 0))
    picture.save(tmp_path / "swapped.png", icc_profile=bytes(bgr))
    picture.save(tmp_path / "broken.png", icc_profile=b"no profile")
    assert np.abs(read_still(tmp_path / "swapped.png").mean((0, 1)) - (0, 0, 1)).max() < 0.05
    assert np.abs(read_still(tmp_path / "broken.png").mean((0, 1)) - (1, 0, 0)).max() < 0.01


@pytest.mark.parametrize("suffix", ["webp", "png"])
def test_animated_pictures_are_clips(tmp_path: Path, suffix: str) -> None:
    from PIL import Image

    path = tmp_path / f"clip.{suffix}"
    pictures = [Image.new("RGB", (16, 12), (shade,) * 3) for shade in (50, 100, 200)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=[70, 130, 50], lossless=True)
    frames = frames_of(path)
    assert [round(float(frame.picture.mean()) * 255) for frame in frames] == [50, 100, 200]
    assert [frame.time for frame in frames] == [Fraction(0), Fraction(7, 100), Fraction(20, 100)]
    assert frames[-1].duration == Fraction(5, 100)


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_is_tone_mapped(tmp_path: Path, transfer: str) -> None:
    """Black stays black, a white page is light but leaves room for highlights, grey stays grey, order stays."""
    clip = tmp_path / "hdr.mkv"
    code = "0.58" if transfer == "smpte2084" else "0.75"  # reference white
    params = f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc:range=limited"
    ramp = f"geq=lum='64+876*{code}*X/W':cb=512:cr=512"
    source = "color=c=black:size=256x16:rate=5:duration=0.4,format=yuv420p10le"
    ffmpeg("-f", "lavfi", "-i", f"{source},{ramp},{params}", "-c:v", "ffv1", clip)
    assert probe(clip).hdr
    picture = frames_of(clip)[0].picture
    row = picture[8, :, 1]
    assert np.all(np.diff(row) >= -1e-3), "brighter light must not come out darker"
    assert row[0] < 0.02
    assert 0.6 < row[-1] < 0.95, "a white page is light, and leaves room for highlights"
    assert np.abs(picture[8, :, 0] - picture[8, :, 2]).max() < 0.01, "grey stays grey"


def test_a_stream_without_times_or_duration(tmp_path: Path) -> None:
    mp4 = hue_clip(tmp_path / "clip.mp4", 24, rate=Fraction(25), options={"bf": "0"})
    raw = tmp_path / "clip.h264"
    ffmpeg("-i", mp4, "-c", "copy", raw)
    assert times_of(raw) == [Fraction(i, 25) for i in range(24)]
    assert times_of(raw, start=Fraction(1, 2)) == [Fraction(i, 25) - Fraction(1, 2) for i in range(13, 24)]
    live = tmp_path / "live.mkv"
    ffmpeg("-i", mp4, "-c", "copy", "-live", 1, live)
    assert probe(live).duration is None
    assert len(frames_of(live)) == 24


def test_transport_streams_begin_at_zero(tmp_path: Path) -> None:
    mp4 = hue_clip(tmp_path / "clip.mp4", 48, options={"g": "8"}, click_at=[Fraction(1)])
    stream = tmp_path / "clip.ts"
    ffmpeg("-i", mp4, "-c", "copy", stream)
    whole = times_of(stream)
    assert len(whole) == 48 and 0 <= whole[0] < Fraction(1, 10)
    later = times_of(stream, start=Fraction(1))
    assert later == [time - 1 for time in whole if time >= 1]


@pytest.mark.parametrize("suffix", ["ts", "mpg"])
def test_joined_recordings_go_on(tmp_path: Path, suffix: str) -> None:
    """Three parts of a second, each with a click in its middle, appended byte by byte."""
    part = tmp_path / f"part.{suffix}"
    made = hue_clip(tmp_path / "made.mp4", 25, rate=Fraction(25), click_at=[Fraction(1, 2)])
    ffmpeg("-i", made, "-c:v", "mpeg2video", "-bf", "2", "-q:v", "2", "-c:a", "mp2", part)
    joined = tmp_path / f"joined.{suffix}"
    joined.write_bytes(part.read_bytes() * 3)
    alone = frames_of(part)
    with open_source(joined) as source:
        frames = list(source)
        assert any("jumps 2 times" in warning for warning in source.warnings) and len(source.warnings) == 1
        assert source.info.duration == pytest.approx(3, abs=0.2)
    assert len(frames) == 3 * len(alone)
    steps = np.diff([float(frame.time) for frame in frames])
    assert steps.min() > 0.01 and steps.max() < 0.15
    for number in range(3):
        first = number * len(alone)
        assert np.array_equal(frames[first + 9].picture, alone[9].picture)
    later = frames_of(joined, start=frames[60].time)
    assert np.array_equal(later[0].picture, frames[60].picture)
    out = tmp_path / "out.mp4"
    with (
        open_source(joined) as source,
        open_target(out, source.size, source.rate, audio_from=AudioSpan(joined)) as target,
    ):
        for frame in source:
            target.write(frame.picture, frame.time, frame.duration)
    heard = click_times(out)
    assert len(heard) == 3
    for number, click in enumerate(heard):
        shown = float(frames[number * len(alone) + 12].time - frames[number * len(alone)].time)
        assert click - float(frames[number * len(alone)].time) == pytest.approx(shown, abs=0.08)


@pytest.mark.parametrize(("suffix", "rate"), [("mpg", 25), ("mpg", 50), ("ts", 25)])
def test_joined_recordings_without_sound_go_on(tmp_path: Path, suffix: str, rate: int) -> None:
    """Program streams hold several small pictures in one block, of which the first alone has a place in the file."""
    part, joined = tmp_path / f"part.{suffix}", tmp_path / f"joined.{suffix}"
    moving_clip(part, "-c:v", "mpeg2video", rate=str(rate), seconds=1)
    joined.write_bytes(part.read_bytes() * 2)
    with open_source(joined) as source:
        times = [frame.time for frame in source]
        assert any("jumps 1 times" in warning for warning in source.warnings) and len(source.warnings) == 1
    assert len(times) == 2 * rate
    assert np.diff([float(time) for time in times]) == pytest.approx(1 / rate, abs=0.12)
    assert np.diff([float(time) for time in times]).min() > 0.5 / rate
    assert float(times[-1]) == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("codec", [["libx264", "-bf", "3"], ["mpeg4", "-bf", "2"], ["libx264", "-bf", "0"], ["mjpeg"]])
def test_frames_of_avi_come_when_their_chunks_do(tmp_path: Path, codec: list[str]) -> None:
    """AVI knows decoding times alone, which B-frames put in another order than they are shown in."""
    clip = moving_clip(tmp_path / "clip.avi", "-c:v", *codec, "-g", "10", rate="25", seconds=2)
    frames = frames_of(clip)
    assert [frame.time for frame in frames] == [Fraction(index, 25) for index in range(50)]
    with open_source(clip) as source:
        list(source)
        assert source.warnings == []
    for index in (7, 23, 41):
        (frame, *_) = frames_of(clip, start=Fraction(index, 25))
        assert frame.time == 0 and np.array_equal(frame.picture, frames[index].picture)


def test_a_late_video_keeps_its_offset(tmp_path: Path) -> None:
    picture, sound = hue_clip(tmp_path / "clip.mp4", 12), sound_file(tmp_path / "sound.wav", Fraction(1), [])
    late = tmp_path / "late.mp4"
    ffmpeg("-itsoffset", "0.5", "-i", picture, "-i", sound, "-c:v", "copy", "-c:a", "aac", late)
    assert times_of(late)[0] == Fraction(1, 2)


def test_streams_are_chosen_and_oddities_reported(tmp_path: Path) -> None:
    first, second = moving_clip(tmp_path / "a.mp4", size="64x48"), moving_clip(tmp_path / "b.mp4", size="32x32")
    both = tmp_path / "both.mkv"
    ffmpeg(
        "-i",
        first,
        "-i",
        second,
        "-map",
        0,
        "-map",
        1,
        "-c",
        "copy",
        "-disposition:v:0",
        0,
        "-disposition:v:1",
        "default",
        both,
    )
    with open_source(both) as source:
        assert source.info.size == (32, 32)
        assert any("2 video streams" in warning for warning in source.warnings)
    cover = tmp_path / "cover.png"
    iio.imwrite(cover, np.zeros((20, 20, 3), np.uint8))
    covered = tmp_path / "covered.mp4"
    ffmpeg("-i", cover, "-i", first, "-map", 0, "-map", 1, "-c", "copy", "-disposition:v:0", "attached_pic", covered)
    assert probe(covered).size == (64, 48)
    fields = moving_clip(tmp_path / "fields.mp4", "-flags", "+ilme+ildct", "-x264opts", "tff=1")
    with open_source(fields) as source:
        assert any("interlaced" in warning for warning in source.warnings)


def test_a_size_that_changes_midway_is_scaled_to_the_first(tmp_path: Path) -> None:
    parts = []
    for name, size in (("a", "64x48"), ("b", "96x72")):
        parts.append(moving_clip(tmp_path / f"{name}.ts", "-c:v", "mpeg2video", size=size))
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    with open_source(joined) as source:
        shapes = [frame.picture.shape for frame in source]
        assert set(shapes) == {(48, 64, 3)} and len(shapes) >= 18
        assert any("size changes" in warning for warning in source.warnings)


def test_large_frames_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    bomb = moving_clip(tmp_path / "bomb.mp4", "-preset", "ultrafast", size="4096x4096", rate="1", source="color=c=red")
    still = tmp_path / "bomb.png"
    iio.imwrite(still, np.zeros((4000, 4000, 3), np.uint8))
    for path in (bomb, still):
        tracemalloc.start()
        with pytest.raises(TooLargeError, match="--max-pixels"):
            open_source(path, ReadConfig(max_pixels=1_000_000))
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
        tracemalloc.stop()
    with pytest.raises(TooLargeError):
        open_source(hue_clip(tmp_path / "small.mp4", 2), ReadConfig(scale=16, max_pixels=100_000))


def test_sound_decodes_to_mono(tmp_path: Path) -> None:
    path = sound_file(tmp_path / "clicks.wav", Fraction(2), [Fraction(1, 2), Fraction(3, 2)])
    sound = decode_audio(path, 16000)
    assert sound.dtype == np.float32 and abs(len(sound) - 32000) < 64
    loud = np.flatnonzero(np.abs(sound) > 0.3)
    assert abs(loud[0] - 8000) < 40 and abs(loud[-1] - 24080) < 80
    assert [round(time, 2) for time in click_times(path)] == [0.5, 1.5]


def test_prefetch_passes_items_errors_and_close(tmp_path: Path) -> None:
    closed = []

    def numbers(until: int):  # type: ignore[no-untyped-def]
        try:
            yield from range(until)
            raise DamagedInputError("the end")
        finally:
            closed.append(True)

    ahead = prefetch(numbers(5), 2)
    assert list(itertools.islice(ahead, 5)) == [0, 1, 2, 3, 4]
    with pytest.raises(DamagedInputError, match="the end"):
        next(ahead)
    with prefetch(numbers(10**9), 2) as endless:
        assert next(endless) == 0
    abandoned = prefetch(numbers(10**9), 2)
    assert next(abandoned) == 0
    del abandoned
    deadline = time.monotonic() + 5
    while len(closed) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert closed == [True, True, True]


def test_the_room_is_light_to_enter() -> None:
    heavy = ("av", "cv2", "tensorflow", "imageio", "PIL")
    script = f"import sys, dreamvideo.media; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "name", ["chaplin.mp4", "cockatoo.mp4", "pan.mp4", "sintel.mp4", "realshort.mp4", "newtonscradle.gif"]
)
def test_real_clips_give_every_frame_at_its_time(media_dir: Path, name: str) -> None:
    path = media_dir / name
    with av.open(str(path)) as container:
        expected = [frame.pts * frame.time_base for frame in itertools.islice(container.decode(video=0), 40)]
        size = (container.streams.video[0].width, container.streams.video[0].height)
    with open_source(path, ReadConfig(width=64)) as source:
        assert source.info.size == size
        times = [frame.time for frame in itertools.islice(source, len(expected))]
    assert times == expected
