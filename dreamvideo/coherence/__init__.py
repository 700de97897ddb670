"""The dream along the motion: flow, carry, cuts, and the level that is held.

A frame starts where the dream of the one before, moved along with the picture, leaves it; what decay and occlusion took
is made up for.
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
