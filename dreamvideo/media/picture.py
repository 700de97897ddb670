"""Convert arrays, Pillow pictures, tensors and files to `Picture`s."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dreamvideo.errors import ConfigError
from dreamvideo.media.colors import composite, parse_color
from dreamvideo.media.frame import Picture, to_uint8
from dreamvideo.media.safety import GIVEN, reading, reason_of


class PillowImage(Protocol):
    mode: str

    def convert(self, mode: str) -> Any:
        """The picture in another mode, such as "RGB"."""


PictureLike: TypeAlias = "ArrayLike | str | os.PathLike[str] | bytes | BinaryIO | PillowImage"
"""An array (H, W), (H, W, 1 to 4) or anything that becomes one; a Pillow picture; a file: path, bytes or open."""

EXPECTED = "expected a picture (H, W, 3), floats from 0 to 1 or integers from 0 to 255"

_OVERSHOOT = 0.25
"""Floats may exceed [0, 1] by this much, as after sharp resizing. They are clipped."""
_WHITES = {"b": 1.0, "u1": 255.0, "u2": 65535.0}
"""White of integers, by kind and bytes; other integers count as widened 8 bits."""


class PictureReader:
    """Reads pictures that belong together, such as a clip's frames.

    They have one size, and floats one scale, 0 to 1 or 0 to 255, which the first picture determines.
    """

    def __init__(self) -> None:
        self._white: float | None = None
        self._size: tuple[int, int] | None = None

    def read(self, given: PictureLike) -> Picture:
        """Read a picture as float32 RGB (H, W, 3) in [0, 1]: alpha is laid on black, grey becomes RGB.

        An array that needs no conversion is returned itself.

        Raises:
            ConfigError: it is no picture, holds NaN, or has another size or scale than those before.
            InputError: it is a file that cannot be read.
        """
        rgb, alpha = self.split(given)
        return rgb if alpha is None else composite(rgb, alpha, parse_color("black"))

    def split(self, given: PictureLike) -> tuple[Picture, NDArray[np.float32] | None]:
        """As `read`, but returns alpha (H, W, 1) in [0, 1], or None, separately."""
        decoded = _decoded(given)
        if decoded is None:
            pixels = _pixels(given)
            values = _in_range(pixels, self._white_of(pixels))
            decoded = (values, None) if values.shape[2] == 3 else (values[..., :3], values[..., 3:])
        height, width, _ = decoded[0].shape
        if self._size is not None and (width, height) != self._size:
            raise ConfigError(
                f"expected pictures of one size, {self._size[0]}x{self._size[1]} as the first, got {width}x{height}"
            )
        self._size = (width, height)
        return decoded

    def back(self, picture: Picture) -> NDArray[Any]:
        """Convert a picture in [0, 1] to the type and scale of the last one read: floats, else 8 bits."""
        return to_uint8(picture) if self._white is None else picture * np.float32(self._white)

    def _white_of(self, pixels: NDArray[Any]) -> float:
        kind = pixels.dtype.kind
        if kind != "f":
            return _WHITES.get(kind, _WHITES.get(f"{kind}{pixels.dtype.itemsize}", 255.0))
        if self._white is None:
            self._white = 1.0 if pixels.max() <= 1 + _OVERSHOOT else 255.0
        return self._white


def as_picture(given: PictureLike) -> Picture:
    """Convert to float32 RGB (H, W, 3) in [0, 1].

    Floats are 0 to 1, or 0 to 255 if they exceed 1; integers have 8 or 16 bits. Grey becomes RGB, alpha is laid on
    black, a file is read, and a batch of one is that picture.

    Raises:
        ConfigError: it is no picture, or holds NaN.
        InputError: it is a file that cannot be read.
    """
    return PictureReader().read(given)


def as_mask(given: PictureLike) -> Picture:
    """Convert to a grey mask, float32 (H, W, 3) in [0, 1], as `read_mask` does with a file.

    Raises:
        ConfigError: it is no picture, or holds NaN.
        InputError: it is a file that cannot be read.
    """
    from dreamvideo.media.stills import mask_of

    return mask_of(*PictureReader().split(given))


def refuse_one(given: object) -> None:
    """Refuse a single picture or path where several pictures are expected.

    Raises:
        ConfigError: it is a single one.
    """
    wanted = "expected several pictures, such as a list or an array (N, H, W, 3)"
    if isinstance(given, (str, os.PathLike)):
        raise ConfigError(f"{wanted}, got the path {given}: `dream_video` takes files")
    if not isinstance(given, Iterable):
        raise ConfigError(f"{wanted}, got {type(given).__name__}")
    shape: tuple[int, ...] = getattr(given, "shape", ())
    if _is_pillow(given) or len(shape) == 2 or (len(shape) == 3 and shape[2] in (3, 4)):
        raise ConfigError(f"{wanted}, got one picture: `dream` takes one")


def is_batch(given: PictureLike | Sequence[PictureLike]) -> bool:
    """Whether it is an array or tensor (N, H, W, C), or a list of pictures; a list of rows is one picture.

    Raises:
        ConfigError: the batch is empty.
    """
    shape: tuple[int, ...] = getattr(given, "shape", ())
    if len(shape) == 4 and shape[0] == 0:
        raise ConfigError(f"{EXPECTED}, got a batch of 0")
    return len(shape) == 4 or (isinstance(given, (list, tuple)) and bool(given) and all(map(_is_one, given)))


def _is_one(given: object) -> bool:
    """Whether its type alone shows that it is one picture."""
    return _is_pillow(given) or _is_file(given) or len(getattr(given, "shape", ())) == 3


def _is_file(given: object) -> bool:
    return isinstance(given, (str, os.PathLike)) or _is_bytes(given) or callable(getattr(given, "read", None))


def _decoded(given: PictureLike) -> tuple[Picture, NDArray[np.float32] | None] | None:
    """Colours and alpha of a file or a Pillow picture; None for numbers."""
    from dreamvideo.media.stills import opened, upright_pixels

    if isinstance(given, (str, os.PathLike)):
        file: Path | BinaryIO | bytes = Path(given)
    elif _is_bytes(given):
        file = bytes(given)  # type: ignore[arg-type]
    elif callable(getattr(given, "read", None)):
        file = given  # type: ignore[assignment]
    elif not _is_pillow(given) or given.mode.startswith(("I", "F")):  # type: ignore[union-attr]
        return None
    else:
        image: Any = given
        with reading(GIVEN):
            return upright_pixels(image.convert("LA") if image.mode == "La" else image, [])
    with opened(file) as image:
        return upright_pixels(image, [])


def _pixels(given: PictureLike) -> NDArray[Any]:
    """The numbers (H, W, 3 or 4) of a picture; floats are finite."""
    pixels = _array(_numbers(given) if _is_pillow(given) else given)
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


def _is_bytes(given: object) -> bool:
    """Whether it is a file's content; a memoryview with rows is an array."""
    return isinstance(given, (bytes, bytearray)) or (isinstance(given, memoryview) and given.ndim == 1)


