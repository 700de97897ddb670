"""Read stills with Pillow: upright, in sRGB, with alpha. Write them with imageio."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from dreamvideo.config import WriteConfig
from dreamvideo.errors import DamagedInputError, InputError, printable
from dreamvideo.media.colors import LUMA, composite, parse_color
from dreamvideo.media.comments import still_metadata
from dreamvideo.media.drafts import draft_path, sweep_drafts
from dreamvideo.media.formats import PICTURES, format_inside, format_to_write
from dreamvideo.media.frame import Picture, to_uint8
from dreamvideo.media.geometry import MAX_PIXELS, Size, check_pixels
from dreamvideo.media.info import TRANSPARENT
from dreamvideo.media.publish import check_target, publish, writing
from dreamvideo.media.safety import GIVEN, local_file, reading, refuse_stranger

if TYPE_CHECKING:
    from PIL import Image

_EXIF_ORIENTATION = 0x0112
_TIFF_KIND, _REDUCED, _DNG_VERSION = 254, 1, 50706
_SAME_COLOUR = 2 / 255
_WHITES = (255.0, 65535.0, 2.0**31 - 1)
"""Possible values of white in numbers without a scale."""
_OVERSHOOT = 1.25
"""Largest value in pictures of floats from 0 to 1, as after sharp resizing."""


def read_still(path: Path | str, background: str = "black") -> Picture:
    """Read a picture upright, as float32 RGB (H, W, 3) in [0, 1], with alpha laid on `background`.

    Raises:
        InputError: there is none, or it cannot be read.
        TooLargeError: it has more than `MAX_PIXELS`.
    """
    with opened(Path(path)) as image:
        return opaque_pixels(image, parse_color(background), [])


def read_mask(path: Path | str) -> Picture:
    """Read a mask, grey float32 (H, W, 3) in [0, 1]: 1 shows the dream, 0 hides it.

    A picture in one colour with alpha is a mask by its alpha. Any other counts by its luma times its alpha.

    Raises:
        InputError: there is none, or it cannot be read.
        TooLargeError: it has more than `MAX_PIXELS`.
    """
    with opened(Path(path)) as image:
        return mask_of(*upright_pixels(image, []))


def mask_of(rgb: Picture, alpha: NDArray[np.float32] | None) -> Picture:
    """The mask (H, W, 3) of colours (H, W, 3) and alpha (H, W, 1); see `read_mask`."""
    light = rgb @ LUMA
    if alpha is not None:
        painted = rgb[alpha[..., 0] > 0]
        in_one_colour = len(painted) > 0 and float(np.ptp(painted, axis=0).max()) <= _SAME_COLOUR
        light = alpha[..., 0] if in_one_colour and alpha.min() < 1 else light * alpha[..., 0]
    return np.repeat(light[..., np.newaxis], 3, axis=2)


def opaque_pixels(image: Image.Image, background: NDArray[np.float32], warnings: list[str]) -> Picture:
    """A picture upright, as float32 RGB (H, W, 3) in [0, 1], with alpha laid on a colour, noted once in `warnings`."""
    rgb, alpha = upright_pixels(image, warnings)
    if alpha is None:
        return rgb
    if alpha.min() < 1 and TRANSPARENT not in warnings:
        warnings.append(TRANSPARENT)
    return composite(rgb, alpha, background)


def upright_pixels(image: Image.Image, warnings: list[str]) -> tuple[Picture, NDArray[np.float32] | None]:
    """The upright picture of `opened`: sRGB (H, W, 3) and alpha (H, W, 1) or None, in [0, 1]."""
    from PIL import ImageOps

    seen = ImageOps.exif_transpose(image)
    profile = seen.info.get("icc_profile")
    if not seen.mode.startswith(("I", "F")):  # 16-bit and float pictures, which Pillow would clip
        seen = seen.convert("RGBA" if seen.has_transparency_data else "RGB")
    pixels = np.asarray(seen)
    if pixels.dtype.kind == "u":
        return _split(_to_srgb(pixels, profile), np.iinfo(pixels.dtype).max)
    return _split(pixels, _white(image, pixels, warnings))


def _white(image: Image.Image, pixels: NDArray[Any], warnings: list[str]) -> float:
    """The value of white among 32-bit integers or floats."""
    usual = 1.0 if pixels.dtype.kind == "f" else 65535.0
    if image.format != "TIFF":
        return usual
    largest = float(np.nanmax(pixels, initial=0, where=np.isfinite(pixels)))
    if pixels.dtype.kind == "f" and largest <= _OVERSHOOT:
        return usual
    white = next((white for white in _WHITES if largest <= white), largest)
    warnings.append(f"the file does not say which number is white, and they reach {largest:.6g}: {white:.10g} is taken")
    return white


def _to_srgb(pixels: NDArray[Any], profile: bytes | None) -> NDArray[Any]:
    """Convert 8-bit pixels from the profile's colour space (Display P3, Adobe RGB) to sRGB."""
    if not profile or pixels.dtype != np.uint8 or pixels.ndim != 3:
        return pixels
    from io import BytesIO

    from PIL import Image, ImageCms

    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        if own.profile.xcolor_space.strip() != "RGB":
            return pixels  # a profile of CMYK or grey, which Pillow has converted
        rgb = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
        converted = ImageCms.profileToProfile(rgb, own, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return pixels  # a broken profile is ignored
    return np.concatenate([np.asarray(converted), pixels[..., 3:]], axis=2)


def still_size(path: Path, max_pixels: int = MAX_PIXELS) -> Size:
    """Displayed (width, height), from the header alone."""
    with opened(path, max_pixels) as image:
        return seen_size(image)


def seen_size(image: Image.Image) -> Size:
    """(width, height) of the result of `upright_pixels`."""
    width, height = image.size
    # Pillow turns TIFFs itself, and returns the turned size.
    turned = image.format != "TIFF" and image.getexif().get(_EXIF_ORIENTATION, 1) in (5, 6, 7, 8)
    return (height, width) if turned else (width, height)


@contextmanager
def opened(file: Path | BinaryIO | bytes, max_pixels: int = MAX_PIXELS) -> Iterator[Image.Image]:
    """Open a picture with Pillow, and check its size before its pixels are decoded.

    Args:
        file: its path, an open file, or its content.

    Raises:
        InputError: there is none, or it cannot be read.
        TooLargeError: it has more than `max_pixels`.
    """
    if isinstance(file, Path):
        local = local_file(file)
        refuse_stranger(local, file)
        # As a stream: Pillow maps named files into memory, and shears some turned TIFFs.
        with reading(file), local.open("rb") as stream, _decoded(stream, file, max_pixels) as image:
            yield image
    else:
        given = io.BytesIO(file) if isinstance(file, bytes) else file
        name = Path(str(getattr(given, "name", GIVEN)))
        with reading(name), _decoded(given, name, max_pixels) as image:
            yield image


@contextmanager
def _decoded(stream: BinaryIO, path: Path, max_pixels: int) -> Iterator[Image.Image]:
    from PIL import Image, UnidentifiedImageError

    _learn_heif()
    with warnings.catch_warnings():
        # Pillow warns about large pictures and odd EXIF; the size is checked below.
        warnings.simplefilter("ignore")
        try:
            image = Image.open(stream, formats=PICTURES)
        except UnidentifiedImageError as error:
            raise _unknown(path) from error
        with image:
            check_pixels(image.size, max_pixels, path)
            _refuse_small_copies(image, path)
            yield image


def _unknown(path: Path) -> InputError:
    """The error for a file in which Pillow finds no picture."""
    form = format_inside(path)
    if form is not None and form.holds == "clip":
        return InputError(f"expected a picture, got {printable(path)}, a clip: {form.name}")
    if form is not None and form.name == "TIFF":
        return InputError(
            f"{printable(path)} is damaged, or a TIFF of a kind that cannot be read, such as colours in floats: "
            "save it with 8 or 16 bits"
        )
    return DamagedInputError(f"{printable(path)} is damaged, or no picture of a known format")


@cache
def _learn_heif() -> None:
    """Teach Pillow HEIF, the format of mobile phones."""
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False)


