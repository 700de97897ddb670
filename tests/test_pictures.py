"""What people pass as a picture: every kind becomes the same picture at every door, or one sentence says why not."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageCms

from dreamvideo.config import DreamConfig, ReadConfig, Recipe, ZoomConfig
from dreamvideo.dreamer import DeepDreamer, Dreamer
from dreamvideo.errors import ConfigError, InputError, TargetExistsError
from dreamvideo.media import PictureReader, as_mask, as_picture, write_still
from dreamvideo.media.frame import Frame, Picture, to_picture, to_uint8
from dreamvideo.networks.network import Network
from dreamvideo.pipeline import dream, dream_frames, dream_image, dream_video, dream_zoom
from dreamvideo.progress import Progress
from dreamvideo.recipe import as_recipe, to_toml

UNDREAMED = Recipe(dream=DreamConfig(steps=0))


@pytest.fixture(scope="module")
def pixels(photo: Picture) -> np.ndarray:
    return to_uint8(photo)


def _turned(pixels: np.ndarray) -> Image.Image:
    """Stored lying, with the note that it is to be turned upright."""
    image = Image.fromarray(np.rot90(pixels).copy())
    image.getexif()[0x0112] = 6
    return image


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def _read_only(pixels: np.ndarray) -> np.ndarray:
    pixels = pixels.copy()
    pixels.setflags(write=False)
    return pixels


class Foreign:
    """What another library's tensor is to numpy."""

    def __init__(self, pixels: np.ndarray, refuses: str = "") -> None:
        self._pixels, self._refuses = pixels, refuses

    def __array__(self, *_: object, **__: object) -> np.ndarray:
        if self._refuses:
            raise RuntimeError(self._refuses)
        return self._pixels


