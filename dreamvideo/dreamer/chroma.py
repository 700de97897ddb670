"""A dream in the colours of its source."""

from __future__ import annotations

import numpy as np

from dreamvideo.media.colors import LUMA
from dreamvideo.media.frame import Picture


def keep_colors(dream: Picture, source: Picture) -> Picture:
    """Give the dream's luma the source's chroma (BT.709 Y'CbCr); where that is out of gamut, less of it in its hue."""
    luma = (dream @ LUMA)[..., np.newaxis]
    chroma = source - (source @ LUMA)[..., np.newaxis]
    room = np.where(chroma > 0, 1 - luma, luma) / np.maximum(np.abs(chroma), 1e-6)
    kept = np.minimum(room.min(axis=-1, keepdims=True), 1)
    return np.asarray(np.clip(luma + kept * chroma, 0, 1), np.float32)
