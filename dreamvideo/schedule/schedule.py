"""Settings over time: `"0s: 1, 4s: 1.5 smooth, 8s: 1"`.

    schedule := value | key ("," key)*
    key      := position ":" value [easing]
    position := 4s (seconds) | 50% (of the duration) | 60 (frames)
    value    := an expression (`.expression`) of t, pi, max_f and a music track's bass, mid, treble, loudness
    easing   := linear | smooth | ease-in | ease-out | hold: the transition into this key

The first key's value holds before it, the last key's after it. So no key at 0 is needed. An expression is evaluated at
every time, and fades into the next key's, as numbers do.

If all keys of a schedule are in frames, it has Deforum's meaning: `t` is the frame's number and `max_f` the last one's,
speeds (zoom, rotation, pan) are per frame, and an expression holds until the next key, while a number changes linearly.
In all other schedules `t` is in seconds and speeds are per second. A written easing counts in both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

from dreamvideo.config import ZOOM_LIMITS, CameraConfig, Recipe
from dreamvideo.errors import ConfigError, ScheduleError
from dreamvideo.schedule.expression import Expression
from dreamvideo.schedule.keyframes import between, last_frame, naming, read_keys, split_commas, timed_keys
from dreamvideo.schedule.mixtures import MIXTURES, LayerSchedule, WordSchedule
from dreamvideo.values import field_types

VARIABLES = ("t", "max_f", "bass", "mid", "treble", "loudness")
"""Variables of expressions, besides `pi`."""

SETTINGS = (
    *(f"camera.{field.name}" for field in fields(CameraConfig)),
    "coherence.blend",
    "coherence.strength",
    "zoom.strength",
    "dream.steps",
    "dream.step_size",
    "dream.octave_scale",
    "dream.motif",
    "dream.jitter",
)
"""Numeric settings that can be scheduled. Layers and words can be too (`mixtures`)."""

POINTS = {"camera.pan": ("camera.pan_x", "camera.pan_y"), "camera.center": ("camera.center_x", "camera.center_y")}
"""Settings that are points -> their two coordinates, which are scheduled separately."""

_FACTORS = ("camera.zoom",)
_RATES = tuple(
    name for name in SETTINGS if name.startswith("camera.") and name not in (*_FACTORS, *POINTS["camera.center"])
)
"""Speeds: factors and amounts per second; or per frame, if all keys of a schedule are written in frames."""


@dataclass(frozen=True, slots=True)
class _Key:
    time: float
    """Seconds."""
    value: Expression
    easing: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """A number over time."""

    keys: tuple[_Key, ...]
    in_frames: bool
    """Whether all keys are written in frames. Then `t` is a frame's number, and speeds are per frame."""
    fps: float
    last_frame: float | None
    """`max_f`; None: no duration is known."""

    @classmethod
    def parse(cls, text: str, *, fps: float = 24.0, duration: float | None = None) -> Schedule:
        """Parse a schedule.

        Args:
            fps: frames per second, for keys in frames.
            duration: seconds, for keys in percent and `max_f`.

        Raises:
            ScheduleError: it names the key and the column.
        """
        timed, in_frames = timed_keys(text, fps, duration)
        names = VARIABLES if duration is not None else tuple(name for name in VARIABLES if name != "max_f")
        keys: list[_Key] = []
        for time, item in timed:
            with naming(item):
                value = Expression.parse(item.value, names, item.value_column)
            holds = in_frames and not item.eased and bool(keys) and not keys[-1].value.is_number
            keys.append(_Key(time, value, "hold" if holds else item.easing))
        return cls(tuple(keys), in_frames, fps, None if duration is None else last_frame(fps, duration))

    def at(self, t: float, variables: Mapping[str, float] | None = None) -> float:
        """The value at `t` seconds.

        Args:
            variables: bass, mid, treble and loudness in [0, 1], if there is music.

        Raises:
            ScheduleError: an expression has no finite real value.
        """
        known = {**(variables or {}), "t": t * self.time_unit}
        if self.last_frame is not None:
            known["max_f"] = self.last_frame
        before, after, way = between([key.time for key in self.keys], [key.easing for key in self.keys], t)
        start = self.keys[before].value.at(known)
        if way == 0.0:
            return start
        end = self.keys[after]
        then = {**known, "t": end.time * self.fps} if self.in_frames else known
        return (1 - way) * start + way * end.value.at(then)

    @property
    def time_unit(self) -> float:
        """Units of `t` per second: 1 for seconds, `fps` for frames."""
        return self.fps if self.in_frames else 1.0

    @property
    def knots(self) -> tuple[float, ...]:
        """Times, in seconds, at which the schedule may bend or jump: those of its keys."""
        return tuple(key.time for key in self.keys)


