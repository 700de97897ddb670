"""Resample a picture by an affine transform, at high quality."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.frame import Picture

Matrix = NDArray[np.float64]
"""(2, 3): maps points of the earlier picture to the later one, in pixels."""
_POLE = (math.sqrt(105) - 13) / 8
_REACH = 15
_PREFILTER = np.array([-21 / 4 * _POLE / (1 - _POLE**2) * _POLE ** abs(k) for k in range(-_REACH, _REACH + 1)])
"""Filter from pixels to coefficients of cubic o-MOMS: the inverse of (4, 13, 4) / 21. The part cut off is 1e-7."""
_BLOCK = 16
"""Lines computed at once. Each block also reads about 32 neighbouring lines, whatever the picture's size."""
_PRODUCT = 2**18
"""Most multiplications of one matrix product. OpenBLAS splits larger ones over threads, which wait by spinning."""


def resample(picture: Picture, matrix: Matrix) -> Picture:
    """Move a picture by an affine transform, with reflection at its borders.

    The interpolation is cubic o-MOMS (Blu et al. 2001). It is as sharp as Lanczos-4, without the subpixel shift that
    OpenCV's cubic and Lanczos kernels accumulate from frame to frame (`tests/test_camera.py`). OpenCV is used only to
    gather pixels, since its own interpolation rounds positions to 1/32 of a pixel before version 5.

    Args:
        picture: float32 (H, W, C), C 1 or 3.
        matrix: (2, 3), from the picture given to the one returned.

    Returns:
        float32 (H, W, C), not clipped.
    """
    height, width = picture.shape[:2]
    scale = math.sqrt(abs(np.linalg.det(matrix[:, :2])))
    if scale < 0.8:  # antialiasing
        sigma = 0.5 * math.sqrt(1 / scale**2 - 1)
        blurred = cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
        picture = np.asarray(blurred, np.float32).reshape(height, width, -1)
    inverse = cv2.invertAffineTransform(matrix)
    if inverse[0, 1] == inverse[1, 0] == 0:
        right = inverse[0, 0] * np.arange(width) + inverse[0, 2]
        down = inverse[1, 1] * np.arange(height) + inverse[1, 2]
        return _sample_axes(picture, right, down)
    x = inverse[0, 0] * np.arange(width) + (inverse[0, 1] * np.arange(height) + inverse[0, 2])[:, np.newaxis]
    y = inverse[1, 0] * np.arange(width) + (inverse[1, 1] * np.arange(height) + inverse[1, 2])[:, np.newaxis]
    return _sample_points(picture, x, y)


def _sample_axes(picture: Picture, x: Matrix, y: Matrix) -> Picture:
    """Interpolate at columns x (W,) and rows y (H,): one axis after the other, by blocked matrix products."""
    height, width, channels = picture.shape
    rows = _weigh(picture.reshape(height, -1), y)  # (H, W C)
    planes = np.ascontiguousarray(rows.reshape(height, width, channels).transpose(1, 0, 2))
    columns = _weigh(planes.reshape(width, -1), x).reshape(width, height, channels)
    return np.ascontiguousarray(columns.transpose(1, 0, 2))


def _weigh(lines: NDArray[np.float32], at: Matrix) -> NDArray[np.float32]:
    """Interpolate lines (N, M) at positions (K,) along the first axis: (K, M)."""
    count = len(lines)
    base = np.floor(at).astype(np.int64)
    reach = np.arange(-_REACH - 1, _REACH + 3)
    taps = np.zeros((len(at), len(reach)))
    for number, tap in enumerate(_taps(at - base)):  # the taps at -1, 0, 1, 2, each spread by the prefilter
        taps[:, number : number + len(_PREFILTER)] += tap[:, np.newaxis] * _PREFILTER
    found = np.empty((len(at), lines.shape[1]), np.float32)
    for start in range(0, len(at), _BLOCK):
        block = slice(start, start + _BLOCK)
        seen = _mirrored(base[block, np.newaxis] + reach, count)
        low, high = int(seen.min()), int(seen.max()) + 1
        weights = np.zeros((len(seen), high - low))
        np.add.at(weights, (np.arange(len(seen))[:, np.newaxis], seen - low), taps[block])
        factors = weights.astype(np.float32)
        stride = max(1, _PRODUCT // factors.size)
        for left in range(0, lines.shape[1], stride):
            part = slice(left, left + stride)
            np.matmul(factors, lines[low:high, part], out=found[block, part])
    return found


def _mirrored(positions: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Reflect positions into 0 .. count - 1, without repeating the border, from any distance."""
    if count == 1:
        return np.zeros_like(positions)
    return np.asarray(count - 1 - np.abs(count - 1 - positions % (2 * count - 2)), np.int64)


def _sample_points(picture: Picture, x: Matrix, y: Matrix) -> Picture:
    """Interpolate at points x, y (H, W), each from 4 x 4 coefficients."""
    filtered = cv2.sepFilter2D(picture, -1, _PREFILTER, _PREFILTER, borderType=cv2.BORDER_REFLECT_101)
    coefficients = np.asarray(filtered, np.float32)
    base_x, base_y = np.floor(x), np.floor(y)
    channels = picture.shape[2]
    across, down = (
        [cv2.merge([tap] * channels).reshape(*x.shape, channels) for tap in _taps((at - base).astype(np.float32))]
        for at, base in ((x, base_x), (y, base_y))
    )
    first_x, first_y = (base_x - 1).astype(np.float32), (base_y - 1).astype(np.float32)
    moved = np.zeros((*x.shape, channels), np.float32)
    for row, share in enumerate(down):
        line = np.zeros_like(moved)
        for column, part in enumerate(across):
            found = cv2.remap(
                coefficients, first_x + column, first_y + row, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101
            )
            line += np.asarray(found, np.float32).reshape(moved.shape) * part
        moved += line * share
    return moved


def _taps(u: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Weights of the coefficients at -1, 0, 1 and 2 for a position `u` in [0, 1) after 0."""
    v = 1 - u
    return (
        ((v / 6) * v + 1 / 42) * v,
        ((u / 2 - 1) * u + 1 / 14) * u + 13 / 21,
        ((v / 2 - 1) * v + 1 / 14) * v + 13 / 21,
        ((u / 6) * u + 1 / 42) * u,
    )
