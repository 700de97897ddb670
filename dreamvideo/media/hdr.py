"""Convert high dynamic range (PQ, HLG) and wide gamuts to BT.709."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dreamvideo.media.frame import Picture
from dreamvideo.media.opencv import load_cv2

if TYPE_CHECKING:
    from av import VideoFrame

PQ, HLG = 16, 18
"""Transfer functions, as numbered in ITU-T H.273."""
BT2020, DISPLAY_P3 = 9, 12
_TO_BT709 = {
    BT2020: ((1.660491, -0.587641, -0.072850), (-0.124550, 1.132900, -0.008349), (-0.018151, -0.100579, 1.118730)),
    DISPLAY_P3: ((1.224940, -0.224940, 0.0), (-0.042057, 1.042057, 0.0), (-0.019638, -0.078636, 1.098274)),
}
"""Matrices for linear light: ITU-R BT.2087, and the P3 primaries with a D65 white."""
REFERENCE_WHITE = 203.0
"""Luminance of white paper in HDR, in cd/m2 (ITU-R BT.2408)."""
_PEAK = 1000.0
"""Luminance in cd/m2 that becomes white."""
_CODES = 65536


def is_hdr(frame: VideoFrame) -> bool:
    """Whether the frame's transfer function is PQ or HLG."""
    return frame.color_trc in (PQ, HLG)


def to_sdr(picture: Picture, frame: VideoFrame) -> Picture:
    """Convert `picture` (H, W, 3), coded as `frame`, to BT.709 in [0, 1]."""
    gamut = _TO_BT709.get(frame.color_primaries)
    if not is_hdr(frame):
        return picture if gamut is None else _to_gamma(_change_gamut(_look_up(_gamma_to_linear(), picture), gamut))
    light = _look_up(_pq_to_linear() if frame.color_trc == PQ else _hlg_to_linear(), picture)
    if frame.color_trc == HLG:
        # System gamma of a 1000 cd/m2 screen (BT.2100): luminance to the power 1.2, colours kept.
        luminance = light @ np.array([0.2627, 0.6780, 0.0593], np.float32)
        light *= (np.maximum(luminance, 1e-6) ** np.float32(0.2))[..., None] * np.float32(_PEAK / REFERENCE_WHITE)
    if gamut is not None:
        light = _change_gamut(light, gamut)
    return _to_gamma(_compress(light))


def _compress(light: Picture) -> Picture:
    """Compress highlights: `_PEAK` becomes 1, dark and middle tones hardly change.

    Extended Reinhard curve (Reinhard et al. 2002, equation 4) on the largest channel, so that hues stay.
    """
    brightest = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    peak = np.float32(_PEAK / REFERENCE_WHITE)
    return np.asarray(light * ((1 + brightest / peak**2) / (1 + brightest)), np.float32)


def _change_gamut(light: Picture, matrix: tuple[tuple[float, ...], ...]) -> Picture:
    changed: Picture = load_cv2().transform(light, np.asarray(matrix, np.float32))
    return np.maximum(changed, 0)


def _look_up(table: NDArray[np.float32], picture: Picture) -> Picture:
    return table[(picture * np.float32(_CODES - 1) + np.float32(0.5)).astype(np.uint16)]


def _to_gamma(light: Picture) -> Picture:
    """Linear light to values for a screen with gamma 2.4 (BT.1886)."""
    return np.asarray(np.clip(light, 0, 1) ** np.float32(1 / 2.4), np.float32)


@cache
def _gamma_to_linear() -> NDArray[np.float32]:
    return np.linspace(0, 1, _CODES, dtype=np.float32) ** np.float32(2.4)


@cache
def _pq_to_linear() -> NDArray[np.float32]:
    """SMPTE ST 2084, in units of reference white."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 4096 * 128, 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    root = np.linspace(0, 1, _CODES) ** (1 / m2)
    light = 10_000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    return (light / REFERENCE_WHITE).astype(np.float32)


@cache
def _hlg_to_linear() -> NDArray[np.float32]:
    """Scene light in [0, 1] (ARIB STD-B67, BT.2100)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    code = np.linspace(0, 1, _CODES)
    return np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12).astype(np.float32)
