"""Motion between two source frames: dense flow both ways, and its confidence.

The flow is OpenCV's DIS flow (Kroeger et al. 2016, "Fast Optical Flow using Dense Inverse Search"), on frames of half
the size. Finer flow also fits the grain, and bends the dream that is warped along it: the dream then loses half as much
strength again from frame to frame.

In fog, sky and blank walls any vector explains the frame. DIS returns arbitrary ones there, up to half of the frame
long, which would tear the dream apart. Where forward and backward flow disagree, the flow of nearby structure is used
instead, if it explains the frame as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.coherence.trust import SMOOTHING, disagreement, likeness, reliable, structure
from dreamvideo.coherence.warp import Field, inside_frame, places
from dreamvideo.media.frame import Picture

HALVED, MOST_PIXELS = 320 * 180, 640 * 360
"""Least and most pixels of the frame on which flow is computed. Between them, its sides are half of the frame's."""

SMALLEST_SIDE = 32
"""Pixels. DIS needs a few of its 8-pixel patches, so smaller frames are enlarged for the flow."""

RESTING = 0.02
"""Pixels. Shorter vectors are the noise of a still camera; they count as zero, so that nothing is resampled."""

CLEAR = 4.0
"""Gain on structure (0 to 1): from 1/4 on, a place determines its own motion, and its flow is used as it is."""

PLAUSIBLE = 25.0
"""Disagreement of the two flows, as a multiple of the (squared) threshold. Below it, likeness alone is enough to accept
a vector; above it, structure is needed too."""

NEARBY = 0.05
"""Weight of the flow from a coarser pyramid level, relative to a place with full weight of its own."""


@dataclass(frozen=True, slots=True)
class Motion:
    """The motion from the previous frame to the current one.

    Attributes:
        backward: float32 (H, W, 2), backward flow in pixels (x, y): from the current frame to the previous one.
        consistency: float32 (H, W, 1) in [0, 1], confidence of the flow: 1 = seen in both frames, 0 = occluded before,
            not found, or outside the previous frame.
    """

    backward: Field
    consistency: NDArray[np.float32]

    @property
    def still(self) -> bool:
        """Whether nothing moves at all."""
        return not self.backward.any()


def estimate_flow(previous: Picture, current: Picture) -> Motion:
    """Estimate the motion from one source frame to the next.

    The result depends on the two frames alone, so another thread can compute it while the network works.

    Args:
        previous: float32 RGB (H, W, 3) in [0, 1].
        current: the same shape.

    Returns:
        The motion at the frames' size. For equal frames, zero flow and full confidence.
    """
    height, width = current.shape[:2]
    if np.array_equal(previous, current):
        return Motion(np.zeros((height, width, 2), np.float32), np.ones((height, width, 1), np.float32))
    size = _flow_size(width, height)
    previous, current = _reduce(previous, size), _reduce(current, size)
    before, after = grey(previous), grey(current)
    forward, backward = dense_flow(before, after), dense_flow(after, before)
    nearby, instead, consistency = _judged(backward, forward, previous, current, width / size[0])
    backward = _resized(_mixed(backward, nearby, instead), (width, height))
    consistency = np.asarray(cv2.resize(consistency, (width, height), interpolation=cv2.INTER_LINEAR))
    backward[(np.abs(backward[..., 0]) < RESTING) & (np.abs(backward[..., 1]) < RESTING)] = 0
    consistency *= inside_frame(*places(backward))
    return Motion(np.ascontiguousarray(backward), np.ascontiguousarray(consistency[..., None]))


def _judged(
    backward: Field, forward: Field, previous: Picture, current: Picture, reduced: float
) -> tuple[Field, NDArray[np.float32], NDArray[np.float32]]:
    """The flow of nearby structure, the weight (0 to 1) with which it replaces each vector, and the confidence."""
    disagreeing = disagreement(backward, forward, reduced)
    trusted, tells = reliable(backward, disagreeing, reduced), structure(current)
    alike, possible = likeness(previous, current, backward)
    trusted *= possible
    clear = np.minimum(CLEAR * tells, 1)
    nearby = spread(backward, trusted * tells)
    plausible = alike * np.where(disagreeing < PLAUSIBLE, 1, clear)
    # Structure that no vector explains was uncovered: the flow of its neighbours is no substitute there.
    alike_nearby = np.minimum(likeness(previous, current, nearby)[0], np.maximum(alike, 1 - tells))
    instead = np.where(alike_nearby >= plausible, 1 - trusted * clear, 0)
    return nearby, instead, np.maximum(trusted, np.where(instead > 0, alike_nearby, plausible))


def grey(picture: Picture) -> NDArray[np.uint8]:
    """Luma (H, W) in 0 to 255: what DIS flow reads."""
    return np.clip(np.rint(np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)) * 255), 0, 255).astype(np.uint8)


def dense_flow(
    origin: NDArray[np.uint8], target: NDArray[np.uint8], preset: int = cv2.DISOPTICAL_FLOW_PRESET_FAST
) -> Field:
    """DIS flow from one grey picture (H, W) to another, in pixels: origin(x) = target(x + flow(x))."""
    dis = cv2.DISOpticalFlow.create(preset)
    dis.setFinestScale(1)
    # OpenCV types the missing initial flow as an array
    return np.asarray(dis.calc(origin, target, None), np.float32)  # type: ignore[call-overload]


def spread(flow: Field, weight: NDArray[np.float32]) -> Field:
    """Interpolate a flow from the places with weight to all others (push-pull, Gortler et al. 1996).

    Args:
        flow: float32 (H, W, 2).
        weight: float32 (H, W), 0 to 1.

    Returns:
        Float32 (H, W, 2): `flow` where the weight is high; zero where there is no weight anywhere near.
    """
    levels = [np.dstack([flow * weight[..., None], weight])]  # (H, W, 3): two weighted components, and the weight
    while min(levels[-1].shape[:2]) > 4:
        levels.append(np.asarray(cv2.pyrDown(levels[-1]), np.float32))
    known = np.zeros_like(levels[-1][..., :2])
    for level in reversed(levels):
        if known.shape[:2] != level.shape[:2]:
            known = np.asarray(cv2.resize(known, level.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)
        known = (level[..., :2] + np.float32(NEARBY) * known) / (level[..., 2:] + np.float32(NEARBY))
    return known


def _mixed(flow: Field, other: Field, share: NDArray[np.float32]) -> Field:
    """Mix two flows: a smoothed `share` (H, W), 0 to 1, of `other`, and the rest of `flow`."""
    share = np.asarray(cv2.GaussianBlur(share, (0, 0), 2 * SMOOTHING), np.float32)
    return flow + share[..., None] * (other - flow)


def _flow_size(width: int, height: int) -> tuple[int, int]:
    wanted = min(max(width * height / 4, HALVED), MOST_PIXELS)
    factor = min(1.0, math.sqrt(wanted / (width * height)))
    factor = max(factor, SMALLEST_SIDE / min(width, height))
    return max(1, round(width * factor)), max(1, round(height * factor))


def _reduce(picture: Picture, size: tuple[int, int]) -> Picture:
    if size == (picture.shape[1], picture.shape[0]):
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def _resized(field: Field, size: tuple[int, int]) -> Field:
    """Resize a flow, and scale its vectors to pixels of the new size (width, height)."""
    height, width = field.shape[:2]
    if size == (width, height):
        return field
    factors = np.array([size[0] / width, size[1] / height], np.float32)
    return np.asarray(cv2.resize(field * factors, size, interpolation=cv2.INTER_LINEAR), np.float32)
