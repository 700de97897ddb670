"""Recipes as text: TOML files, environment variables and flags become one `Recipe`, and a recipe becomes TOML.

A recipe file has a table for each part of `Recipe`, with the names of the dataclasses' fields:

    preset = "classic"

    [dream]
    layers = ["mixed4:23=1.5"]
    steps = 12

    [camera]
    zoom = "0s: 1, 4s: 1.5 smooth"      # any text that is no number is a schedule

Later layers win over earlier ones; `assemble` takes them in that order.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Any

from dreamvideo.config import Recipe
from dreamvideo.errors import ConfigError, InputError, InputNotFoundError, ScheduleError
from dreamvideo.presets import PRESETS
from dreamvideo.schedule import NO_NUMBERS, POINTS, LayerSchedule, Schedule, point_schedules
from dreamvideo.settings import ROOMS, SETTINGS, VARYING, convert, is_schedule

HEADER = "# dreamvideo recipe"
METADATA_KEY = "recipe"
"""Under which key a media file carries its recipe."""
PREFIX = "DREAMVIDEO_"


_FLAG_ONLY = frozenset({"write.overwrite"})
_OWN_ONLY = frozenset({"network.weights"})


@dataclass(frozen=True, slots=True)
class Settings:
    """Values from one place.

    Attributes:
        origin: where they come from, as people know it: "./dreamvideo.toml", "--steps".
        values: by setting ("dream.steps"), still as they were written; schedules of what is no setting
            ("layers", "music") under their own names.
        own: whether the user chose the place; what comes from others may not name a file of weights.
    """

    origin: str
    values: Mapping[str, object]
    own: bool = True


def assemble(places: Iterable[Settings]) -> Recipe:
    """Make a recipe; later places win.

    Raises:
        ConfigError: a value cannot be read or is out of range, or others' files name weights.
        ScheduleError: a schedule cannot be parsed.
    """
    merged: dict[str, tuple[Settings, object]] = {}
    for place in places:
        values = _spread(place)
        if "dream.layers" in values:
            merged.pop("layers", None)
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
    """From which place each setting comes that is not left at its default."""
    return {key: place.origin for place in places for key in place.values}


def _spread(place: Settings) -> dict[str, object]:
    """The values of a place with each point taken apart into its two numbers or schedules."""
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
    """Parse a schedule to find its faults.

    Raises:
        ConfigError: it is no text.
        ScheduleError: it cannot be parsed.
    """
    if not isinstance(value, str):
        raise ConfigError(f"{origin}: expected a schedule as text for {key}, got {value!r}")
    try:
        if key == "layers":
            LayerSchedule.parse(value, duration=1.0)
        elif key != "music":
            Schedule.parse(value, duration=1.0)
    except ScheduleError as error:
        raise ScheduleError(f"{origin}: schedule of {key}: {error}") from error
    return value


def from_toml(text: str, origin: str, *, own: bool = True) -> list[Settings]:
    """Read a recipe file: its preset, if it names one, then what it sets itself.

    Args:
        text: the file's text.
        origin: its name, for messages.
        own: whether the user chose the file as theirs.

    Raises:
        ConfigError: no TOML, an unknown key, or one that no file may set.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{origin}: not a recipe in TOML: {error}") from error
    values: dict[str, object] = {}
    presets: list[Settings] = []
    for name, table in tables.items():
        if name == "preset":
            presets.append(preset(table, origin))
        elif name == "schedules" and isinstance(table, dict):
            values |= {_scheduled(key, origin): value for key, value in table.items()}
        elif name in ROOMS and isinstance(table, dict):
            values |= {_known(f"{name}.{key}", origin): value for key, value in table.items()}
        elif name != "made":
            raise _unknown(name, origin)
    for key in _FLAG_ONLY & values.keys():
        raise ConfigError(f"{origin}: {key} cannot be set in a file, only by the flag")
    return [*presets, Settings(origin, values, own)]


def _known(key: str, origin: str) -> str:
    key = key.replace("-", "_")
    if key not in SETTINGS and key not in POINTS:
        raise _unknown(key, origin)
    return key


def _scheduled(key: str, origin: str) -> str:
    key = key.replace("-", "_")
    known = [*sorted(VARYING), *POINTS, *NO_NUMBERS]
    if key not in known:
        raise ConfigError(f"{origin}: no schedule for {key!r}: {_nearest(key, known)}")
    return key


def _unknown(key: str, origin: str) -> ConfigError:
    room, _, name = key.rpartition(".")
    homes = [home for home in ROOMS if f"{home}.{name or key}" in SETTINGS]
    if homes:
        return ConfigError(f"{origin}: unknown setting {key!r}: {name or key} belongs under [{'] or ['.join(homes)}]")
    near = [known for known in SETTINGS if known.startswith(f"{room}.")] if room else [*ROOMS, "preset", "schedules"]
    return ConfigError(f"{origin}: unknown setting {key!r}: {_nearest(key, near, [*SETTINGS, *ROOMS])}")


