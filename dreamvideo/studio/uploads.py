"""What was dropped on the page: its facts, its name, and how it looks undreamed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from dreamvideo.config import Recipe
from dreamvideo.errors import RefusedError
from dreamvideo.media import Picture, probe
from dreamvideo.render.opening import first_picture


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture or clip to dream.

    Attributes:
        path: where it lies.
        name: what it is called where it came from.
        clip: whether it moves.
        size: (width, height) in pixels.
        duration: seconds; 0 for a picture, and for a clip that does not tell.
        rate: frames a second; 0 for a picture.
    """

    path: str
    name: str
    clip: bool
    size: tuple[int, int]
    duration: float = 0.0
    rate: float = 0.0

    @property
    def last(self) -> float:
        """Seconds of the middle of its last frame, on show then whatever the container rounds; 0: not known."""
        return max(0.0, self.duration - 0.5 / self.rate) if self.rate else 0.0

    @property
    def words(self) -> str:
        """Its name, size and length, for people."""
        length = f"{self.duration:.1f} s" if self.duration else "length unknown"
        return f"{self.name}: {self.size[0]}x{self.size[1]}" + (f", {length}" if self.clip else "")

    def record(self) -> dict[str, Any]:
        """It as JSON."""
        return asdict(self)

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Upload:
        """It from JSON.

        Raises:
            TypeError, KeyError: the record is none of an upload.
        """
        return cls(**{**record, "size": tuple(record["size"])})


def receive(path: Path, name: str) -> Upload:
    """Facts of a file that was uploaded.

    Args:
        path: where it lies.
        name: what it was called; of a name with folders, the last part.

    Raises:
        InputError: it is no picture or clip that can be dreamed.
    """
    name = Path(name).name or path.name
    info = probe(path)
    if info.kind == "still":
        return Upload(str(path), name, False, info.size)
    return Upload(str(path), name, True, info.size, float(info.duration or 0), float(info.rate or 24))


def inside(path: str, folder: Path) -> Path:
    """A path that the page sent, if it lies in the folder of uploads: a page can send any.

    Raises:
        RefusedError: it lies elsewhere.
    """
    found = Path(path).resolve()
    if not found.is_relative_to(folder.resolve()):
        raise RefusedError("expected a file that was uploaded to this page")
    return found


def source_picture(upload: Upload, recipe: Recipe, at: float) -> Picture:
    """The picture, or a clip's frame at `at` seconds, undreamed, at the size that the recipe asks for.

    Raises:
        InputError: it cannot be read.
    """
    start = Fraction(str(round(min(at, upload.last or at), 3)))
    return first_picture(Path(upload.path), replace(recipe, read=replace(recipe.read, start=start, end=None)))
