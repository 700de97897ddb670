"""How far a flow can be trusted: where two lead back to each other, where frames look alike, what has structure."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.coherence.warp import Field, inside_frame, places
from dreamvideo.media.frame import Picture

SMOOTHING = 0.8
"""Standard deviation, in samples of the mask, of its smoothing (Ruder et al. 2016)."""

ALIKE, UNLIKE = 0.012, 0.03
"""Mean difference of colours, 0 to 1, up to which a warped pixel is the same thing, and from which it is not."""

ALIEN = 0.1
"""The same difference, from which nothing speaks for a vector: the thing was uncovered."""

MOST_GRAIN = 0.02
"""Largest difference, 0 to 1, that is put down to a clip's grain, which no motion explains."""

FLAT = 0.004
"""Standard deviation of a frame, 0 to 1, below which it shows nothing: a level of 255."""

STRUCTURE = 4.0
"""Slope of the grey, in levels of 255 a pixel, from which a place has structure enough to tell how it moves."""


def trust(backward: Field, forward: Field, reduced: float = 1.0) -> NDArray[np.float32]:
    """How consistent two flows are, by the thresholds of Ruder et al. 2016, "Artistic Style Transfer for Videos".

    Args:
        backward: current to previous, float32 (H, W, 2), pixels.
        forward: previous to current.
        reduced: pixels of the frame a pixel of these fields, which the thresholds are counted in.

    Returns:
        Float32 (H, W) in [0, 1], slightly smoothed; exactly 0 where the flow leaves the frame.
    """
    return reliable(backward, disagreement(backward, forward, reduced), reduced)


def reliable(backward: Field, disagreeing: NDArray[np.float32], reduced: float) -> NDArray[np.float32]:
    """What `trust` tells, by what `disagreement` has told."""
    inside = inside_frame(*places(backward))
    across, down = slopes(backward)
    edge = _square(across) + _square(down) > 0.01 * _square(backward) * reduced**2 + 0.002
    certain = ((disagreeing < 1) & ~edge & inside).astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(certain, (0, 0), SMOOTHING, borderType=cv2.BORDER_REPLICATE), np.float32)
    return np.asarray(np.clip(smooth * inside, 0, 1), np.float32)


def disagreement(backward: Field, forward: Field, reduced: float = 1.0) -> NDArray[np.float32]:
    """Square of the distance by which two flows do not lead back, in units of the threshold of Ruder et al.

    Takes what `trust` takes; gives float32 (H, W), below 1 where they are consistent.
    """
    returned = cv2.remap(forward, *places(backward), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    length = _square(backward) + _square(np.asarray(returned, np.float32))
    return _square(backward + np.asarray(returned, np.float32)) / (0.01 * length + np.float32(0.5 / reduced**2))


def likeness(previous: Picture, current: Picture, backward: Field) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How alike the current frame and the warped previous one look: what no eye can tell apart may be carried.

    In fog, sky and blur the two flows disagree by more than Ruder's thresholds though either explains the frame;
    without this a quarter of sintel.mp4 would lose its dream in every frame. A fade or a flash of the whole frame is
    no difference.

    Returns:
        Two float32 (H, W) in [0, 1], exactly 0 where the flow leaves the frame: how sure it is that the two show the
        same thing, and how far they may.
    """
    x, y = places(backward)
    warped = np.asarray(cv2.remap(previous, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
    warped = _as_bright(warped, current)
    difference = np.asarray(cv2.transform(cv2.absdiff(warped, current), np.full((1, 3), 1 / 3)), np.float32)
    difference = np.asarray(cv2.GaussianBlur(difference, (0, 0), 2 * SMOOTHING), np.float32)
    # What half of the frame differs by is grain: new in every frame, it says nothing about motion.
    grain = min(float(np.median(difference[::4, ::4])), MOST_GRAIN)
    alike = np.clip((UNLIKE + 2 * grain - difference) / (UNLIKE - ALIKE + grain), 0, 1)
    possible = np.clip((ALIEN + 2 * grain - difference) / (ALIEN - UNLIKE), 0, 1)
    inside = inside_frame(x, y)
    return np.asarray(alike * inside, np.float32), np.asarray(possible * inside, np.float32)


def _as_bright(picture: Picture, other: Picture) -> Picture:
    """A picture with the brightness and contrast of another that shows the same, by least squares over all values."""
    # Every other pixel both ways is enough, and takes a quarter of the time.
    one, two = (np.ascontiguousarray(each[::2, ::2]).ravel() for each in (picture, other))
    mean, wanted, variance = float(one.mean()), float(two.mean()), float(one.var())
    if variance < FLAT**2:
        return picture + np.float32(wanted - mean)
    gain = (float(one @ two) / one.size - mean * wanted) / variance
    return np.asarray(picture * np.float32(gain) + np.float32(wanted - gain * mean), np.float32)


def structure(picture: Picture) -> NDArray[np.float32]:
    """How much each place of a picture (H, W, 3) tells of its motion, 0 to 1: float32 (H, W).

    By the smaller eigenvalue of the structure tensor (Shi and Tomasi 1994): an edge tells nothing of motion along it.
    """
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) * np.float32(255)
    across, down = slopes(luma)
    products = np.dstack([across * across, down * down, across * down])
    xx, yy, xy = cv2.split(cv2.GaussianBlur(products, (0, 0), 2))
    least = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    return np.asarray(least / (least + np.float32(STRUCTURE**2)), np.float32)


def slopes(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Derivatives a pixel of values (H, W) or (H, W, C): across and down, of the same shape."""
    # Scharr's weights add up to 32
    across, down = (cv2.Scharr(values, cv2.CV_32F, *axes, scale=1 / 32) for axes in ((1, 0), (0, 1)))
    return np.asarray(across, np.float32), np.asarray(down, np.float32)


def _square(field: Field) -> Field:
    x, y = cv2.split(field)
    return np.asarray(x * x + y * y, np.float32)
