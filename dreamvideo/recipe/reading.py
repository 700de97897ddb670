"""Read settings: TOML files, `DREAMVIDEO_*` variables, and recipes inside results."""

from __future__ import annotations

import codecs
import os
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from dreamvideo.config import Recipe
from dreamvideo.errors import ConfigError, InputError, InputNotFoundError
from dreamvideo.recipe.assembly import Settings, assemble
from dreamvideo.recipe.names import known_setting, nearest, preset, scheduled_setting, unknown
from dreamvideo.recipe.settings import FLAG_ONLY, ROOMS
from dreamvideo.recipe.writing import HEADER

RecipeLike: TypeAlias = Recipe | str | os.PathLike[str]
"""A recipe, a preset's name, or the path of a file that holds a recipe: TOML, or a result."""
PREFIX = "DREAMVIDEO_"


def from_toml(text: str, origin: str, *, own: bool = True) -> list[Settings]:
    """Read a recipe file: its preset, if it names one, then its own settings.

    Args:
        own: whether the user chose the file.

    Raises:
        ConfigError: it is no TOML, or has an unknown key or one that no file may set.
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
            values |= {scheduled_setting(key, origin): value for key, value in table.items()}
        elif name in ROOMS and isinstance(table, dict):
            values |= {known_setting(f"{name}.{key}", origin): value for key, value in table.items()}
        elif name in (*ROOMS, "schedules"):
            raise ConfigError(f"{origin}: expected a table, [{name}] and settings under it, got {name} = {table!r}")
        elif name != "made":
            raise unknown(name, origin)
    for key in FLAG_ONLY & values.keys():
        raise ConfigError(f"{origin}: {key} cannot be set in a file, only by the flag")
    return [*presets, Settings(origin, values, own)]


def from_environment(
    environ: Mapping[str, str], names: Mapping[str, str], others: Iterable[str] = ()
) -> list[Settings]:
    """Read `DREAMVIDEO_*` variables; empty ones count as not set.

    Args:
        names: lower-case name without prefix -> setting: {"steps": "dream.steps"}.
        others: known names that are ignored here.

    Raises:
        ConfigError: a variable is unknown.
    """
    values: dict[str, object] = {}
    presets = []
    for variable, value in environ.items():
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX) or not value.strip():
            continue
        if name == "preset":
            presets.append(preset(value, variable))
        elif name in names:
            values[names[name]] = value
        elif name not in others:
            raise ConfigError(f"unknown variable {variable}: {nearest(name, names)}")
    return [*presets, Settings(f"{PREFIX}*", values)]


def as_recipe(given: RecipeLike | None) -> Recipe:
    """A recipe as it is, from a preset's name, or from a file; None: all defaults.

    Raises:
        ConfigError: there is no such preset, or it is something else.
        InputError: the file holds no recipe.
    """
    if given is None:
        return Recipe()
    if isinstance(given, os.PathLike) or (isinstance(given, str) and Path(given).suffix):
        return assemble(from_file(Path(given)))
    if isinstance(given, str):
        return assemble([preset(given, "preset")])
    if not isinstance(given, Recipe):
        raise ConfigError(f"expected a Recipe, a preset's name or a recipe's file, got {given!r}")
    return given


def from_file(path: Path) -> list[Settings]:
    """Read a recipe from a TOML file, or from the metadata of a result.

    Raises:
        InputNotFoundError: there is no such file.
        InputError: the result has no recipe.
        ConfigError: the recipe cannot be read.
    """
    if path.suffix.lower() == ".toml":
        return from_toml(_read_text(path), str(path))
    return from_toml(text_in(path), str(path), own=False)


def text_in(path: Path) -> str:
    """The recipe inside a picture or video, as TOML.

    Raises:
        InputError: there is none, or the file cannot be read.
    """
    from dreamvideo.media import read_metadata

    for value in read_metadata(path).values():
        if value.lstrip().startswith(HEADER):
            return value
    raise InputError(f"{path} carries no recipe: it was made without, by something else, or re-encoded since")


def _read_text(path: Path) -> str:
    try:
        return _decoded(path.read_bytes())
    except FileNotFoundError as error:
        raise InputNotFoundError(f"no such file: {path}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not a recipe in TOML: not UTF-8") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def _decoded(written: bytes) -> str:
    """Decode UTF-8, or the encoding of the byte order mark that some editors and shells write."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if written.startswith(mark):
            return written.decode(encoding)
    return written.decode("utf-8")


def from_places(environ: Mapping[str, str], config: Path | None) -> list[Settings]:
    """Settings of the user's file, ./dreamvideo.toml, and `config`."""
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
    """The user's own settings file."""
    if sys.platform == "win32":
        base = Path(environ.get("APPDATA") or Path.home())
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "dreamvideo" / "config.toml"
