"""Pictures: upright whatever their orientation, whole whatever their tiles, told by their content, masks by alpha."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pillow_heif
import pytest
from clips import hue_clip, moving_clip
from PIL import Image, ImageCms

from dreamvideo.config import ReadConfig
from dreamvideo.errors import InputError, InputNotFoundError
from dreamvideo.media import open_source, probe, read_mask, read_metadata, read_still, write_still
from dreamvideo.media.sequence import find_pictures

SIZE = (96, 64)
CLIPS = ("mp4", "mkv", "avi", "ts")
ORIENTATIONS = range(1, 9)
MODES = {
    "jpg": ["RGB", "L", "CMYK"],
    "png": ["RGB", "L", "RGBA", "LA", "P", "1", "I;16"],
    "tif": ["RGB", "L", "RGBA", "P", "1", "I;16", "I;16B", "F", "CMYK"],
    "webp": ["RGB", "RGBA"],
    "avif": ["RGB", "RGBA"],
}


def upright() -> np.ndarray:
    """Grey levels (H, W) in [0, 255] that no turn and no mirroring leaves as they were."""
    width, height = SIZE
    picture = np.full((height, width), 40, np.uint8)
    picture[: height // 2, : width // 2] = 240
    picture[height // 2 :, : width // 2] = 130
    picture[: height // 4, width - width // 4 :] = 180
    return picture


def stored(picture: np.ndarray, orientation: int) -> np.ndarray:
    """Rows and columns as EXIF's tag 274 says that they lie in a file (CIPA DC-008, 4.6.5)."""
    turned = picture.swapaxes(0, 1)
    return {
        1: picture, 2: picture[:, ::-1], 3: picture[::-1, ::-1], 4: picture[::-1],
        5: turned, 6: turned[::-1], 7: turned[::-1, ::-1], 8: turned[:, ::-1],
    }[orientation]  # fmt: skip


def in_mode(picture: np.ndarray, mode: str) -> Image.Image:
    grey = Image.fromarray(np.ascontiguousarray(picture))
    if mode in ("I;16", "I;16B"):
        deep = (picture.astype(np.uint16) * 257).astype(">u2" if mode == "I;16B" else "<u2")
        return Image.frombytes(mode, grey.size, deep.tobytes())
    if mode == "F":
        return Image.fromarray(picture.astype(np.float32) / 255)
    if mode == "1":
        return grey.point(lambda level: 255 * (level > 100)).convert("1")
    return grey.convert("RGB").quantize(16) if mode == "P" else grey.convert("RGB").convert(mode)


@pytest.mark.parametrize(("suffix", "mode"), [(suffix, mode) for suffix, modes in MODES.items() for mode in modes])
def test_every_orientation_in_every_mode_and_format_stands_upright(tmp_path: Path, suffix: str, mode: str) -> None:
    pillow_heif.register_heif_opener()
    wanted = upright().astype(np.float32) / 255
    if mode == "1":
        wanted = (upright() > 100).astype(np.float32)
    for orientation in ORIENTATIONS:
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = tmp_path / f"{orientation}.{suffix}"
        options: dict[str, Any] = {"jpg": {"quality": 95}, "tif": {}, "png": {}}.get(suffix, {"quality": 90})
        in_mode(stored(upright(), orientation), mode).save(path, exif=exif, **options)
        assert probe(path).size == SIZE, orientation
        with open_source(path) as source:
            assert source.size == SIZE
            (frame,) = source
        assert frame.picture.shape == (SIZE[1], SIZE[0], 3)
        assert np.abs(frame.picture - wanted[..., None]).mean() < 0.03, orientation
        assert np.array_equal(frame.picture, read_still(path))


