"""Look up names of settings, schedules and presets; suggest similar names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from dreamvideo.errors import ConfigError
from dreamvideo.recipe.assembly import Settings
from dreamvideo.recipe.presets import PRESETS
from dreamvideo.recipe.settings import ROOMS, SETTINGS, VARYING
from dreamvideo.schedule import MIXTURES, POINTS


def known_setting(key: str, origin: str) -> str:
    """The canonical name of a setting. Raises ConfigError if there is none."""
    key = key.replace("-", "_")
    if key not in SETTINGS and key not in POINTS:
        raise unknown(key, origin)
    return key


def scheduled_setting(key: str, origin: str) -> str:
    """The canonical name of a setting that can have a schedule. Raises ConfigError if there is none."""
    key = key.replace("-", "_")
    known = [*sorted(VARYING), *POINTS, *MIXTURES]
    if key not in known:
        raise ConfigError(f"{origin}: no schedule for {key!r}: {nearest(key, known)}")
    return key


def unknown(key: str, origin: str) -> ConfigError:
    """The error for an unknown setting, with a suggestion."""
    room, _, name = key.rpartition(".")
    homes = [home for home in ROOMS if f"{home}.{name or key}" in SETTINGS]
    if homes:
        return ConfigError(f"{origin}: unknown setting {key!r}: {name or key} belongs under [{'] or ['.join(homes)}]")
    near = [known for known in SETTINGS if known.startswith(f"{room}.")] if room else [*ROOMS, "preset", "schedules"]
    return ConfigError(f"{origin}: unknown setting {key!r}: {nearest(key, near, [*SETTINGS, *ROOMS])}")


def nearest(word: str, *vocabularies: Iterable[str]) -> str:
    """A phrase for messages: the most similar name of the first vocabulary that has one."""
    for words in vocabularies:
        found = get_close_matches(word, list(words), 1, 0.5)
        if found:
            return f"did you mean {found[0]!r}?"
    return "known are " + ", ".join(next(iter(vocabularies)))


def preset(name: object, origin: str) -> Settings:
    """The settings of a preset. Raises ConfigError if there is none."""
    if not isinstance(name, str) or name not in PRESETS:
        raise ConfigError(f"{origin}: no preset {name!r}: {nearest(str(name), PRESETS)}")
    return Settings(f"preset {name}", PRESETS[name].values)
