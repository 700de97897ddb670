"""Read image sequences: a folder, a glob such as shots/*.png, or a pattern such as %04d.png or ####.png."""

from __future__ import annotations

import glob
import itertools
import os
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path

from dreamvideo.config import OnError
from dreamvideo.errors import DamagedInputError, InputError, InputNotFoundError, NoVideoError, printable
from dreamvideo.media.colors import parse_color
from dreamvideo.media.formats import is_picture
from dreamvideo.media.frame import Picture, size_of
from dreamvideo.media.geometry import Size, resized
from dreamvideo.media.info import SourceInfo
from dreamvideo.media.safety import missing
from dreamvideo.media.stills import opaque_pixels, opened, still_size
from dreamvideo.media.timing import Timed

DEFAULT_RATE = Fraction(24)
"""Frames per second of pictures: the cinema's."""
_COUNTER = re.compile(r"%(\d+)?d|(##+)")
_SHOWN_GAPS = 3


def natural_key(path: Path) -> list[tuple[int, int, str]]:
    """Sort key in which numbers count as numbers: 9, 10, 100."""
    parts = re.split(r"(\d+)", path.name)
    return [(0, int(part), part) if part.isdecimal() else (1, 0, part.casefold()) for part in parts]


def is_sequence(path: Path) -> bool:
    """Whether `path` means several pictures; not if a file has that very name."""
    return path.is_dir() or (
        not os.path.lexists(path) and (bool(_COUNTER.search(path.name)) or glob.has_magic(path.name))
    )


def find_pictures(path: Path) -> list[Path]:
    """The pictures of a folder, glob or pattern, in natural order.

    Raises:
        InputNotFoundError: the folder is missing, or nothing matches.
        NoVideoError: the folder has no pictures.
    """
    folder = path if path.is_dir() else path.parent
    try:
        names = [entry for entry in folder.iterdir() if not entry.name.startswith(".") and entry.is_file()]
    except FileNotFoundError as error:
        raise missing("folder", folder) from error
    except OSError as error:
        raise InputError(f"the folder {printable(folder)} cannot be read: {error.strerror}") from error
    if path.is_dir():
        found = [name for name in names if is_picture(name)]
        if not found:
            raise NoVideoError(f"the folder {printable(path)} holds no pictures")
    else:
        wanted = _matcher(path.name)
        found = [name for name in names if wanted.fullmatch(name.name)]
        if not found:
            raise InputNotFoundError(f"nothing matches {printable(path)}")
        # A wide pattern may match other files, such as notes.
        found = [name for name in found if is_picture(name)] or found
    return sorted(found, key=natural_key)


def _matcher(pattern: str) -> re.Pattern[str]:
    if not _COUNTER.search(pattern):
        import fnmatch

        return re.compile(fnmatch.translate(pattern))
    text = ""
    position = 0
    for counter in _COUNTER.finditer(pattern):
        width = int(counter[1] or len(counter[2] or ""))
        text += re.escape(pattern[position : counter.start()]) + (rf"\d{{{width},}}" if width else r"\d+")
        position = counter.end()
    return re.compile(text + re.escape(pattern[position:]))


def _gaps(pictures: list[Path]) -> list[str]:
    """A warning if numbers are missing in the pictures' names."""
    numbers = [int(found[-1]) for picture in pictures if (found := re.findall(r"\d+", picture.stem))]
    steps = [after - before for before, after in itertools.pairwise(numbers)]
    usual = min(steps, default=0)
    # Numbers that mostly do not count evenly, such as dates, do not number frames.
    if len(numbers) < len(pictures) or usual < 1 or steps.count(usual) * 2 <= len(steps) or set(steps) == {usual}:
        return []
    holes = [
        (number + usual, number + step - usual)
        for number, step in zip(numbers[:-1], steps, strict=True)
        if step > usual
    ]
    shown = [f"{first}" if first == last else f"{first} to {last}" for first, last in holes[:_SHOWN_GAPS]]
    more = ", ..." if len(holes) > _SHOWN_GAPS else ""
    return [f"pictures are missing between others ({', '.join(shown)}{more}): it goes on without a pause"]


class PictureSequence:
    """Pictures as a clip at a constant rate. The first picture determines the size."""

    def __init__(self, path: Path, max_pixels: int, background: str, on_error: OnError, rate: Fraction | None) -> None:
        self._pictures = find_pictures(path)
        self._path = path
        self._max_pixels = max_pixels
        self._background = parse_color(background)
        self._on_error = on_error
        self._rate = rate or DEFAULT_RATE
        self.warnings: list[str] = _gaps(self._pictures)
        self.damaged = False
        count = len(self._pictures)
        self.info = SourceInfo(
            path=path,
            kind="sequence",
            size=still_size(self._pictures[0], max_pixels),
            rate=self._rate,
            frames=count,
            frames_exact=True,
            duration=count / self._rate,
            time_base=1 / self._rate,
            codec=self._pictures[0].suffix.lower().lstrip("."),
        )

    def frames(self, start: Fraction = Fraction(0)) -> Iterator[Timed]:
        """The pictures from `start` seconds on.

        Raises:
            DamagedInputError: a picture is damaged, and `on_error` is "stop".
        """
        first = min(int(start * self._rate), len(self._pictures))
        for index in range(first, len(self._pictures)):
            try:
                still_size(self._pictures[index], self._max_pixels)
            except DamagedInputError as error:
                if self._on_error == "stop":
                    raise DamagedInputError(str(error), index - first) from error
                self.damaged = True
                self.warnings.append(f"{printable(self._pictures[index].name)} is damaged and was left out")
                continue
            yield Timed(index / self._rate, 1 / self._rate, partial(self._render, index))

    def _render(self, index: int, wanted: Size) -> Picture:
        with opened(self._pictures[index], self._max_pixels) as image:
            picture = opaque_pixels(image, self._background, self.warnings)
        size = size_of(picture)
        if size != self.info.size:
            note = f"the pictures differ in size: all are scaled to {self.info.size[0]}x{self.info.size[1]}"
            if note not in self.warnings:
                self.warnings.append(note)
        return resized(resized(picture, self.info.size), wanted)
