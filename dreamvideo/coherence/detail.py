"""The fine detail of frames that are larger than the working size, at which dreams are carried.

A large frame shows the carried dream, enlarged, plus a detail layer at the frame's own size: hair and sparkle from the
fine octaves. The layer is made with a shot's first frame. Resampled at every frame, it would blur within seconds. So
it is kept as it was made, the flow since then is accumulated, and every frame warps it once. Every few frames the
warped layer replaces the kept one, and the parts that lost most are dreamed on.

The layer has the strength of the shot's first frame. At another strength, a share of it is shown.
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
"""Frames between two renewals of the layer. Resampling costs sharpness only once in this many frames."""

CELLS = 6
"""Cells across and down. Detail is renewed cell by cell."""

MOST_CELLS = 8
"""Most cells that are dreamed on in one frame: the limit on its cost."""

LOST = 0.2
"""Mean loss of detail, 0 to 1, above which a cell is dreamed on."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What the fine octaves have added to a shot.

    Attributes:
        change: float32 (H, W, 3) at the frame's size, as of the last renewal.
        backward: float32 (h, w, 2) at the working size, in its pixels: the flow from the last frame back to `change`.
        left: float32 (h, w), 0 to 1: the part of `change` that is left since the last renewal.
        presence: float32 (h, w), 0 to 1: the part of the shot's detail that is left since its first frame.
    """

    change: Picture
    backward: Field
    left: Plane
    presence: Plane


def lift(change: Picture, size: tuple[int, int]) -> Picture:
    """Enlarge a change (h, w, 3) to `size` (width, height)."""
    return np.asarray(cv2.resize(change, size, interpolation=cv2.INTER_CUBIC), np.float32)


def first_detail(frame: Frame, change: Picture, config: DreamConfig, strength: float, dreamer: Grower) -> Detail:
    """Dream the detail of a shot's first frame.

    Args:
        frame: the frame, at its own size.
        change: float32 (h, w, 3), its dream at the working size; all zero: the detail is zero too.
        config: the settings of a full dream.
        strength: strength of the shot's first frame, 1 as tuned.
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
    """Add one more motion to the accumulated flow, and let the detail decay."""
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
    """The detail (H, W, 3), warped to the last frame."""
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
    """Replace the kept layer by the warped one, and reset the accumulated flow."""
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
    """Renew the detail: warp it once, and dream on the cells that lost most.

    Args:
        detail: the detail, carried to the frame.
        base: float32 (H, W, 3), the carried dream at the frame's size.
        share: the share of the detail that the frame shows.
        frame: the frame, at its own size.
        config: the settings of a full dream.
        strength: strength of the shot's first frame, 1 as tuned.
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
    """Windows of the cells that lost most, in pixels of `lost` (h, w). Neighbours overlap."""
    mean = cv2.resize(lost, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    order = [int(place) for place in np.argsort(-mean, axis=None, kind="stable")[:MOST_CELLS]]
    cells = [divmod(place, CELLS) for place in order if mean.flat[place] > LOST]
    return [Window(*_stretch(row, lost.shape[0]), *_stretch(column, lost.shape[1])) for row, column in cells]


def _stretch(cell: int, length: int) -> tuple[int, int]:
    """First and last pixel of a cell along a side, widened so that neighbours cross-fade."""
    first, last = cell * length // CELLS, (cell + 1) * length // CELLS
    return max(first - FEATHER // 2, 0), min(last + FEATHER // 2, length)


def _enlarged(window: Window, size: tuple[int, int], of: tuple[int, int]) -> Window:
    """Scale a window from a picture of size `of` (width, height) to one of `size`."""
    across, down = size[0] / of[0], size[1] / of[1]
    return Window(
        round(window.top * down), round(window.bottom * down), round(window.left * across), round(window.right * across)
    )
