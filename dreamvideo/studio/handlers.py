"""Between the page and the actions: what is on the page in, what changes on it out; an error is one line of it."""

from __future__ import annotations

import hashlib
import logging
import math
import threading
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from dreamvideo.cli.ending import short
from dreamvideo.config import Recipe
from dreamvideo.errors import DreamVideoError
from dreamvideo.recipe.presets import PRESETS
from dreamvideo.studio import actions
from dreamvideo.studio.actions import Report, Task
from dreamvideo.studio.choices import CONTROLS, Desk, Upload, shown
from dreamvideo.studio.command import Kind, command_line, usual_target
from dreamvideo.studio.shown import INVITATION, download_html, film_html, picture_html, status_html
from dreamvideo.studio.work import Worker

Asked: TypeAlias = Mapping[str, Any]
"""What is on the page: values by the names of its parts."""
Changes: TypeAlias = dict[str, dict[str, Any]]
"""What becomes of parts of the page: properties by name."""

Action: TypeAlias = Callable[[Worker, Task, threading.Event], Generator[Report]]

NO_LOOK = "default"
"""The preset that is none."""
WIDTH = 1024
"""Pixels to which a larger upload is shrunk, until one chooses otherwise."""
FRAME_STEP = 0.05
"""Seconds from one place of a clip to the next that one can look at."""
NARROWEST, WIDEST = 64, 1920
FORMS = (".mp4", ".webm", ".gif")
_WORDS: Mapping[Kind, str] = {"image": "Dream", "video": "Dream this frame", "zoom": "Try two seconds"}
_SHOW_EVERY = 0.1
"""Seconds between pictures of a dream, where the device is faster."""

_log = logging.getLogger(__name__)


