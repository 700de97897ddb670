"""What people pass as a picture: arrays of any usual kind, Pillow's pictures, tensors and files become `Picture`s."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dreamvideo.errors import ConfigError
from dreamvideo.media.colors import composite, parse_color
from dreamvideo.media.frame import Picture, to_uint8


class PillowImage(Protocol):
    """A picture of Pillow's."""

    mode: str

    def convert(self, mode: str) -> Any:
        """The picture in another mode, such as "RGB"."""


PictureLike: TypeAlias = "ArrayLike | str | os.PathLike[str] | bytes | BinaryIO | PillowImage"
"""An array (H, W), (H, W, 1 to 4) or anything that becomes one; a picture of Pillow's; a file: path, bytes or open."""

EXPECTED = "expected a picture (H, W, 3), floats from 0 to 1 or integers from 0 to 255"

_OVERSHOOT = 0.25
"""How far beyond [0, 1] floats may be, as sharp resizing leaves them: they are cut off there."""
_WHITES = {"b": 1.0, "u1": 255.0, "u2": 65535.0}
"""White of integers by kind and bytes; other integers are taken as 8 bits that were widened."""


class PictureReader:
    """Reads pictures that belong together, such as a clip's frames.

    They are of one size, and floats have one scale: from 0 to 1, or from 0 to 255, which the first picture decides.
    """

    def __init__(self) -> None:
        self._white: float | None = None
        self._size: tuple[int, int] | None = None

    def read(self, given: PictureLike) -> Picture:
        """One picture as float32 RGB (H, W, 3) in [0, 1]; transparency lies on black, grey becomes RGB.

        An array that is all of this already is returned itself.

        Raises:
            ConfigError: it is no picture, holds NaN, or has another size or scale than those before.
            InputError: it names a file that cannot be read.
        """
        pixels = _pixels(given)
        picture = _in_range(pixels, 1.0 if _is_file(given) else self._white_of(pixels))
        size = (picture.shape[1], picture.shape[0])
        if self._size is not None and size != self._size:
            raise ConfigError(f"expected pictures of one size, {_by(self._size)} as the first, got {_by(size)}")
        self._size = size
        return picture

    def back(self, picture: Picture) -> NDArray[Any]:
        """A picture in [0, 1] as the one read last was given: floats at their scale, all else as 8 bits."""
        return to_uint8(picture) if self._white is None else picture * np.float32(self._white)

    def _white_of(self, pixels: NDArray[Any]) -> float:
        kind = pixels.dtype.kind
        if kind != "f":
            return _WHITES.get(kind, _WHITES.get(f"{kind}{pixels.dtype.itemsize}", 255.0))
        if self._white is None:
            self._white = 1.0 if pixels.max() <= 1 + _OVERSHOOT else 255.0
        return self._white


def as_picture(given: PictureLike) -> Picture:
    """What was passed as a picture, as float32 RGB (H, W, 3) in [0, 1].

    Floats go from 0 to 1, or from 0 to 255 where they reach above 1; integers are 8 or 16 bits. Grey becomes RGB,
    transparency lies on black, a file is read, and a batch of one is that one.

    Raises:
        ConfigError: it is no picture, or holds NaN; the message says what was expected and what came.
        InputError: it names a file that cannot be read.
    """
    return PictureReader().read(given)


def refuse_one(given: object) -> None:
    """Refuse what is one picture or one path where several pictures are expected.

    Raises:
        ConfigError: it is one.
    """
    wanted = "expected several pictures, such as a list or an array (N, H, W, 3)"
    if isinstance(given, (str, os.PathLike)):
        raise ConfigError(f"{wanted}, got the path {given}: `dream_video` takes files")
    shape: tuple[int, ...] = getattr(given, "shape", ())
    if hasattr(given, "convert") or len(shape) == 2 or (len(shape) == 3 and shape[2] in (3, 4)):
        raise ConfigError(f"{wanted}, got one picture: `dream` takes one")


