"""Where to dream: what was painted over the picture becomes a mask, white where the dream is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dreamvideo.config import WriteConfig
from dreamvideo.errors import ConfigError
from dreamvideo.media import Picture, write_still
from dreamvideo.media.frame import to_uint8

NAME = "mask.png"


def to_paint_on(picture: Picture) -> dict[str, Any]:
    """A picture (H, W, 3) in [0, 1] as the editor takes it, with nothing painted on it."""
    return {"background": to_uint8(picture), "layers": [], "composite": None}


def save_mask(painted: Mapping[str, Any] | None, folder: Path) -> Path:
    """Write what was painted as a mask.

    Args:
        painted: what the editor gives: `layers`, uint8 RGBA (H, W, 4), opaque where the brush was.
        folder: where the mask goes, in a folder of its own; the same strokes have the same.

    Returns:
        The mask's file.

    Raises:
        ConfigError: nothing was painted.
    """
    layers = [np.asarray(layer) for layer in (painted or {}).get("layers", ())]
    alphas = [layer[..., 3] for layer in layers if layer.ndim == 3 and layer.shape[2] == 4]
    if not alphas or not max(int(alpha.max()) for alpha in alphas):
        raise ConfigError(
            "expected strokes of the brush where the dream shall be, got none: paint on the picture first"
        )
    mask = np.maximum.reduce(alphas).astype(np.float32)[..., None] / np.float32(255)
    path = folder / hashlib.sha256(mask.tobytes()).hexdigest()[:16] / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_still(path, np.repeat(mask, 3, axis=-1), WriteConfig(overwrite=True), {})