KINDS: dict[str, Callable[[np.ndarray], Any]] = {
    "8 bits": lambda pixels: pixels,
    "wider integers": lambda pixels: pixels.astype(np.int64),
    "lists": lambda pixels: pixels.tolist(),
    "16 bits": lambda pixels: pixels.astype(np.uint16) * 257,
    "floats to 1": lambda pixels: pixels / 255,
    "floats to 255": lambda pixels: pixels.astype(np.float64),
    "half floats": lambda pixels: pixels.astype(np.float16),
    "big-endian": lambda pixels: pixels.astype(">f8") / 255,
    "big-endian 16 bits": lambda pixels: pixels.astype(">u2") * 257,
    "Fortran's order": np.asfortranarray,
    "every second column": lambda pixels: np.repeat(pixels, 2, axis=1)[:, ::2],
    "read-only": _read_only,
    "another library's tensor": Foreign,
    "rows of a buffer": memoryview,
    "a file's bytes": _png,
    "a file's bytes in a buffer": lambda pixels: memoryview(_png(pixels)),
    "bytes that may change": lambda pixels: bytearray(_png(pixels)),
    "an open file": lambda pixels: io.BytesIO(_png(pixels)),
    "Pillow, not loaded": lambda pixels: Image.open(io.BytesIO(_png(pixels))),
    "a batch of one": lambda pixels: pixels[None],
    "a tensor": lambda pixels: tf.constant(pixels),
    "not contiguous": lambda pixels: pixels[::-1].copy()[::-1],
    "RGBA": lambda pixels: np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)]),
    "Pillow": Image.fromarray,
    "Pillow, turned": _turned,
    "Pillow, RGBA": lambda pixels: Image.fromarray(pixels).convert("RGBA"),
    "Pillow, RGBa": lambda pixels: Image.fromarray(pixels).convert("RGBA").convert("RGBa"),
    "Pillow, CMYK": lambda pixels: Image.fromarray(pixels).convert("CMYK"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_the_same_picture_at_every_door(network: Network, pixels: np.ndarray, kind: str) -> None:
    given, expected = KINDS[kind](pixels), to_picture(pixels)
    found = as_picture(given)
    assert found.dtype == np.float32 and found.flags.c_contiguous
    assert np.abs(found - expected).max() < 1e-6
    dreamer = Dreamer(network, DreamConfig(octaves=1, steps=1), mask=KINDS[kind](pixels))
    whole = Dreamer(network, DreamConfig(octaves=1, steps=1), mask=expected).dream(expected)
    assert np.abs(dreamer.dream(KINDS[kind](pixels)) - whole).max() < 1e-5
    (frame,) = dream_frames([KINDS[kind](pixels)], UNDREAMED)
    assert np.abs(frame.picture - expected).max() < 1e-6


def test_grey_becomes_rgb_and_transparency_lies_on_black() -> None:
    grey = np.array([[0, 255], [51, 102]], np.uint8)
    for given in (grey, grey[..., None], Image.fromarray(grey)):
        assert np.allclose(as_picture(given), np.dstack([grey] * 3) / 255)
    glass = np.dstack([np.full((2, 2, 3), 255, np.uint8), grey])
    for given in (glass, Image.fromarray(glass), glass[..., 2:]):
        assert np.allclose(as_picture(given), np.dstack([grey] * 3) / 255)
    assert as_picture(grey > 100).max() == 1
    assert as_picture(Image.fromarray(grey.astype(np.uint16) * 257)).max() == 1


def _palette(pixels: np.ndarray, transparency: object) -> Image.Image:
    image = Image.fromarray(pixels).quantize(8)
    image.info["transparency"] = transparency
    return image


def _lab(pixels: np.ndarray) -> Image.Image:
    profiles = [ImageCms.createProfile(name) for name in ("sRGB", "LAB")]
    return ImageCms.profileToProfile(Image.fromarray(pixels), *profiles, outputMode="LAB")


MODES: dict[str, tuple[Callable[[np.ndarray], Image.Image], Callable[[np.ndarray], np.ndarray]]] = {
    "1": (lambda p: Image.fromarray(p[..., 0] > 99), lambda p: (p[..., [0, 0, 0]] > 99) * 255.0),
    "L": (lambda p: Image.fromarray(p[..., 0]), lambda p: p[..., [0, 0, 0]]),
    "LA": (lambda p: Image.fromarray(p[..., :2]), lambda p: p[..., [0, 0, 0]] * (p[..., 1:2] / 255)),
    "La": (lambda p: Image.fromarray(p[..., :2]).convert("La"), lambda p: p[..., [0, 0, 0]] * (p[..., 1:2] / 255)),
    "I": (lambda p: Image.fromarray(p[..., 0].astype(np.int32)), lambda p: p[..., [0, 0, 0]]),
    "I of 16 bits": (lambda p: Image.fromarray(p[..., 0] * np.int32(257)), lambda p: p[..., [0, 0, 0]]),
    "I;16": (lambda p: Image.fromarray(p[..., 0] * np.uint16(257)), lambda p: p[..., [0, 0, 0]]),
    "F": (lambda p: Image.fromarray(p[..., 0] / np.float32(255)), lambda p: p[..., [0, 0, 0]]),
    "F to 255": (lambda p: Image.fromarray(p[..., 0].astype(np.float32)), lambda p: p[..., [0, 0, 0]]),
    "P": (
        lambda p: Image.fromarray(p).quantize(8),
        lambda p: np.asarray(Image.fromarray(p).quantize(8).convert("RGB")),
    ),
    "P, all clear": (lambda p: _palette(p, bytes(8)), lambda p: np.zeros_like(p)),
    "P, one clear": (
        lambda p: _palette(p, 2),
        lambda p: (
            np.asarray(Image.fromarray(p).quantize(8).convert("RGB"))
            * (np.asarray(Image.fromarray(p).quantize(8)) != 2)[..., None]
        ),
    ),
    "YCbCr": (lambda p: Image.fromarray(p).convert("YCbCr"), lambda p: p),
    "HSV": (lambda p: Image.fromarray(p).convert("HSV"), lambda p: p),
    "LAB": (_lab, lambda p: p),
}


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_of_pillow(pixels: np.ndarray, mode: str) -> None:
    make, expected = MODES[mode]
    found = as_picture(make(pixels)) * 255
    exact = 1 if mode not in ("YCbCr", "HSV", "LAB") else 8  # conversions to 8 bits, there and back
    assert found.shape == pixels.shape and np.abs(found - expected(pixels)).mean() < exact


def test_a_picture_has_its_own_colours_whoever_opens_its_file(pixels: np.ndarray, tmp_path: Path) -> None:
    """A profile in which red and blue change places."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red], profile[blue] = profile[blue], profile[red]
    path = tmp_path / "swapped.png"
    Image.fromarray(pixels).save(path, icc_profile=bytes(profile))
    with Image.open(path) as image:
        found = as_picture(image)
    assert np.array_equal(found, as_picture(path))
    assert np.abs(found * 255 - pixels[..., ::-1]).mean() < 2


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (9, 90, 200)])
def test_a_mask_in_one_colour_counts_by_its_alpha_however_it_comes(
    colour: tuple[int, int, int], tmp_path: Path
) -> None:
    painted = np.zeros((8, 16, 4), np.uint8)
    painted[:, :, :3] = colour
    painted[:, 8:, 3] = 255
    file = tmp_path / "mask.png"
    Image.fromarray(painted).save(file)
    for given in (painted, painted / 255, Image.fromarray(painted), file, file.read_bytes(), file.open("rb")):
        assert np.array_equal(as_mask(given)[..., 0], painted[..., 3] / 255)
        getattr(given, "close", lambda: None)()


def test_what_is_a_picture_already_is_not_copied_and_a_little_beyond_is_cut_off(photo: Picture) -> None:
    assert as_picture(photo) is photo
    assert np.array_equal(as_picture(np.full((2, 2, 3), 1.1)), np.ones((2, 2, 3)))
    assert np.array_equal(as_picture(np.full((2, 2, 3), -0.1)), np.zeros((2, 2, 3)))


def test_a_path_is_read(photo: Picture, tmp_path: Path) -> None:
    path = write_still(tmp_path / "photo.png", photo)
    for given in (path, str(path)):
        assert np.array_equal(as_picture(given), to_picture(to_uint8(photo)))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.full((4, 4, 3), np.nan), "got NaN"),
        (np.full((4, 4, 3), np.inf), "infinity"),
        (np.linspace(-1, 1, 48).reshape(4, 4, 3), "got -1 to 1"),
        (np.full((4, 4, 3), 999), "got 999 to 999"),
        (np.full((4, 4, 3), 65535.0), "got 65535"),
        (np.full((4, 4, 3), -3, np.int8), "got -3"),
        (np.zeros((2, 4, 4, 3)), "got a batch of 2: give them one by one"),
        (np.zeros((3, 4, 5)), r"\(3, 4, 5\) with its channels first"),
        (np.zeros((4, 4, 7)), r"\(4, 4, 7\)"),
        (np.zeros((0, 4, 3)), r"\(0, 4, 3\)"),
        (np.zeros(4), r"\(4,\)"),
        (None, "got NoneType$"),
        ({"picture": 1}, "got dict$"),
        ((row for row in ()), "got generator$"),
        (np.array([[None]]), "ndarray of object"),
        (np.zeros((1, 1, 4, 4, 3)), r"\(1, 1, 4, 4, 3\)"),
        (3, r"an array \(\)"),
        (np.zeros((2, 2), [("r", "u1")]), "ndarray of "),
        (Foreign(np.zeros(0), "requires grad. Use tensor.detach().numpy()"), r"Foreign, .*: .*tensor.detach\(\)"),
        (Image.fromarray(np.full((4, 4), 99_999, np.int32)), "got 99999"),
        (Image.fromarray(np.full((4, 4), -5, np.int32)), "got -5"),
        (Image.fromarray(np.full((4, 4), np.nan, np.float32)), "got NaN"),
        ([[1, 2], [3]], "list"),
        (np.array([["a"]]), "ndarray of <U1"),
        (1j * np.ones((2, 2)), "complex128"),
    ],
)
def test_anything_else_is_refused_in_one_sentence(stand_in: Any, network: Network, given: Any, words: str) -> None:
    doors: tuple[Callable[[], object], ...] = (
        lambda: as_picture(given),
        lambda: Dreamer(network, DreamConfig()).dream(given),
        lambda: DeepDreamer(stand_in, layers=("mixed3",)).dream(given),
        lambda: list(dream_frames([given], UNDREAMED)),
        lambda: list(dream_frames([Frame(given, Fraction(0), None, 0)], UNDREAMED)),
    )
    for door in doors:
        with pytest.raises(ConfigError, match=words) as caught:
            door()
        assert len(str(caught.value)) < 200 and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (lambda whole: b"", "no picture of a known format"),
        (lambda whole: b"hello", "no picture of a known format"),
        (lambda whole: io.StringIO("hello"), "Binary data"),
        (lambda whole: closed(io.BytesIO(whole)), "closed file"),
        (lambda whole: closed(Image.open(io.BytesIO(whole))), "losed"),
        (lambda whole: whole[: len(whole) // 2], "truncated"),
        (lambda whole: Image.open(io.BytesIO(whole[: len(whole) // 2])), "truncated"),
        (lambda whole: "gone.png", "there is no file gone.png"),
        (lambda whole: Path("a\0b"), "null byte"),
        (lambda whole: Path(), "got a folder"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(
    pixels: np.ndarray, given: Callable[[bytes], Any], words: str
) -> None:
    for door in (as_picture, as_mask):
        with pytest.raises(InputError, match=words) as caught:
            door(given(_png(pixels)))
        assert len(str(caught.value)) < 200 and "\n" not in str(caught.value)


def closed(file: Any) -> Any:
    file.close()
    return file


@pytest.mark.usefixtures("stand_in_network")
def test_array_in_array_out(pixels: np.ndarray, tmp_path: Path) -> None:
    few = {"octaves": 1, "steps": 2}
    whole = dream(pixels, **few)
    assert whole.dtype == np.uint8 and whole.shape == pixels.shape
    assert np.abs(whole.astype(int) - pixels).mean() > 1
    for given, scale in ((pixels / 255, 255), (pixels.astype(np.float32), 1), (Image.fromarray(pixels), 1)):
        assert np.abs(dream(given, **few) * np.float64(scale) - whole).max() <= 1
    batch = dream(np.stack([pixels, pixels[::-1]]), **few)
    assert np.array_equal(batch[0], whole) and batch.shape == (2, *pixels.shape)
    file = write_still(tmp_path / "photo.png", to_picture(pixels))
    assert np.array_equal(dream(str(file), **few), whole)
    for several in ([pixels, pixels[::-1]], (Image.fromarray(pixels), pixels[::-1].copy()), [file, pixels[::-1]]):
        assert np.array_equal(dream(several, **few), batch)
    assert np.array_equal(dream(list(pixels), **few), whole)
    for none, words in ((np.zeros((0, 4, 4, 3)), "batch of 0"), ([], r"\(0,\)"), ([pixels, pixels[:, 1:]], "one size")):
        with pytest.raises(ConfigError, match=words):
            dream(none, **few)
    assert np.array_equal(dream(pixels, strength=0), pixels)


@pytest.mark.usefixtures("stand_in_network")
def test_a_look_goes_by_its_name(pixels: np.ndarray, tmp_path: Path) -> None:
    few = {"octaves": 1, "steps": 1, "layers": "mixed3"}
    named = dream(pixels, preset="subtle", **few)
    assert np.array_equal(named, dream(pixels, "subtle", **few))
    assert np.array_equal(named, dream(pixels, as_recipe("subtle"), **few))
    file = tmp_path / "look.toml"
    file.write_text(to_toml(as_recipe("subtle")))
    assert np.array_equal(named, dream(pixels, file, **few)) and np.array_equal(named, dream(pixels, str(file), **few))
    assert not np.array_equal(named, dream(pixels, **few))
    for wrong, words in (
        ({"preset": "subtel"}, "did you mean 'subtle'"),
        ({"stpes": 3}, "did you mean 'steps'"),
        ({"recipe": "subtle", "preset": "eyes"}, "either a recipe or a preset"),
        ({"recipe": {"steps": 3}}, "expected a Recipe, a preset's name or a recipe's file"),
    ):
        with pytest.raises(ConfigError, match=words):
            dream(pixels, **wrong)


@pytest.mark.usefixtures("stand_in_network")
def test_paths_may_be_text(pixels: np.ndarray, tmp_path: Path) -> None:
    file = str(write_still(tmp_path / "photo.png", to_picture(pixels)))
    dive = Recipe(
        dream=DreamConfig(steps=0), zoom=ZoomConfig(duration=0.5, fps=4, reverse=True), read=ReadConfig(width=64)
    )
    made = dream_zoom(file, f"{tmp_path}/dive.mp4", dive)
    assert made.frames == 2 and made.path == tmp_path / "dive.mp4"
    assert dream_video(f"{tmp_path}/dive.mp4", f"{tmp_path}/again.gif", UNDREAMED).frames == 2
    assert dream_image(file, f"{tmp_path}/again.png", UNDREAMED).path.is_file()
    with pytest.raises(TargetExistsError) as caught:
        dream_image(file, f"{tmp_path}/again.png", UNDREAMED)
    assert "-y" not in str(caught.value) and "overwrite=True" in str(caught.value)


def test_what_is_no_path_is_refused_in_one_sentence(pixels: np.ndarray, tmp_path: Path) -> None:
    doors: tuple[Callable[..., object], ...] = (dream_image, dream_video, dream_zoom)
    for door in doors:
        for source, target in (
            (pixels, "out.mp4"),
            (Image.fromarray(pixels), "out.mp4"),
            ("in.mp4", None),
            ("in.mp4", bytearray()),
            (3, "a.png"),
        ):
            with pytest.raises(ConfigError, match=r"expected a file's path, got \w+: `dream`"):
                door(source, target)
        for source, target in (("", "out.mp4"), ("in.mp4", ""), (b"", "out.mp4")):
            with pytest.raises(ConfigError, match="got an empty one"):
                door(source, target)
    with pytest.raises(InputError, match="no file"):
        dream_image(bytes(tmp_path / "gone.png"), tmp_path / "out.png")


@pytest.mark.usefixtures("stand_in_network")
def test_steps_are_told_and_shown(pixels: np.ndarray, stand_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Progress] = []
    whole = dream(pixels, octaves=2, steps=3)
    assert np.array_equal(dream(pixels, octaves=2, steps=3, progress=told.append), whole)
    assert [report.done for report in told] == list(range(1, len(told) + 1))
    assert {(report.total, report.unit) for report in told} == {(len(told), "steps")}
    cell = MagicMock()
    shell = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=True))
    display = SimpleNamespace(HTML=str, display=lambda shown, display_id: cell)
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    seed = DeepDreamer(stand_in, octave_power_factors=(0, 1), layers=("mixed3",))
    assert np.array_equal(seed.dream(pixels, 2, progress=True), seed.dream(pixels, 2))
    drawn = [call.args[0] for call in cell.update.call_args_list]
    assert any('max="4" value="4"' in text for text in drawn) and drawn[-1] == ""


def test_the_seeds_class_takes_both_scales(stand_in: Any, pixels: np.ndarray) -> None:
    dreamer = DeepDreamer(stand_in, octave_power_factors=(0,), layers=("mixed3",))
    expected = dreamer.dream(pixels.astype(np.float32), steps=1)
    assert np.abs(expected.astype(float) - pixels).mean() > 0.1
    for given in (pixels, pixels / 255, Image.fromarray(pixels)):
        assert np.abs(dreamer.dream(given, steps=1).astype(int) - expected).max() <= 1


def test_a_clips_floats_have_one_scale_and_its_frames_one_size(pixels: np.ndarray) -> None:
    reader = PictureReader()
    reader.read(pixels.astype(np.float32))
    assert reader.read(np.ones(pixels.shape, np.float32)).max() == np.float32(1 / 255)
    with pytest.raises(ConfigError, match="floats have one scale"):
        list(dream_frames([np.zeros(pixels.shape), pixels.astype(float)], UNDREAMED))
    with pytest.raises(ConfigError, match="one size, 128x96 as the first, got 64x96"):
        list(dream_frames([pixels, pixels[:, :64]], UNDREAMED))


@pytest.mark.parametrize(
    "given", [None, 3, "clip.mp4", Path("clip.mp4"), np.zeros((4, 4, 3)), Image.new("RGB", (4, 4))]
)
def test_frames_are_several(given: Any) -> None:
    with pytest.raises(ConfigError, match="several pictures"):
        list(dream_frames(given, UNDREAMED))


@pytest.mark.parametrize("fps", [0, -24, "0", 0.0])
def test_frames_come_at_a_rate(pixels: np.ndarray, fps: Any) -> None:
    with pytest.raises(ConfigError, match="frame rate over 0"):
        list(dream_frames([pixels], UNDREAMED, fps=fps))


def test_an_array_of_frames_and_a_buffer_that_is_filled_again(pixels: np.ndarray) -> None:
    clip = np.stack([pixels, pixels[::-1]])
    whole = [to_uint8(frame.picture) for frame in dream_frames(clip, UNDREAMED, fps=29.97)]
    assert np.array_equal(whole, clip)
    buffer = np.empty(pixels.shape, np.float32)

    def camera() -> Any:
        for picture in clip:
            buffer[:] = to_picture(picture)
            yield buffer

    assert np.array_equal([to_uint8(frame.picture) for frame in dream_frames(camera(), UNDREAMED)], clip)
