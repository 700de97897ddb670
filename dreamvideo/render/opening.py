"""Open what a render starts from: the dreamer, and the first picture."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from dreamvideo.config import ReadConfig, Recipe
from dreamvideo.errors import ConfigError
from dreamvideo.media import Picture, open_source, prefetch, probe, read_mask, read_still
from dreamvideo.progress import OnProgress, Progress, silent
from dreamvideo.zoom import noise_picture

if TYPE_CHECKING:
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.objectives import Objective

NOISE_SIZE = (640, 360)
"""Default (width, height), in pixels, of a zoom from noise."""
_AT_ANY_MOMENT = Fraction(240)
"""Frames per second to which a clip is resampled to find the frame on screen at `read.start`. Clips have fewer."""


@dataclass(frozen=True, slots=True)
class Start:
    """The picture that a zoom, a dream or an atlas starts from.

    Attributes:
        picture: float32 RGB (H, W, 3) in [0, 1].
        warnings: what was assumed or left out when it was read, in plain sentences.
        damaged: whether the source is damaged, so that this is its last readable picture.
    """

    picture: Picture
    warnings: tuple[str, ...] = ()
    damaged: bool = False


def open_dreamer(recipe: Recipe, objective: Objective | None = None) -> Dreamer:
    """Open the dreamer of a recipe: load its network, read its guide and mask."""
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.networks import load_network

    dream = recipe.dream
    guide = None if dream.guide is None else read_still(dream.guide, recipe.read.background)
    mask = None if dream.mask is None else read_mask(dream.mask)
    return Dreamer(load_network(recipe.network), recipe.dream, guide=guide, mask=mask, objective=objective)


def first_picture(source: Path, read: ReadConfig, on_progress: OnProgress = silent) -> Picture:
    """As `read_first`, but the warnings go to `on_progress`."""
    start = read_first(source, read)
    for warning in start.warnings:
        on_progress(Progress(0, None, "read", warning, warning=True))
    return start.picture


def read_first(source: Path, read: ReadConfig) -> Start:
    """Read a still, or the frame that a video shows at `read.start`, at the size that `read` asks for.

    Raises:
        InputError: the source cannot be read.
        ConfigError: there is no frame between start and end.
    """
    if read.start and read.fps is None and probe(source, max_pixels=read.max_pixels).kind in ("video", "gif"):
        read = replace(read, fps=_AT_ANY_MOMENT)
    with open_source(source, read) as frames, closing(iter(frames)) as selected:  # type: ignore[type-var]
        for frame in selected:
            return Start(frame.picture, tuple(frames.warnings), frames.damaged)
    raise ConfigError(f"expected a frame between start and end in {source}, got none")


def read_start(source: Path | None, recipe: Recipe) -> Start:
    """Read what a zoom starts from: noise, a picture, or the last selected frame of a video.

    Raises:
        InputError: the source cannot be read; or it is damaged, and `read.on_error` is "stop".
        ConfigError: there is no source and `zoom.from_noise` is not set; or no frame is between start and end.
    """
    if source is None:
        if not recipe.zoom.from_noise:
            raise ConfigError("expected a picture to zoom into, got none: name one, or zoom from noise")
        size = (recipe.read.width or NOISE_SIZE[0], recipe.read.height or NOISE_SIZE[1])
        return Start(noise_picture(size, recipe.dream.seed))
    last: Picture | None = None
    with open_source(source, recipe.read) as frames:
        for frame in prefetch(frames):
            last = frame.picture
        if last is None:
            raise ConfigError(f"expected a frame between start and end in {source}, got none")
        return Start(last, tuple(frames.warnings), frames.damaged)
