"""Numbers over time: keyframes with easings, and arithmetic with `t` and the bands of a piece of music.

`schedule` is what a setting becomes; `mixtures` layers and words that fade into one another; `keyframes` reads
"0s: 1, 4s: 1.5 smooth"; `expression` the arithmetic, by a parser of its own.
"""

from dreamvideo.schedule.mixtures import MIXTURES, LayerSchedule, WordSchedule, is_timed
from dreamvideo.schedule.schedule import (
    POINTS,
    SETTINGS,
    VARIABLES,
    Schedule,
    apply_schedules,
    check_schedules,
    point_schedules,
    schedule_knots,
)

__all__ = [
    "MIXTURES",
    "POINTS",
    "SETTINGS",
    "VARIABLES",
    "LayerSchedule",
    "Schedule",
    "WordSchedule",
    "apply_schedules",
    "check_schedules",
    "is_timed",
    "point_schedules",
    "schedule_knots",
]
