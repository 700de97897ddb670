"""Between the page and its state: what is on the page comes in, what becomes of it goes out; trouble is a line."""

from __future__ import annotations

import logging
import math
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from dreamvideo.cli.ending import short
from dreamvideo.config import Recipe
from dreamvideo.errors import ConfigError, DreamVideoError
from dreamvideo.recipe.presets import PRESETS
from dreamvideo.studio.choices import CONTROLS, Desk, shown
from dreamvideo.studio.command import Kind, command_line, usual_target
from dreamvideo.studio.cuts import Cuts
from dreamvideo.studio.queue import Queue
from dreamvideo.studio.samples import Samples
from dreamvideo.studio.shown import aim_html, picture_html
from dreamvideo.studio.state import Page
from dreamvideo.studio.timeline import line_of, read_lines, span, timeline_html, with_key
from dreamvideo.studio.tries import Scope, Try, name_of
from dreamvideo.studio.uploads import Upload, inside, look, receive
from dreamvideo.studio.view import Changes, merged, up_to_date, view

Asked: TypeAlias = Mapping[str, Any]
"""What is on the page: values by the names of its parts."""
Told: TypeAlias = Mapping[str, Any]
"""What an event tells besides: which button it was."""
NOTHING: Told = MappingProxyType({})

NO_LOOK = "default"
"""The preset that is none."""
WIDTH = 1024
"""Pixels to which a larger upload is shrunk, until one chooses otherwise."""
FRAME_STEP = 0.05
"""Seconds from one place of a clip to the next that one can look at."""
NARROWEST, WIDEST = 64, 1920
FORMS = (".mp4", ".webm", ".gif")
CHOSEN = ("kind", "look", "layers", "words", "form", "moment", "over_time", "music", *CONTROLS)
"""Parts whose values make a try, and come back with it."""

_log = logging.getLogger(__name__)


