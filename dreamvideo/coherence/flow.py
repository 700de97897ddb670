"""Motion between two source frames: dense flow both ways, and how far to trust it.

DIS flow (Kroeger et al. 2016, "Fast Optical Flow using Dense Inverse Search") as OpenCV builds it, beyond
`FLOW_PIXELS` on reduced frames. The backward flow, which moves the dream, is found at half size and refined: that
warps a frame as close to the next as the medium preset at full size does, in half of its time, where half size
alone is a quarter worse. The forward flow, and the mask, are made at half size: they only judge.

In fog, sky and blank walls any vector explains the frame, and DIS gives any, up to half of the frame long: a dream
would be torn to pieces there. Where the two flows disagree, the motion of what has structure nearby is taken instead,
as long as it explains the frame too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.frame import Picture

FLOW_PIXELS = 640 * 400
"""Larger frames are reduced to about this many pixels for the flow."""

SMALLEST_SIDE = 32
"""DIS needs a few of its 8-pixel patches; smaller frames are enlarged for the flow."""

RESTING = 0.02
"""Shorter vectors, in pixels, are the noise of a still camera: taken as none, so that nothing is resampled."""

SMOOTHING = 0.8
"""Standard deviation, in samples of the mask, of its smoothing (Ruder et al. 2016)."""

ALIKE, UNLIKE = 0.012, 0.03
"""Mean difference of colours, 0 to 1, up to which a warped pixel is the same thing, and from which it is not."""

MOST_GRAIN = 0.02
"""Largest difference, 0 to 1, that is put down to a clip's grain, which no motion explains."""

STRUCTURE = 4.0
"""Slope of the grey, in levels of 255 a pixel, from which a place has structure enough to tell how it moves."""

CLEAR = 4.0
"""One over the structure from which a vector needs no help."""

PLAUSIBLE = 25.0
"""Disagreement, of the threshold (the square of a distance), up to which likeness may speak for a vector where there is
little structure."""

BARELY = 0.03
"""Likeness that a vector may cost before it counts as explaining the frame worse."""

NEARBY = 0.05
"""Weight of what is known from further away, of that of a place that knows its own motion."""

FLAT = 0.004
"""Standard deviation of a frame, 0 to 1, below which it shows nothing: a level of 255."""

_COARSE = cv2.DISOPTICAL_FLOW_PRESET_FAST

Field: TypeAlias = NDArray[np.float32]
"""Float32 (H, W, 2): x and y, pixels."""


@dataclass(frozen=True, slots=True)
class Motion:
    """How the current frame follows from the previous one.

    Attributes:
        backward: float32 (H, W, 2), pixels (x, y) from a place in the current frame to the same thing in the previous.
        consistency: float32 (H, W, 1) in [0, 1]: 1 = the thing was seen in both, 0 = uncovered, lost or from outside.
    """

    backward: Field
    consistency: NDArray[np.float32]

    @property
    def still(self) -> bool:
        """Whether nothing moves at all."""
        return not self.backward.any()


def estimate_flow(previous: Picture, current: Picture) -> Motion:
    """Estimate the motion from one source frame to the next.

    A pure function of the two, so that it can run in a thread beside the network.

    Args:
        previous: float32 RGB (H, W, 3) in [0, 1].
        current: the same shape.

    Returns:
        The motion at the frames' size. Equal frames give exactly no motion, consistent everywhere.
    """
    height, width = current.shape[:2]
    if np.array_equal(previous, current):
        return Motion(np.zeros((height, width, 2), np.float32), np.ones((height, width, 1), np.float32))
    size = _flow_size(width, height)
    previous, current = _reduce(previous, size), _reduce(current, size)
    half = max(SMALLEST_SIDE, size[0] // 2), max(SMALLEST_SIDE, size[1] // 2)
    halves = _reduce(previous, half), _reduce(current, half)
    before, after = grey(halves[0]), grey(halves[1])
    forward, backward = dense_flow(before, after, _COARSE), dense_flow(after, before, _COARSE)
    backward = _refined(_resized(backward, size), grey(current), grey(previous))
    judged = _resized(backward, half)
    reduced = size[0] / half[0]
    trusted, alike = trust(judged, forward, reduced), likeness(*halves, judged)
    tells = structure(after)
    clear = np.minimum(CLEAR * tells, 1)
    plausible = alike * np.where(disagreement(judged, forward, reduced) < PLAUSIBLE, 1, clear)
    nearby = spread(judged, trusted * tells)
    # Where there is structure and nothing explains it, it has been uncovered, whatever lies near it.
    alike_nearby = np.minimum(likeness(*halves, nearby), np.maximum(alike, 1 - tells))
    instead = np.where(alike_nearby >= plausible - BARELY, 1 - trusted * clear, 0)
    consistency = np.maximum(trusted, np.where(instead > 0, alike_nearby, plausible))
    backward = _mixed(backward, _resized(nearby, size), instead)
    consistency = np.asarray(cv2.resize(consistency, (width, height), interpolation=cv2.INTER_LINEAR))
    backward = _resized(backward, (width, height))
    backward[(np.abs(backward[..., 0]) < RESTING) & (np.abs(backward[..., 1]) < RESTING)] = 0
    consistency *= _inside(*_places(backward))
    return Motion(np.ascontiguousarray(backward), np.ascontiguousarray(consistency[..., None]))


def grey(picture: Picture) -> NDArray[np.uint8]:
    """Luma (H, W) in 0 to 255: what DIS flow reads."""
    return np.clip(np.rint(np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)) * 255), 0, 255).astype(np.uint8)


