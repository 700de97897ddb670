"""Temporal coherence: optical flow, the carried dream, cut detection, level control.

Each frame starts from the last frame's dream, warped along the flow. Decay and occlusion remove a part of that dream,
and new steps replace it.
"""

from dreamvideo.coherence.carrier import Carrier, blend_over, carry
from dreamvideo.coherence.cuts import CUT_SIDE, CutDetector, begins_shot, cut_score
from dreamvideo.coherence.detail import laid_down
from dreamvideo.coherence.flow import Motion, estimate_flow
from dreamvideo.coherence.growing import Grower
from dreamvideo.coherence.level import level_of
from dreamvideo.coherence.state import CarryState
from dreamvideo.coherence.warp import warp

__all__ = [
    "CUT_SIDE",
    "Carrier",
    "CarryState",
    "CutDetector",
    "Grower",
    "Motion",
    "begins_shot",
    "blend_over",
    "carry",
    "cut_score",
    "estimate_flow",
    "laid_down",
    "level_of",
    "warp",
]
