"""Sizes of pictures, and resizing."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dreamvideo.config import ReadConfig
from dreamvideo.errors import TooLargeError, printable
from dreamvideo.media.frame import size_of
from dreamvideo.media.opencv import load_cv2

Pixel = TypeVar("Pixel", np.uint8, np.uint16, np.float32)
Size = tuple[int, int]
MAX_PIXELS = ReadConfig().max_pixels


def check_pixels(size: Size, max_pixels: int, name: object) -> None:
    """Refuse a picture of more than `max_pixels`.

    Raises:
        TooLargeError: it is larger, or empty.
    """
    width, height = size
    if width < 1 or height < 1 or width * height > max_pixels:
        raise TooLargeError(
            f"{printable(str(name))} has {width}x{height} pixels a frame, more than the {max_pixels:,} allowed: "
            "raise max_pixels, --max-pixels, if you trust it"
        )


def upright_size(coded: Size, aspect: Fraction, quarter_turns: int) -> Size:
    """Displayed size: the width times the sample aspect ratio, then turned."""
    width, height = max(1, round(coded[0] * aspect)), coded[1]
    return (height, width) if quarter_turns % 2 else (width, height)


def chosen_size(size: Size, config: ReadConfig) -> Size:
    """The size that `config` asks for. A side that it leaves open keeps the aspect ratio, and is even."""
    width, height = size
    if config.width and config.height:
        return config.width, config.height
    if config.width:
        return config.width, even(Fraction(height * config.width, width))
    if config.height:
        return even(Fraction(width * config.height, height)), config.height
    if config.scale is not None and config.scale != 1:
        return even(width * config.scale), even(height * config.scale)
    return size


def even(length: float | Fraction) -> int:
    """The nearest even number of pixels, at least 2."""
    return max(2, 2 * round(length / 2))


def resized(picture: NDArray[Pixel], size: Size) -> NDArray[Pixel]:
    """Resize `picture` (H, W, C): area interpolation to smaller sizes, else cubic."""
    if size_of(picture) == size:
        return picture
    cv2 = load_cv2()
    smaller = size[0] <= picture.shape[1] and size[1] <= picture.shape[0]
    result: NDArray[Pixel] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
    if result.dtype == np.float32:
        np.clip(result, 0, 1, out=result)
    return result.reshape(size[1], size[0], picture.shape[2])
