"""Every setting by its name, read from text: what files, variables and flags have in common.

The table is derived from the dataclasses of `dreamvideo.config`, so names, types and defaults are theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from dreamvideo.config import Recipe
from dreamvideo.errors import ConfigError
from dreamvideo.schedule import SETTINGS as SCHEDULED
from dreamvideo.schedule import is_timed
from dreamvideo.values import choices_of, expected, kinds, read

VARYING = frozenset(SCHEDULED)
"""Settings that take a schedule in place of a number."""

FLAG_ONLY = frozenset({"write.overwrite"})
"""Settings that no file may make."""


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
        return choices_of(self.kind)

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        return expected(self.key, self.kind) + (" or a schedule" if self.key in VARYING else "")


def _table() -> dict[str, Setting]:
    table = {}
    defaults = Recipe()
    for room in (part.name for part in fields(Recipe) if part.name != "schedules"):
        made = getattr(defaults, room)
        for name, (kind, optional) in kinds(type(made)).items():
            table[f"{room}.{name}"] = Setting(f"{room}.{name}", kind, optional, getattr(made, name))
    return table


SETTINGS: Mapping[str, Setting] = _table()
ROOMS = tuple(dict.fromkeys(key.split(".")[0] for key in SETTINGS))


def is_schedule(key: str, value: object) -> bool:
    """Whether a value says how a setting changes over time, rather than a number."""
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
        return read(setting.key, setting.kind, value, setting.expected)
    except ConfigError as error:
        raise ConfigError(f"{origin}: {error}") from error
