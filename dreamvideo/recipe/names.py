"""The names that settings, schedules and presets go by, and the likely one where a name is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from dreamvideo.errors import ConfigError
from dreamvideo.recipe.assembly import Settings
from dreamvideo.recipe.presets import PRESETS
from dreamvideo.recipe.settings import ROOMS, SETTINGS, VARYING
from dreamvideo.schedule import MIXTURES, POINTS


def known_setting(key: str, origin: str) -> str:
    """A setting's name as the table has it.

    Raises:
        ConfigError: there is none of that name.
    """
    key = key.replace("-", "_")
    if key not in SETTINGS and key not in POINTS:
        raise unknown(key, origin)
    return key


def scheduled_setting(key: str, origin: str) -> str:
    """The name of something that can have a schedule.

    Raises:
        ConfigError: nothing of that name can.
    """
    key = key.replace("-", "_")
    known = [*sorted(VARYING), *POINTS, *MIXTURES]
    if key not in known:
        raise ConfigError(f"{origin}: no schedule for {key!r}: {nearest(key, known)}")
    return key


def unknown(key: str, origin: str) -> ConfigError:
    """The error about a setting that does not exist, with the likely one."""
    room, _, name = key.rpartition(".")
    homes = [home for home in ROOMS if f"{home}.{name or key}" in SETTINGS]
    if homes:
        return ConfigError(f"{origin}: unknown setting {key!r}: {name or key} belongs under [{'] or ['.join(homes)}]")
    near = [known for known in SETTINGS if known.startswith(f"{room}.")] if room else [*ROOMS, "preset", "schedules"]
    return ConfigError(f"{origin}: unknown setting {key!r}: {nearest(key, near, [*SETTINGS, *ROOMS])}")


def nearest(word: str, *vocabularies: Iterable[str]) -> str:
    """A sentence that names the word which was probably meant, from the first vocabulary that has one."""
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
        raise ConfigError(f"{origin}: no preset {name!r}: {nearest(str(name), PRESETS)}")
    return Settings(f"preset {name}", PRESETS[name].values)
