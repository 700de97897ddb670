"""What passes between the rooms: pictures and frames."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.float32]
"""Float32 RGB, (H, W, 3), values in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture at its time.

    Attributes:
        picture: float32 RGB (H, W, 3) in [0, 1].
        time: seconds from the start of the selected part of the source.
        duration: seconds until the next frame, where known.
        index: position among the selected frames, from 0.
    """

    picture: Picture
    time: Fraction
    duration: Fraction | None
    index: int
