"""All settings: frozen dataclasses that hold each default once, and are validated when made.

Times are in seconds, sizes in pixels or fractions of the picture, speeds per second. Pixel values run from 0 to 1, so a
`step_size` of 0.01 changes a pixel by 1 % of its range.

Fields convert what can be read as their type: `fps` from 25, 29.97 or "30000/1001", `start` from 90 or "1:30", `layers`
from ["mixed4:23=1.5"], `mask` from "mask.png".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dreamvideo.config.dream import (
    CANONICAL_PIXELS,
    DreamConfig,
    Highlights,
    Layer,
    Measure,
    NetworkConfig,
    Normalise,
    Word,
)
from dreamvideo.config.files import GifPalette, OnError, ReadConfig, WriteConfig
from dreamvideo.config.motion import SHORTEST_SPLIT, ZOOM_LIMITS, CameraConfig, CoherenceConfig, ZoomConfig
from dreamvideo.values import field_types, require

__all__ = [
    "CANONICAL_PIXELS",
    "SHORTEST_SPLIT",
    "ZOOM_LIMITS",
    "CameraConfig",
    "CoherenceConfig",
    "DreamConfig",
    "GifPalette",
    "Highlights",
    "Layer",
    "Measure",
    "NetworkConfig",
    "Normalise",
    "OnError",
    "ReadConfig",
    "Recipe",
    "Word",
    "WriteConfig",
    "ZoomConfig",
]


@dataclass(frozen=True, slots=True)
class Recipe:
    """All settings that determine a result. Results store it, and can be repeated from it."""

    network: NetworkConfig = field(default_factory=NetworkConfig)
    dream: DreamConfig = field(default_factory=DreamConfig)
    coherence: CoherenceConfig = field(default_factory=CoherenceConfig)
    read: ReadConfig = field(default_factory=ReadConfig)
    write: WriteConfig = field(default_factory=WriteConfig)
    camera: CameraConfig = field(default_factory=CameraConfig)
    zoom: ZoomConfig = field(default_factory=ZoomConfig)
    schedules: tuple[tuple[str, str], ...] = ()
    """(setting, schedule) pairs, or a dict. Settings are "camera.zoom", "coherence.blend", "layers" and so on."""

    def __post_init__(self) -> None:
        parts = {part: kind for part, (kind, _) in field_types(type(self)).items() if part != "schedules"}
        for part, kind in parts.items():
            require(isinstance(getattr(self, part), kind), f"a {kind.__name__} for {part}", getattr(self, part))
        if isinstance(self.schedules, Mapping):
            object.__setattr__(self, "schedules", tuple(self.schedules.items()))
        for setting, text in self.schedules:
            room = setting.split(".")[0]
            require(room in parts or setting == "layers", "a schedule for a known setting", setting)
            require(isinstance(text, str), f"a schedule of {setting} as text", text)
