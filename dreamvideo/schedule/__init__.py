"""Schedules: settings that change over time, by keyframes with easings and by arithmetic with `t` and music.

`schedule` evaluates numbers, `mixtures` layers and words that cross-fade. `keyframes` parses "0s: 1, 4s: 1.5 smooth",
`expression` parses arithmetic, `music` measures the loudness of a track.
"""

from dreamvideo.schedule.mixtures import MIXTURES, LayerSchedule, WordSchedule, is_timed
from dreamvideo.schedule.schedule import (
    POINTS,
    SETTINGS,
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
    "LayerSchedule",
    "Schedule",
    "WordSchedule",
    "apply_schedules",
    "check_schedules",
    "is_timed",
    "point_schedules",
    "schedule_knots",
]