def _is_pillow(given: object) -> bool:
    return hasattr(given, "convert") and hasattr(given, "mode")


def _array(given: object) -> NDArray[Any]:
    try:
        pixels = np.asarray(given)
    except Exception as error:  # a foreign array may raise anything
        why = f": {reason_of(error)}" if hasattr(given, "__array__") else ""
        raise ConfigError(f"{EXPECTED}, got {type(given).__name__}, which is no array{why}") from error
    if pixels.dtype.kind not in "buif":
        what = f" of {pixels.dtype}" if hasattr(given, "dtype") or pixels.dtype != object else ""
        raise ConfigError(f"{EXPECTED}, got {type(given).__name__}{what}")
    return pixels


def _numbers(image: Any) -> NDArray[Any]:
    """The numbers of a Pillow picture of more than 8 bits, which Pillow would clip."""
    from PIL import ImageOps

    with reading(GIVEN):
        image = ImageOps.exif_transpose(image)
        if image.mode == "F":
            return np.asarray(image, np.float32)
        numbers = np.asarray(image, np.int64)
    deep = image.mode != "I" or (numbers.min(initial=0) >= 0 and 255 < numbers.max(initial=0) <= 65535)
    return np.asarray(numbers, np.uint16) if deep else numbers


def _in_range(pixels: NDArray[Any], white: float) -> NDArray[np.float32]:
    """Scale numbers from 0..`white` to float32 in [0, 1]."""
    low, high = float(pixels.min()) / white, float(pixels.max()) / white
    beyond = _OVERSHOOT if pixels.dtype.kind == "f" else 0.0
    if low < -beyond or high > 1 + beyond:
        scale = "" if pixels.dtype.kind != "f" or white == 255.0 else ": floats have one scale, and these are 0 to 1"
        raise ConfigError(f"{EXPECTED}, got {low * white:g} to {high * white:g}{scale}")
    values = np.asarray(pixels, np.float32)
    values = values if white == 1.0 else values / np.float32(white)
    values = values if low >= 0 and high <= 1 else np.clip(values, 0, 1)
    return np.ascontiguousarray(values)
