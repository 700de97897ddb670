"""All that is visible, from a page's state and the queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

from dreamvideo.errors import DreamVideoError
from dreamvideo.studio.choices import CONTROLS
from dreamvideo.studio.command import Kind
from dreamvideo.studio.pieces import (
    compare_html,
    download_html,
    film_html,
    pair_html,
    picture_html,
    saved_html,
    status_html,
)
from dreamvideo.studio.queue import Queue
from dreamvideo.studio.samples import Samples
from dreamvideo.studio.state import PageState, Scene
from dreamvideo.studio.strip import chip_html, look_of, queue_html, title_of, tries_html
from dreamvideo.studio.tries import Report, Try
from dreamvideo.studio.uploads import Upload, source_picture

Changes: TypeAlias = dict[str, dict[str, Any]]
"""Part -> properties to change."""
Found: TypeAlias = tuple[Try, Report] | None

WORDS: dict[Kind, str] = {"image": "Dream", "video": "Dream this frame", "zoom": "Dream"}
MAKES: dict[bool, list[tuple[str, Kind]]] = {
    True: [("Clip", "video")],
    False: [("Picture", "image"), ("Dive into it", "zoom")],
}
"""Commands for a clip, and for a picture."""


def merged(*all_changes: Changes) -> Changes:
    """Merge changes; later ones win."""
    made: Changes = {}
    for changes in all_changes:
        for name, facts in changes.items():
            made[name] = {**made.get(name, {}), **facts}
    return made


def view(page: PageState, queue: Queue, samples: Samples, seen: str = "") -> Changes:
    """Changes that update the parts of the page.

    Args:
        seen: the last update that the page has shown; only what has changed since is returned.
    """
    scene, version = page.scene, page.version
    found = queue.find(scene.on_show)
    report = None if found is None else found[1]
    drawn = None if report is None else (id(report.picture), report.status)
    sections: dict[str, tuple[Any, Callable[[], Changes]]] = {
        "layout": (version, lambda: _layout(scene)),
        "source": (version, lambda: {"source": {"value": scene.still}}),
        "dream": ((version, drawn), lambda: {"dream": {"value": _dream(scene, found, queue.find(scene.compared))}}),
        "status": (
            (version, None if report is None else (report.words, report.fraction, report.status)),
            lambda: _status(scene, report),
        ),
        "lists": ((version, queue.revision), lambda: _lists(scene, queue)),
        "samples": (styles := samples.styles(scene.upload), lambda: {"samples": {"value": styles}}),
        "running": ([(one.name, report.words) for one, report in queue.line], lambda: _queue(queue)),
    }
    keys = {name: json.dumps(key) for name, (key, _) in sections.items()}
    before = json.loads(seen) if seen else {}
    changes: Changes = {}
    for name, (_, made) in sections.items():
        if before.get(name) != keys[name]:
            changes |= made()
    return changes | {"seen": {"value": json.dumps(keys)}} if changes else {}


def up_to_date(page: PageState, seen: str | None) -> bool:
    """Whether a page that shows the update `seen` has its latest state."""
    return bool(seen) and json.loads(seen or "{}").get("layout") == json.dumps(page.version)


def _layout(scene: Scene) -> Changes:
    """Which parts are visible."""
    upload, kind = scene.upload, scene.kind
    there, moving = upload is not None, kind != "image"
    changes: Changes = {
        name: {"visible": kind in control.kinds and (name != "width" or there) and not _unknown(name, upload)}
        for name, control in CONTROLS.items()
    }
    return changes | {
        "chip": {"value": chip_html(upload)},
        "kind": {"visible": there and not upload.clip, "choices": MAKES[upload.clip], "value": kind}
        if upload is not None
        else {"visible": False},
        "moment": {"visible": upload is not None and upload.clip and upload.last * upload.rate > 1},
        "command": {"visible": there},
        "dream_button": {"visible": kind != "zoom", "interactive": there, "value": WORDS[kind]},
        "try_button": {
            "visible": moving,
            "interactive": there,
            "variant": "primary" if kind == "zoom" else "secondary",
        },
        "render_button": {"interactive": there},
        "whole": {"visible": there and moving},
        "motion": {"visible": there and moving},
        "change": {"visible": there and moving},
        "where": {"visible": there},
    }


def _unknown(name: str, upload: Upload | None) -> bool:
    """Whether a control's range is an unknown length."""
    return name in ("start", "end") and upload is not None and upload.clip and not upload.duration


def _dream(scene: Scene, found: Found, other: Found) -> str:
    """What is drawn over the source: nothing, a dream so far, frames beside their sources, a film, or two tries."""
    if found is None:
        return ""
    made, report = found
    if other is not None:
        names = look_of(made), look_of(other[0])
        names = names if names[0] != names[1] else (title_of(made), title_of(other[0]))
        return compare_html(_ended(made, report), _ended(*other), names)
    if made.extent == "frame" and report.picture is not None:
        return picture_html(report.picture, "the dream so far")
    if report.ended:
        return _ended(made, report)
    if report.picture is None:
        return ""
    return pair_html(_beside(made, report, scene), picture_html(report.picture, "the frame dreamed last"))


def _ended(made: Try, report: Report) -> str:
    """What a try has come to."""
    film = made.extent != "frame" and report.file is not None and report.file.exists()
    return film_html(report.file) if film and report.file is not None else saved_html(made.folder)


def _beside(made: Try, report: Report, scene: Scene) -> str:
    """The source of the frame that is on show."""
    if made.kind == "zoom" or report.time is None:
        return scene.still
    return _source(made.upload, made.recipe, float(made.recipe.read.start + report.time))


@lru_cache(maxsize=4)
def _source(upload: Upload, recipe: Any, at: float) -> str:
    """A clip's frame as HTML; several pages may look at the same."""
    try:
        return picture_html(source_picture(upload, recipe, at), "its source")
    except DreamVideoError:
        return ""


def _status(scene: Scene, report: Report | None) -> Changes:
    if scene.failed or report is None:
        line, file = status_html(scene.note, failed=scene.failed), None if report is None else report.file
    else:
        line, file = status_html(report.words, report.fraction, failed=report.status == "failed"), report.file
    busy = report is not None and not report.ended
    return {
        "status": {"value": line},
        "result": {"visible": file is not None, "value": "" if file is None else download_html(file)},
        "stop_button": {"visible": busy},
    }


def _lists(scene: Scene, queue: Queue) -> Changes:
    ended = [(made, report) for made, report in queue.tries if report.ended]
    return {"tries": {"value": tries_html(ended, scene.on_show, scene.compared), "visible": bool(ended)}}


def _queue(queue: Queue) -> Changes:
    line = queue.line
    return {"queue": {"value": queue_html(line), "visible": bool(line)}}
