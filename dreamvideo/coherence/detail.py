"""The finest detail of frames that are larger than the size at which dreams are carried.

A large frame shows the carried dream, enlarged, and a second layer at its own size: what the fine octaves add, hair
and sparkle. That layer is made with a shot's first frame and moved along the same motion. Moved from frame to frame it
would blur within seconds; so it stays as it was made, and the motions since are added up instead: every frame resamples
it once. Every few frames it is laid down anew, and dreamed on where most of it was lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.coherence.flow import Motion
from dreamvideo.coherence.growing import Grower
from dreamvideo.coherence.patches import feather
from dreamvideo.coherence.warp import Field, inside_frame, places
from dreamvideo.config import DreamConfig
from dreamvideo.media.frame import Frame, Picture, Window

Plane: TypeAlias = NDArray[np.float32]
"""Float32 (h, w), 0 to 1."""

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
        left: float32 (h, w), 0 to 1: how much of it is left there.
    """

    change: Picture
    backward: Field
    left: Plane


def lift(change: Picture, size: tuple[int, int]) -> Picture:
    """A change (h, w, 3) at a larger size (width, height)."""
    return np.asarray(cv2.resize(change, size, interpolation=cv2.INTER_CUBIC), np.float32)


def first_detail(frame: Frame, change: Picture, config: DreamConfig, strength: float, dreamer: Grower) -> Detail:
    """The detail of a shot's first frame.

    Args:
        frame: the frame, at its own size.
        change: float32 (h, w, 3), its dream at the working size.
        config: the recipe.
        strength: part of the recipe's strength.
        dreamer: what dreams.
    """
    size = frame.picture.shape[1], frame.picture.shape[0]
    base = lift(change, size)
    config = replace(config, step_size=min(config.step_size * strength, 1.0))
    steps = [octave.share * config.steps if octave.share < 1 else 0.0 for octave in dreamer.octaves(size, config)]
    grown = dreamer.grow(frame.picture, base, config, steps=steps, index=frame.index)
    height, width = change.shape[:2]
    return Detail(grown - base, np.zeros((height, width, 2), np.float32), np.ones((height, width), np.float32))


def carry_detail(detail: Detail, motion: Motion | None, blend: float) -> Detail:
    """The detail with one more motion added to those since it was laid down."""
    if motion is None:
        return replace(detail, left=detail.left * np.float32(blend))
    x, y = places(motion.backward)
    followed, left = (
        np.asarray(cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
        for plane in (detail.backward, detail.left)
    )
    backward = motion.backward + followed
    left = left * motion.consistency[..., 0] * np.float32(blend) * inside_frame(*places(backward))
    return Detail(detail.change, backward, np.asarray(left, np.float32))


def detailed(detail: Detail) -> Picture:
    """The detail (H, W, 3) where the last frame has it."""
    height, width = detail.change.shape[:2]
    rows, columns = detail.left.shape
    if detail.backward.any():
        scale = np.array([width / columns, height / rows], np.float32)
        x, y = places(np.asarray(cv2.resize(detail.backward * scale, (width, height)), np.float32))
        moved = cv2.remap(detail.change, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    else:
        moved = detail.change
    return np.asarray(moved * cv2.resize(detail.left, (width, height))[..., np.newaxis], np.float32)


def laid_down(detail: Detail) -> Detail:
    """The detail as the last frame has it, with no motion since."""
    return Detail(detailed(detail), np.zeros_like(detail.backward), np.ones_like(detail.left))


def renewed(
    detail: Detail, moved: Picture, base: Picture, frame: Frame, config: DreamConfig, dreamer: Grower
) -> Detail:
    """The detail laid down anew as the frame shows it, and dreamed on where most of it was lost.

    Args:
        detail: as it was carried to the frame.
        moved: from `detailed`.
        base: float32 (H, W, 3), the carried dream at the frame's size.
        frame: the frame.
        config: the recipe.
        dreamer: what dreams.
    """
    size = frame.picture.shape[1], frame.picture.shape[0]
    finest = [0.0] * (len(dreamer.octaves(size, config)) - 1) + [1.0]
    left = detail.left.copy()
    rows, columns = left.shape
    for window in _poorest(1 - left):
        here = _enlarged(window, size, (columns, rows))
        grown = dreamer.grow(frame.picture, base + moved, config, steps=finest, index=frame.index, window=here)
        share = feather(here, (size[1], size[0]))[..., np.newaxis]
        lost = np.asarray(cv2.resize(1 - left[window.slices], share.shape[1::-1]), np.float32)[..., np.newaxis]
        moved[here.slices] += share * lost * (grown - base - moved)[here.slices]
        inside = left[window.slices]
        inside += feather(window, (rows, columns)) * (1 - inside)
    return Detail(moved, np.zeros_like(detail.backward), left)


def _poorest(lost: Plane) -> Sequence[Window]:
    """The parts of a frame that have lost most, at the size of `lost` (h, w)."""
    height, width = lost.shape
    mean = cv2.resize(lost, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    order = [int(place) for place in np.argsort(-mean, axis=None, kind="stable")[:MOST_CELLS]]
    cells = [divmod(place, CELLS) for place in order if mean.flat[place] > LOST]
    return [
        Window(row * height // CELLS, (row + 1) * height // CELLS, col * width // CELLS, (col + 1) * width // CELLS)
        for row, col in cells
    ]


def _enlarged(window: Window, size: tuple[int, int], of: tuple[int, int]) -> Window:
    """A window of a picture of one size (width, height), in another."""
    across, down = size[0] / of[0], size[1] / of[1]
    return Window(
        round(window.top * down), round(window.bottom * down), round(window.left * across), round(window.right * across)
    )