@pytest.mark.parametrize(
    ("kind", "white"),
    [("u2", 65535), ("f4", 1), *[(kind, white) for kind in ("i4", "f4") for white in (255, 65535, 2**31 - 1)]],
)
def test_numbers_without_a_scale_have_white_near_their_largest_and_it_is_said(
    tmp_path: Path, kind: str, white: int
) -> None:
    """32-bit integers and floats: those of 0 to 255 were near black, or all white."""
    path = tmp_path / "grey.tif"
    Image.fromarray((upright() / 255 * white).astype(kind)).save(path)
    with open_source(path) as source:
        (frame,) = source
        said = any("number is white" in warning for warning in source.warnings)
    assert np.abs(frame.picture[..., 0] - upright() / 255).max() < 0.005
    assert said == ((kind, white) not in (("u2", 65535), ("f4", 1)))


def test_what_is_no_picture_is_told_as_what_it_is(tmp_path: Path) -> None:
    import cv2

    colours = tmp_path / "float.tif"
    cv2.imwrite(str(colours), np.ones((8, 8, 3), np.float32))
    with pytest.raises(InputError, match="TIFF of a kind"):
        read_still(colours)
    with pytest.raises(InputError, match=r"expected a picture, got .*clip\.mp4, a clip: MP4"):
        read_still(hue_clip(tmp_path / "clip.mp4", 2))
    with pytest.raises(InputNotFoundError, match=r"the address https://example[.]com/a[.]png: download it"):
        read_still("https://example.com/a.png")


@pytest.mark.parametrize(
    ("begins", "words"),
    [
        (b"\xff\n", "JPEG XL: save it"),
        (b"\0\0\0\x0cJXL \r\n", "JPEG XL: save it"),
        (b"8BPS\0\1", "Photoshop"),
        (b"%PDF-1.7\n", "export the pictures"),
        (b"v/1\1", "16 bits"),
        (b"FUJIFILMCCD-RAW ", "develop"),
        (b"\0\0\0\x18ftypcrx ", "develop"),
        (b"PK\3\4", "unpack it"),
        (b"\x1f\x8b\x08", "unpack it"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b'<?xml version="1.0"?>\n<svg>', "export it as PNG"),
        (b"\n<!DOCTYPE html>", "page of the web"),
    ],
)
@pytest.mark.parametrize("name", ["a.png", "a.mp4", "a.pdf", "a"])
def test_what_cannot_be_read_is_told_what_it_is(tmp_path: Path, begins: bytes, words: str, name: str) -> None:
    """Though a JPEG lies in it, which a camera's raw file and a document have beside what they are."""
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 100, 50)).save(file, "JPEG")
    path = tmp_path / name
    path.write_bytes(begins + bytes(700) + file.getvalue())
    for door in (probe, read_still, open_source):
        with pytest.raises(InputError, match=f"expected a picture or a clip, got .*{words}") as caught:
            door(path)
        assert "damaged" not in str(caught.value)


