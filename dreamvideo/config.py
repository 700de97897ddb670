"""What can be set: frozen dataclasses, each default once, validated when made.

Units are those that people feel: seconds, pixels of the picture, fractions of it, factors a second.
A picture's values run from 0 to 1, so a `step_size` of 0.01 moves a pixel by 1 % of its range.

Fields take what can be read as their type, and hold that type: `fps` 25, 29.97 or "30000/1001", `start` 90 or "1:30",
`layers` ["mixed4:23=1.5"], `mask` "mask.png".
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
"""Factors a second."""

SHORTEST_SPLIT = 3
"""Seconds of a part of a split shot: two overlaps."""


def _require(condition: bool, expected: str, received: object) -> None:
    if not condition:
        raise ConfigError(f"expected {expected}, got {received!r}")


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
        try:
            return cls(name, None if channel is None else int(channel), 1.0 if weight is None else float(weight))
        except ValueError as error:
            raise ConfigError(f"expected a number as the weight of layer {name!r}, got {weight!r}") from error

    def __str__(self) -> str:
        channel = "" if self.channel is None else f":{self.channel}"
        return f"{self.name}{channel}" + ("" if self.weight == 1.0 else f"={self.weight:g}")


@dataclass(frozen=True, slots=True)
class Word:
    """A word to dream of: `penguin`, with a weight `coral=0.5`, below 0 to shun it; or its file, `./cat.npz`.

    A word of the user's own has a digest in recipes, `our cat#1f3a5c7e9b2d`, since another may have its name elsewhere.
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
        try:
            return cls(name, 1.0 if weight is None else float(weight), digest)
        except ValueError as error:
            raise ConfigError(f"expected a number as the weight of the word {name!r}, got {weight!r}") from error

    def __str__(self) -> str:
        digest = "" if self.digest is None else f"#{self.digest}"
        return f"{self.name}{digest}" + ("" if self.weight == 1.0 else f"={self.weight:g}")


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Which network dreams, and where its weights come from."""

    model: str = "dreamnet"
    weights: Path | None = None
    """A weights file for `model`; None: bundled, or Keras' own download."""

    def __post_init__(self) -> None:
        settle(self)


CANONICAL_PIXELS = 640 * 360
"""Area up to which a picture is dreamed in full, at motif 1."""
NEARLY_CANONICAL = 1.1
"""A picture whose sides are up to so many times the canonical ones is canonical itself."""


@dataclass(frozen=True, slots=True)
class DreamConfig:
    """The octave gradient ascent on one picture."""

    layers: tuple[Layer, ...] = ()
    """What is ascended; empty: the network's default layers, or words alone where there are some."""
    of: tuple[Word, ...] = ()
    """What shall appear: words of the bundled network's, or of one's own."""
    measure: Measure = "mean_square"
    """What of a layer is raised: mean of squares (Mordvintsev et al. 2015) or mean (TensorFlow's tutorial)."""
    octaves: int | None = None
    """Sizes with full steps; None: as many as lead from where the network sees best to the canonical size."""
    octave_scale: float = 1.4
    """Ratio of the sides of neighbouring octaves."""
    octave_factors: tuple[int, ...] | None = None
    """Sizes relative to the picture's, as powers of `octave_scale`, in order; None: absolute sizes."""
    motif: float = 1.0
    """Size of what is dreamed, in parts of the picture: 1 as tuned, 0.5 half as large, 2 twice; at any resolution."""
    steps: int = 10
    """Steps an octave from scratch, at strength 1; 0 passes pictures through undreamed. Fine octaves have a fifth."""
    noise: float = 0.12
    """Spread of the noise by `seed` that the smallest octave begins on and loses again, of values from 0 to 1: what
    appears in skies and on walls follows it, rather than the source's last bits."""
    step_size: float = 0.012
    """Pixel change a step, in units of `normalise`, of a range from 0 to 1."""
    normalise: Normalise = "mean_abs"
    natural: bool = True
    """Whether steps are shaped like photographs, mostly light and not too fine, instead of neon fringes."""
    jitter: int = 32
    """Pixels by which the network's grid is moved at random each step; 0: not at all."""
    detail: bool = True
    """Whether each octave adds only its change to the full-size picture, so that its detail stays."""
    highlights: Highlights = "soft"
    """soft: a change bends towards black and white and never reaches them; clip: it is cut off there."""
    guide: Path | None = None
    """A picture whose features the dream seeks."""
    mask: Path | None = None
    """A grey picture: white dreams, black stays, grey dreams less."""
    keep_colors: bool = False
    """Luma of the dream, chroma of the source."""
    seed: int = 0
    tile: int = 1024
    """A picture of more than tile * tile pixels is dreamed in tiles of at most this side."""

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
        """(width, height) up to which a picture of a size is dreamed in full: its own, unless it is larger than that.

        Octaves beyond are fine ones: a few steps that sharpen what is there.
        """
        factor = math.sqrt(CANONICAL_PIXELS / (size[0] * size[1])) / self.motif
        if self.octave_factors is not None or factor * NEARLY_CANONICAL >= 1:
            return size
        return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


