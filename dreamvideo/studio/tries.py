"""Tries and their reports, in memory and on disk.

A try is a folder: `try.json` describes it, `shown.jpg` is its picture, and its result lies beside them, or the job of
    an
unfinished render. Files on disk decide: a studio that starts on the folder finds its tries.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from dreamvideo.config import Recipe
from dreamvideo.errors import DreamVideoError
from dreamvideo.jobs import job_folder
from dreamvideo.media import Picture
from dreamvideo.recipe import assemble, from_toml, to_toml
from dreamvideo.render.durable import partial_path
from dreamvideo.studio.command import Kind
from dreamvideo.studio.uploads import Upload

Extent = Literal["frame", "trial", "whole"]
"""How much to dream: one picture, two seconds, or all."""
Status = Literal["waiting", "running", "done", "stopped", "failed"]
FACTS = "try.json"


@dataclass(frozen=True, slots=True)
class Try:
    """What to dream.

    Attributes:
        folder: its folder, whose name is the try's name.
        target: the result, in `folder`.
        at: time in seconds of the clip's frame, or of the trial's start.
        chosen: part of the page -> value.
        made: time of the request, in seconds since 1970.
        music: a track that drives schedules, and is heard; None: there is none.
    """

    folder: Path
    extent: Extent
    kind: Kind
    upload: Upload
    recipe: Recipe
    target: Path
    at: float
    chosen: Mapping[str, Any]
    made: float
    music: Path | None = None

    @property
    def name(self) -> str:
        """The same for the same request, so that a stopped render is found again."""
        return self.folder.name


@dataclass(frozen=True, slots=True)
class Report:
    """The progress of a try.

    Attributes:
        fraction: of the work that is done, 0 to 1.
        picture: float32 RGB (H, W, 3), the current state; None: as before.
        time: time in seconds of that frame of a clip; None: not of a clip.
        file: the result, or its finished part.
    """

    status: Status
    words: str
    fraction: float = 0.0
    picture: Picture | None = None
    time: Fraction | None = None
    file: Path | None = None

    @property
    def ended(self) -> bool:
        return self.status not in ("waiting", "running")


def name_of(upload: Upload, recipe: Recipe, extent: Extent, target: str, at: float, music: Path | None = None) -> str:
    """The name of a request: the same for the same request."""
    wish = f"{upload.path} {recipe} {extent} {target} {at if extent != 'whole' else 0} {music}"
    return hashlib.sha256(wish.encode(errors="surrogateescape")).hexdigest()[:16]


def save(made: Try, report: Report) -> None:
    """Write a try and its report to its folder."""
    record = {
        "scope": made.extent,
        "kind": made.kind,
        "upload": asdict(made.upload),
        "recipe": to_toml(made.recipe),
        "target": made.target.name,
        "at": made.at,
        "chosen": dict(made.chosen),
        "made": made.made,
        "music": None if made.music is None else str(made.music),
        "status": report.status,
        "words": report.words,
    }
    made.folder.mkdir(parents=True, exist_ok=True)
    draft = made.folder / f".{FACTS}"
    draft.write_text(json.dumps(record, indent=1), encoding="utf-8")
    os.replace(draft, made.folder / FACTS)


def saved(folder: Path) -> list[tuple[Try, Report]]:
    """The tries in a folder, oldest first, with their reports. Damaged ones are skipped."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, DreamVideoError):
            found.append(_load(path))
    return sorted(found, key=lambda item: item[0].made)


def _load(folder: Path) -> tuple[Try, Report]:
    record = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    made = Try(
        folder=folder,
        extent=record["scope"],
        kind=record["kind"],
        upload=Upload(**{**record["upload"], "size": tuple(record["upload"]["size"])}),
        recipe=assemble(from_toml(record["recipe"], folder.name)),
        target=folder / Path(record["target"]).name,
        at=float(record["at"]),
        chosen=dict(record["chosen"]),
        made=float(record["made"]),
        music=None if record["music"] is None else Path(record["music"]),
    )
    return made, _standing(made, record["status"], record["words"])


def _standing(made: Try, status: Status, words: str) -> Report:
    """The report of a try that does not run. Files override what was written down."""
    partial = partial_path(made.target)
    if made.target.exists() and not job_folder(made.target).is_dir():
        return Report("done", words, 1.0, file=made.target)
    if status in ("done", "stopped", "failed"):
        return Report(status, words, file=partial if partial.exists() else None)
    return Report("stopped", "Cut off; it can go on", file=partial if partial.exists() else None)
