"""Animated PNG, WebP and AVIF, decoded by Pillow."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING

from dreamvideo.media.clock import common_tick
from dreamvideo.media.colors import parse_color
from dreamvideo.media.geometry import resized
from dreamvideo.media.info import SourceInfo
from dreamvideo.media.stills import opaque_pixels, opened, seen_size
from dreamvideo.media.timing import Timed

if TYPE_CHECKING:
    from PIL import Image

_BROWSERS_DELAY = Fraction(1, 10)
"""Seconds that browsers show a frame whose delay is 0.01 s or less."""
_LARGEST_DENOMINATOR = 65_535
"""Delays of animated PNGs are fractions of two 16-bit numbers."""


def is_animated(path: Path, max_pixels: int) -> bool:
    """Whether a picture file holds several frames with times. Pages of a TIFF and pictures of an album do not count."""
    with opened(path, max_pixels) as image:
        return image.format in ("PNG", "WEBP", "AVIF") and len(_frames(image)) > 1


def _frames(image: Image.Image) -> range:
    """Numbers of the frames. The first picture of an animated PNG may be a substitute for the animation."""
    return range(1 if getattr(image, "default_image", False) else 0, getattr(image, "n_frames", 1))


class AnimatedPicture:
    """An animated picture file as a clip.

    Attributes:
        info: facts of the whole animation.
        warnings: what was assumed, in plain sentences.
        damaged: always false, since a damaged animation cannot be opened.
    """

    def __init__(self, path: Path, max_pixels: int, background: str) -> None:
        self._path = path
        self._max_pixels = max_pixels
        self._background = parse_color(background)
        self.warnings: list[str] = []
        self.damaged = False
        with opened(path, max_pixels) as image:
            delays = [self._delay(image, index) for index in _frames(image)]
            self.info = SourceInfo(
                path=path,
                kind="gif",
                size=seen_size(image),
                rate=len(delays) / sum(delays, Fraction(0)),
                frames=len(delays),
                frames_exact=True,
                duration=sum(delays, Fraction(0)),
                time_base=reduce(common_tick, delays),
                variable_rate=len(set(delays)) > 1,
                codec=(image.format or "").lower(),
            )

    def _delay(self, image: Image.Image, index: int) -> Fraction:
        """Seconds for which a frame is shown. It decodes the frame, so that damage is found on opening."""
        image.seek(index)
        image.load()
        delay = Fraction(image.info.get("duration", 0) / 1000).limit_denominator(_LARGEST_DENOMINATOR)
        return delay if delay > Fraction(1, 100) else _BROWSERS_DELAY

    def frames(self, start: Fraction = Fraction(0)) -> Iterator[Timed]:
        """Every frame from the first on: such files are short, and cannot be entered midway."""
        time = Fraction(0)
        with opened(self._path, self._max_pixels) as image:
            for index in _frames(image):
                delay = self._delay(image, index)
                picture = opaque_pixels(image, self._background, self.warnings)
                yield Timed(time, delay, partial(resized, picture))
                time += delay
