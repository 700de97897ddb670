"""Values of the page's parts, and what follows from them: preset, files, target."""

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
"""Part of the page -> its value."""
EventData: TypeAlias = Mapping[str, Any]
"""What an event sends besides, such as which button it was."""
NOTHING: EventData = MappingProxyType({})

NO_LOOK = "default"
"""Name of no preset."""
WIDTH = 1024
"""Width in pixels to which a larger upload is reduced at first."""
FRAME_STEP = 0.05
"""Step of the slider for a clip's frames, in seconds."""
NARROWEST, WIDEST = 64, 1920
FORMS = (".mp4", ".webm", ".gif")
CHOSEN = ("kind", "look", "layers", "words", "form", "moment", "over_time", "music", "guide", "mask", *CONTROLS)
"""Parts whose values make a try, and are restored with it."""

SAID = ("shelf", "pictured", "command", "aim")
"""Parts that display choices."""


def note(look: str | None) -> str:
    """Description of a preset."""
    return (
        PRESETS[look].note
        if look is not None and look in PRESETS
        else "the network's own layers, shaded like a photograph"
    )


def file_in(asked: Asked, part: str) -> Path | None:
    """Path of the file in a part; None: there is none."""
    chosen = asked.get(part)
    return Path(str(chosen["path"])) if isinstance(chosen, Mapping) and chosen.get("path") else None


def by_names(recipe: Recipe, asked: Asked) -> Recipe:
    """The recipe with the original names of its files, beside the upload."""
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
    """Part -> value, of changes that set one."""
    return {name: facts["value"] for name, facts in changes.items() if "value" in facts}


def error_line(error: DreamVideoError, path: str, name: str) -> str:
    """An error in one line, with the original name of the file."""
    text = str(error)
    return short(text.replace(path, name) if path else text)
