"""All settings: frozen dataclasses that hold each default once, and are validated when made.

Times are in seconds, sizes in pixels or fractions of the picture, speeds per second. Pixel values run from 0 to 1, so a
`step_size` of 0.01 changes a pixel by 1 % of its range.

Fields convert what can be read as their type: `fps` from 25, 29.97 or "30000/1001", `start` from 90 or "1:30", `layers`
from ["mixed4:23=1.5"], `mask` from "mask.png".
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from dreamvideo.errors import ConfigError
from dreamvideo.values import kinds, settle

Normalise = Literal["mean_abs", "std"]
Measure = Literal["mean_square", "mean"]
Highlights = Literal["soft", "clip"]
Coherence = Literal["flow", "blend", "none"]
Drift = Literal["hold", "free"]
OnError = Literal["stop", "keep"]
GifPalette = Literal["clip", "frame"]

ZOOM_LIMITS = (0.01, 100.0)
"""Least and largest zoom factor per second."""

SHORTEST_SPLIT = 3
"""Least seconds of a part of a split shot. It must hold two overlaps, one at each end."""


def _require(condition: bool, expected: str, received: object) -> None:
    if not condition:
        raise ConfigError(f"expected {expected}, got {received!r}")


def _parse_weight(text: str | None, owner: str) -> float:
    try:
        return 1.0 if text is None else float(text)
    except ValueError as error:
        raise ConfigError(f"expected a number as the weight of {owner}, got {text!r}") from error


def _weight_text(weight: float) -> str:
    """`=WEIGHT` as it is read back exactly; nothing for 1."""
    short = f"{weight:g}"
    return "" if weight == 1.0 else f"={short}" if float(short) == weight else f"={weight!r}"


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer to dream of: `mixed4`, one channel of it `mixed4:23`, with a weight `mixed4:23=1.5`."""

    name: str
    channel: int | None = None
    weight: float = 1.0

    def __post_init__(self) -> None:
        settle(self)
        _require(bool(self.name), "a layer name", self.name)
        _require(self.channel is None or self.channel >= 0, "a channel number from 0", self.channel)
        _require(math.isfinite(self.weight), "a finite layer weight", self.weight)

    @classmethod
    def parse(cls, text: str) -> Layer:
        """Read `NAME[:CHANNEL][=WEIGHT]`."""
        match = re.fullmatch(r"\s*([^:=\s]+)(?::(\d+))?(?:=([-+.\deE]+))?\s*", text)
        if match is None:
            raise ConfigError(f"expected a layer as NAME[:CHANNEL][=WEIGHT], such as mixed4:23=1.5, got {text!r}")
        name, channel, weight = match.groups()
        return cls(name, None if channel is None else int(channel), _parse_weight(weight, f"layer {name!r}"))

    def __str__(self) -> str:
        channel = "" if self.channel is None else f":{self.channel}"
        return f"{self.name}{channel}{_weight_text(self.weight)}"


@dataclass(frozen=True, slots=True)
class Word:
    """A word to dream of: `penguin`; with a weight, `coral=0.5`, negative to suppress it; or its file, `./cat.npz`.

    Recipes add a digest to a user's own word, `our cat#1f3a5c7e9b2d`, since on another machine the same name may be
    another word.
    """

    name: str
    weight: float = 1.0
    digest: str | None = None

    def __post_init__(self) -> None:
        settle(self)
        _require(bool(self.name.strip()), "a word", self.name)
        _require(math.isfinite(self.weight), "a finite weight of a word", self.weight)

    @classmethod
    def parse(cls, text: str) -> Word:
        """Read `NAME[#DIGEST][=WEIGHT]`."""
        match = re.fullmatch(r"\s*([^=]*?[^=\s])(?:#([0-9a-f]{12}))?\s*(?:=\s*([-+.\deE]+))?\s*", text)
        if match is None:
            raise ConfigError(f"expected a word as NAME[=WEIGHT], such as penguin or coral=0.5, got {text!r}")
        name, digest, weight = match.groups()
        return cls(name, _parse_weight(weight, f"the word {name!r}"), digest)

    def __str__(self) -> str:
        digest = "" if self.digest is None else f"#{self.digest}"
        return f"{self.name}{digest}{_weight_text(self.weight)}"


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Which network dreams, and where its weights come from."""

    model: str = "dreamnet"
    weights: Path | None = None
    """A weights file for `model`; None: bundled, or Keras' own download."""

    def __post_init__(self) -> None:
        settle(self)


