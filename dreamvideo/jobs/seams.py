"""How one part of a long shot passes into the next.

What feeds back is chaotic: two renders of the same frame that began at different frames differ for good, however many
frames they are warmed up on. So a part goes on for some frames beyond its end, and in these the two are mixed. A
plain fade would show both at once, each at half of its strength. Here every place changes at a moment of its own,
within a part of the overlap: most places show the one or the other, and the border between them wanders.
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
"""Part of an overlap in which one place changes."""

WAVES = 6
"""Most half waves along the longer side of the pattern of moments: patches of about a fifth of the picture."""

_PURPOSE = 41
"""Tells these random numbers from others of the same seed."""


def joined(
    parts: Sequence[Part], frames_of: Callable[[Part], Iterator[Frame]], size: tuple[int, int], seed: int
) -> Iterator[Frame]:
    """Frames of all parts in order, each frame once; up to the first that is missing.

    Args:
        parts: in order.
        frames_of: the frames of a part, as far as they are there.
        size: (width, height).
        seed: of the moments at which places change.
    """
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
    """A frame that two parts have: exactly theirs where they agree.

    Args:
        before: float32 RGB (H, W, 3) in [0, 1], of the part that ends.
        after: the same of the part that begins.
        progress: how far the overlap has gone: 0 = all of it is `before`, 1 = `after`.
        moments: from `moments_of`.
    """
    share = np.clip((np.float32(progress) - moments * np.float32(1 - FADE)) / np.float32(FADE), 0, 1)
    share *= share * (3 - 2 * share)
    return np.asarray(before + share[..., None] * (after - before), np.float32)


def moments_of(size: tuple[int, int], seed: int, frame: int) -> NDArray[np.float32]:
    """When each place changes: smooth, and every moment equally often.

    Args:
        size: (width, height).
        seed: of the job.
        frame: at which the overlap begins; each has a pattern of its own.

    Returns:
        Float32 (height, width), from 0 = at the beginning of the overlap to 1 = at its end.
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