@dataclass(frozen=True, slots=True)
class CoherenceConfig:
    """How a frame meets the dream of the frame before."""

    coherence: Coherence = "flow"
    blend: float = 0.995
    """Part of the previous dream that a frame keeps: at 24 fps; other rates decay alike per second."""
    strength: float = 1.0
    """0 = the source, 1 = as dreamed as the full recipe from scratch."""
    cut_threshold: float = 1.0
    """How sure a cut must be: 1 as tuned, higher finds fewer; 0 turns cut detection off."""
    split: Fraction | None = None
    """Seconds: jobs dream longer shots in parts, which overlap and are mixed there; None: never."""

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
    """Which frames of the source, and how large."""

    start: Fraction = Fraction(0)
    """Seconds."""
    end: Fraction | None = None
    duration: Fraction | None = None
    """Seconds, in place of an end, which it is turned into."""
    width: int | None = None
    height: int | None = None
    scale: float | None = None
    fps: Fraction | None = None
    """Resample to a constant rate; None: every frame at its own time."""
    background: str = "black"
    """What transparent pixels lie on: a colour's name or #rrggbb."""
    max_pixels: int = 64_000_000
    """Refuse larger frames before decoding them."""
    on_error: OnError = "stop"
    """At damage in the source: stop, or keep what was readable."""

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
    """Constant rate factor, lower is better; None: 16 for H.264, 24 for VP9."""
    quality: int | None = None
    """Of a JPEG or WebP, 1 to 100, higher is better; None: 95."""
    audio: bool = True
    overwrite: bool = False
    gif_palette: GifPalette = "clip"
    max_bytes: int | None = None
    """Size budget of a GIF: size, rate and colours are chosen to fit."""
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
    """Motion of the camera; every speed is per second, so that frame rates agree."""

    zoom: float | None = None
    """Factor a second: 2 = twice as close each second, 0.5 = out; None: 1 on a video, 1.5 in a zoom animation."""
    rotate: float = 0.0
    """Degrees a second, counter-clockwise."""
    pan_x: float = 0.0
    """Frame widths a second, to the right."""
    pan_y: float = 0.0
    """Frame heights a second, downwards."""
    center_x: float = 0.5
    """Where to dive: fraction of the width from the left."""
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
    """A zoom animation: the dream fed back through the camera."""

    duration: Fraction = Fraction(10)
    """Seconds."""
    fps: Fraction = Fraction(24)
    strength: float = 1.0
    """How fast the dream grows on the moving picture: 1 as tuned, 0 only moves the camera."""
    drift: Drift = "hold"
    """hold: colours stay those of the first frame; free: they go where the dream takes them."""
    journey: str = "random"
    """Where the objective wanders, so that there is always something new: random (true) through layers and channels,
    none (false), or words in order, "coral, starfish, penguin", each of which may be several with weights joined
    by +."""
    journey_seconds: float = 4.0
    """How long the journey stays at one place, about, or at one word."""
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
        """The words of a journey of words, stop by stop; none: it is of another kind."""
        if self.journey in ("random", "none"):
            return ()
        stops = (stop.split("+") for stop in self.journey.split(",") if stop.strip())
        return tuple(tuple(Word.parse(word) for word in stop) for stop in stops)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides how a result looks: what is stored in files and repeated from them."""

    network: NetworkConfig = field(default_factory=NetworkConfig)
    dream: DreamConfig = field(default_factory=DreamConfig)
    coherence: CoherenceConfig = field(default_factory=CoherenceConfig)
    read: ReadConfig = field(default_factory=ReadConfig)
    write: WriteConfig = field(default_factory=WriteConfig)
    camera: CameraConfig = field(default_factory=CameraConfig)
    zoom: ZoomConfig = field(default_factory=ZoomConfig)
    schedules: tuple[tuple[str, str], ...] = ()
    """(setting, schedule) pairs, or a dict: "camera.zoom", "coherence.blend", "dream.step_size", "layers" and so on."""

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