def test_a_picture_within_something_unknown_is_not_taken_for_it(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.new("RGB", (64, 48)).save(file, "JPEG")
    path = tmp_path / "notes.bin"
    path.write_bytes(b"notes of a camera\n" + file.getvalue() * 5)
    with pytest.raises(InputError):
        open_source(path)


def test_no_picture_starts_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostScript, by any name, would have Pillow start Ghostscript."""
    path = tmp_path / "drawing.tga"
    Image.new("RGB", (8, 8)).save(path, "EPS")
    monkeypatch.setattr("subprocess.check_call", lambda *_, **__: pytest.fail("started a program"))
    with pytest.raises(InputError, match="a document of pages"):
        read_still(path)


# Tiles


def box(kind: bytes, *parts: bytes) -> bytes:
    data = b"".join(parts)
    return struct.pack(">I", 8 + len(data)) + kind + data


def full(kind: bytes, version: int, *parts: bytes) -> bytes:
    return box(kind, struct.pack(">I", version << 24), *parts)


def tiled_heif(path: Path, tiles: Sequence[Image.Image], columns: int, size: tuple[int, int], turn: int = 0) -> Path:
    """A picture put together from tiles, as telephones write it (ISO/IEC 23008-12, 6.6.2.3), quarter turns after."""
    coded, config = [], b""
    for tile in tiles:
        file = io.BytesIO()
        pillow_heif.from_pillow(tile).save(file, quality=90)
        data = file.getvalue()
        at = data.index(b"hvcC") - 4
        config = data[at : at + int.from_bytes(data[at : at + 4], "big")]
        coded.append(data[data.index(b"mdat") + 4 :])
    rows = len(tiles) // columns
    items = [struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, *size), *coded]
    names = [b"grid", *[b"hvc1"] * len(tiles)]
    infos = [full(b"infe", 2, struct.pack(">HH", n, 0), name, b"\0") for n, name in enumerate(names, 1)]
    sizes = [full(b"ispe", 0, struct.pack(">II", *one)) for one in (tiles[0].size, size)]
    owned = [struct.pack(">HBBB", 1, 2, 3, 0x84)]
    owned += [struct.pack(">HBBB", n, 2, 0x81, 2) for n in range(2, len(tiles) + 2)]
    numbers = range(2, len(tiles) + 2)

    def meta(start: int) -> bytes:
        places, offset = b"", start
        for number, item in enumerate(items, 1):
            places += struct.pack(">HHHII", number, 0, 1, offset, len(item))
            offset += len(item)
        return full(
            b"meta", 0,
            full(b"hdlr", 0, bytes(4), b"pict", bytes(13)),
            full(b"pitm", 0, struct.pack(">H", 1)),
            full(b"iloc", 0, struct.pack(">BBH", 0x44, 0, len(items)), places),
            full(b"iinf", 0, struct.pack(">H", len(items)), *infos),
            full(b"iref", 0, box(b"dimg", struct.pack(f">HH{len(tiles)}H", 1, len(tiles), *numbers))),
            box(b"iprp", box(b"ipco", config, *sizes, box(b"irot", bytes([turn]))),
                full(b"ipma", 0, struct.pack(">I", len(items)), *owned)),
        )  # fmt: skip

    head = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    whole = head + meta(len(head) + len(meta(0)) + 8) + box(b"mdat", *items)
    path.write_bytes(whole)
    return path


@pytest.mark.parametrize("turn", range(4))
def test_tiles_make_one_picture(tmp_path: Path, turn: int) -> None:
    """Four tiles of 64x64, of which the right and the lower ones reach beyond the picture."""
    tiles = [Image.new("RGB", (64, 64), (level,) * 3) for level in (240, 160, 90, 20)]
    path = tiled_heif(tmp_path / "phone.heic", tiles, 2, (100, 80), turn)
    upper, lower = np.repeat([240, 160], [64, 36]), np.repeat([90, 20], [64, 36])
    wanted = np.rot90(np.repeat([upper, lower], [64, 16], axis=0), turn) / 255
    assert probe(path).size == (wanted.shape[1], wanted.shape[0])
    assert np.abs(read_still(path)[..., 0] - wanted).mean() < 0.02


# Content and names


@pytest.mark.parametrize(
    "form", ["JPEG", "WEBP", "PNG", "BMP", "TIFF", "AVIF", "HEIF", "JPEG2000", "PPM", "GIF", "mp4", "mkv", "avi", "ts"]
)
@pytest.mark.parametrize(
    "name", ["pic.jfif", "pic.JPG_large", "pic", "pic.gif", "pic.mp4", "pic.png", "pic.jp2", "IMG [1].heic", "50%d.png"]
)
def test_content_decides_not_the_name(tmp_path: Path, form: str, name: str) -> None:
    pillow_heif.register_heif_opener()
    path = tmp_path / name
    if form in CLIPS:
        path.write_bytes(moving_clip(tmp_path / f"made.{form}").read_bytes())
    else:
        Image.new("RGB", (64, 48), (200, 100, 50)).save(path, form)
    with open_source(path) as source:
        picture = next(iter(source)).picture
        assert source.info.kind == ("video" if form in CLIPS else "gif" if form == "GIF" else "still")
    assert picture.shape == (48, 64, 3)
    assert form in CLIPS or np.abs(picture.mean((0, 1)) * 255 - (200, 100, 50)).max() < 5
    assert read_metadata(path).keys() <= {"comment"}


def test_moving_pictures_are_told_by_content_too(tmp_path: Path) -> None:
    pictures = [Image.new("RGB", (16, 12), (level,) * 3) for level in (50, 100, 200)]
    for form in ("WEBP", "PNG", "AVIF"):
        path = tmp_path / f"{form}.gif"
        pictures[0].save(path, form, save_all=True, append_images=pictures[1:], duration=125)
        info = probe(path)
        assert (info.kind, info.frames, info.rate, info.time_base) == ("gif", 3, 8, Fraction(1, 8))


def test_a_picture_for_old_programs_is_no_frame_of_the_animation(tmp_path: Path) -> None:
    first, *rest = [Image.new("RGB", (16, 12), (level,) * 3) for level in (250, 50, 100)]
    path = tmp_path / "clip.png"
    first.save(path, save_all=True, append_images=rest, duration=Fraction(1000, 24), default_image=True)
    with open_source(path) as source:
        assert [round(float(frame.picture.mean()) * 255) for frame in source] == [50, 100]


@pytest.mark.parametrize("name", ["My Holiday [id]", "what?", "all*", "100%", "%04d", "{a,b}", "~x", "-x"])
def test_a_name_that_exists_is_a_file(tmp_path: Path, name: str) -> None:
    """Also where a pattern of that name would match other files, or is the name of a folder on the way."""
    folder = tmp_path / f"pics {name}"
    folder.mkdir()
    for other in ("id.png", "My Holiday i.png", "what1.png", "allother.png", "0001.png"):
        write_still(folder / other, np.zeros((8, 8, 3), np.float32))
    write_still(folder / f"{name}.png", np.ones((8, 8, 3), np.float32))
    assert read_still(folder / f"{name}.png").mean() == 1
    assert probe(folder / f"{name}.png").kind == "still"
    hue_clip(folder / f"{name}.mp4", 3)
    assert probe(folder / f"{name}.mp4").frames == 3
    assert [path.name for path in find_pictures(folder / "000%d.png")] == ["0001.png"]
    with pytest.raises(InputNotFoundError):
        open_source(tmp_path / name / "missing.png")


def test_a_folder_takes_pictures_by_content_or_name(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "1.JPG_large", "JPEG")
    Image.new("RGB", (8, 8)).save(tmp_path / "2", "PNG")
    Image.new("RGB", (8, 8)).save(tmp_path / "3.tga")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "4.png").write_text("broken")
    assert [path.name for path in find_pictures(tmp_path)] == ["1.JPG_large", "2", "3.tga", "4.png"]


# Colours, alpha, warnings


def png_coded(path: Path, frames: int = 8) -> Path:
    """A video of PNGs with a colour profile and its name, as screen recorders write it."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("png", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb24"
        for index in range(frames):
            file = io.BytesIO()
            Image.new("RGB", (64, 48), (index * 20,) * 3).save(file, "PNG", icc_profile=profile)
            packet = av.Packet(file.getvalue())
            packet.pts = packet.dts = index
            packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, 25), stream, True
            container.mux(packet)
    return path