class Handlers:
    """What the page's events call.

    Attributes:
        desk: what choices start from.
        queue: all tries.

    Args:
        desk: the same.
        folder: where uploads and tries lie, in `uploads` and `tries`.
        queue: the same.
        samples: pictures to choose by.
        cuts: where shots begin.
        max_upload: largest file in bytes, for the refusal's words.
    """

    def __init__(self, desk: Desk, folder: Path, queue: Queue, samples: Samples, cuts: Cuts, max_upload: int) -> None:
        self.desk = desk
        self.queue = queue
        self._samples = samples
        self._cuts = cuts
        self._folder = folder
        self._uploads = folder / "uploads"
        self._max_upload = max_upload

    def open(self, page: Page, asked: Asked, told: Told = NOTHING) -> Changes:
        """A page that was opened, or loaded again, finds what runs, or else the newest try."""
        line = [made for made, _ in self.queue.line]
        ended = [made for made, how in self.queue.tries if how.ended]
        changes: Changes = {}
        for made in [*line, *ended][: page.scene.upload is None]:
            changes = self._restore(page, made)
        return merged(changes, self._view(page))

    def receive(self, page: Page, asked: Asked, told: Told = NOTHING) -> Changes:
        """Take what was dropped; what cannot be taken is said, and all else stays."""
        dropped = asked["drop"] or {}
        name = str(dropped.get("name") or "the file")
        try:
            if "path" not in dropped:
                page.trouble(self._refusal(name, dropped))
                return self._view(page)
            path = inside(str(dropped["path"]), self._uploads)
            upload = receive(path, name)
            kind: Kind = "video" if upload.clip else "image"
            changes = self._lay_out(upload, kind)
            choice = {**asked, **_values(changes), "kind": kind}
            page.receive(upload, kind, picture_html(look(upload, self._recipe(upload, choice), 0.0), "the source"))
        except DreamVideoError as error:
            page.trouble(_line(error, str(dropped.get("path", "")), name))
            return self._view(page)
        return merged(changes, self.command(page, choice), self._view(page))

    def arrange(self, page: Page, asked: Asked, told: Told = NOTHING) -> Changes:
        """Make something else of the same upload; what was chosen stays."""
        page.arrange(asked["kind"])
        return merged(self._forms(page.scene.upload, asked["kind"]), self.command(page, asked), self._view(page))

    def choose(self, page: Page, asked: Asked, told: Told = NOTHING) -> Changes:
        """Set the controls as a preset has them; the size and the part of the clip stay."""
        kind = page.scene.kind
        changes: Changes = {"look": {"info": note(asked["look"])}}
        for name, control in CONTROLS.items():
            if name not in ("width", "start", "end"):
                known = kind if kind in control.kinds else control.kinds[0]
                changes[name] = {"value": shown(name, self.desk.base(known, _preset(asked)))}
        layers = self.desk.shown_layers(self.desk.base("image", _preset(asked)))
        changes["layers"] = {"value": layers, "choices": list(dict.fromkeys([*self.desk.layers, *layers]))}
        return merged(changes, self.command(page, {**asked, **_values(changes)}))

    def say(self, page: Page, asked: Asked, told: Told = NOTHING) -> Changes:
        """The command line anew, after a choice; not while the page is still taking in what it was told last."""
        if not up_to_date(page, asked["seen"]):
            return {}
        chosen = [name for name in self.desk.layers if name in (asked["layers"] or ())]
        return {"shelf": {"value": chosen}} | self.command(page, asked)

    def take_down(self, page: Page, asked: Asked, told: Told = NOTHING) -> Changes:
        """Dream of the layers whose samples were chosen, and of the channels that were named besides."""
        named = [name for name in asked["layers"] or () if name not in self.desk.layers]
        layers: Changes = {"layers": {"value": [*(asked["shelf"] or ()), *named]}}
        return merged(layers, self.command(page, {**asked, **_values(layers)}))

    def command(self, page: Page, asked: Asked) -> Changes:
        """The command line of what is chosen; of what cannot be meant so, the reason as a comment."""
        upload = page.scene.upload
        if upload is None:
            return {}
        try:
            music = music_of(asked)
            text = command_line(
                page.scene.kind,
                Path(upload.name),
                self._recipe(upload, {**asked, "kind": page.scene.kind}),
                self.desk.base(page.scene.kind, _preset(asked)),
                preset=_preset(asked),
                target=_target(upload, page.scene.kind, asked),
                music=None if music is None or page.scene.kind == "image" else _name_of(asked["music"]),
            )
        except DreamVideoError as error:
            text = f"# {short(str(error))}"
        return {"command": {"value": text}, "aim": {"value": self._aim(page, asked)}}

    def aim(self, page: Page, asked: Asked, told: Told) -> Changes:
        """Dive to where the picture was clicked."""
        if page.scene.upload is None or page.scene.kind != "zoom":
            return {}
        places = {f"center_{axis}": {"value": round(float(told[axis]), 2)} for axis in "xy" if axis in told}
        return merged(places, self.command(page, {**asked, **_values(places)}))

    def roll(self, page: Page, asked: Asked, told: Told = NOTHING) -> Changes:
        """Another seed, by chance."""
        seed: Changes = {"seed": {"value": secrets.randbelow(2**31)}}
        return merged(seed, self.command(page, {**asked, **_values(seed)}))

    def add_key(self, page: Page, asked: Asked, told: Told) -> Changes:
        """Put a key where the time line was clicked, into the schedule of the setting that is chosen for it."""
        upload = page.scene.upload
        if upload is None or "x" not in told:
            return {}
        low, high = span(str(asked["varies"]))
        at, value = float(told["x"]) * self._length(page, asked), low + float(told["y"]) * (high - low)
        try:
            text = with_key(asked["over_time"], str(asked["varies"]), at, value, str(asked["easing"]))
        except ConfigError:
            return self.command(page, asked)
        changes: Changes = {"over_time": {"value": text}}
        choice = {**asked, **_values(changes)}
        return merged(changes, self.command(page, choice), self._line(page, choice))

    def look_at(self, page: Page, asked: Asked, told: Told = NOTHING) -> Changes:
        """Show a clip's frame, undreamed."""
        upload = page.scene.upload
        if upload is None or not upload.clip or self._is_at(page, asked["moment"]):
            return {}
        try:
            picture = look(upload, self._recipe(upload, {**asked, "kind": "video"}), asked["moment"])
            page.look(picture_html(picture, "the source"), f"The frame at {asked['moment']:.2f} s")
        except DreamVideoError as error:
            page.trouble(_line(error, upload.path, upload.name))
        return self._view(page)

    def dream(self, page: Page, asked: Asked, told: Told = NOTHING) -> Changes:
        """Have one frame dreamed."""
        return self._ask(page, asked, "frame")

    def trial(self, page: Page, asked: Asked, told: Told = NOTHING) -> Changes:
        """Have two seconds made."""
        return self._ask(page, asked, "trial")

    def render(self, page: Page, asked: Asked, told: Told = NOTHING) -> Changes:
        """Have the whole made."""
        return self._ask(page, asked, "whole")

    def stop(self, page: Page, asked: Asked, told: Told = NOTHING) -> Changes:
        """End the try that is on the stage, whether it runs or waits."""
        if page.scene.shown is not None:
            self.queue.stop(page.scene.shown)
        return self._view(page)

    def act(self, page: Page, asked: Asked, told: Told) -> Changes:
        """What a button of the lists asks for: `do`, with the try's `name`."""
        do, name = str(told.get("do")), str(told.get("name"))
        found = self.queue.find(name)
        changes: Changes = {}
        if do == "remove":
            page.remove()
        elif do in ("show", "restore") and found is not None:
            changes = self._restore(page, found[0])
        elif do == "compare" and found is not None:
            page.compare(name)
        elif do in ("earlier", "later"):
            self.queue.move(name, -1 if do == "earlier" else 1)
        elif do in ("stop", "go_on", "forget"):
            getattr(self.queue, do)(name)
        return merged(changes, self._view(page))

    def look_again(self, page: Page, asked: Asked, told: Told = NOTHING) -> Changes:
        """What has changed since the page was told last."""
        return merged(self._view(page, asked["seen"] or ""), self._line(page, asked))

    def _view(self, page: Page, seen: str = "") -> Changes:
        return view(page, self.queue, self._samples, seen)

    def _ask(self, page: Page, asked: Asked, scope: Scope) -> Changes:
        upload, kind = page.scene.upload, page.scene.kind
        if upload is None:
            page.trouble("expected a picture or a clip: drop one first")
            return self._view(page)
        asked = {**asked, "kind": kind}
        try:
            made = self._try(upload, asked, scope)
        except DreamVideoError as error:
            page.trouble(_line(error, upload.path, upload.name))
            return self._view(page)
        before = self.queue.find(page.scene.shown)
        self.queue.put(made)
        if before is None or before[1].ended:
            page.show(made.name, upload)
        else:  # what runs stays on show, and the new one in sight in the queue
            page.calm()
        return self._view(page)

    def _try(self, upload: Upload, asked: Asked, scope: Scope) -> Try:
        kind, at = asked["kind"], float(asked["moment"] or 0) if upload.clip else 0.0
        recipe = self._recipe(upload, asked)
        target = _target(upload, kind, asked).name
        if scope == "trial":
            target = Path(target).with_suffix(".mp4").name
        chosen = {name: asked.get(name) for name in CHOSEN}
        music = None if kind == "image" or music_of(asked) is None else inside(str(music_of(asked)), self._uploads)
        folder = self._folder / "tries" / name_of(upload, recipe, scope, target, at, music)
        return Try(folder, scope, kind, upload, recipe, folder / target, at, chosen, time.time(), music)

    def _restore(self, page: Page, made: Try) -> Changes:
        """Bring a try back: its upload, what was chosen, and itself on the stage."""
        upload, kind = made.upload, made.kind
        changes = self._lay_out(upload, kind)
        for name in CHOSEN:
            if name in made.chosen:
                changes[name] = {**changes.get(name, {}), "value": made.chosen[name]}
        try:
            page.receive(upload, kind, picture_html(look(upload, made.recipe, made.at), "the source"))
            page.show(made.name, upload)
        except DreamVideoError as error:
            page.trouble(_line(error, upload.path, upload.name))
            return {}
        return merged(changes, self.command(page, {**made.chosen, **_values(changes)}))

    def _lay_out(self, upload: Upload, kind: Kind) -> Changes:
        """The ranges that an upload gives the controls, and where they stand at first."""
        base = self.desk.base(kind, None)
        width, end = int(shown("width", base, upload)), float(shown("end", base, upload))
        last = max(FRAME_STEP, round(math.floor(upload.last / FRAME_STEP) * FRAME_STEP, 2))
        self._samples.want(upload)
        self._cuts.want(upload)
        self.queue.wake()
        changes: Changes = {
            "width": {"value": min(width, WIDTH), "maximum": max(width, WIDEST), "minimum": min(width, NARROWEST)},
            "start": {"value": shown("start", base, upload), "maximum": max(end, 0.1)},
            "end": {"value": end, "maximum": max(end, 0.1)},
            "moment": {"value": 0, "maximum": last},
        }
        return changes | self._forms(upload, kind)

    def _forms(self, upload: Upload | None, kind: Kind) -> Changes:
        """The endings that a result may have, the usual one first."""
        if upload is None:
            return {}
        usual = usual_target(kind, Path(upload.name)).suffix
        usual = usual if kind != "image" else FORMS[0]
        return {"form": {"choices": list(dict.fromkeys([usual, *FORMS])), "value": usual}}

    def _is_at(self, page: Page, moment: float) -> bool:
        """Whether what is on the stage was made at this moment: a try that is restored moves the slider, too."""
        found = self.queue.find(page.scene.shown)
        return found is not None and abs(found[0].at - float(moment)) < FRAME_STEP / 2

    def _line(self, page: Page, asked: Asked) -> Changes:
        """The time line, where it is another than the one that is there."""
        upload = page.scene.upload
        if upload is None or page.scene.kind == "image":
            return {}
        try:
            recipe = self._recipe(upload, {**asked, "kind": page.scene.kind})
        except DreamVideoError:
            return {}
        fps = float(recipe.zoom.fps) if page.scene.kind == "zoom" else upload.rate
        drawn = timeline_html(line_of(recipe, self._length(page, asked), fps, self._cuts.of(upload), music_of(asked)))
        return {"timeline": {"value": drawn}} if drawn != asked.get("timeline") else {}

    def _length(self, page: Page, asked: Asked) -> float:
        """Seconds of the time line."""
        upload = page.scene.upload
        return float(asked["duration"] or 0) if page.scene.kind == "zoom" or upload is None else upload.duration

    def _aim(self, page: Page, asked: Asked) -> str:
        """A mark where a dive goes."""
        upload, x, y = page.scene.upload, asked["center_x"], asked["center_y"]
        dives = upload is not None and page.scene.kind == "zoom" and x is not None and y is not None
        return aim_html(upload.size, float(x), float(y)) if dives and upload is not None else ""

    def _refusal(self, name: str, dropped: Mapping[str, Any]) -> str:
        if "bytes" in dropped:
            most, got = self._max_upload / 1e6, float(dropped["bytes"]) / 1e6
            return (
                f"{name} has {got:,.1f} MB, and files of at most {most:,.1f} MB are taken: "
                f"dreamvideo studio --max-upload {math.ceil(got)}MB takes it"
            )
        return f"{name} did not arrive: {dropped.get('reason', 'the connection was lost')}"

    def _recipe(self, upload: Upload, asked: Asked) -> Recipe:
        values = {name: asked[name] for name in CONTROLS}
        more: dict[str, object] = {"dream.of": ",".join(asked["words"])} if asked.get("words") else {}
        more |= read_lines(asked.get("over_time")) if asked["kind"] != "image" else {}
        return self.desk.recipe(asked["kind"], _preset(asked), asked["layers"] or (), values, upload, more)


def note(look: str | None) -> str:
    """A preset in a few words."""
    return (
        PRESETS[look].note
        if look is not None and look in PRESETS
        else "the network's own layers, shaded like a photograph"
    )


def music_of(asked: Asked) -> Path | None:
    """Where the track lies that was chosen, if one was."""
    chosen = asked.get("music")
    return Path(str(chosen["path"])) if isinstance(chosen, Mapping) and chosen.get("path") else None


def _name_of(file: Mapping[str, Any]) -> Path:
    return Path(Path(str(file.get("orig_name") or file["path"])).name)


def _target(upload: Upload, kind: Kind, asked: Asked) -> Path:
    usual = usual_target(kind, Path(upload.name))
    return usual if kind == "image" else usual.with_suffix(asked["form"])


def _preset(asked: Asked) -> str | None:
    return None if asked["look"] in (None, NO_LOOK) else asked["look"]


def _values(changes: Changes) -> dict[str, Any]:
    """The values that parts of the page are given."""
    return {name: facts["value"] for name, facts in changes.items() if "value" in facts}


def _line(error: DreamVideoError, path: str, name: str) -> str:
    """An error in a line, with the file by the name that it has where it came from."""
    text = str(error)
    return short(text.replace(path, name) if path else text)