class Handlers:
    """What the page's events call.

    Attributes:
        desk: what choices start from.

    Args:
        desk: the same.
        results: folder for what is made.
        worker: dreams.
    """

    def __init__(self, desk: Desk, results: Path, worker: Worker) -> None:
        self.desk = desk
        self._worker = worker
        self._results = results

    def receive(self, asked: Asked) -> Changes:
        """Take an upload, or its absence, and lay the page out for it."""
        empty: Changes = {
            "upload": {"value": None},
            "source": {"value": INVITATION},
            "dream": {"value": ""},
            "result": {"visible": False},
            "command": {"visible": False},
            "dream_button": {"interactive": False},
            "moment": {"visible": False},
            "kind": {"visible": False},
        }
        if asked["file"] is None:
            return empty | {"status": {"value": status_html("")}}
        path = Path(asked["file"])
        try:
            upload = actions.receive(path, path.name)
            kind: Kind = "video" if upload.clip else "image"
            page = {**asked, "upload": upload, "kind": kind}
            arranged = self.arrange(page)
            page |= _values(arranged)
            picture = actions.look(upload, self._recipe(page), 0.0)
            arranged |= self.command(page)
        except DreamVideoError as error:
            return empty | {"status": _failed(error, path)}
        makes = [("Clip", "video")] if upload.clip else [("Picture", "image"), ("Dive into it", "zoom")]
        last = max(FRAME_STEP, round(math.floor(upload.last / FRAME_STEP) * FRAME_STEP, 2))
        seconds = f", {upload.duration:.1f} s" if upload.clip else ""
        return arranged | {
            "upload": {"value": upload},
            "source": {"value": picture_html(picture)},
            "dream": {"value": ""},
            "result": {"visible": False},
            "command": {**arranged["command"], "visible": True},
            "status": {"value": status_html(f"{upload.name}: {upload.size[0]}x{upload.size[1]}{seconds}")},
            "dream_button": {"interactive": True, "value": _WORDS[kind]},
            "moment": {"visible": upload.clip and upload.last > 0, "value": 0, "maximum": last},
            "kind": {"visible": not upload.clip, "choices": makes, "value": kind},
        }

    def arrange(self, asked: Asked) -> Changes:
        """Show the controls that a kind of work knows."""
        kind, upload = asked["kind"], asked["upload"]
        base = self._base(asked)
        width, end = int(shown("width", base, upload)), shown("end", base, upload)
        spans: Changes = {
            "width": {"value": min(width, WIDTH), "maximum": max(width, WIDEST), "minimum": min(width, NARROWEST)},
            "start": {"value": shown("start", base, upload), "maximum": max(end, 0.1)},
            "end": {"value": end, "maximum": max(end, 0.1)},
        }
        changes: Changes = {
            name: {"visible": kind in control.kinds, **spans.get(name, {})} for name, control in CONTROLS.items()
        }
        usual = usual_target(kind, Path(upload.name)).suffix
        changes |= {
            "motion": {"visible": kind != "image"},
            "whole": {"visible": kind != "image"},
            "form": {"choices": list(dict.fromkeys([usual, *FORMS])), "value": usual},
            "dream_button": {"value": _WORDS[kind]},
        }
        return changes | self.command({**asked, **_values(changes)})

    def choose(self, asked: Asked) -> Changes:
        """Set the controls as a preset has them; the size and the part of the clip stay."""
        changes: Changes = {"look": {"info": note(asked["look"])}}
        for name, control in CONTROLS.items():
            if name not in ("width", "start", "end"):
                kind = asked["kind"] if asked["kind"] in control.kinds else control.kinds[0]
                changes[name] = {"value": shown(name, self.desk.base(kind, _preset(asked)))}
        layers = self.desk.shown_layers(self.desk.base("image", _preset(asked)))
        changes["layers"] = {"value": layers, "choices": list(dict.fromkeys([*self.desk.layers, *layers]))}
        return changes | self.command({**asked, **_values(changes)})

    def command(self, asked: Asked) -> Changes:
        """The command line of what is chosen; of what cannot be meant so, the reason as a comment."""
        if asked["upload"] is None:
            return {}
        try:
            source = Path(asked["upload"].name)
            text = command_line(
                asked["kind"],
                source,
                self._recipe(asked),
                self._base(asked),
                preset=_preset(asked),
                target=self._target(asked),
            )
        except DreamVideoError as error:
            text = f"# {short(str(error))}"
        return {"command": {"value": text}}

    def look_at(self, asked: Asked) -> Changes:
        """Show a clip's frame, undreamed."""
        upload = asked["upload"]
        if upload is None or not upload.clip:
            return {}
        try:
            picture = actions.look(upload, self._recipe(asked), asked["moment"])
        except DreamVideoError as error:
            return {"status": _failed(error, Path(upload.path))}
        return {
            "source": {"value": picture_html(picture)},
            "dream": {"value": ""},
            "status": {"value": status_html(f"The frame at {asked['moment']:.2f} s")},
        }

    def begin(self, asked: Asked) -> Changes:
        """Before work: a stop that can be pressed even while the work waits for its turn."""
        return {
            "halt": {"value": threading.Event()},
            "dream_button": {"interactive": False},
            "render_button": {"interactive": False},
            "stop_button": {"visible": True, "interactive": True},
            "result": {"visible": False},
            "status": {"value": status_html("Waiting for its turn")},
        }

    def stop(self, asked: Asked) -> Changes:
        """Ask the work to end."""
        if asked["halt"] is not None:
            asked["halt"].set()
        return {"stop_button": {"interactive": False}}

    def dream(self, asked: Asked) -> Generator[Changes]:
        """Dream one frame."""
        yield from self._work(asked, actions.dream)

    def render(self, asked: Asked) -> Generator[Changes]:
        """Make the whole."""
        yield from self._work(asked, actions.render)

    def _work(self, asked: Asked, action: Action) -> Generator[Changes]:
        upload, told = asked["upload"], float("-inf")
        try:
            recipe = self._recipe(asked)
            target = self._folder(upload, recipe) / self._target(asked)
            task = Task(asked["kind"], upload, recipe, target, asked["moment"] or 0)
            for report in action(self._worker, task, asked["halt"]):
                if report.done or time.monotonic() - told >= _SHOW_EVERY:
                    told = time.monotonic()
                    yield _shown(report)
        except DreamVideoError as error:
            yield {"status": _failed(error, Path(upload.path))}
        except Exception as error:
            _log.exception("a bug")
            yield {"status": {"value": status_html(f"a bug: {type(error).__name__}: {error}", failed=True)}}
        yield {
            "dream_button": {"interactive": True},
            "render_button": {"interactive": True},
            "stop_button": {"visible": False},
        }

    def _folder(self, upload: Upload, recipe: Recipe) -> Path:
        """The same for the same upload and recipe, so that a render that was stopped is found again."""
        name = hashlib.sha256(f"{upload.path} {recipe}".encode(errors="surrogateescape")).hexdigest()[:16]
        folder = self._results / name
        folder.mkdir(exist_ok=True)
        return folder

    def _base(self, asked: Asked) -> Recipe:
        return self.desk.base(asked["kind"], _preset(asked))

    def _recipe(self, asked: Asked) -> Recipe:
        values = {name: asked[name] for name in CONTROLS}
        upload: Upload = asked["upload"]
        return self.desk.recipe(asked["kind"], _preset(asked), asked["layers"], values, upload)

    def _target(self, asked: Asked) -> Path:
        usual = usual_target(asked["kind"], Path(asked["upload"].name))
        return usual if asked["kind"] == "image" else usual.with_suffix(asked["form"])


def note(look: str) -> str:
    """A preset in a few words."""
    return PRESETS[look].note if look in PRESETS else "the network's own layers, shaded like a photograph"


def _preset(asked: Asked) -> str | None:
    return None if asked["look"] in (None, NO_LOOK) else asked["look"]


def _values(changes: Changes) -> dict[str, Any]:
    """The values that parts of the page are given."""
    return {name: facts["value"] for name, facts in changes.items() if "value" in facts}


def _failed(error: DreamVideoError, path: Path) -> dict[str, Any]:
    """An error's line, with the file by its name alone."""
    return {"value": status_html(short(str(error).replace(str(path), path.name)), failed=True)}


def _shown(report: Report) -> Changes:
    changes: Changes = {"status": {"value": status_html(report.words, report.part)}}
    if report.picture is not None:
        changes["dream"] = {"value": picture_html(report.picture)}
    if report.file is not None:
        changes["result"] = {"value": download_html(report.file), "visible": True}
        if report.picture is None:
            changes["dream"] = {"value": film_html(report.file)}
    return changes
