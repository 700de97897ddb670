"""Settings as people write them: TOML files, `DREAMVIDEO_*` variables, what a picture or video carries."""

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
"""A recipe, a preset's name, or the path of a file that holds one: TOML, or a result."""
PREFIX = "DREAMVIDEO_"


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
    """Settings in `DREAMVIDEO_*` variables.

    Args:
        environ: the environment.
        names: setting for each variable's name without its prefix, in lower case: {"steps": "dream.steps"}. A variable
            that is empty counts as not set, as shells and containers have it.
        others: names that mean something elsewhere and are passed over here.

    Raises:
        ConfigError: a variable that means nothing.
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
    """A recipe: as it is, the one of a preset's name, the one in a file, or all defaults.

    Raises:
        ConfigError: there is no such preset, or it is something else.
        InputError: it is a file's path, and there is no recipe.
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
        return _decoded(path.read_bytes())
    except FileNotFoundError as error:
        raise InputNotFoundError(f"no such file: {path}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not a recipe in TOML: not UTF-8") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def _decoded(written: bytes) -> str:
    """Text in UTF-8, or in what its byte order mark says: some editors and shells write one."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if written.startswith(mark):
            return written.decode(encoding)
    return written.decode("utf-8")


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