def point_schedules(setting: str, text: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Split a schedule of points, `"0s: 0.3,0.5, 4s: 0.7,0.5"`, into two schedules of numbers, for `Recipe.schedules`.

    Raises:
        ScheduleError: it names the key and the column.
    """
    axes: tuple[list[str], list[str]] = ([], [])
    for item in read_keys(text):
        value = item.value.strip()
        if len(parts := split_commas(value)) == 1 and value.startswith("(") and value.endswith(")"):
            parts = split_commas(value[1:-1])
        if len(parts) != 2:
            raise ScheduleError(
                f"key {item.position!r}, column {item.value_column}: expected x,y, got {item.value.strip()!r}"
            )
        for axis, (part, _) in zip(axes, parts, strict=True):
            axis.append(f"{item.position}: ({part.strip()}) {item.easing if item.eased else ''}")
    x, y = POINTS[setting]
    return (x, ", ".join(axes[0])), (y, ", ".join(axes[1]))


def apply_schedules(
    recipe: Recipe,
    t: float,
    variables: Mapping[str, float] | None = None,
    *,
    fps: float | None = None,
    duration: float | None = None,
) -> Recipe:
    """The recipe at one time.

    Args:
        recipe: its `schedules` apply.
        t: seconds.
        variables: the music's bands, if there is music.
        fps: frames per second, for keys in frames; None: `recipe.zoom.fps`.
        duration: seconds, for keys in percent; None: `recipe.zoom.duration`.

    Raises:
        ScheduleError: it names the setting.
    """
    clock = _clock(recipe, fps, duration)
    rooms: dict[str, dict[str, Any]] = {}
    for setting, text in recipe.schedules:
        try:
            if setting in MIXTURES:
                rooms.setdefault("dream", {})[MIXTURES[setting][0]] = _parse_mixture(setting, text, *clock).at(t)
                continue
            for one, schedule in _parse_numbers(setting, text, *clock):
                room, name = one.split(".")
                value = _per_second(one, schedule.at(t, variables), schedule)
                whole = field_types(type(getattr(recipe, room)))[name][0] is int
                rooms.setdefault(room, {})[name] = round(value) if whole else value
        except ScheduleError as error:
            raise ScheduleError(f"schedule of {setting} at {t:.3f} s: {error}") from error
    try:
        return replace(recipe, **{room: replace(getattr(recipe, room), **new) for room, new in rooms.items()})
    except ConfigError as error:
        raise ScheduleError(f"schedules at {t:.3f} s: {error}") from error


def _per_second(setting: str, value: float, schedule: Schedule) -> float:
    """Convert a speed to a value per second; other settings are returned unchanged."""
    if not schedule.in_frames or setting not in _FACTORS + _RATES:
        return value
    if setting in _RATES:
        return value * schedule.fps
    low, high = (limit ** (1 / schedule.fps) for limit in ZOOM_LIMITS)
    if not low <= value <= high:
        raise ScheduleError(
            f"expected a zoom factor of {low:.4g} to {high:.4g} a frame, since the keys are in frames, got {value:g}: "
            "keys in seconds, such as 0s and 4s, take factors a second"
        )
    return math.pow(value, schedule.fps)


def _clock(recipe: Recipe, fps: float | None, duration: float | None) -> tuple[float, float]:
    return (
        float(recipe.zoom.fps if fps is None else fps),
        float(recipe.zoom.duration if duration is None else duration),
    )


def schedule_knots(recipe: Recipe, *, fps: float | None = None, duration: float | None = None) -> tuple[float, ...]:
    """Times in seconds, in order, at which any scheduled number may bend or jump."""
    clock = _clock(recipe, fps, duration)
    knots: set[float] = set()
    for setting, text in recipe.schedules:
        if setting not in MIXTURES:
            knots.update(*(schedule.knots for _, schedule in _parse_numbers(setting, text, *clock)))
    return tuple(sorted(knots))


def check_schedules(
    recipe: Recipe,
    times: Iterable[float],
    variables: Callable[[float], Mapping[str, float]],
    *,
    fps: float | None = None,
    duration: float | None = None,
) -> None:
    """Evaluate every schedule at every one of the `times`, in seconds, to find errors before any work.

    Other arguments are as for `apply_schedules`.

    Raises:
        ScheduleError: it names the setting and the time.
    """
    for t in times:
        apply_schedules(recipe, t, variables(t), fps=fps, duration=duration)


@lru_cache(maxsize=256)
def _parse_numbers(setting: str, text: str, fps: float, duration: float) -> tuple[tuple[str, Schedule], ...]:
    pairs = point_schedules(setting, text) if setting in POINTS else ((setting, text),)
    for one, _ in pairs:
        if one not in SETTINGS:
            raise ScheduleError(f"expected a setting that can be scheduled ({', '.join(SETTINGS)}), got {setting!r}")
    return tuple((one, Schedule.parse(part, fps=fps, duration=duration)) for one, part in pairs)


@lru_cache(maxsize=64)
def _parse_mixture(setting: str, text: str, fps: float, duration: float) -> LayerSchedule | WordSchedule:
    return MIXTURES[setting][1].parse(text, fps=fps, duration=duration)