def _refuse_small_copies(image: Image.Image, path: Path) -> None:
    """Refuse camera raws: TIFFs that begin with a reduced copy of the picture.

    Raises:
        InputError: it is one.
    """
    tags = getattr(image, "tag_v2", {})
    if tags.get(_TIFF_KIND, 0) & _REDUCED or _DNG_VERSION in tags:
        raise InputError(
            f"{printable(path)} is a camera's raw file, in which only a small copy can be read: "
            "develop it first, for example into a TIFF"
        )


def _split(pixels: NDArray[Any], white: float) -> tuple[Picture, NDArray[np.float32] | None]:
    """RGB and alpha in [0, 1] from the pixels that Pillow decoded."""
    values = np.clip(np.nan_to_num(pixels.astype(np.float32) / np.float32(white)), 0, 1)
    if values.ndim == 2:
        values = np.repeat(values[..., np.newaxis], 3, axis=2)
    return np.ascontiguousarray(values[..., :3]), values[..., 3:] if values.shape[2] == 4 else None


def write_still(
    path: Path | str, picture: Picture, config: WriteConfig | None = None, metadata: Mapping[str, str] | None = None
) -> Path:
    """Write a picture (H, W, 3) in [0, 1] as PNG, JPEG or WebP, atomically.

    Raises:
        RefusedError: the target exists and may not be replaced.
        OutputError: it cannot be written.
    """
    path, config = Path(path), config or WriteConfig()
    check_target(path, None, config.overwrite, "still")
    sweep_drafts(path)
    draft = draft_path(path)
    try:
        encode_pixels(draft, to_uint8(picture), metadata if config.metadata else None, config.quality)
        publish(draft, path, config.overwrite)
    finally:
        draft.unlink(missing_ok=True)
    return path


def encode_pixels(
    path: Path, pixels: NDArray[np.uint8], metadata: Mapping[str, str] | None, quality: int | None = None
) -> None:
    """Encode 8-bit RGB (H, W, 3) to `path`, by its suffix."""
    import imageio.v3 as iio

    form = format_to_write(path, "still")
    options: dict[str, Any] = {**form.options, **(still_metadata(form, metadata) if metadata else {})}
    if quality is not None and "quality" in options:
        options["quality"] = quality
    with writing(path):
        # Via memory: imageio reports a file that it cannot finish once more when it is collected.
        path.write_bytes(iio.imwrite("<bytes>", pixels, plugin="pillow", extension=path.suffix, **options))
