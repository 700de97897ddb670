"""The dream along the motion: flow, carry, cuts, and the steps each frame needs.

A frame starts where the dream of the one before, moved along with the picture, leaves it, and a few steps
restore what decay and occlusion took.
"""

from dreamvideo.coherence.carrier import Carrier, Dreaming, Meeting
from dreamvideo.coherence.carry import blend_over, carry
from dreamvideo.coherence.cuts import CutDetector, cut_score
from dreamvideo.coherence.flow import Motion, estimate_flow
from dreamvideo.coherence.level import Level, level_of
from dreamvideo.coherence.state import CarryState
from dreamvideo.coherence.steps import Patch, StepPlan, plan_steps
from dreamvideo.coherence.warp import warp

__all__ = [
    "Carrier",
    "CarryState",
    "CutDetector",
    "Dreaming",
    "Level",
    "Meeting",
    "Motion",
    "Patch",
    "StepPlan",
    "blend_over",
    "carry",
    "cut_score",
    "estimate_flow",
    "level_of",
    "plan_steps",
    "warp",
]
