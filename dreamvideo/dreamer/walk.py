"""The walk through the octaves of one picture: what each hands on to the next."""

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
    """A step that a dream has taken.

    Attributes:
        done: how many are taken, in all octaves together.
        total: of how many.
        picture: gives the whole picture (H, W, 3) as it is now.
    """

    done: int
    total: int
    picture: Callable[[], Picture]


OnStep: TypeAlias = Callable[[Step], None]
"""Told of every step; what it raises ends the dream."""

Change: TypeAlias = Callable[[], Picture]
"""Gives the change (H, W, 3) as it is after a step: worked out only where somebody asks."""
Stepped: TypeAlias = Callable[[Change], None]
"""Told after every step."""
Steps: TypeAlias = Sequence[tuple[Octave, int]]
"""The octaves of a picture, small to large, and how many steps are taken in each."""


def added_up(
    source: Picture,
    change: Picture,
    steps: Steps,
    ascend: Callable[..., Picture],
    stepped: Stepped | None,
    *,
    clipped: bool = False,
) -> Picture:
    """Each octave adds its change to that of the whole picture, whose detail stays.

    Octaves up to the canonical size add up at that size, so that frames of all sizes dream the same; what they
    have changed is enlarged for the fine octaves. Where highlights are clipped, they are after every octave.
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
    """Octaves, with their numbers and their counts of steps, that add up at the size of a picture."""
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
    """Each octave becomes the picture that the next one dreams on, as the seed does."""
    size = source.shape[1], source.shape[0]
    picture = np.clip(source + change, 0, 1)
    for number, (octave, count) in enumerate(steps):
        start = resize_plainly(picture, octave.size)

        def told(raised: Picture, start: Picture = start) -> None:
            if stepped is not None:
                stepped(lambda: resize_plainly(start + raised, size) - source)

        picture = start + ascend(start, np.zeros_like(start), count, number, stepped=told)
    return resize_plainly(picture, size) - source
