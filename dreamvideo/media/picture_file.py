"""A picture file as a clip: a still, or an animated PNG, WebP or AVIF. Pillow decodes all of them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING

from dreamvideo.media.clock import common_tick
from dreamvideo.media.colors import parse_color
from dreamvideo.media.frame import Picture
from dreamvideo.media.geometry import Size, resized
from dreamvideo.media.info import SourceInfo
from dreamvideo.media.stills import opaque_pixels, opened, seen_size
from dreamvideo.media.timing import Timed

if TYPE_CHECKING:
    from PIL import Image

_BROWSERS_DELAY = Fraction(1, 10)
"""Seconds that browsers show a frame whose delay is 0.01 s or less."""
_LARGEST_DENOMINATOR = 65_535
"""Delays of animated PNGs are fractions of two 16-bit numbers."""


class PictureFile:
    """A picture file as a clip. It is never `damaged`, since a damaged picture cannot be read."""

    def __init__(self, path: Path, max_pixels: int, background: str) -> None:
        self._path, self._max_pixels, self._background = path, max_pixels, parse_color(background)
        self.warnings: list[str] = []
        self.damaged = False
        with opened(path, max_pixels) as image:
            pictures = getattr(image, "n_frames", 1)
            # The first picture of an animated PNG may be a substitute for the animation.
            self._numbers = range(1 if getattr(image, "default_image", False) else 0, pictures)
            # Pages of a TIFF and pictures of an album have no times.
            moves = image.format in ("PNG", "WEBP", "AVIF") and len(self._numbers) > 1
            if pictures > 1 and not moves:
                self.warnings.append(f"the file holds {pictures} pictures: the first one is read")
            delays = [self._delay(image, number) for number in self._numbers] if moves else []
            duration = sum(delays, Fraction(0))
            self.info = SourceInfo(
                path=path,
                kind="gif" if moves else "still",
                size=seen_size(image),
                rate=len(delays) / duration if moves else None,
                frames=len(delays) if moves else 1,
                frames_exact=True,
                duration=duration if moves else None,
                time_base=reduce(common_tick, delays) if moves else Fraction(1),
                variable_rate=len(set(delays)) > 1,
                codec=(image.format or "").lower(),
            )

    def _delay(self, image: Image.Image, number: int) -> Fraction:
        """Seconds for which a frame is shown. It decodes the frame, so that damage is found on opening."""
        image.seek(number)
        image.load()
        delay = Fraction(image.info.get("duration", 0) / 1000).limit_denominator(_LARGEST_DENOMINATOR)
        return delay if delay > Fraction(1, 100) else _BROWSERS_DELAY

    def frames(self, start: Fraction = Fraction(0)) -> Iterator[Timed]:
        """Every frame from the first on: such files are short, and cannot be entered midway."""
        if self.info.kind == "still":
            yield Timed(Fraction(0), None, self._render)
            return
        time = Fraction(0)
        with opened(self._path, self._max_pixels) as image:
            for number in self._numbers:
                delay = self._delay(image, number)
                yield Timed(time, delay, partial(resized, opaque_pixels(image, self._background, self.warnings)))
                time += delay

    def _render(self, wanted: Size) -> Picture:
        with opened(self._path, self._max_pixels) as image:
            return resized(opaque_pixels(image, self._background, self.warnings), wanted)