def is_batch(given: PictureLike) -> bool:
    """Whether it is an array or tensor (N, H, W, C)."""
    return len(getattr(given, "shape", ())) == 4


def _pixels(given: PictureLike) -> NDArray[Any]:
    """Numbers (H, W, 3 or 4) as they were given; floats are finite."""
    if _is_file(given):
        from dreamvideo.media.stills import decode_still, read_still

        if isinstance(given, (str, os.PathLike)):
            return read_still(Path(given))
        return decode_still(bytes(given) if isinstance(given, (bytes, bytearray)) else given)  # type: ignore[arg-type]
    pixels = _array(_upright(given) if hasattr(given, "convert") else given)
    if pixels.ndim == 4 and len(pixels) == 1:
        pixels = pixels[0]
    if pixels.ndim == 4:
        raise ConfigError(f"{EXPECTED}, got a batch of {len(pixels)}: give them one by one")
    if pixels.ndim == 2:
        pixels = pixels[..., np.newaxis]
    if pixels.ndim != 3 or pixels.size == 0 or pixels.shape[2] not in (1, 2, 3, 4):
        first = " with its channels first: move them last" if pixels.ndim == 3 and pixels.shape[0] in (1, 3, 4) else ""
        raise ConfigError(f"{EXPECTED}, got an array {pixels.shape}{first}")
    if pixels.shape[2] < 3:  # grey, or grey and alpha
        pixels = np.concatenate([pixels[..., :1]] * 3 + [pixels[..., 1:]], axis=2)
    if pixels.dtype.kind == "f" and not np.isfinite(pixels.sum(dtype=np.float64)):
        raise ConfigError(f"{EXPECTED}, got NaN or infinity in it")
    return pixels


def _is_file(given: object) -> bool:
    return isinstance(given, (str, os.PathLike, bytes, bytearray)) or callable(getattr(given, "read", None))


def _array(given: object) -> NDArray[Any]:
    try:
        pixels = np.asarray(given)
    except Exception as error:  # whatever a foreign array says when it is asked for its numbers
        raise ConfigError(f"{EXPECTED}, got {type(given).__name__}, which is no array") from error
    if pixels.dtype.kind not in "buif":
        raise ConfigError(f"{EXPECTED}, got {type(given).__name__} of {pixels.dtype}")
    return pixels


def _upright(image: Any) -> NDArray[Any]:
    """The pixels of a picture of Pillow's, as `read_still` would have them from its file."""
    from PIL import ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # 16 bits, however many Pillow holds them in, or 8 that were widened
        numbers = np.asarray(image, np.int64)
        narrow = image.mode == "I" and numbers.max(initial=0) <= 255
        return numbers if narrow else np.asarray(np.clip(numbers, 0, 65535), np.uint16)
    if image.mode == "F":
        return np.asarray(image, np.float32)
    if image.mode == "La":
        image = image.convert("LA")
    transparent = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    return _array(image.convert("RGBA" if transparent else "RGB"))


def _in_range(pixels: NDArray[Any], white: float) -> Picture:
    """Float32 RGB in [0, 1] of numbers from 0 to `white`."""
    low, high = float(pixels.min()) / white, float(pixels.max()) / white
    beyond = _OVERSHOOT if pixels.dtype.kind == "f" else 0.0
    if low < -beyond or high > 1 + beyond:
        scale = "" if pixels.dtype.kind != "f" or white == 255.0 else ": floats have one scale, and these are 0 to 1"
        raise ConfigError(f"{EXPECTED}, got {low * white:g} to {high * white:g}{scale}")
    values = np.asarray(pixels, np.float32)
    values = values if white == 1.0 else values / np.float32(white)
    values = values if low >= 0 and high <= 1 else np.clip(values, 0, 1)
    if values.shape[2] == 4:
        values = composite(values[..., :3], values[..., 3:], parse_color("black"))
    return np.ascontiguousarray(values)


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
