"""What a frame is met with: X_t = I_t + b c W(D_{t-1} - I_{t-1}).

What is carried is the signed dream, what it changed, not the old picture: so nothing of the old frame ghosts.
b < 1 lets it decay, so that nothing piles up on a slow shot.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from dreamvideo.coherence.flow import Motion
from dreamvideo.coherence.steps import Presence
from dreamvideo.coherence.warp import warp
from dreamvideo.media.frame import Picture

REFERENCE_RATE = 24
"""Frames a second for which `CoherenceConfig.blend` is meant."""


def blend_over(blend: float, interval: Fraction | float) -> float:
    """Part of a dream that is left after `interval` seconds, where `blend` is left after 1/24 s."""
    return float(blend ** (REFERENCE_RATE * float(interval)))


def carry(
    source: Picture, previous_source: Picture, previous_dream: Picture, motion: Motion | None, blend: float
) -> Picture:
    """Meet a frame with the dream of the one before.

    Args:
        source: float32 RGB (H, W, 3) in [0, 1], the current frame.
        previous_source: the frame before, same shape.
        previous_dream: its dream.
        motion: from the previous frame to the current; None: the dream stays where it is, unmasked.
        blend: part of the dream that is kept, 0 to 1.

    Returns:
        float32 RGB (H, W, 3) in [0, 1]: the picture to dream on.
    """
    residue = previous_dream - previous_source
    if motion is not None:
        if not motion.still:
            residue = warp(residue, motion.backward)
        residue *= motion.consistency
    return np.clip(source + np.float32(blend) * residue, 0, 1)


def carry_presence(presence: Presence, motion: Motion | None) -> Presence:
    """Presence (H, W) of the dream that `carry` brings to a frame, but for the decay that all of it suffers alike."""
    if motion is None:
        return presence
    if not motion.still:
        presence = warp(presence, motion.backward, smooth=True)
    return np.asarray(presence * motion.consistency[..., 0], np.float32)