def _nearest(word: str, *vocabularies: Iterable[str]) -> str:
    for words in vocabularies:
        found = get_close_matches(word, list(words), 1, 0.5)
        if found:
            return f"did you mean {found[0]!r}?"
    return "known are " + ", ".join(next(iter(vocabularies)))


def preset(name: object, origin: str) -> Settings:
    """The settings of a preset.

    Raises:
        ConfigError: there is no such preset.
    """
    if not isinstance(name, str) or name not in PRESETS:
        raise ConfigError(f"{origin}: no preset {name!r}: {_nearest(str(name), PRESETS)}")
    return Settings(f"preset {name}", PRESETS[name].values)


def from_environment(
    environ: Mapping[str, str], names: Mapping[str, str], others: Iterable[str] = ()
) -> list[Settings]:
    """Settings in `DREAMVIDEO_*` variables.

    Args:
        environ: the environment.
        names: setting for each variable's name without its prefix, in lower case: {"steps": "dream.steps"}.
        others: names that mean something elsewhere and are passed over here.

    Raises:
        ConfigError: a variable that means nothing.
    """
    values: dict[str, object] = {}
    presets = []
    for variable, value in environ.items():
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX):
            continue
        if name == "preset":
            presets.append(preset(value, variable))
        elif name in names:
            values[names[name]] = value
        elif name not in others:
            raise ConfigError(f"unknown variable {variable}: {_nearest(name, names)}")
    return [*presets, Settings(f"{PREFIX}*", values)]


def from_file(path: Path) -> list[Settings]:
    """Read a recipe from a TOML file or from the metadata of a picture or video made by dreamvideo.

    Raises:
        InputNotFoundError: there is no such file.
        InputError: a picture or video without a recipe.
        ConfigError: the recipe cannot be read.
    """
    if path.suffix.lower() == ".toml":
        return from_toml(_read_text(path), str(path))
    return from_toml(text_in(path), str(path), own=False)


def text_in(path: Path) -> str:
    """The recipe that a picture or video carries, as TOML.

    Raises:
        InputError: it carries none, or cannot be read.
    """
    from dreamvideo.media import read_metadata

    for value in read_metadata(path).values():
        if value.lstrip().startswith(HEADER):
            return value
    raise InputError(f"{path} carries no recipe: it was made without, by something else, or re-encoded since")


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputNotFoundError(f"no such file: {path}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not a recipe in TOML: not UTF-8") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def from_places(environ: Mapping[str, str], config: Path | None) -> list[Settings]:
    """What applies without being asked: the user's file, ./dreamvideo.toml, then `config`."""
    layers: list[Settings] = []
    own, local = user_file(environ), Path("dreamvideo.toml")
    if own.is_file():
        layers += from_toml(_read_text(own), str(own))
    if local.is_file():
        layers += from_toml(_read_text(local), f"./{local}", own=False)
    if config is not None:
        layers += from_toml(_read_text(config), str(config))
    return layers


def user_file(environ: Mapping[str, str]) -> Path:
    """Where a user's own settings lie."""
    if sys.platform == "win32":
        base = Path(environ.get("APPDATA") or Path.home())
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "dreamvideo" / "config.toml"


def to_toml(recipe: Recipe, made: Mapping[str, str] | None = None) -> str:
    """Write a recipe out in full, so that it says the same whatever later defaults are.

    Args:
        recipe: what to write.
        made: facts about a result (versions, the network's hash), for people: reading passes over them.

    Returns:
        TOML that `from_toml` reads back as the same recipe.
    """
    schedules = dict(recipe.schedules)
    lines = [HEADER]
    for room in ROOMS:
        lines += ["", f"[{room}]"]
        for key in (key for key in SETTINGS if key.startswith(f"{room}.") and key not in _FLAG_ONLY):
            value = schedules.pop(key, getattr(getattr(recipe, room), key.split(".")[1]))
            if value is not None:
                lines.append(f"{key.split('.')[1]} = {_toml(value)}")
    for title, table in (("schedules", schedules), ("made", made or {})):
        if table:
            lines += ["", f"[{title}]", *(f"{_key(key)} = {_toml(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def recipe_text(recipe: Recipe, network_hash: str) -> str:
    """What is written into a result: the recipe, versions and the SHA-256 of the weights."""
    from importlib.metadata import version

    from dreamvideo import __version__

    made = {"dreamvideo": __version__, "network_sha256": network_hash}
    return to_toml(recipe, made | {name: version(name) for name in ("tensorflow", "keras", "av")})


def _key(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else _toml(text)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, Fraction):
        return str(value.numerator) if value.denominator == 1 else f'"{value}"'
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    text = os.fspath(value) if isinstance(value, Path) else str(value)
    safe = text.encode("utf-8", "replace").decode()
    escaped = "".join(_escape(letter) for letter in safe)
    return f'"{escaped}"'


def _escape(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    return letter if letter.isprintable() else f"\\U{ord(letter):08X}"
