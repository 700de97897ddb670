"""Merge settings from several places into one `Recipe`; later places win."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dreamvideo.config import Recipe
from dreamvideo.errors import ConfigError, ScheduleError
from dreamvideo.recipe.settings import ROOMS, SETTINGS, convert, is_schedule
from dreamvideo.schedule import MIXTURES, POINTS, Schedule, point_schedules

_ARITHMETIC = re.compile(r"[-+*/%()<=>]")
_OVERRULES = {"dream.layers": "layers", "read.end": "read.duration", "read.duration": "read.end"}
"""Setting -> the setting of earlier places that it removes."""
_OWN_ONLY = frozenset({"network.weights"})


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings from one place.

    Attributes:
        origin: name of the place, for messages: "./dreamvideo.toml", "--steps".
        values: setting ("dream.steps") -> value as it was written; "layers" is a schedule of layers.
        own: whether the user chose the place; others may not name a weights file.
    """

    origin: str
    values: Mapping[str, object]
    own: bool = True


def assemble(places: Iterable[Settings]) -> Recipe:
    """Make a recipe; later places win.

    Raises:
        ConfigError: a value cannot be read or is out of range, or another user's file names weights.
        ScheduleError: a schedule cannot be parsed.
    """
    merged: dict[str, tuple[Settings, object]] = {}
    for place in places:
        values = _spread(place)
        for key in values.keys() & _OVERRULES.keys():
            merged.pop(_OVERRULES[key], None)
        merged |= {key: (place, value) for key, value in values.items()}
    rooms: dict[str, dict[str, Any]] = {room: {} for room in ROOMS}
    schedules: list[tuple[str, str]] = []
    for key, (place, value) in merged.items():
        if key in _OWN_ONLY and not place.own:
            raise ConfigError(
                f"{place.origin} names a file of weights, {value!r}, which only you may do: "
                f"say --weights FILE, or take {key} out"
            )
        if key not in SETTINGS or is_schedule(key, value):
            schedules.append((key, check_schedule(key, value, place.origin)))
        else:
            room, name = key.split(".")
            rooms[room][name] = convert(SETTINGS[key], value, place.origin)
    defaults = Recipe()
    parts = {room: type(getattr(defaults, room))(**values) for room, values in rooms.items()}
    return Recipe(**parts, schedules=tuple(sorted(schedules)))


def origins(places: Iterable[Settings]) -> dict[str, str]:
    """Setting -> the place it comes from; defaults are left out."""
    return {key: place.origin for place in places for key in place.values}


def _spread(place: Settings) -> dict[str, object]:
    """The values of a place, with each point split into its two settings."""
    values = dict(place.values)
    for point in POINTS.keys() & values.keys():
        value = values.pop(point)
        parts = value if isinstance(value, list) else str(value).split(",")
        try:
            values |= zip(POINTS[point], (float(part) for part in parts), strict=True)
        except (TypeError, ValueError):
            try:
                values |= point_schedules(point, str(value))
            except ScheduleError as error:
                raise ScheduleError(f"{place.origin}: expected X,Y or a schedule of it for {point}: {error}") from error
    return values


def check_schedule(key: str, value: object, origin: str) -> str:
    """Parse a schedule to find errors.

    Raises:
        ConfigError: it is no text.
        ScheduleError: it cannot be parsed.
    """
    if not isinstance(value, str):
        raise ConfigError(f"{origin}: expected a schedule as text for {key}, got {value!r}")
    try:
        if key in MIXTURES:
            MIXTURES[key][1].parse(value, duration=1.0)
        else:
            Schedule.parse(value, duration=1.0)
    except ScheduleError as error:
        if key in SETTINGS and ":" not in value:  # probably meant as a number, not as a schedule
            why = f": {error}" if _ARITHMETIC.search(value) else ""
            raise ScheduleError(f"{origin}: expected {SETTINGS[key].expected} for {key}, got {value!r}{why}") from error
        raise ScheduleError(f"{origin}: schedule of {key}: {error}") from error
    return value
