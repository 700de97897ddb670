"""Dreams that keep the colours of their source."""

from __future__ import annotations

import numpy as np

from dreamvideo.media.colors import LUMA
from dreamvideo.media.frame import Picture


def keep_colors(dream: Picture, source: Picture) -> Picture:
    """Combine the dream's luma with the source's chroma (BT.709), scaled down where the result would leave the gamut.

    Args:
        dream: float32 RGB (H, W, 3) in [0, 1].
        source: the same.

    Returns:
        Float32 RGB (H, W, 3) in [0, 1].
    """
    luma = (dream @ LUMA)[..., np.newaxis]
    chroma = source - (source @ LUMA)[..., np.newaxis]
    room = np.where(chroma > 0, 1 - luma, luma) / np.maximum(np.abs(chroma), 1e-6)
    kept = np.minimum(room.min(axis=-1, keepdims=True), 1)
    return np.asarray(np.clip(luma + kept * chroma, 0, 1), np.float32)
