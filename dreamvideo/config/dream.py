"""What dreams, and of what: the network, layers and words, and the octave gradient ascent on one picture."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dreamvideo.errors import ConfigError
from dreamvideo.values import convert_fields, require

Normalise = Literal["mean_abs", "std"]
Measure = Literal["mean_square", "mean"]
Highlights = Literal["soft", "clip"]


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
        convert_fields(self)
        require(bool(self.name), "a layer name", self.name)
        require(self.channel is None or self.channel >= 0, "a channel number from 0", self.channel)
        require(math.isfinite(self.weight), "a finite layer weight", self.weight)

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
        convert_fields(self)
        require(bool(self.name.strip()), "a word", self.name)
        require(math.isfinite(self.weight), "a finite weight of a word", self.weight)

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
        convert_fields(self)


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
        convert_fields(self)
        require(self.octaves is None or 1 <= self.octaves <= 32, "1 to 32 octaves", self.octaves)
        require(0.1 <= self.motif <= 10, "a motif of 0.1 to 10", self.motif)
        require(1.0 < self.octave_scale <= 4.0, "an octave scale over 1, up to 4", self.octave_scale)
        require(
            self.octave_factors is None or len(self.octave_factors) > 0,
            "at least one octave factor",
            self.octave_factors,
        )
        require(0 <= self.steps <= 10_000, "0 to 10000 steps", self.steps)
        require(0 < self.step_size <= 1, "a step size over 0, up to 1", self.step_size)
        require(0 <= self.jitter <= 512, "a jitter of 0 to 512 pixels", self.jitter)
        require(0 <= self.seed < 2**63, "a seed of 0 to 2**63 - 1", self.seed)
        require(0 <= self.noise <= 1, "a noise of 0 to 1", self.noise)
        require(self.tile >= 128, "tiles of at least 128 pixels", self.tile)

    def canonical_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """The canonical (width, height) of a picture of `size`: its own size, unless that is larger.

        Octaves up to this size take all steps. Larger octaves are fine: a few steps that only sharpen.
        """
        factor = math.sqrt(CANONICAL_PIXELS / (size[0] * size[1])) / self.motif
        if self.octave_factors is not None or factor * NEARLY_CANONICAL >= 1:
            return size
        return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))
