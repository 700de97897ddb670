"""What is on the page, and what it comes to: the preset, the file and the target that are meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from dreamvideo.cli.ending import short
from dreamvideo.config import Recipe
from dreamvideo.errors import DreamVideoError
from dreamvideo.recipe.presets import PRESETS
from dreamvideo.studio.choices import CONTROLS
from dreamvideo.studio.command import Kind, usual_target
from dreamvideo.studio.uploads import Upload
from dreamvideo.studio.view import Changes

Asked: TypeAlias = Mapping[str, Any]
"""What is on the page: values by the names of its parts."""
EventData: TypeAlias = Mapping[str, Any]
"""What an event tells besides: which button it was."""
NOTHING: EventData = MappingProxyType({})

NO_LOOK = "default"
"""The preset that is none."""
WIDTH = 1024
"""Pixels to which a larger upload is shrunk, until one chooses otherwise."""
FRAME_STEP = 0.05
"""Seconds from one place of a clip to the next that one can look at."""
NARROWEST, WIDEST = 64, 1920
FORMS = (".mp4", ".webm", ".gif")
CHOSEN = ("kind", "look", "layers", "words", "form", "moment", "over_time", "music", "guide", "mask", *CONTROLS)
"""Parts whose values make a try, and come back with it."""

SAID = ("shelf", "pictured", "command", "aim")
"""Parts that say what was chosen."""


def note(look: str | None) -> str:
    """A preset in a few words."""
    return (
        PRESETS[look].note
        if look is not None and look in PRESETS
        else "the network's own layers, shaded like a photograph"
    )


def file_in(asked: Asked, part: str) -> Path | None:
    """Where the file lies that was chosen in a part, if one was."""
    chosen = asked.get(part)
    return Path(str(chosen["path"])) if isinstance(chosen, Mapping) and chosen.get("path") else None


def by_names(recipe: Recipe, asked: Asked) -> Recipe:
    """The recipe with its files by the names that they have beside the upload, where the command runs."""
    guide = None if recipe.dream.guide is None else name_there(asked["guide"] or {"path": recipe.dream.guide})
    mask = None if recipe.dream.mask is None else Path(recipe.dream.mask.name)
    return replace(recipe, dream=replace(recipe.dream, guide=guide, mask=mask))


def name_there(file: Mapping[str, Any]) -> Path:
    return Path(Path(str(file.get("orig_name") or file["path"])).name)


def target_of(upload: Upload, kind: Kind, asked: Asked) -> Path:
    usual = usual_target(kind, Path(upload.name))
    return usual if kind == "image" else usual.with_suffix(asked["form"])


def preset_of(asked: Asked) -> str | None:
    return None if asked["look"] in (None, NO_LOOK) else asked["look"]


def values_of(changes: Changes) -> dict[str, Any]:
    """The values that parts of the page are given."""
    return {name: facts["value"] for name, facts in changes.items() if "value" in facts}


def error_line(error: DreamVideoError, path: str, name: str) -> str:
    """An error in a line, with the file by the name that it has where it came from."""
    text = str(error)
    return short(text.replace(path, name) if path else text)
