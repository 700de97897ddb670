"""What a dreamed video is judged by: level, flicker, ghosting, what is half dreamed, and core-seconds a frame.

Sources and dreams are lists of float32 RGB (H, W, 3) in [0, 1]; motions[i] leads from frame i to frame i + 1.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np

from dreamvideo.coherence import Motion, estimate_flow, level_of, warp
from dreamvideo.coherence.flow import grey
from dreamvideo.coherence.trust import trust
from dreamvideo.media.frame import Picture

CERTAIN = 0.99
"""Consistency from which a pixel counts as seen in both frames."""
NEAR = 16.0
"""Standard deviation in pixels of the Gaussian window in which a dream is strong or faint."""
FAINT, STRONG = 0.4, 0.7
"""Local level of a half dreamed place, of a from-scratch dream's there; and of that dream, of its mean, where it
counts."""


def motions_of(sources: Sequence[Picture]) -> list[Motion]:
    """The motion from each frame to the next."""
    return [estimate_flow(one, other) for one, other in pairwise(sources)]


def fine_motions_of(sources: Sequence[Picture]) -> list[Motion]:
    """The same by another flow than the one that dreams are carried by: DIS as fine as the frame itself."""
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    dis.setFinestScale(0)
    found = []
    for one, other in pairwise([grey(source) for source in sources]):
        backward, forward = dis.calc(other, one, None), dis.calc(one, other, None)
        found.append(Motion(backward, trust(backward, forward)[..., None]))
    return found


def levels(sources: Sequence[Picture], dreams: Sequence[Picture]) -> np.ndarray:
    """Root mean square of what each dream changed: (frames,)."""
    return np.array([level_of(dream, source) for source, dream in zip(sources, dreams, strict=True)])


def deviations(found: np.ndarray, begun: Sequence[int]) -> np.ndarray:
    """Levels (frames,) over that of the first frame of their shot, less 1, from the third frame of each shot on.

    Args:
        found: of all frames.
        begun: numbers of the frames that begin a shot.
    """
    shots = zip(begun, [*begun[1:], len(found)], strict=True)
    return np.concatenate([found[first + 2 : end] / found[first] - 1 for first, end in shots])


def clipped(pictures: Sequence[Picture]) -> float:
    """Part of all values that are 0 or 1 in eight bits."""
    return float(np.mean([(np.abs(picture - 0.5) > 0.5 - 0.5 / 255).mean() for picture in pictures]))


def movers(
    sources: Sequence[Picture], dreams: Sequence[Picture], scratch: Sequence[Picture], begun: Sequence[int]
) -> float:
    """Share of the places that are half dreamed, of those where a dream from scratch is strong.

    Frames that begin a shot are left out, and so are the first two of all.
    """
    faint = strong = 0
    for index in set(range(2, len(sources))) - set(begun):
        here, full = (_local_level(each[index], sources[index]) for each in (dreams, scratch))
        counts = full > STRONG * full.mean()
        faint += int((counts & (here < FAINT * full)).sum())
        strong += int(counts.sum())
    return faint / max(strong, 1)


def _local_level(dream: Picture, source: Picture) -> np.ndarray:
    squares = cv2.GaussianBlur(((dream - source) ** 2).mean(axis=2), (0, 0), NEAR)
    return np.sqrt(np.maximum(squares, 0))


def flickers(sources: Sequence[Picture], dreams: Sequence[Picture], motions: Sequence[Motion]) -> np.ndarray:
    """Mean |D_t - W(D_{t-1})| over consistent pixels, less the same for the source: (frames - 1,).

    0 = the dream moves exactly with the picture; in values of a picture from 0 to 1.
    """
    return np.array([_unsteady(dreams, motions, i) - _unsteady(sources, motions, i) for i in range(len(motions))])


def _unsteady(pictures: Sequence[Picture], motions: Sequence[Motion], i: int) -> float:
    seen = motions[i].consistency[..., 0] > CERTAIN
    if not seen.any():
        return 0.0
    return float(np.abs(pictures[i + 1] - warp(pictures[i], motions[i].backward))[seen].mean())


def ghosts(sources: Sequence[Picture], dreams: Sequence[Picture], motions: Sequence[Motion]) -> np.ndarray:
    """How much of the old picture stays behind where the source uncovers background: (frames - 1,).

    Over the pixels that the motion cannot explain, the change D_t - I_t is projected on what a ghost would be,
    the old dreamed picture at the same place less the new source, D_{t-1} - I_t. 1 = the old picture stands
    there still, 0 = nothing of it. NaN where the frame uncovers less than 0.1 % of itself.
    """
    found = []
    for i, motion in enumerate(motions):
        uncovered = motion.consistency[..., 0] == 0
        if uncovered.mean() < 1e-3:
            found.append(np.nan)
            continue
        changed = (dreams[i + 1] - sources[i + 1])[uncovered]
        ghost = (dreams[i] - sources[i + 1])[uncovered]
        found.append(float((changed * ghost).sum() / max(float((ghost * ghost).sum()), 1e-12)))
    return np.array(found)


@dataclass
class CoreClock:
    """Adds up the processor time, of all threads, that is spent inside its `with` blocks."""

    seconds: float = 0.0
    _since: float = field(default=0.0, repr=False)

    def __enter__(self) -> CoreClock:
        self._since = time.process_time()
        return self

    def __exit__(self, *error: object) -> None:
        self.seconds += time.process_time() - self._since