@pytest.mark.parametrize("suffix", ["mov", "avi", "nut"])
def test_video_of_pngs_with_profiles_can_be_read_and_let_go(tmp_path: Path, suffix: str) -> None:
    """The process would end here, were their side data looked at; damaged ones, too."""
    import gc

    path = png_coded(tmp_path / f"clip.{suffix}")
    original, random = path.read_bytes(), np.random.default_rng(5)
    with open_source(path) as source:
        assert [round(float(frame.picture.mean()) * 255) for frame in source] == [index * 20 for index in range(8)]
    for _ in range(8):
        data = bytearray(original)
        for position in random.integers(0, len(data), 8):
            data[position] = random.integers(0, 256)
        path.write_bytes(data)
        try:
            with open_source(path, ReadConfig(on_error="keep")) as source:
                assert all(frame.picture.shape[2] == 3 for frame in source)
        except InputError:
            continue
        finally:
            gc.collect()


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (6, -1), (3, 2), (8, 1)])
def test_video_of_jpegs_with_notes_of_their_own_stands_upright(tmp_path: Path, orientation: int, turns: int) -> None:
    """PyAV has no name for EXIF among what comes with a frame."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "a camera"
    file = io.BytesIO()
    Image.fromarray(upright()).save(file, "JPEG", exif=exif)
    path = tmp_path / "clip.avi"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuvj420p"
        for index in range(3):
            packet = av.Packet(file.getvalue())
            packet.pts = packet.dts = index
            packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, 25), stream, True
            container.mux(packet)
    with open_source(path) as source:
        pictures = [frame.picture for frame in source]
    wanted = np.rot90(upright(), turns) / 255
    assert len(pictures) == 3 and all(np.abs(picture[..., 0] - wanted).mean() < 0.03 for picture in pictures)


def test_moving_pngs_with_profiles(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = tmp_path / "clip.apng"
    first, *rest = [Image.new("RGB", (16, 12), (level,) * 3) for level in (50, 100, 200)]
    first.save(path, "PNG", save_all=True, append_images=rest, duration=Fraction(1000, 24), icc_profile=profile)
    with open_source(path) as source:
        assert [round(float(frame.picture.mean()) * 255) for frame in source] == [50, 100, 200]
        assert source.rate == 24


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (255, 0, 0), (9, 90, 200)])
def test_a_mask_in_one_colour_counts_by_its_alpha(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    pixels = np.zeros((8, 16, 4), np.uint8)
    pixels[:, :, :3] = colour
    pixels[:, 8:, 3] = 255
    pixels[:, 6:8, 3] = 128
    Image.fromarray(pixels).save(tmp_path / "mask.png")
    mask = read_mask(tmp_path / "mask.png")
    assert mask.shape == (8, 16, 3)
    assert np.abs(mask[0, :, 0] - np.repeat([0, 128 / 255, 1], [6, 2, 8])).max() < 1e-6


def test_other_masks_count_by_their_light(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(0, 256, 16, dtype=np.uint8), (4, 1))
    Image.fromarray(ramp).save(tmp_path / "grey.png")
    assert np.allclose(read_mask(tmp_path / "grey.png")[..., 1], ramp / 255, atol=1e-6)
    Image.merge("LA", [Image.fromarray(ramp), Image.new("L", (16, 4), 51)]).save(tmp_path / "faint.png")
    assert np.allclose(read_mask(tmp_path / "faint.png")[..., 1], ramp / 255 * 0.2, atol=1e-6)
    Image.new("L", (16, 4), 0).save(tmp_path / "black.png")
    assert read_mask(tmp_path / "black.png").max() == 0


def test_a_still_says_what_was_assumed(tmp_path: Path) -> None:
    def warnings(path: Path) -> list[str]:
        with open_source(path) as source:
            list(source)
            return source.warnings

    Image.new("RGBA", (8, 8), (255, 0, 0, 128)).save(tmp_path / "glass.png")
    Image.new("RGBA", (8, 8), (255, 0, 0, 255)).save(tmp_path / "solid.png")
    pages = [Image.new("RGB", (8, 8), (level,) * 3) for level in (10, 20)]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    assert "transparent" in warnings(tmp_path / "glass.png")[0]
    assert "2 pictures" in warnings(tmp_path / "pages.tif")[0]
    assert warnings(tmp_path / "solid.png") == []


def test_a_camera_raw_is_refused_rather_than_its_thumbnail(tmp_path: Path) -> None:
    small = Image.new("RGB", (16, 12))
    for name, tags in {"a.nef": {254: 1}, "a.dng": {50706: b"\1\4\0\0"}}.items():
        small.save(tmp_path / name, "TIFF", tiffinfo=tags)
        with pytest.raises(InputError, match="develop"):
            read_still(tmp_path / name)
