"""What steps have made and no frame has shown yet.

A step costs the same however little of it is needed. What a frame does not need is carried along the motion like the
dream itself, and shown by the frames that follow: so nothing that was paid for is lost, every frame changes by just
what it lacks, and many need no network at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dreamvideo.coherence.flow import Motion
from dreamvideo.coherence.warp import warp
from dreamvideo.media.frame import Picture


@dataclass(frozen=True, slots=True)
class Reserve:
    """A change that is yet to be shown.

    Attributes:
        change: float32 (H, W, 3), added to a picture of values from 0 to 1.
        effort: that is left in it, where a pixel lacked no more than all.
    """

    change: Picture
    effort: float

    @classmethod
    def none(cls, picture: Picture) -> Reserve:
        """Nothing in reserve for a picture of that shape."""
        return cls(np.zeros_like(picture), 0.0)

    def carried(self, motion: Motion | None) -> Reserve:
        """The same moved to the next frame; where that cannot be told, nothing is left."""
        if motion is None or self.effort <= 0:
            return self
        change = self.change if motion.still else warp(self.change, motion.backward, smooth=True)
        return Reserve(change * motion.consistency, self.effort)

    def left(self, share: NDArray[np.float32], effort: float) -> Reserve:
        """What is left once a share (H, W) was shown, for which `effort` was wanted."""
        if effort >= self.effort:
            return Reserve.none(self.change)
        return Reserve(np.maximum(1 - share, 0)[..., None] * self.change, self.effort - effort)
