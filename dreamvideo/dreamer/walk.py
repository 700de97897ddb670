"""The walk through the octaves of one picture, and what each octave passes on to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from dreamvideo.dreamer.octaves import Octave, resize, resize_plainly
from dreamvideo.media.frame import Picture
from dreamvideo.media.geometry import resized


@dataclass(frozen=True, slots=True)
class Step:
    """Progress of a dream after a step.

    Attributes:
        done: steps taken so far, in all octaves together.
        total: steps of the whole dream.
        picture: returns the whole picture (H, W, 3) as it is now; computed only if called.
    """

    done: int
    total: int
    picture: Callable[[], Picture]


OnStep: TypeAlias = Callable[[Step], None]
"""Called after every step. An exception from it ends the dream."""

Change: TypeAlias = Callable[[], Picture]
"""Returns the change (H, W, 3) after a step; computed only if called."""
Stepped: TypeAlias = Callable[[Change], None]
"""Called after every step."""
Steps: TypeAlias = Sequence[tuple[Octave, int]]
"""The octaves of a picture, small to large, each with its number of steps."""


def added_up(
    source: Picture,
    change: Picture,
    steps: Steps,
    ascend: Callable[..., Picture],
    stepped: Stepped | None,
    *,
    clipped: bool = False,
) -> Picture:
    """Add up the changes of all octaves, so that the picture keeps its own detail.

    The octaves up to the canonical size add up at that size, so that frames of all sizes dream the same. Their sum is
    enlarged for the fine octaves.

    Args:
        source: float32 RGB (H, W, 3) in [0, 1].
        change: float32 (H, W, 3), the change so far.
        steps: the octaves and their numbers of steps.
        ascend: takes the steps of one octave; see `Dreamer`.
        stepped: called after every step.
        clipped: clip the picture to [0, 1] after every octave.

    Returns:
        The new change (H, W, 3).
    """
    numbered = [(number, *each) for number, each in enumerate(steps)]
    size = source.shape[1], source.shape[0]
    coarse = [each for each in numbered if each[1].share == 1]
    there = coarse[-1][1].size if coarse and len(coarse) < len(numbered) else size
    if there == size:
        return _through(source, change, numbered, ascend, stepped, clipped)
    small = resize(change, there)

    def lifted(grown: Picture) -> Picture:
        return change + resize(grown - small, size)

    if any(count for _, _, count in coarse):
        picture = resized(source, there)
        told = None if stepped is None else (lambda grown: stepped(lambda: lifted(grown())))
        change = lifted(_through(picture, small, coarse, ascend, told, clipped))
    return _through(source, change, numbered[len(coarse) :], ascend, stepped, clipped)


def _through(
    source: Picture,
    change: Picture,
    octaves: Sequence[tuple[int, Octave, int]],
    ascend: Callable[..., Picture],
    stepped: Stepped | None,
    clipped: bool,
) -> Picture:
    """Add up the changes of some octaves (number, octave, steps) at the size of the source."""
    size = source.shape[1], source.shape[0]
    for number, octave, count in octaves:
        if count == 0:
            continue
        before, small = change, resize(change, octave.size)

        def added(raised: Picture, before: Picture = before, small: Picture = small) -> Picture:
            return raised if small is before else before + resize(raised - small, size)

        def told(raised: Picture, added: Callable[[Picture], Picture] = added) -> None:
            if stepped is not None:
                stepped(lambda: added(raised))

        picture = resized(source, octave.size)
        change = added(ascend(picture, small, count, number, stretch=octave.step, stepped=told))
        change = np.clip(source + change, 0, 1) - source if clipped else change
    return change


def replaced(
    source: Picture,
    change: Picture,
    steps: Steps,
    ascend: Callable[..., Picture],
    stepped: Stepped | None,
) -> Picture:
    """Dream each octave on the resized result of the last one, as the seed does. Arguments as for `added_up`."""
    size = source.shape[1], source.shape[0]
    picture = np.clip(source + change, 0, 1)
    for number, (octave, count) in enumerate(steps):
        start = resize_plainly(picture, octave.size)

        def told(raised: Picture, start: Picture = start) -> None:
            if stepped is not None:
                stepped(lambda: resize_plainly(start + raised, size) - source)

        picture = start + ascend(start, np.zeros_like(start), count, number, stepped=told)
    return resize_plainly(picture, size) - source