def dense_flow(
    origin: NDArray[np.uint8], target: NDArray[np.uint8], preset: int = cv2.DISOPTICAL_FLOW_PRESET_MEDIUM
) -> Field:
    """DIS flow from one grey picture (H, W) to another, in pixels: origin(x) = target(x + flow(x))."""
    dis = cv2.DISOpticalFlow.create(preset)
    # OpenCV types the missing initial flow as an array
    return np.asarray(dis.calc(origin, target, None), np.float32)  # type: ignore[call-overload]


def _refined(backward: Field, origin: NDArray[np.uint8], target: NDArray[np.uint8]) -> Field:
    """A flow that was found at half the size, brought to the size of these greys (H, W)."""
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    dis.setPatchStride(4)
    dis.setVariationalRefinementIterations(0)
    return np.asarray(dis.calc(origin, target, backward), np.float32)


def trust(backward: Field, forward: Field, reduced: float = 1.0) -> NDArray[np.float32]:
    """How consistent two flows are, by the thresholds of Ruder et al. 2016, "Artistic Style Transfer for Videos".

    Args:
        backward: current to previous, float32 (H, W, 2), pixels.
        forward: previous to current.
        reduced: pixels of the frame a pixel of these fields, which the thresholds are counted in.

    Returns:
        Float32 (H, W) in [0, 1], slightly smoothed; exactly 0 where the flow leaves the frame.
    """
    inside = _inside(*_places(backward))
    # Scharr's weights over 32 are the derivative a pixel
    across = np.asarray(cv2.Scharr(backward, cv2.CV_32F, 1, 0, scale=1 / 32), np.float32)
    down = np.asarray(cv2.Scharr(backward, cv2.CV_32F, 0, 1, scale=1 / 32), np.float32)
    edge = _square(across) + _square(down) > 0.01 * _square(backward) * reduced**2 + 0.002
    reliable = ((disagreement(backward, forward, reduced) < 1) & ~edge & inside).astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(reliable, (0, 0), SMOOTHING, borderType=cv2.BORDER_REPLICATE), np.float32)
    return np.asarray(np.clip(smooth * inside, 0, 1), np.float32)


