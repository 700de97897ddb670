"""Every setting by its name, read from text: what files, variables and flags have in common.

The table is derived from the dataclasses of `dreamvideo.config`, so names, types and defaults are theirs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from dreamvideo.config import Layer, Recipe
from dreamvideo.errors import ConfigError
from dreamvideo.schedule import SETTINGS as SCHEDULED

VARYING = frozenset(SCHEDULED)
"""Settings that take a schedule in place of a number."""

FLAG_ONLY = frozenset({"write.overwrite"})
"""Settings that no file may make."""

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_BYTES = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of one part of a recipe.

    Attributes:
        key: "dream.steps" and the like.
        kind: the field's type, without None.
        optional: whether it may be None.
        default: the dataclass's own.
    """

    key: str
    kind: Any
    optional: bool
    default: Any

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that are allowed, where only some are."""
        return tuple(get_args(self.kind)) if get_origin(self.kind) is Literal else ()

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if self.key in VARYING:
            return f"a {'whole ' if self.kind is int else ''}number or a schedule"
        if self.key == "write.max_bytes":
            return "a size such as 8MB"
        if self.kind is Fraction:
            return "a rate such as 25 or 30000/1001" if self.key.endswith("fps") else "seconds or M:SS"
        words = {bool: "true or false", int: "a whole number", float: "a number", Path: "a path", str: "text"}
        return words.get(self.kind) or "a list of " + ("whole numbers" if int in get_args(self.kind) else "layers")


def _table() -> dict[str, Setting]:
    table = {}
    defaults = Recipe()
    for room in (part.name for part in fields(Recipe) if part.name != "schedules"):
        made = getattr(defaults, room)
        hints = get_type_hints(type(made))
        for part in fields(made):
            hint, key = hints[part.name], f"{room}.{part.name}"
            optional = get_origin(hint) is UnionType
            kind = next(kind for kind in get_args(hint) if kind is not NoneType) if optional else hint
            table[key] = Setting(key, kind, optional, getattr(made, part.name))
    return table


SETTINGS: Mapping[str, Setting] = _table()
ROOMS = tuple(dict.fromkeys(key.split(".")[0] for key in SETTINGS))


def is_schedule(key: str, value: object) -> bool:
    """Whether a value says how a setting changes over time, rather than a number."""
    if key not in VARYING or not isinstance(value, str):
        return False
    try:
        float(value)
    except ValueError:
        return True
    return False


def convert(setting: Setting, value: object, origin: str) -> Any:
    """Read a value as the setting's type.

    Args:
        setting: what it is for.
        value: text as typed, or what TOML holds.
        origin: where it was written, for the message.

    Raises:
        ConfigError: it cannot be read so.
    """
    if setting.optional and isinstance(value, str) and value.lower() == "none":
        return None
    try:
        return _read(setting, value)
    except ConfigError as error:
        raise ConfigError(f"{origin}: {setting.key}: {error}") from error
    except (ValueError, TypeError, ZeroDivisionError, OverflowError) as error:
        raise ConfigError(f"{origin}: expected {setting.expected} for {setting.key}, got {value!r}") from error


def _read(setting: Setting, value: object) -> Any:
    kind = setting.kind
    if kind is bool:
        return _truth(value)
    if isinstance(value, bool):
        raise TypeError
    if kind is Fraction:
        return Fraction(str(value)) if setting.key.endswith("fps") else seconds(value)
    if setting.key == "write.max_bytes":
        return _size(value)
    if kind is float:
        return float(value)  # type: ignore[arg-type]
    if kind is int:
        return _whole(value)
    if get_origin(kind) is tuple:
        item = _whole if get_args(kind)[0] is int else _layer
        return tuple(item(part) for part in _parts(value))
    if not isinstance(value, str):
        raise TypeError
    if setting.choices and value not in setting.choices:
        raise ValueError
    return Path(value).expanduser() if kind is Path else value


def _truth(value: object) -> bool:
    text = str(value).lower()
    if text not in _TRUE | _FALSE:
        raise ValueError
    return text in _TRUE


def _whole(value: object) -> int:
    if not isinstance(value, (int, str)):
        raise TypeError
    return int(value)


def _layer(value: object) -> Layer:
    if not isinstance(value, str):
        raise TypeError
    return Layer.parse(value)


def _parts(value: object) -> list[object]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, (list, tuple)):
        raise TypeError
    return list(value)


def _size(value: object) -> int:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?(?:i?b)?)\s*", str(value).lower(), re.ASCII)
    if match is None:
        raise ValueError
    unit = match[2] if match[2] in _BYTES else match[2] + "b"
    return int(float(match[1]) * _BYTES[unit])


def seconds(value: object) -> Fraction:
    """Read 90, 1.5, "3/2", "90s" or "1:30.5" as seconds.

    Raises:
        ValueError: it is none of these.
    """
    *larger, last = str(value).strip().removesuffix("s").split(":")
    if len(larger) > 2 or not all(part.isdecimal() for part in larger):
        raise ValueError(f"expected seconds or H:MM:SS, got {value!r}")
    units = zip((60, 3600), reversed(larger), strict=False)
    return Fraction(last) + sum(unit * int(part) for unit, part in units)
