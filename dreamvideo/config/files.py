"""Reading the source, and writing the result."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from dreamvideo.values import convert_fields, require

OnError = Literal["stop", "keep"]
GifPalette = Literal["clip", "frame"]


@dataclass(frozen=True, slots=True)
class ReadConfig:
    """Which frames of the source are read, and at what size."""

    start: Fraction = Fraction(0)
    """Seconds."""
    end: Fraction | None = None
    duration: Fraction | None = None
    """Seconds from `start`. It is converted to `end`."""
    width: int | None = None
    height: int | None = None
    scale: float | None = None
    fps: Fraction | None = None
    """Frames per second to resample to; None: every frame at its own time."""
    background: str = "black"
    """Colour behind transparent pixels: its name or #rrggbb."""
    max_pixels: int = 64_000_000
    """Largest frame in pixels. Larger ones are refused before they are decoded."""
    on_error: OnError = "stop"
    """What to do if the source is damaged: stop, or keep its readable part."""

    def __post_init__(self) -> None:
        convert_fields(self)
        require(self.start >= 0, "a start of 0 seconds or later", str(self.start))
        if self.duration is not None:
            require(self.end is None, "either an end or a duration", f"{self.end} and {self.duration} seconds")
            require(self.duration > 0, "a duration over 0 seconds", str(self.duration))
            object.__setattr__(self, "end", self.start + self.duration)
            object.__setattr__(self, "duration", None)
        require(self.end is None or self.end > self.start, "an end after the start", str(self.end))
        for name in ("width", "height"):
            value = getattr(self, name)
            require(value is None or 1 <= value <= 65_536, f"a {name} of 1 to 65536 pixels", value)
        require(self.scale is None or 0 < self.scale <= 16, "a scale over 0, up to 16", self.scale)
        require(
            self.scale is None or (self.width is None and self.height is None),
            "either scale or width and height",
            self.scale,
        )
        require(self.fps is None or 0 < self.fps <= 1000, "a frame rate over 0, up to 1000", str(self.fps))
        require(self.max_pixels >= 1, "at least one pixel", self.max_pixels)


@dataclass(frozen=True, slots=True)
class WriteConfig:
    """How the result is encoded."""

    crf: int | None = None
    """Constant rate factor, 0 to 63, lower is better; None: 16 for H.264, 24 for VP9."""
    quality: int | None = None
    """Quality of a JPEG or WebP, 1 to 100, higher is better; None: 95."""
    audio: bool = True
    overwrite: bool = False
    gif_palette: GifPalette = "clip"
    max_bytes: int | None = None
    """Largest size of a GIF in bytes. Its width, frame rate and colours are reduced to fit."""
    metadata: bool = True
    """Whether the recipe is written into the file."""

    def __post_init__(self) -> None:
        convert_fields(self)
        require(self.crf is None or 0 <= self.crf <= 63, "a crf of 0 to 63", self.crf)
        require(self.quality is None or 1 <= self.quality <= 100, "a quality of 1 to 100", self.quality)
        require(
            self.max_bytes is None or self.max_bytes >= 10_000, "a size budget of at least 10000 bytes", self.max_bytes
        )