CANONICAL_PIXELS = 640 * 360
"""Area in pixels up to which octaves take all steps, at motif 1."""
NEARLY_CANONICAL = 1.1
"""Factor of the canonical sides up to which a picture counts as canonical: a fine octave so near would add nothing."""


@dataclass(frozen=True, slots=True)
class DreamConfig:
    """The octave gradient ascent on one picture."""

    layers: tuple[Layer, ...] = ()
    """Layers and channels to raise; empty: the words alone if there are any, else the network's default layers."""
    of: tuple[Word, ...] = ()
    """Words to dream of: those that ship, or the user's own."""
    measure: Measure = "mean_square"
    """What is raised in a layer: the mean square (Mordvintsev et al. 2015) or the mean (TensorFlow's tutorial)."""
    octaves: int | None = None
    """Number of octaves with all steps; None: from the size at which the network sees best up to the canonical size."""
    octave_scale: float = 1.4
    """Ratio of the sides of neighbouring octaves."""
    octave_factors: tuple[int, ...] | None = None
    """Octaves relative to the picture's size, as powers of `octave_scale`, in order; None: absolute sizes."""
    motif: float = 1.0
    """Size of motifs relative to the picture: 1 as tuned, 0.5 half as large, 2 twice as large; at any resolution."""
    steps: int = 10
    """Steps per octave of a dream from scratch, at strength 1; 0: no dream. Fine octaves take a fifth of them."""
    noise: float = 0.12
    """Standard deviation, for values from 0 to 1, of the noise on which the smallest octave starts; it is removed
    afterwards. So what appears in plain areas depends on `seed`, not on rounding errors of the source."""
    step_size: float = 0.012
    """Factor of the normalised gradient in a step, for values from 0 to 1."""
    normalise: Normalise = "mean_abs"
    """Divisor of the gradient: the mean of its absolute values, or its standard deviation."""
    natural: bool = True
    """Whether steps are shaped like natural pictures: mostly luma, with the finest detail damped; no neon fringes."""
    jitter: int = 32
    """Most pixels by which each step shifts the network's grid at random; 0: none."""
    detail: bool = True
    """Whether octaves add only their change to the full-size picture, so that it keeps its detail."""
    highlights: Highlights = "soft"
    """soft: changes are compressed near black and white, and never reach them; clip: they are cut off there."""
    guide: Path | None = None
    """A picture whose features the dream seeks."""
    mask: Path | None = None
    """A grey picture: white dreams, black stays, grey dreams less."""
    keep_colors: bool = False
    """Whether the dream keeps the source's chroma, and changes its luma only."""
    seed: int = 0
    """Determines all random numbers."""
    tile: int = 1024
    """Side of the largest tile in pixels. A picture of more than tile * tile pixels is dreamed in several."""

    def __post_init__(self) -> None:
        settle(self)
        _require(self.octaves is None or 1 <= self.octaves <= 32, "1 to 32 octaves", self.octaves)
        _require(math.isfinite(self.motif) and 0.1 <= self.motif <= 10, "a motif of 0.1 to 10", self.motif)
        _require(
            math.isfinite(self.octave_scale) and 1.0 < self.octave_scale <= 4.0,
            "an octave scale over 1, up to 4",
            self.octave_scale,
        )
        _require(
            self.octave_factors is None or len(self.octave_factors) > 0,
            "at least one octave factor",
            self.octave_factors,
        )
        _require(0 <= self.steps <= 10_000, "0 to 10000 steps", self.steps)
        _require(
            math.isfinite(self.step_size) and 0 < self.step_size <= 1, "a step size over 0, up to 1", self.step_size
        )
        _require(0 <= self.jitter <= 512, "a jitter of 0 to 512 pixels", self.jitter)
        _require(0 <= self.seed < 2**63, "a seed of 0 to 2**63 - 1", self.seed)
        _require(math.isfinite(self.noise) and 0 <= self.noise <= 1, "a noise of 0 to 1", self.noise)
        _require(self.tile >= 128, "tiles of at least 128 pixels", self.tile)

    def canonical_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """The canonical (width, height) of a picture of `size`: its own size, unless that is larger.

        Octaves up to this size take all steps. Larger octaves are fine: a few steps that only sharpen.
        """
        factor = math.sqrt(CANONICAL_PIXELS / (size[0] * size[1])) / self.motif
        if self.octave_factors is not None or factor * NEARLY_CANONICAL >= 1:
            return size
        return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


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
        settle(self)
        _require(0 <= self.blend < 1, "a blend from 0 up to but not 1", self.blend)
        _require(0 <= self.strength <= 4, "a strength of 0 to 4", self.strength)
        _require(0 <= self.cut_threshold <= 100, "a cut threshold of 0 to 100", self.cut_threshold)
        _require(
            self.split is None or self.split >= SHORTEST_SPLIT,
            f"a split into parts of at least {SHORTEST_SPLIT} seconds, since they overlap by half of that",
            str(self.split),
        )


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
        settle(self)
        _require(self.start >= 0, "a start of 0 seconds or later", str(self.start))
        if self.duration is not None:
            _require(self.end is None, "either an end or a duration", f"{self.end} and {self.duration} seconds")
            _require(self.duration > 0, "a duration over 0 seconds", str(self.duration))
            object.__setattr__(self, "end", self.start + self.duration)
            object.__setattr__(self, "duration", None)
        _require(self.end is None or self.end > self.start, "an end after the start", str(self.end))
        for name in ("width", "height"):
            value = getattr(self, name)
            _require(value is None or 1 <= value <= 65_536, f"a {name} of 1 to 65536 pixels", value)
        _require(
            self.scale is None or (math.isfinite(self.scale) and 0 < self.scale <= 16),
            "a scale over 0, up to 16",
            self.scale,
        )
        _require(
            self.scale is None or (self.width is None and self.height is None),
            "either scale or width and height",
            self.scale,
        )
        _require(self.fps is None or 0 < self.fps <= 1000, "a frame rate over 0, up to 1000", str(self.fps))
        _require(self.max_pixels >= 1, "at least one pixel", self.max_pixels)


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
        settle(self)
        _require(self.crf is None or 0 <= self.crf <= 63, "a crf of 0 to 63", self.crf)
        _require(self.quality is None or 1 <= self.quality <= 100, "a quality of 1 to 100", self.quality)
        _require(
            self.max_bytes is None or self.max_bytes >= 10_000, "a size budget of at least 10000 bytes", self.max_bytes
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
        settle(self)
        zoom = 1.0 if self.zoom is None else self.zoom
        low, high = ZOOM_LIMITS
        _require(low <= zoom <= high, f"a zoom factor of {low:g} to {high:g} a second", self.zoom)
        for one in fields(self):
            value = getattr(self, one.name)
            _require(value is None or math.isfinite(value), f"a finite {one.name}", value)

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
        settle(self)
        _require(0 < self.duration <= 86_400, "a duration over 0 seconds, up to a day", str(self.duration))
        _require(0 < self.fps <= 1000, "a frame rate over 0, up to 1000", str(self.fps))
        _require(0 <= self.strength <= 4, "a strength of 0 to 4", self.strength)
        _require(self.journey_seconds > 0, "a journey of more than 0 seconds a place", self.journey_seconds)
        meant = {"true": "random", "false": "none"}.get(self.journey.lower(), self.journey)
        object.__setattr__(self, "journey", meant)
        _require(meant in ("random", "none") or bool(self.journey_words), "random, none or words", self.journey)

    @property
    def journey_words(self) -> tuple[tuple[Word, ...], ...]:
        """The words of a journey through words, stop by stop; empty for other journeys."""
        if self.journey in ("random", "none"):
            return ()
        stops = (stop.split("+") for stop in self.journey.split(",") if stop.strip())
        return tuple(tuple(Word.parse(word) for word in stop) for stop in stops)


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
        parts = {part: kind for part, (kind, _) in kinds(type(self)).items() if part != "schedules"}
        for part, kind in parts.items():
            _require(isinstance(getattr(self, part), kind), f"a {kind.__name__} for {part}", getattr(self, part))
        if isinstance(self.schedules, Mapping):
            object.__setattr__(self, "schedules", tuple(self.schedules.items()))
        for setting, text in self.schedules:
            room = setting.split(".")[0]
            _require(room in parts or setting == "layers", "a schedule for a known setting", setting)
            _require(isinstance(text, str), f"a schedule of {setting} as text", text)
