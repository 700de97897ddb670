"""Animated WebP and AVIF, which PyAV does not decode: through imageio and Pillow."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from dreamvideo.media.colors import parse_color
from dreamvideo.media.frame import Picture
from dreamvideo.media.info import SourceInfo
from dreamvideo.media.shown import Shown
from dreamvideo.media.stills import opened, read_opened, still_size

_BROWSERS_DELAY = 100
"""Milliseconds that browsers show a frame for that asks for 10 or fewer."""


class AnimatedPicture:
    """An animated picture file as a clip.

    Attributes:
        info: facts of the whole animation.
        warnings: what the reader had to assume, in plain sentences.
        damaged: always false: a damaged animation cannot be opened.
    """

    def __init__(self, path: Path, max_pixels: int, background: str) -> None:
        self._path = path
        self._max_pixels = max_pixels
        self._background = parse_color(background)
        self.warnings: list[str] = []
        self.damaged = False
        delays = [delay for _, delay in self._read(pixels=False)]
        self.info = SourceInfo(
            path=path,
            kind="gif",
            size=still_size(path, max_pixels),
            rate=Fraction(1000 * len(delays), sum(delays)),
            frames=len(delays),
            frames_exact=True,
            duration=Fraction(sum(delays), 1000),
            time_base=Fraction(1, 1000),
            variable_rate=len(set(delays)) > 1,
            codec=path.suffix.lower().lstrip("."),
        )

    def _read(self, pixels: bool) -> Iterator[tuple[Picture | None, int]]:
        """(picture, milliseconds) of every frame."""
        with opened(self._path, self._max_pixels) as image:
            for index in range(image._image.n_frames):
                picture = read_opened(image, index, self._background) if pixels else None
                if not pixels:
                    image._image.seek(index)
                    image._image.load()
                delay = round(image._image.info.get("duration", 0))
                yield picture, delay if delay > 10 else _BROWSERS_DELAY

    def frames(self, start: Fraction = Fraction(0)) -> Iterator[Shown]:
        """Every frame from the first on; such files are short and cannot be entered midway."""
        time = Fraction(0)
        for picture, delay in self._read(pixels=True):
            duration = Fraction(delay, 1000)
            yield Shown(time, duration, lambda picture=picture: picture)  # type: ignore[misc]
            time += duration
