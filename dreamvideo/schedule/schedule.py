"""Settings over time: `"0s: 1, 4s: 1.5 smooth, 8s: 1"`.

    schedule := value | key ("," key)*
    key      := position ":" value [easing]
    position := 4s (seconds) | 50% (of the duration) | 60 (frames, as in Deforum; max_f is their number)
    value    := an expression (`.expression`) of t, pi and a music track's bass, mid, treble, loudness
    easing   := linear | smooth | ease-in | ease-out | hold: the way into this key

Before the first key its value holds, after the last key the last one's: no key at 0 is needed. An
expression that changes is evaluated at every moment and fades into the next key's as numbers do.
`t` is in seconds, or in frames where every key is in frames, so that Deforum's schedules look as
they do there. Speeds stay per second either way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from dreamvideo.config import Layer, Recipe
from dreamvideo.errors import ConfigError, ScheduleError
from dreamvideo.schedule.expression import Expression
from dreamvideo.schedule.keyframes import between, naming, read_keys, split_commas, timed_keys

VARIABLES = ("t", "bass", "mid", "treble", "loudness")
"""Names that a value may use besides `pi`."""

SETTINGS = (
    "camera.zoom",
    "camera.rotate",
    "camera.pan_x",
    "camera.pan_y",
    "camera.center_x",
    "camera.center_y",
    "coherence.blend",
    "coherence.strength",
    "zoom.strength",
    "dream.steps",
    "dream.step_size",
    "dream.octave_scale",
    "dream.jitter",
)
"""Numbers that a schedule may drive; "layers" may be scheduled too."""

POINTS = {"camera.pan": ("camera.pan_x", "camera.pan_y"), "camera.center": ("camera.center_x", "camera.center_y")}
"""Settings of two numbers, scheduled as two."""

NO_NUMBERS = ("layers", "music")
"""What `Recipe.schedules` may hold besides schedules of numbers: layers over time, and a track's path."""


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
    time_unit: float = 1.0
    """How many `t` of the expressions make a second."""

    @classmethod
    def parse(cls, text: str, *, fps: float = 24.0, duration: float | None = None) -> Schedule:
        """Read a schedule.

        Args:
            text: see the module's docstring.
            fps: frames a second, for keys in frames.
            duration: seconds, for keys in percent and `max_f`.

        Raises:
            ScheduleError: naming the key and the column.
        """
        timed, in_frames = timed_keys(text, fps, duration)
        keys = []
        for time, item in timed:
            with naming(item):
                keys.append(_Key(time, Expression.parse(item.value, VARIABLES, item.value_column), item.easing))
        return cls(tuple(keys), fps if in_frames else 1.0)

    def at(self, t: float, variables: Mapping[str, float] | None = None) -> float:
        """Value at `t` seconds.

        Args:
            t: seconds.
            variables: bass, mid, treble and loudness, each in [0, 1], where there is music.

        Raises:
            ScheduleError: where an expression has no finite real value.
        """
        known = {**(variables or {}), "t": t * self.time_unit}
        before, after, way = between([key.time for key in self.keys], [key.easing for key in self.keys], t)
        start = self.keys[before].value.at(known)
        return start if way == 0.0 else (1 - way) * start + way * self.keys[after].value.at(known)

    @property
    def knots(self) -> tuple[float, ...]:
        """Seconds at which the schedule may bend or jump."""
        return tuple(key.time for key in self.keys)

    @property
    def names(self) -> frozenset[str]:
        """Variables that the schedule reads."""
        return frozenset().union(*(key.value.names for key in self.keys))


@dataclass(frozen=True, slots=True)
class LayerSchedule:
    """Layers that fade into one another: `"0s: mixed3, 5s: mixed5=0.5+mixed6"`."""

    times: tuple[float, ...]
    layers: tuple[tuple[Layer, ...], ...]
    easings: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, *, fps: float = 24.0, duration: float | None = None) -> LayerSchedule:
        """Read keys whose values are layers, several joined by `+`.

        Raises:
            ScheduleError: naming the key and the column.
        """
        timed, _ = timed_keys(text, fps, duration)
        layers = []
        for _, item in timed:
            with naming(item):
                layers.append(tuple(Layer.parse(part) for part in re.split(r"(?<![eE=])\+", item.value)))
        return cls(tuple(time for time, _ in timed), tuple(layers), tuple(item.easing for _, item in timed))

    def at(self, t: float) -> tuple[Layer, ...]:
        """Layers with their weights at `t` seconds; those that two keys share are added."""
        before, after, way = between(self.times, self.easings, t)
        weights: dict[tuple[str, int | None], float] = {}
        for index, share in ((before, 1 - way), (after, way)):
            for layer in self.layers[index] if share > 0 else ():
                place = (layer.name, layer.channel)
                weights[place] = weights.get(place, 0.0) + share * layer.weight
        return tuple(Layer(name, channel, weight) for (name, channel), weight in weights.items())


