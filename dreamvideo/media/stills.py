"""One picture: PNG, JPEG, WebP and whatever else Pillow knows, in and out, through imageio."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreamvideo.config import WriteConfig
from dreamvideo.errors import OutputError, printable
from dreamvideo.media.colors import composite, parse_color
from dreamvideo.media.frame import Picture, to_uint8
from dreamvideo.media.geometry import MAX_PIXELS, Size, check_pixels
from dreamvideo.media.metadata import still_metadata
from dreamvideo.media.parts import part_path, sweep_parts
from dreamvideo.media.publish import check_target, publish, writing
from dreamvideo.media.safety import local_file, reading

STILL_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".ppm", ".pgm", ".tga")
WRITABLE_STILLS = (".png", ".jpg", ".jpeg", ".webp")


def read_still(path: Path | str, background: str = "black", max_pixels: int = MAX_PIXELS) -> Picture:
    """Read a picture upright, as float32 RGB (H, W, 3) in [0, 1], transparency laid on `background`.

    Raises:
        InputError: there is none, or it cannot be read.
        TooLargeError: it has more than `max_pixels`; known from its header.
    """
    path = Path(path)
    color = parse_color(background)
    with opened(path, max_pixels) as image:
        return read_opened(image, 0, color)


def read_opened(image: Any, index: int, background: NDArray[np.float32]) -> Picture:
    """The index-th picture of what `opened` gave, upright, in sRGB, transparency laid on `background`."""
    pixels = np.asarray(image.read(index=index, rotate=True, writeable_output=False, **_mode(image)))
    rgb, alpha = _split(_to_srgb(pixels, image._image.info.get("icc_profile")))
    return np.ascontiguousarray(rgb if alpha is None else composite(rgb, alpha, background))


def _to_srgb(pixels: NDArray[Any], profile: bytes | None) -> NDArray[Any]:
    """8-bit pixels of a camera's or screen's colour space (Display P3, Adobe RGB) in sRGB."""
    if not profile or pixels.dtype != np.uint8 or pixels.ndim != 3:
        return pixels
    from io import BytesIO

    from PIL import Image, ImageCms

    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        if own.profile.xcolor_space.strip() != "RGB":
            return pixels  # of the ink or grey picture that it was; Pillow has converted that
        rgb = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
        converted = ImageCms.profileToProfile(rgb, own, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return pixels  # a broken profile; the picture without it is still the picture
    return np.concatenate([np.asarray(converted), pixels[..., 3:]], axis=2)


def is_animated(path: Path, max_pixels: int = MAX_PIXELS) -> bool:
    """Whether a picture file holds several frames with times, as animated WebP and PNG do; pages of a TIFF are none."""
    if path.suffix.lower() not in (".webp", ".png", ".avif"):
        return False
    with opened(path, max_pixels) as image:
        return bool(getattr(image._image, "is_animated", False))


def still_size(path: Path, max_pixels: int = MAX_PIXELS) -> Size:
    """(width, height) as stored, from the header alone."""
    with opened(path, max_pixels) as image:
        width, height = image._image.size
        turned = image._image.getexif().get(_EXIF_ORIENTATION, 1) >= 5
    return (height, width) if turned else (width, height)


_EXIF_ORIENTATION = 0x0112


@contextmanager
def opened(path: Path, max_pixels: int) -> Iterator[Any]:
    """imageio's Pillow reader on `path`, its size checked before its pixels are decoded."""
    import imageio.v3 as iio

    file = local_file(path)
    with reading(path), warnings.catch_warnings():
        # Pillow warns of large pictures and of odd EXIF blocks; the size is checked here.
        warnings.simplefilter("ignore")
        with iio.imopen(file, "r", plugin="pillow") as image:
            check_pixels(image._image.size, max_pixels, path)
            yield image


def _mode(image: Any) -> dict[str, str]:
    """What Pillow shall convert to: nothing for 16-bit and float pictures, which it would clip."""
    mode = image._image.mode
    if mode.startswith(("I", "F")):
        return {}
    transparent = mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image._image.info
    return {"mode": "RGBA" if transparent else "RGB"}


def _split(pixels: NDArray[Any]) -> tuple[Picture, NDArray[np.float32] | None]:
    """RGB and alpha in [0, 1] from what Pillow decoded."""
    top = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0, np.dtype(np.int32): 65535.0}.get(pixels.dtype, 1.0)
    values = np.clip(np.nan_to_num(pixels.astype(np.float32) / np.float32(top)), 0, 1)
    if values.ndim == 2:
        values = np.repeat(values[..., None], 3, axis=2)
    return values[..., :3], values[..., 3:] if values.shape[2] == 4 else None


def write_still(
    path: Path | str, picture: Picture, config: WriteConfig | None = None, metadata: Mapping[str, str] | None = None
) -> Path:
    """Write a picture (H, W, 3) in [0, 1] as PNG, JPEG or WebP, whole or not at all.

    Raises:
        RefusedError: the target is there already and may not be replaced.
        OutputError: it cannot be written.
    """
    path, config = Path(path), config or WriteConfig()
    check_target(path, None, config.overwrite)
    sweep_parts(path)
    part = part_path(path)
    try:
        encode_still(part, picture, metadata if config.metadata else None)
        publish(part, path, config.overwrite)
    finally:
        part.unlink(missing_ok=True)
    return path


def encode_still(path: Path, picture: Picture, metadata: Mapping[str, str] | None) -> None:
    """Encode a picture (H, W, 3) in [0, 1] by suffix, straight to `path`."""
    encode_pixels(path, to_uint8(picture), metadata)


def encode_pixels(path: Path, pixels: NDArray[np.uint8], metadata: Mapping[str, str] | None) -> None:
    """Encode 8-bit RGB (H, W, 3) by suffix, straight to `path`."""
    import imageio.v3 as iio

    suffix = path.suffix.lower()
    if suffix not in WRITABLE_STILLS:
        raise OutputError(
            f"expected a picture's name to end in {', '.join(WRITABLE_STILLS)}, got {printable(path.name)}"
        )
    options: dict[str, Any] = {}
    if suffix in (".jpg", ".jpeg"):
        options = {"quality": 95, "subsampling": 0}
    elif suffix == ".webp":
        options = {"quality": 95, "method": 4}
    if metadata:
        options |= still_metadata(suffix, metadata)
    with writing(path):
        iio.imwrite(path, pixels, plugin="pillow", **options)