def disagreement(backward: Field, forward: Field, reduced: float = 1.0) -> NDArray[np.float32]:
    """Square of the distance by which two flows do not lead back, in units of the threshold of Ruder et al.

    Takes what `trust` takes; gives float32 (H, W), below 1 where they are consistent.
    """
    returned = cv2.remap(forward, *_places(backward), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    length = _square(backward) + _square(np.asarray(returned, np.float32))
    return _square(backward + np.asarray(returned, np.float32)) / (0.01 * length + np.float32(0.5 / reduced**2))


def likeness(previous: Picture, current: Picture, backward: Field) -> NDArray[np.float32]:
    """How alike the current frame and the warped previous one look: what no eye can tell apart may be carried.

    In fog, sky and blur the two flows disagree by more than Ruder's thresholds though either explains the frame;
    without this a quarter of sintel.mp4 would lose its dream in every frame. A fade or a flash of the whole frame is
    no difference.

    Returns:
        Float32 (H, W) in [0, 1]; exactly 0 where the flow leaves the frame.
    """
    x, y = _places(backward)
    warped = np.asarray(cv2.remap(previous, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
    warped = _as_bright(warped, current)
    difference = np.asarray(cv2.transform(cv2.absdiff(warped, current), np.full((1, 3), 1 / 3)), np.float32)
    difference = np.asarray(cv2.GaussianBlur(difference, (0, 0), 2 * SMOOTHING), np.float32)
    # What half of the frame differs by is grain: new in every frame, it says nothing about motion.
    grain = min(float(np.median(difference[::4, ::4])), MOST_GRAIN)
    alike = np.clip((UNLIKE + 2 * grain - difference) / (UNLIKE - ALIKE + grain), 0, 1)
    return np.asarray(alike * _inside(x, y), np.float32)


def warp(picture: NDArray[np.float32], backward: Field, *, smooth: bool = False) -> NDArray[np.float32]:
    """Move a picture along a backward flow: result(x) = picture(x + backward(x)).

    Lanczos over 8 x 8 pixels: a dream is warped hundreds of times. A hundred half-pixel warps of fine noise keep
    89 % of its contrast; linear interpolation keeps 21 %, and OpenCV's cubic kernel (a = -0.75, which amplifies
    the middle frequencies by up to 2.5 % each time) blows it up seventeen-fold.

    Args:
        picture: float32 (H, W) or (H, W, C).
        backward: float32 (H, W, 2), pixels. Places outside the picture repeat its border.
        smooth: the picture has no fine detail to lose: linear interpolation, which never leaves its range.

    Returns:
        Float32, the picture's shape. Where the flow is zero the picture itself, bit for bit.
    """
    x, y = _places(backward)
    kernel = cv2.INTER_LINEAR if smooth else cv2.INTER_LANCZOS4
    moved = cv2.remap(picture, x, y, kernel, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32).reshape(picture.shape)


def _as_bright(picture: Picture, other: Picture) -> Picture:
    """A picture with the brightness and contrast of another that shows the same, by least squares over all values."""
    # Every other pixel both ways is enough, and takes a quarter of the time.
    one, two = (np.ascontiguousarray(each[::2, ::2]).ravel() for each in (picture, other))
    mean, wanted, variance = float(one.mean()), float(two.mean()), float(one.var())
    if variance < FLAT**2:
        return picture + np.float32(wanted - mean)
    gain = (float(one @ two) / one.size - mean * wanted) / variance
    return np.asarray(picture * np.float32(gain) + np.float32(wanted - gain * mean), np.float32)


def structure(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much each place of a grey picture (H, W) tells of its motion, 0 to 1: float32 (H, W).

    By the smaller eigenvalue of the structure tensor (Shi and Tomasi 1994): an edge tells nothing of motion along it.
    """
    across, down = (cv2.Scharr(picture, cv2.CV_32F, *axes, scale=1 / 32) for axes in ((1, 0), (0, 1)))
    products = np.dstack([across * across, down * down, across * down])
    xx, yy, xy = cv2.split(cv2.GaussianBlur(products, (0, 0), 2))
    least = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    return np.asarray(least / (least + np.float32(STRUCTURE**2)), np.float32)


def spread(flow: Field, weight: NDArray[np.float32]) -> Field:
    """A flow from the places that have weight to all, the nearest first (push-pull, Gortler et al. 1996).

    Args:
        flow: float32 (H, W, 2).
        weight: float32 (H, W), 0 to 1.

    Returns:
        Float32 (H, W, 2): `flow` where weights are high; none where there is no weight anywhere near.
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
    """One flow, and by a share (h, w) of another size, the other; softly."""
    share = np.asarray(cv2.GaussianBlur(share, (0, 0), 2 * SMOOTHING), np.float32)
    share = np.asarray(cv2.resize(share, flow.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)
    return flow + share[..., None] * (other - flow)


def _flow_size(width: int, height: int) -> tuple[int, int]:
    factor = min(1.0, math.sqrt(FLOW_PIXELS / (width * height)))
    factor = max(factor, SMALLEST_SIDE / min(width, height))
    return max(1, round(width * factor)), max(1, round(height * factor))


def _reduce(picture: Picture, size: tuple[int, int]) -> Picture:
    if size == (picture.shape[1], picture.shape[0]):
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def _resized(field: Field, size: tuple[int, int]) -> Field:
    """A flow at another size, smaller too, in the pixels of that size."""
    height, width = field.shape[:2]
    if size == (width, height):
        return field
    factors = np.array([size[0] / width, size[1] / height], np.float32)
    return np.asarray(cv2.resize(field, size, interpolation=cv2.INTER_LINEAR), np.float32) * factors


def _places(backward: Field) -> tuple[Field, Field]:
    height, width = backward.shape[:2]
    x = np.arange(width, dtype=np.float32) + backward[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + backward[..., 1]
    return x, y


def _inside(x: Field, y: Field) -> NDArray[np.bool_]:
    height, width = x.shape
    return np.asarray((x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5))


def _square(field: Field) -> Field:
    x, y = cv2.split(field)
    return np.asarray(x * x + y * y, np.float32)
