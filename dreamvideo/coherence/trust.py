"""Confidence of a flow: forward-backward consistency, likeness of the warped frame, structure of the picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.coherence.warp import Field, inside_frame, places
from dreamvideo.media.frame import Picture

SMOOTHING = 0.8
"""Standard deviation, in pixels of the flow, of the Gaussian that smooths the mask (Ruder et al. 2016)."""

ALIKE, UNLIKE = 0.012, 0.03
"""Mean colour difference, 0 to 1, between the warped and the current frame. Up to the first number a pixel shows the
same thing; from the second on that is not certain."""

ALIEN = 0.1
"""Mean colour difference, 0 to 1, from which a vector is rejected: the pixel was occluded before."""

MOST_GRAIN = 0.02
"""Most colour difference, 0 to 1, that counts as grain. Grain is new in every frame, so no motion explains it."""

FLAT = 0.004
"""Standard deviation of a frame, 0 to 1, below which it counts as blank: about one level of 255."""

STRUCTURE = 4.0
"""Gradient of the luma, in levels of 255 per pixel, at which the structure of a place is 0.5."""


def trust(backward: Field, forward: Field, reduced: float = 1.0) -> NDArray[np.float32]:
    """Forward-backward consistency, by the thresholds of Ruder et al. 2016, "Artistic Style Transfer for Videos".

    Args:
        backward: flow from current to previous frame, float32 (H, W, 2), pixels.
        forward: flow from previous to current frame, in the same form.
        reduced: pixels of the frame per pixel of the flow. The thresholds are in pixels of the frame.

    Returns:
        Float32 (H, W) in [0, 1], slightly smoothed; exactly 0 where the flow leaves the frame.
    """
    return reliable(backward, disagreement(backward, forward, reduced), reduced)


def reliable(backward: Field, disagreeing: NDArray[np.float32], reduced: float) -> NDArray[np.float32]:
    """What `trust` returns, if `disagreement` is known already."""
    inside = inside_frame(*places(backward))
    across, down = slopes(backward)
    edge = _square(across) + _square(down) > 0.01 * _square(backward) * reduced**2 + 0.002
    certain = ((disagreeing < 1) & ~edge & inside).astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(certain, (0, 0), SMOOTHING, borderType=cv2.BORDER_REPLICATE), np.float32)
    return np.asarray(np.clip(smooth * inside, 0, 1), np.float32)


def disagreement(backward: Field, forward: Field, reduced: float = 1.0) -> NDArray[np.float32]:
    """Squared forward-backward error, in units of the threshold of Ruder et al.

    Takes what `trust` takes. Returns float32 (H, W): below 1 where the flows are consistent.
    """
    returned = cv2.remap(forward, *places(backward), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    length = _square(backward) + _square(np.asarray(returned, np.float32))
    return _square(backward + np.asarray(returned, np.float32)) / (0.01 * length + np.float32(0.5 / reduced**2))


def likeness(previous: Picture, current: Picture, backward: Field) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Likeness of the current frame and the warped previous one: where they look the same, the dream may be carried.

    In fog, sky and blur the two flows disagree by more than Ruder's thresholds, although either explains the frame.
    Without the likeness, a quarter of sintel.mp4 would lose its dream in every frame. A fade or a flash of the whole
    frame does not count as a difference.

    Returns:
        Two float32 (H, W) in [0, 1], exactly 0 where the flow leaves the frame. First, the confidence that both show
        the same thing. Second, whether they may: 0 where the vector is rejected.
    """
    x, y = places(backward)
    warped = np.asarray(cv2.remap(previous, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
    warped = _as_bright(warped, current)
    difference = np.asarray(cv2.transform(cv2.absdiff(warped, current), np.full((1, 3), 1 / 3)), np.float32)
    difference = np.asarray(cv2.GaussianBlur(difference, (0, 0), 2 * SMOOTHING), np.float32)
    # The median difference is grain, which is new in every frame and says nothing about motion.
    grain = min(float(np.median(difference[::4, ::4])), MOST_GRAIN)
    alike = np.clip((UNLIKE + 2 * grain - difference) / (UNLIKE - ALIKE + grain), 0, 1)
    possible = np.clip((ALIEN + 2 * grain - difference) / (ALIEN - UNLIKE), 0, 1)
    inside = inside_frame(x, y)
    return np.asarray(alike * inside, np.float32), np.asarray(possible * inside, np.float32)


def _as_bright(picture: Picture, other: Picture) -> Picture:
    """Match the brightness and contrast of a picture to another one: gain and offset by least squares."""
    # Every second row and column is enough, in a quarter of the time.
    one, two = (np.ascontiguousarray(each[::2, ::2]).ravel() for each in (picture, other))
    mean, wanted, variance = float(one.mean()), float(two.mean()), float(one.var())
    if variance < FLAT**2:
        return picture + np.float32(wanted - mean)
    gain = (float(one @ two) / one.size - mean * wanted) / variance
    return np.asarray(picture * np.float32(gain) + np.float32(wanted - gain * mean), np.float32)


def structure(picture: Picture) -> NDArray[np.float32]:
    """Structure at each pixel of a picture (H, W, 3), float32 (H, W) in [0, 1]: how well it determines its motion.

    Measured by the smaller eigenvalue of the structure tensor (Shi and Tomasi 1994): a straight edge alone leaves the
    motion along it open.
    """
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) * np.float32(255)
    across, down = slopes(luma)
    products = np.dstack([across * across, down * down, across * down])
    xx, yy, xy = cv2.split(cv2.GaussianBlur(products, (0, 0), 2))
    least = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    return np.asarray(least / (least + np.float32(STRUCTURE**2)), np.float32)


def slopes(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Horizontal and vertical derivatives, per pixel, of values (H, W) or (H, W, C); of the same shape."""
    # Scharr's weights add up to 32
    across, down = (cv2.Scharr(values, cv2.CV_32F, *axes, scale=1 / 32) for axes in ((1, 0), (0, 1)))
    return np.asarray(across, np.float32), np.asarray(down, np.float32)


def _square(field: Field) -> Field:
    x, y = cv2.split(field)
    return np.asarray(x * x + y * y, np.float32)
