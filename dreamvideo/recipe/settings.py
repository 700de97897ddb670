"""The table of all settings, for files, variables and flags.

It is derived from the dataclasses of `dreamvideo.config`, with their names, types and defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from dreamvideo.config import Recipe
from dreamvideo.errors import ConfigError
from dreamvideo.schedule import SETTINGS as SCHEDULED
from dreamvideo.schedule import is_timed
from dreamvideo.values import choices_of, expected, field_types, read

VARYING = frozenset(SCHEDULED)
"""Settings that may have a schedule."""

FLAG_ONLY = frozenset({"write.overwrite"})
"""Settings that no file may set."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting.

    Attributes:
        kind: type of the field, without None.
        optional: whether it may be None.
    """

    key: str
    kind: Any
    optional: bool
    default: Any

    @property
    def choices(self) -> tuple[str, ...]:
        """The allowed words, if only some are."""
        return choices_of(self.kind)

    @property
    def expected(self) -> str:
        """Description of valid values."""
        return expected(self.key, self.kind) + (" or a schedule" if self.key in VARYING else "")


def _table() -> dict[str, Setting]:
    table = {}
    defaults = Recipe()
    for room in (part.name for part in fields(Recipe) if part.name != "schedules"):
        made = getattr(defaults, room)
        for name, (kind, optional) in field_types(type(made)).items():
            table[f"{room}.{name}"] = Setting(f"{room}.{name}", kind, optional, getattr(made, name))
    return table


SETTINGS: Mapping[str, Setting] = _table()
ROOMS = tuple(dict.fromkeys(key.split(".")[0] for key in SETTINGS))


def is_schedule(key: str, value: object) -> bool:
    """Whether a value is a schedule, not a number."""
    if key == "dream.of":
        return isinstance(value, str) and is_timed(value)
    if key not in VARYING or not isinstance(value, str):
        return False
    try:
        float(value)
    except ValueError:
        return True
    return False


def convert(setting: Setting, value: object, origin: str) -> Any:
    """Convert a value, as typed or from TOML, to the setting's type; `origin` is its place, for messages.

    Raises:
    """
    if setting.optional and isinstance(value, str) and value.lower() == "none":
        return None
    try:
        return read(setting.key, setting.kind, value, setting.expected)
    except ConfigError as error:
        raise ConfigError(f"{origin}: {error}") from error
