"""Uploads: facts, original name, undreamed picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from dreamvideo.config import Recipe
from dreamvideo.errors import RefusedError
from dreamvideo.media import Picture, probe
from dreamvideo.render.opening import first_picture


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded picture or clip.

    Attributes:
        name: its original name.
        size: (width, height) in pixels.
        duration: seconds; 0 for a picture, and if unknown.
        rate: frames per second; 0 for a picture.
    """

    path: str
    name: str
    clip: bool
    size: tuple[int, int]
    duration: float = 0.0
    rate: float = 0.0

    @property
    def last(self) -> float:
        """Time in seconds of the middle of its last frame, so that rounding of times does not matter; 0: unknown."""
        return max(0.0, self.duration - 0.5 / self.rate) if self.rate else 0.0

    @property
    def words(self) -> str:
        """Name, size and length."""
        length = f"{self.duration:.1f} s" if self.duration else "length unknown"
        return f"{self.name}: {self.size[0]}x{self.size[1]}" + (f", {length}" if self.clip else "")


def receive(path: Path, name: str) -> Upload:
    """Facts of an uploaded file; of its original `name`, only the last part counts.

    Raises:
    """
    name = Path(name).name or path.name
    info = probe(path)
    if info.kind == "still":
        return Upload(str(path), name, False, info.size)
    return Upload(str(path), name, True, info.size, float(info.duration or 0), float(info.rate or 24))


def inside(path: str, folder: Path) -> Path:
    """Check that a path from the page is in the folder of uploads, since a page can send any.

    Raises:
        RefusedError: it is not.
    """
    found = Path(path).resolve()
    if not found.is_relative_to(folder.resolve()):
        raise RefusedError("expected a file that was uploaded to this page")
    return found


def source_picture(upload: Upload, recipe: Recipe, at: float) -> Picture:
    """The picture, or a clip's frame at `at` seconds, undreamed, at the recipe's size.

    Raises:
        InputError: it cannot be read.
    """
    start = Fraction(str(round(min(at, upload.last or at), 3)))
    return first_picture(Path(upload.path), replace(recipe.read, start=start, end=None))
