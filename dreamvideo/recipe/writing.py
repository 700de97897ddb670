"""Write a recipe as TOML, with all settings, so that later defaults do not change it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from dreamvideo.config import Recipe
from dreamvideo.recipe.settings import FLAG_ONLY, ROOMS, SETTINGS

HEADER = "# dreamvideo recipe"
METADATA_KEY = "recipe"
"""Key of the recipe in metadata."""


def to_toml(recipe: Recipe, made: Mapping[str, str] | None = None) -> str:
    """Write a recipe with all settings. `from_toml` reads the same recipe.

    `made` are facts about a result (versions, hash of the weights), which reading ignores.
    """
    schedules = dict(recipe.schedules)
    lines = [HEADER]
    for room in ROOMS:
        lines += ["", f"[{room}]"]
        for key in (key for key in SETTINGS if key.startswith(f"{room}.") and key not in FLAG_ONLY):
            value = schedules.pop(key, getattr(getattr(recipe, room), key.split(".")[1]))
            if value is not None:
                lines.append(f"{key.split('.')[1]} = {_toml(value)}")
    for title, table in (("schedules", schedules), ("made", made or {})):
        if table:
            lines += ["", f"[{title}]", *(f"{_key(key)} = {_toml(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def recipe_text(recipe: Recipe, network_hash: str) -> str:
    """Text for a result: the recipe, versions, and the SHA-256 of the weights."""
    from importlib.metadata import version

    from dreamvideo.version import __version__

    made = {"dreamvideo": __version__, "network_sha256": network_hash}
    return to_toml(recipe, made | {name: version(name) for name in ("tensorflow", "keras", "av")})


def metadata_of(recipe: Recipe, weights_hash: str) -> dict[str, str]:
    """Metadata of a result, by which it can be repeated; empty if the recipe's `write.metadata` is off."""
    from dreamvideo.words import pin

    return {METADATA_KEY: recipe_text(pin(recipe), weights_hash)} if recipe.write.metadata else {}


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