def point_schedules(setting: str, text: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Split a schedule of points, `"0s: 0.3,0.5, 4s: 0.7,0.5"`, into two of numbers.

    Args:
        setting: "camera.center" or "camera.pan".
        text: a schedule whose values are two expressions with a comma between them, or `x,y` alone.

    Returns:
        Two pairs for `Recipe.schedules`.

    Raises:
        ScheduleError: naming the key and the column.
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
            axis.append(f"{item.position}: ({part.strip()}) {item.easing}")
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
    """The recipe as it is at one moment.

    Args:
        recipe: its `schedules` name the settings.
        t: seconds.
        variables: music bands, where there is music.
        fps: frames a second; None: `recipe.zoom.fps`.
        duration: seconds; None: `recipe.zoom.duration`.

    Raises:
        ScheduleError: naming the setting.
    """
    clock = _clock(recipe, fps, duration)
    rooms: dict[str, dict[str, Any]] = {}
    for setting, text in recipe.schedules:
        if setting == "music":
            continue
        try:
            if setting == "layers":
                rooms.setdefault("dream", {})["layers"] = _parse_layers(text, *clock).at(t)
                continue
            for one, schedule in _parse_numbers(setting, text, *clock):
                room, name = one.split(".")
                value = schedule.at(t, variables)
                rooms.setdefault(room, {})[name] = round(value) if name in ("steps", "jitter") else value
        except ScheduleError as error:
            raise ScheduleError(f"schedule of {setting} at {t:.3f} s: {error}") from error
    try:
        return replace(recipe, **{room: replace(getattr(recipe, room), **new) for room, new in rooms.items()})
    except ConfigError as error:
        raise ScheduleError(f"schedules at {t:.3f} s: {error}") from error


def _clock(recipe: Recipe, fps: float | None, duration: float | None) -> tuple[float, float]:
    return (
        float(recipe.zoom.fps if fps is None else fps),
        float(recipe.zoom.duration if duration is None else duration),
    )


def schedule_knots(recipe: Recipe, *, fps: float | None = None, duration: float | None = None) -> tuple[float, ...]:
    """Seconds at which any scheduled number may bend or jump, in order; `fps` and `duration` as above."""
    clock = _clock(recipe, fps, duration)
    knots: set[float] = set()
    for setting, text in recipe.schedules:
        if setting not in NO_NUMBERS:
            knots.update(*(schedule.knots for _, schedule in _parse_numbers(setting, text, *clock)))
    return tuple(sorted(knots))


def check_schedules(recipe: Recipe, times: Iterable[float], variables: Callable[[float], Mapping[str, float]]) -> None:
    """Evaluate every schedule at every moment, so that a fault shows before any work.

    Raises:
        ScheduleError: naming the setting and the moment.
    """
    for t in times:
        apply_schedules(recipe, t, variables(t))


@lru_cache(maxsize=256)
def _parse_numbers(setting: str, text: str, fps: float, duration: float) -> tuple[tuple[str, Schedule], ...]:
    pairs = point_schedules(setting, text) if setting in POINTS else ((setting, text),)
    for one, _ in pairs:
        if one not in SETTINGS:
            raise ScheduleError(f"expected a setting that can be scheduled ({', '.join(SETTINGS)}), got {setting!r}")
    return tuple((one, Schedule.parse(part, fps=fps, duration=duration)) for one, part in pairs)


@lru_cache(maxsize=64)
def _parse_layers(text: str, fps: float, duration: float) -> LayerSchedule:
    return LayerSchedule.parse(text, fps=fps, duration=duration)
