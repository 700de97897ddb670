"""From frame to frame: how a dream is carried, how the camera moves, and how a zoom goes on."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Literal

from dreamvideo.config.dream import Word
from dreamvideo.values import convert_fields, require

Coherence = Literal["flow", "blend", "none"]
Drift = Literal["hold", "free"]

ZOOM_LIMITS = (0.01, 100.0)
"""Least and largest zoom factor per second."""

SHORTEST_SPLIT = 3
"""Least seconds of a part of a split shot. It must hold two overlaps, one at each end."""


@dataclass(frozen=True, slots=True)
class CoherenceConfig:
    """How the dream is carried from frame to frame."""

    coherence: Coherence = "flow"
    """flow: the dream is warped along the motion; blend: it stays in place; none: every frame is dreamed alone."""
    blend: float = 0.995
    """Decay factor of the carried dream, per frame at 24 fps; other rates decay as much per second."""
    strength: float = 1.0
    """Level of the dream: 0 = the source, 1 = as strong as a dream from scratch."""
    cut_threshold: float = 1.0
    """Least score of a cut: 1 as tuned, higher finds fewer; 0 turns cut detection off."""
    split: Fraction | None = None
    """Seconds. Jobs split longer shots into overlapping parts, with a cross-fade; None: never."""

    def __post_init__(self) -> None:
        convert_fields(self)
        require(0 <= self.blend < 1, "a blend from 0 up to but not 1", self.blend)
        require(0 <= self.strength <= 4, "a strength of 0 to 4", self.strength)
        require(0 <= self.cut_threshold <= 100, "a cut threshold of 0 to 100", self.cut_threshold)
        require(
            self.split is None or self.split >= SHORTEST_SPLIT,
            f"a split into parts of at least {SHORTEST_SPLIT} seconds, since they overlap by half of that",
            str(self.split),
        )


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """Motion of the camera. All speeds are per second, so that the frame rate does not change the motion."""

    zoom: float | None = None
    """Factor per second: 2 = twice as close each second, 0.5 = out; None: 1 on a video, 1.5 in a zoom animation."""
    rotate: float = 0.0
    """Degrees per second, counter-clockwise."""
    pan_x: float = 0.0
    """Frame widths per second, to the right."""
    pan_y: float = 0.0
    """Frame heights per second, downwards."""
    center_x: float = 0.5
    """Centre of zoom and rotation: fractions of the width from the left, of the height from the top."""
    center_y: float = 0.5

    def __post_init__(self) -> None:
        convert_fields(self)
        zoom = 1.0 if self.zoom is None else self.zoom
        low, high = ZOOM_LIMITS
        require(low <= zoom <= high, f"a zoom factor of {low:g} to {high:g} a second", self.zoom)
        for one in fields(self):
            value = getattr(self, one.name)
            require(value is None or math.isfinite(value), f"a finite {one.name}", value)

    @property
    def still(self) -> bool:
        """Whether the camera does not move."""
        zoom = None if self.zoom == 1.0 else self.zoom
        return replace(self, zoom=zoom, center_x=0.5, center_y=0.5) == CameraConfig()


@dataclass(frozen=True, slots=True)
class ZoomConfig:
    """A zoom animation: each frame is the last one, moved by the camera and dreamed again."""

    duration: Fraction = Fraction(10)
    """Seconds."""
    fps: Fraction = Fraction(24)
    strength: float = 1.0
    """How fast the dream grows: 1 as tuned; 0: only the camera moves."""
    drift: Drift = "hold"
    """hold: colours are held to those of the first frame; free: they drift with the dream."""
    journey: str = "random"
    """How the objective changes over time: random (true) through layers and channels; none (false); or words in order,
    "coral, starfish, penguin". A stop may have several words with weights, joined by +."""
    journey_seconds: float = 4.0
    """Seconds at each place of the journey, approximately, or at each word."""
    loop: bool = False
    reverse: bool = False
    from_noise: bool = False

    def __post_init__(self) -> None:
        convert_fields(self)
        require(0 < self.duration <= 86_400, "a duration over 0 seconds, up to a day", str(self.duration))
        require(0 < self.fps <= 1000, "a frame rate over 0, up to 1000", str(self.fps))
        require(0 <= self.strength <= 4, "a strength of 0 to 4", self.strength)
        require(self.journey_seconds > 0, "a journey of more than 0 seconds a place", self.journey_seconds)
        meant = {"true": "random", "false": "none"}.get(self.journey.lower(), self.journey)
        object.__setattr__(self, "journey", meant)
        require(meant in ("random", "none") or bool(self.journey_words), "random, none or words", self.journey)

    @property
    def frames(self) -> int:
        """Number of frames, at least 1."""
        return max(1, round(self.duration * self.fps))

    @property
    def journey_words(self) -> tuple[tuple[Word, ...], ...]:
        """The words of a journey through words, stop by stop; empty for other journeys."""
        if self.journey in ("random", "none"):
            return ()
        stops = (stop.split("+") for stop in self.journey.split(",") if stop.strip())
        return tuple(tuple(Word.parse(word) for word in stop) for stop in stops)
