"""Numbers over time: keyframes with easings, and arithmetic with `t` and the bands of a piece of music.

`schedule` is what a setting becomes; `keyframes` reads "0s: 1, 4s: 1.5 smooth"; `expression` the arithmetic, by a
parser of its own.
"""

from dreamvideo.schedule.schedule import (
    NO_NUMBERS,
    POINTS,
    SETTINGS,
    VARIABLES,
    LayerSchedule,
    Schedule,
    apply_schedules,
    check_schedules,
    point_schedules,
    schedule_knots,
)

__all__ = [
    "NO_NUMBERS",
    "POINTS",
    "SETTINGS",
    "VARIABLES",
    "LayerSchedule",
    "Schedule",
    "apply_schedules",
    "check_schedules",
    "point_schedules",
    "schedule_knots",
]
