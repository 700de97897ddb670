"""Cross-fades between the parts of a split shot.

Feedback is chaotic: two renders of a frame that started at different frames never converge, however long the warm-up.
So each part continues beyond its end, and the overlap is mixed. A plain cross-fade would show both dreams at once, at
half strength. Here each place of the picture changes at its own time, within a fraction of the overlap. So most places
show one dream or the other, and the border between them moves.
"""

from __future__ import annotations

import collections
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dreamvideo.jobs.parts import Part
from dreamvideo.media.frame import Frame, Picture

FADE = 0.35
"""Fraction of the overlap in which one place changes."""

WAVES = 6
"""Most half waves along the longer side of the pattern: patches of about a fifth of the picture."""

_PURPOSE = 41
"""Random stream of the patterns: part of their seed."""


def joined(
    parts: Sequence[Part], frames_of: Callable[[Part], Iterator[Frame]], size: tuple[int, int], seed: int
) -> Iterator[Frame]:
    """Frames of all parts in order, each frame once, as far as `frames_of` returns them."""
    tail: Iterator[Frame] = iter(())
    for number, part in enumerate(parts):
        stream, count = frames_of(part), 0
        moments = moments_of(size, seed, part.first) if part.shared else None
        # The tail comes first, so that it is read to its end, where its files are checked.
        for before, after in zip(tail, stream, strict=False):
            assert moments is not None
            yield replace(after, picture=mixed(before.picture, after.picture, (count + 1) / (part.shared + 1), moments))
            count += 1
        due = part.stop - part.first - (parts[number + 1].shared if number + 1 < len(parts) else 0)
        for frame in itertools.islice(stream, due - count) if count == part.shared else ():
            yield frame
            count += 1
        if count < due:
            return
        tail = stream
    collections.deque(tail, maxlen=0)


def mixed(before: Picture, after: Picture, progress: float, moments: NDArray[np.float32]) -> Picture:
    """Mix two renders of a frame; where they agree, the result equals both.

    Args:
        before: float32 RGB (H, W, 3) in [0, 1] from the part that ends.
        after: the same from the part that begins.
        progress: position in the overlap: 0 = `before`, 1 = `after`.
        moments: pattern from `moments_of`.
    """
    share = np.clip((np.float32(progress) - moments * np.float32(1 - FADE)) / np.float32(FADE), 0, 1)
    share *= share * (3 - 2 * share)
    return np.asarray(before + share[..., None] * (after - before), np.float32)


def moments_of(size: tuple[int, int], seed: int, frame: int) -> NDArray[np.float32]:
    """The pattern of an overlap: when each place changes. It is smooth, with uniformly distributed values.

    Args:
        frame: first frame of the overlap, so that each has its own pattern.

    Returns:
        Float32 (height, width): 0 = at the start of the overlap, 1 = at its end.
    """
    chance = np.random.default_rng((seed, frame, _PURPOSE))
    across, down = (
        np.cos(np.pi * np.outer((np.arange(side) + 0.5) / max(size), np.arange(WAVES + 1))).astype(np.float32)
        for side in size
    )
    waves = (down @ chance.standard_normal((WAVES + 1, WAVES + 1), np.float32) @ across.T).ravel()
    moments = np.empty_like(waves)
    moments[np.argsort(waves, kind="stable")] = (np.arange(waves.size) + 0.5) / waves.size
    return np.asarray(moments.reshape(size[1], size[0]), np.float32)
