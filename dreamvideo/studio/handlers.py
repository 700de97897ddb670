"""Handlers of the page's events: they change its state, and return changes of its parts. Errors become text."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dreamvideo.errors import DreamVideoError
from dreamvideo.schedule import SETTINGS
from dreamvideo.studio.asked import (
    CHOSEN,
    FORMS,
    FRAME_STEP,
    NARROWEST,
    NOTHING,
    WIDEST,
    WIDTH,
    Asked,
    EventData,
    error_line,
    file_in,
    target_of,
    values_of,
)
from dreamvideo.studio.choices import standing
from dreamvideo.studio.choosing import Choosing
from dreamvideo.studio.command import Kind, usual_target
from dreamvideo.studio.pieces import picture_html
from dreamvideo.studio.state import PageState
from dreamvideo.studio.timeline import VARIES
from dreamvideo.studio.tries import Extent, Try, name_of
from dreamvideo.studio.uploads import Upload, inside, receive, source_picture
from dreamvideo.studio.view import Changes, merged


class Handlers(Choosing):
    """Handlers of the page's events."""

    def open(self, page: PageState, asked: Asked, data: EventData = NOTHING) -> Changes:
        """Show the running try, else the newest one, on a page that was opened or reloaded."""
        line = [made for made, _ in self.queue.line]
        ended = [made for made, how in self.queue.tries if how.ended]
        changes: Changes = {}
        for made in [*line, *ended][: page.scene.upload is None]:
            changes = self._restore(page, made)
        return merged(changes, self._view(page))

    def receive(self, page: PageState, asked: Asked, data: EventData = NOTHING) -> Changes:
        """Take an upload. An error is displayed, and all else stays."""
        dropped = asked["drop"] or {}
        name = str(dropped.get("name") or "the file")
        try:
            if "path" not in dropped:
                page.trouble(self._refusal(name, dropped))
                return self._view(page)
            path = inside(str(dropped["path"]), self._uploads)
            upload = receive(path, name)
            kind: Kind = "video" if upload.clip else "image"
            changes = self._lay_out(upload, kind) | {"mask": {"value": ""}}  # it was painted on another picture
            choice = {**asked, **values_of(changes), "kind": kind}
            picture = source_picture(upload, self._recipe(upload, choice), 0.0)
            page.receive(upload, kind, picture_html(picture, "the source"))
        except DreamVideoError as error:
            page.trouble(error_line(error, str(dropped.get("path", "")), name))
            return self._view(page)
        return merged(changes, self.command(page, choice), self._view(page))

    def arrange(self, page: PageState, asked: Asked, data: EventData = NOTHING) -> Changes:
        """Change the command for the same upload; choices stay."""
        page.arrange(asked["kind"])
        return merged(self._forms(page.scene.upload, asked["kind"]), self.command(page, asked), self._view(page))

    def look_at(self, page: PageState, asked: Asked, data: EventData = NOTHING) -> Changes:
        """Show a clip's frame, undreamed."""
        upload = page.scene.upload
        if upload is None or not upload.clip or self._is_at(page, asked["moment"]):
            return {}
        try:
            picture = source_picture(upload, self._recipe(upload, {**asked, "kind": "video"}), asked["moment"])
            page.show_source(picture_html(picture, "the source"), f"The frame at {asked['moment']:.2f} s")
        except DreamVideoError as error:
            page.trouble(error_line(error, upload.path, upload.name))
        return self._view(page)

    def dream(self, page: PageState, asked: Asked, data: EventData = NOTHING) -> Changes:
        """Dream one frame."""
        return self._ask(page, asked, "frame")

    def trial(self, page: PageState, asked: Asked, data: EventData = NOTHING) -> Changes:
        """Make two seconds."""
        return self._ask(page, asked, "trial")

    def render(self, page: PageState, asked: Asked, data: EventData = NOTHING) -> Changes:
        """Render the whole."""
        return self._ask(page, asked, "whole")

    def stop(self, page: PageState, asked: Asked, data: EventData = NOTHING) -> Changes:
        """Stop the displayed try, or remove it from the queue."""
        if page.scene.on_show is not None:
            self.queue.stop(page.scene.on_show)
        return self._view(page)

    def act(self, page: PageState, asked: Asked, data: EventData) -> Changes:
        """Handle a button of the lists: `do`, for the try `name`."""
        do, name = str(data.get("do")), str(data.get("name"))
        found = self.queue.find(name)
        changes: Changes = {}
        if do == "remove":
            page.remove()
            self._samples.want(None)
            changes = {"mask": {"value": ""}}
        elif do in ("show", "restore") and found is not None:
            changes = self._restore(page, found[0])
        elif do == "compare" and found is not None:
            page.compare(name)
        elif do in ("earlier", "later"):
            self.queue.move(name, -1 if do == "earlier" else 1)
        elif do in ("stop", "go_on", "forget"):
            getattr(self.queue, do)(name)
        return merged(changes, self._view(page))

    def look_again(self, page: PageState, asked: Asked, data: EventData = NOTHING) -> Changes:
        """Update the page, with choices that came too early for `say`."""
        said = {part: facts for part, facts in self.say(page, asked).items() if facts["value"] != asked[part]}
        return merged(self._view(page, asked["seen"] or ""), self._line(page, asked), said)

    def _ask(self, page: PageState, asked: Asked, extent: Extent) -> Changes:
        upload, kind = page.scene.upload, page.scene.kind
        if upload is None:
            page.trouble("expected a picture or a clip: drop one first")
            return self._view(page)
        asked = {**asked, "kind": kind}
        try:
            made = self._try(upload, asked, extent)
        except DreamVideoError as error:
            page.trouble(error_line(error, upload.path, upload.name))
            return self._view(page)
        before = self.queue.find(page.scene.on_show)
        self.queue.put(made)
        if before is None or before[1].ended:
            page.show(made.name, upload)
        else:  # the running try stays on display
            page.calm()
        return self._view(page)

    def _try(self, upload: Upload, asked: Asked, extent: Extent) -> Try:
        kind, at = asked["kind"], float(asked["moment"] or 0) if upload.clip else 0.0
        recipe = self._recipe(upload, asked)
        target = target_of(upload, kind, asked).name
        if extent == "trial":
            target = Path(target).with_suffix(".mp4").name
        chosen = {name: asked.get(name) for name in CHOSEN}
        music = (
            None
            if kind == "image" or file_in(asked, "music") is None
            else inside(str(file_in(asked, "music")), self._uploads)
        )
        folder = self._folder / "tries" / name_of(upload, recipe, extent, target, at, music)
        return Try(folder, extent, kind, upload, recipe, folder / target, at, chosen, time.time(), music)

    def _restore(self, page: PageState, made: Try) -> Changes:
        """Display a try again, with its upload and its choices."""
        upload, kind = made.upload, made.kind
        changes = self._lay_out(upload, kind)
        for name in CHOSEN:
            if name in made.chosen:
                changes[name] = {**changes.get(name, {}), "value": made.chosen[name]}
        try:
            page.receive(upload, kind, picture_html(source_picture(upload, made.recipe, made.at), "the source"))
            page.show(made.name, upload)
        except DreamVideoError as error:
            page.trouble(error_line(error, upload.path, upload.name))
            return {}
        return merged(changes, self.command(page, {**made.chosen, **values_of(changes)}))

    def _lay_out(self, upload: Upload, kind: Kind) -> Changes:
        """The ranges of controls for an upload, and their first values."""
        base = self.desk.base(kind, None)
        width, end = int(standing("width", base, upload)), float(standing("end", base, upload))
        last = max(FRAME_STEP, round(math.floor(upload.last / FRAME_STEP) * FRAME_STEP, 2))
        self._samples.want(upload)
        self._cuts.want(upload)
        self.queue.wake()
        changes: Changes = {
            "width": {"value": min(width, WIDTH), "maximum": max(width, WIDEST), "minimum": min(width, NARROWEST)},
            "start": {"value": standing("start", base, upload), "maximum": max(end, 0.1)},
            "end": {"value": end, "maximum": max(end, 0.1)},
            "moment": {"value": 0, "maximum": last},
        }
        return changes | self._forms(upload, kind)

    def _forms(self, upload: Upload | None, kind: Kind) -> Changes:
        """The suffixes of a result, the usual one first, and the settings that can have schedules."""
        if upload is None:
            return {}
        usual = usual_target(kind, Path(upload.name)).suffix
        usual = usual if kind != "image" else FORMS[0]
        strange = {"video": ("zoom.",), "zoom": ("coherence.",), "image": ()}[kind]
        return {
            "form": {"choices": list(dict.fromkeys([usual, *FORMS])), "value": usual},
            "varies": {"choices": [name for name in SETTINGS if not name.startswith(strange)], "value": VARIES},
        }

    def _is_at(self, page: PageState, moment: float) -> bool:
        """Whether the displayed try was made at this moment: to restore a try moves the slider, too."""
        found = self.queue.find(page.scene.on_show)
        return found is not None and abs(found[0].at - float(moment)) < FRAME_STEP / 2

    def _refusal(self, name: str, dropped: Mapping[str, Any]) -> str:
        if "bytes" in dropped:
            most, got = self._max_upload / 1e6, float(dropped["bytes"]) / 1e6
            return (
                f"{name} has {got:,.1f} MB, and files of at most {most:,.1f} MB are taken: "
                f"dreamvideo studio --max-upload {math.ceil(got)}MB takes it"
            )
        return f"{name} did not arrive: {dropped.get('reason', 'the connection was lost')}"
