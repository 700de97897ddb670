"""Convert what users give for settings to the settings' types: text, values from TOML, Python objects."""

from __future__ import annotations

import operator
import os
import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from numbers import Rational, Real
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from dreamvideo.errors import ConfigError

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_BYTES = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_LISTED = {"int": "whole numbers", "Layer": "layers", "Word": "words"}
_ENDLESS = re.compile(r"[eE][-+]?0*\d{4}")
"""Powers of ten that take minutes to write out."""
_LONGEST_PERIOD = 1001
"""Largest denominator of a rate given in floating point: 29.97 is 2997/100, and 30000/1001 as a float is 30000/1001."""


def require(condition: bool, expected: str, received: object) -> None:
    """Refuse a setting.

    Raises:
        ConfigError: the condition does not hold; the message says what was expected and what came.
    """
    if not condition:
        raise ConfigError(f"expected {expected}, got {received!r}")


def field_types(table: type[Any]) -> dict[str, tuple[Any, bool]]:
    """Field of a dataclass -> its type without None, and whether it may be None."""
    return _field_types(cast("Hashable", table))


@lru_cache(maxsize=32)
def _field_types(table: type[Any]) -> dict[str, tuple[Any, bool]]:
    found = {}
    hints = get_type_hints(table)
    for part in fields(table):
        hint = hints[part.name]
        optional = get_origin(hint) is UnionType
        kind = next(kind for kind in get_args(hint) if kind is not NoneType) if optional else hint
        found[part.name] = (kind, optional)
    return found


def convert_fields(table: Any) -> None:
    """Convert the fields of a new frozen dataclass to their types. Raises ConfigError."""
    for name, (kind, optional) in field_types(type(table)).items():
        value = getattr(table, name)
        if type(value) is not kind and not (optional and value is None):
            object.__setattr__(table, name, read(name, kind, value))


def read(name: str, kind: Any, value: object, wanted: str | None = None) -> Any:
    """Convert a value to the type `kind` of a setting.

    Args:
        name: name of the setting; a rate such as "fps" is written differently from a time.
        wanted: description of valid values; None: as `expected` says.

    Raises:
        ConfigError: it cannot be converted.
    """
    if getattr(value, "shape", None) == () and hasattr(value, "item"):  # a NumPy scalar
        value = value.item()
    try:
        return _read(name, kind, value)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from error
    except (ValueError, TypeError, ZeroDivisionError, OverflowError) as error:
        raise ConfigError(f"expected {wanted or expected(name, kind)} for {name}, got {value!r}") from error


def expected(name: str, kind: Any) -> str:
    """Description of valid values of a field."""
    if choices := choices_of(kind):
        return "one of " + ", ".join(choices)
    if name.endswith("max_bytes"):
        return "a size such as 8MB"
    if kind is Fraction:
        return "a rate such as 25 or 30000/1001" if name.endswith("fps") else "seconds or M:SS"
    words = {bool: "true or false", int: "a whole number", float: "a number", Path: "a path", str: "text"}
    return words.get(kind) or "a list of " + _LISTED[get_args(kind)[0].__name__]


def choices_of(kind: Any) -> tuple[str, ...]:
    """The allowed words, if only some are."""
    return tuple(get_args(kind)) if get_origin(kind) is Literal else ()


def _read(name: str, kind: Any, value: object) -> Any:
    if kind is bool:
        return _truth(value)
    if isinstance(value, bool):
        if kind is not str:
            raise TypeError
        value = str(value).lower()
    if kind is Fraction:
        return _rate(value) if name.endswith("fps") else parse_seconds(value)
    if name.endswith("max_bytes"):
        return _size(value)
    if kind is float:
        return _number(value)
    if kind is int:
        return _whole(value)
    if get_origin(kind) is tuple:
        item = get_args(kind)[0]
        return tuple(_whole(part) if item is int else _named(item, part) for part in _parts(item, value))
    if kind is Path:
        return Path(os.path.expanduser(os.fsdecode(value)))  # type: ignore[arg-type]
    if not isinstance(value, str):
        raise TypeError
    if choices_of(kind) and value not in choices_of(kind):
        raise ValueError
    return value


def _truth(value: object) -> bool:
    text = str(value).lower()
    if text not in _TRUE | _FALSE:
        raise ValueError
    return text in _TRUE


def _number(value: object) -> float:
    if not isinstance(value, (str, Real, Decimal)):
        raise TypeError
    return float(value)


def _whole(value: object) -> int:
    if isinstance(value, str):
        return int(value)
    if isinstance(value, (float, Fraction, Decimal)) and value == int(value):
        return int(value)
    return operator.index(value)  # type: ignore[arg-type]


def _named(kind: Any, value: object) -> Any:
    """A layer or a word: itself, or parsed."""
    if isinstance(value, kind):
        return value
    if not isinstance(value, str):
        raise TypeError
    return kind.parse(value)


def _parts(item: Any, value: object) -> list[object]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, item):
        return [value]
    if isinstance(value, Mapping) and item is not int:  # names and their weights
        return [f"{name}={float(weight)}" for name, weight in value.items()]
    if isinstance(value, (bytes, Mapping)) or not isinstance(value, Iterable):
        raise TypeError
    return list(value)


def _rate(value: object) -> Fraction:
    if isinstance(value, (str, Rational)):
        return _fraction(value)
    return Fraction(_number(value)).limit_denominator(_LONGEST_PERIOD)


def _fraction(value: str | Rational) -> Fraction:
    if isinstance(value, str) and _ENDLESS.search(value):
        raise ValueError(f"expected a number of usual size, got {value!r}")
    return Fraction(value)


def _size(value: object) -> int:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?(?:i?b)?)\s*", str(value).lower(), re.ASCII)
    if match is None:
        raise ValueError
    unit = match[2] if match[2] in _BYTES else match[2] + "b"
    return int(float(match[1]) * _BYTES[unit])


def parse_seconds(value: object) -> Fraction:
    """Parse 90, 1.5, "3/2", "90s" or "1:30.5" as seconds.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(value, Rational):
        return _fraction(value)
    *larger, last = str(value).strip().removesuffix("s").split(":")
    if len(larger) > 2 or not all(part.isdecimal() for part in larger):
        raise ValueError(f"expected seconds or H:MM:SS, got {value!r}")
    units = zip((60, 3600), reversed(larger), strict=False)
    return _fraction(last) + sum(unit * int(part) for unit, part in units)
