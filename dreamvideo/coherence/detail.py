"""The finest detail of frames that are larger than the size at which dreams are carried.

A large frame shows the carried dream, enlarged, and a second layer at its own size: what the fine octaves add, hair
and sparkle. That layer is made with a shot's first frame and moved along the same motion. Moved from frame to frame it
would blur within seconds; so it stays as it was made, and the motions since are added up instead: every frame resamples
it once. Every few frames it is laid down anew, and dreamed on where most of it was lost.

It is as strong as the strength of the shot's first frame asks for; at another strength a share of it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from dreamvideo.coherence.flow import Motion
from dreamvideo.coherence.growing import Grower
from dreamvideo.coherence.patches import FEATHER, feather
from dreamvideo.coherence.planes import Plane, times
from dreamvideo.coherence.warp import Field, inside_frame, places, warp
from dreamvideo.config import DreamConfig
from dreamvideo.media.frame import Frame, Picture, Window

RENEWED = 6
"""Frames after which the layer is laid down anew: what is lost by resampling is lost once in so many."""

CELLS = 6
"""Parts across and down, one of which is dreamed on at a time."""

MOST_CELLS = 8
"""Of them that are dreamed on in one frame."""

LOST = 0.2
"""Part of the detail that a cell has lost when it is dreamed on."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What the fine octaves have added to a shot.

    Attributes:
        change: float32 (H, W, 3) at the frame's size, as it was laid down.
        backward: float32 (h, w, 2) at the working size, pixels of that size: from the last frame to where it lies.
        left: float32 (h, w), 0 to 1: how much of what was laid down is left there.
        presence: float32 (h, w), 0 to 1: how much of the shot's detail is there, what was lost before included.
    """

    change: Picture
    backward: Field
    left: Plane
    presence: Plane


def lift(change: Picture, size: tuple[int, int]) -> Picture:
    """A change (h, w, 3) at a larger size (width, height)."""
    return np.asarray(cv2.resize(change, size, interpolation=cv2.INTER_CUBIC), np.float32)


def first_detail(frame: Frame, change: Picture, config: DreamConfig, strength: float, dreamer: Grower) -> Detail:
    """The detail of a shot's first frame.

    Args:
        frame: the frame, at its own size.
        change: float32 (h, w, 3), its dream at the working size; where there is none there is no detail either.
        config: the recipe.
        strength: of the shot's first frame, part of the recipe's.
        dreamer: what dreams.
    """
    still, full = np.zeros((*change.shape[:2], 2), np.float32), np.ones(change.shape[:2], np.float32)
    if not change.any():
        return Detail(np.zeros_like(frame.picture), still, full, full)
    size = frame.picture.shape[1], frame.picture.shape[0]
    base, config = lift(change, size), _as_strong(config, strength)
    steps = [octave.share * config.steps if octave.share < 1 else 0.0 for octave in dreamer.octaves(size, config)]
    grown = dreamer.grow(frame.picture, base, config, steps=steps, index=frame.index)
    return Detail(grown - base, still, full, full)


def carry_detail(detail: Detail, motion: Motion | None, blend: float) -> Detail:
    """The detail with one more motion added to those since it was laid down."""
    kept = np.float32(blend)
    if motion is None:
        return replace(detail, left=detail.left * kept, presence=detail.presence * kept)
    followed, left, presence = (
        warp(plane, motion.backward, smooth=True) for plane in (detail.backward, detail.left, detail.presence)
    )
    backward = motion.backward + followed
    certain = motion.consistency[..., 0] * kept * inside_frame(*places(backward))
    return Detail(detail.change, backward, left * certain, presence * certain)


def detailed(detail: Detail) -> Picture:
    """The detail (H, W, 3) where the last frame has it."""
    height, width = detail.change.shape[:2]
    rows, columns = detail.left.shape
    if detail.backward.any():
        scale = np.array([width / columns, height / rows], np.float32)
        x, y = places(np.asarray(cv2.resize(detail.backward * scale, (width, height)), np.float32))
        moved: Picture = np.asarray(
            cv2.remap(detail.change, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.float32
        )
    else:
        moved = detail.change
    return times(moved, np.asarray(cv2.resize(detail.left, (width, height)), np.float32))


def laid_down(detail: Detail) -> Detail:
    """The detail as the last frame has it, with no motion since."""
    return Detail(detailed(detail), np.zeros_like(detail.backward), np.ones_like(detail.left), detail.presence)


def renewed(
    detail: Detail,
    base: Picture,
    share: float,
    frame: Frame,
    config: DreamConfig,
    strength: float,
    dreamer: Grower,
) -> Detail:
    """The detail laid down anew as the frame shows it, and dreamed on where most of it was lost.

    Args:
        detail: as it was carried to the frame.
        base: float32 (H, W, 3), the carried dream at the frame's size.
        share: of the detail, that the frame shows.
        frame: the frame.
        config: the recipe.
        strength: of the shot's first frame, part of the recipe's.
        dreamer: what dreams.
    """
    size = frame.picture.shape[1], frame.picture.shape[0]
    finest = [0.0] * (len(dreamer.octaves(size, config)) - 1) + [1.0]
    config = _as_strong(config, strength)
    detail = laid_down(detail)
    change, presence = detail.change, detail.presence.copy()
    shown = base + np.float32(share) * change
    for window in _poorest(1 - presence):
        here = _enlarged(window, size, (presence.shape[1], presence.shape[0]))
        grown = dreamer.grow(frame.picture, shown, config, steps=finest, index=frame.index, window=here)
        inside, taken = presence[window.slices], feather(window, presence.shape)
        gained = cv2.resize(taken * (1 - inside), (here.right - here.left, here.bottom - here.top))[..., np.newaxis]
        change[here.slices] += gained * (grown - shown)[here.slices]
        inside += taken * (1 - inside)
    return replace(detail, change=change, presence=presence)


def _as_strong(config: DreamConfig, strength: float) -> DreamConfig:
    return replace(config, step_size=min(config.step_size * strength, 1.0))


def _poorest(lost: Plane) -> Sequence[Window]:
    """The parts of a frame that have lost most, at the size of `lost` (h, w), each overlapping its neighbours."""
    mean = cv2.resize(lost, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    order = [int(place) for place in np.argsort(-mean, axis=None, kind="stable")[:MOST_CELLS]]
    cells = [divmod(place, CELLS) for place in order if mean.flat[place] > LOST]
    return [Window(*_stretch(row, lost.shape[0]), *_stretch(column, lost.shape[1])) for row, column in cells]


def _stretch(cell: int, length: int) -> tuple[int, int]:
    """Ends of a cell in a length that all share, so much longer that where two meet one fades in as the other out."""
    first, last = cell * length // CELLS, (cell + 1) * length // CELLS
    return max(first - FEATHER // 2, 0), min(last + FEATHER // 2, length)


def _enlarged(window: Window, size: tuple[int, int], of: tuple[int, int]) -> Window:
    """A window of a picture of one size (width, height), in another."""
    across, down = size[0] / of[0], size[1] / of[1]
    return Window(
        round(window.top * down), round(window.bottom * down), round(window.left * across), round(window.right * across)
    )
