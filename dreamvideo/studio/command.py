"""A recipe as a command line, with only the flags that differ from its base."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Literal

from dreamvideo.cli.flags import GROUPS, Flag
from dreamvideo.cli.options import gather
from dreamvideo.cli.targets import clip_suffix, still_suffix
from dreamvideo.config import Recipe
from dreamvideo.recipe import Settings
from dreamvideo.recipe.settings import SETTINGS
from dreamvideo.schedule import POINTS

Kind = Literal["image", "video", "zoom"]

_GROUPS: Mapping[Kind, tuple[str, ...]] = {
    "image": ("network", "dream", "amount", "moment", "size", "still"),
    "video": ("network", "dream", "coherence", "size", "span", "camera", "write"),
    "zoom": ("network", "dream", "camera", "zoom", "size", "write"),
}


def flags_of(kind: Kind) -> list[Flag]:
    """The flags of a command."""
    return [flag for group in _GROUPS[kind] for flag in GROUPS[group]]


def usual_settings(kind: Kind) -> list[Settings]:
    """A command's settings from files and variables, without flags.

    Raises:
        ConfigError: one of them cannot be read.
    """
    return gather(flags_of(kind), defaultdict(lambda: None))


def usual_target(kind: Kind, source: Path) -> Path:
    """The command's default target, beside a file of that name."""
    usual = {"image": still_suffix(source), "video": clip_suffix(source), "zoom": ".mp4"}[kind]
    return source.with_name(f"{source.stem}_dream{usual}")


def command_line(
    kind: Kind,
    source: Path,
    recipe: Recipe,
    base: Recipe,
    *,
    preset: str | None,
    target: Path,
    music: Path | None = None,
) -> str:
    """The command that makes `target` from `source` by `recipe`, in one line, quoted for the shell.

    Args:
        base: the recipe of the command with `preset` and no other flag.
    """
    words = ["dreamvideo", kind, _as_argument(source)]
    words += [] if target == usual_target(kind, source) else [_as_argument(target)]
    words += [] if preset is None else ["--preset", preset]
    words += [] if music is None else [f"--music={music}"]
    for flag in flags_of(kind):
        words += _said(flag, recipe, base)
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def _as_argument(path: Path) -> str:
    return f"./{path}" if str(path).startswith("-") else str(path)


def _said(flag: Flag, recipe: Recipe, base: Recipe) -> Iterator[str]:
    """The words of a flag, if its setting differs from `base`."""
    keys = POINTS.get(flag.key, (flag.key,))
    wanted = [_value(recipe, key) for key in keys]
    if wanted == [_value(base, key) for key in keys]:
        return
    name = flag.names[0]
    if isinstance(wanted[0], bool):
        yield name if wanted[0] else f"--no-{name.removeprefix('--')}"
    elif flag.key == "dream.layers":
        for layer in recipe.dream.layers:
            yield from ("-l", _text(layer))
    else:
        text = ",".join(_text(value) for value in wanted)
        yield from [f"{name}={text}"] if text.startswith("-") else [name, text]


def _value(recipe: Recipe, key: str) -> object:
    """The schedule of a setting, else its value."""
    schedules = dict(recipe.schedules)
    if key in schedules or key not in SETTINGS:
        return schedules.get(key)
    room, name = key.split(".")
    return getattr(getattr(recipe, room), name)


def _text(value: object) -> str:
    """A value as a flag takes it; it is read back exactly."""
    if value is None:
        return "none"
    if isinstance(value, (float, Fraction)):
        short = f"{float(value):g}"
        return short if type(value)(short) == value else str(value)
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value)
