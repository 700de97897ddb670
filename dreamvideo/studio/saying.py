"""Display of the choices: command line, time line, mark of a dive, and the rest of the view."""

from __future__ import annotations

from pathlib import Path

from dreamvideo.cli.ending import short
from dreamvideo.config import Recipe
from dreamvideo.errors import DreamVideoError
from dreamvideo.studio.asked import NOTHING, Asked, EventData, by_names, file_in, name_there, preset_of, target_of
from dreamvideo.studio.choices import CONTROLS, Desk
from dreamvideo.studio.command import command_line
from dreamvideo.studio.cuts import Cuts
from dreamvideo.studio.pieces import aim_html
from dreamvideo.studio.queue import Queue
from dreamvideo.studio.samples import Samples, words_pictured
from dreamvideo.studio.state import PageState
from dreamvideo.studio.timeline import line_of, read_lines, timeline_html
from dreamvideo.studio.uploads import Upload, inside
from dreamvideo.studio.view import Changes, up_to_date, view


class Saying:
    """Displays the choices.

    Args:
        folder: folder of `uploads` and `tries`.
        max_upload: largest file in bytes.
    """

    def __init__(self, desk: Desk, folder: Path, queue: Queue, samples: Samples, cuts: Cuts, max_upload: int) -> None:
        self.desk = desk
        self.queue = queue
        self._samples = samples
        self._cuts = cuts
        self._folder = folder
        self._uploads = folder / "uploads"
        self._max_upload = max_upload

    def say(self, page: PageState, asked: Asked, data: EventData = NOTHING) -> Changes:
        """The command line after a choice; nothing while the page has not shown its last update yet."""
        if not up_to_date(page, asked["seen"]):
            return {}
        chosen = [name for name in self.desk.layers if name in (asked["layers"] or ())]
        pictured = [name for name in words_pictured(self.desk) if name in (asked["words"] or ())]
        return {"shelf": {"value": chosen}, "pictured": {"value": pictured}} | self.command(page, asked)

    def command(self, page: PageState, asked: Asked) -> Changes:
        """The command line of the choices; if they are invalid, the reason as a comment."""
        upload = page.scene.upload
        if upload is None:
            return {}
        try:
            music = file_in(asked, "music")
            text = command_line(
                page.scene.kind,
                Path(upload.name),
                by_names(self._recipe(upload, {**asked, "kind": page.scene.kind}), asked),
                self.desk.base(page.scene.kind, preset_of(asked)),
                preset=preset_of(asked),
                target=target_of(upload, page.scene.kind, asked),
                music=None if music is None or page.scene.kind == "image" else name_there(asked["music"]),
            )
        except DreamVideoError as error:
            text = f"# {short(str(error))}"
        return {"command": {"value": text}, "aim": {"value": self._aim(page, asked)}}

    def _view(self, page: PageState, seen: str = "") -> Changes:
        return view(page, self.queue, self._samples, seen)

    def _line(self, page: PageState, asked: Asked) -> Changes:
        """The time line, if it has changed."""
        upload = page.scene.upload
        if upload is None or page.scene.kind == "image":
            return {}
        try:
            recipe = self._recipe(upload, {**asked, "kind": page.scene.kind})
        except DreamVideoError:
            return {}
        fps = float(recipe.zoom.fps) if page.scene.kind == "zoom" else upload.rate
        drawn = timeline_html(
            line_of(recipe, self._length(page, asked), fps, self._cuts.of(upload), file_in(asked, "music"))
        )
        return {"timeline": {"value": drawn}} if drawn != asked.get("timeline") else {}

    def _length(self, page: PageState, asked: Asked) -> float:
        """Length of the time line in seconds."""
        upload = page.scene.upload
        return float(asked["duration"] or 0) if page.scene.kind == "zoom" or upload is None else upload.duration

    def _aim(self, page: PageState, asked: Asked) -> str:
        """A mark at the centre of a dive."""
        upload, x, y = page.scene.upload, asked["center_x"], asked["center_y"]
        dives = upload is not None and page.scene.kind == "zoom" and x is not None and y is not None
        return aim_html(upload.size, float(x), float(y)) if dives and upload is not None else ""

    def _recipe(self, upload: Upload, asked: Asked) -> Recipe:
        values = {name: asked[name] for name in CONTROLS}
        more: dict[str, object] = {"dream.of": ",".join(asked["words"])} if asked.get("words") else {}
        more |= read_lines(asked.get("over_time")) if asked["kind"] != "image" else {}
        guide, mask = file_in(asked, "guide"), asked.get("mask")
        more |= {} if guide is None else {"dream.guide": str(inside(str(guide), self._uploads))}
        more |= {"dream.mask": str(inside(str(mask), self._uploads))} if mask else {}
        return self.desk.recipe(asked["kind"], preset_of(asked), asked["layers"] or (), values, upload, more)
