"""The live tab: it sends pictures of the browser's camera, and each answer is the newest dream."""

from __future__ import annotations

import base64
import binascii
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from dreamvideo.cli.ending import short
from dreamvideo.config import ReadConfig, Recipe
from dreamvideo.errors import DreamVideoError
from dreamvideo.live import FPS
from dreamvideo.live.choices import Choices
from dreamvideo.live.dreaming import LiveDreamer
from dreamvideo.live.feed import Captured, Feed, captured_now, display_size
from dreamvideo.live.recording import Recorder, keep_snapshot
from dreamvideo.live.session import Session, Shown
from dreamvideo.live.slot import Slot
from dreamvideo.media import Picture, load_cv2
from dreamvideo.media.frame import size_of, to_picture
from dreamvideo.media.geometry import Size, resized
from dreamvideo.studio.asked import NO_LOOK, Asked, EventData, note
from dreamvideo.studio.choices import Desk, standing
from dreamvideo.studio.pieces import download_html, picture_html, status_html
from dreamvideo.studio.uploads import Upload
from dreamvideo.studio.view import Changes

PATIENCE = 5.0
"""Seconds without a picture after which a dream ends."""
WAIT = 0.5
"""Seconds that an answer waits for a new dream."""
CONTROLS = {"live_strength": "clip_strength", "live_motif": "motif"}
"""Control of the tab -> the page's control like it."""
CHOSEN = ("live_look", "live_layers", "live_words", *CONTROLS, "freeze")
"""Parts whose values make the dream's recipe."""


class PageFeed(Feed):
    """Pictures from a page."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self._newest: Slot[Picture] = Slot()

    def put(self, picture: Picture) -> None:
        """Add a picture (H, W, 3) in [0, 1], in place of one that was not taken yet."""
        self._newest.put(picture)

    def __iter__(self) -> Iterator[Captured]:
        began = time.monotonic()
        while (picture := self._newest.take(PATIENCE)) is not None:
            yield captured_now(picture, began)

    def close(self) -> None:
        self._newest.end()


class LiveDream:
    """The dream of one page's camera, in a thread, until no more pictures come.

    Args:
        owner: session of the page.
        size: (width, height) of its pictures.

    Attributes:
        failed: whether the status is an error.
        over: whether it has ended.
    """

    def __init__(self, owner: str, recipe: Recipe, size: Size) -> None:
        self.owner = owner
        self.feed = PageFeed(size)
        self.words, self.failed, self.over = "Loading the network", False, False
        self.begun = recipe
        self._wanted = recipe
        self._session: Session | None = None
        self._changed = threading.Condition()
        self._shown: Shown | None = None
        self._new = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dreamvideo-live", daemon=True)
        self._thread.start()

    def want(self, recipe: Recipe, *, frozen: bool) -> None:
        """Set the recipe, and whether the picture is frozen."""
        if self._session is None:
            return
        self._session.frozen = frozen
        if recipe != self._wanted:
            self._wanted = self._session.dreamer.wanted = recipe
            self.failed = False

    def newest(self) -> Picture | None:
        """The newest dream; None if there is none since the last call."""
        with self._changed:
            self._changed.wait_for(lambda: self._new or self.over, 0 if self._session is None else WAIT)
            if not self._new or self._shown is None:
                return None
            self._new = False
            return self._shown.picture

    def keep(self, folder: Path) -> Path | None:
        """Write the displayed picture into a folder, as a PNG with its recipe; None: there is none.

        Raises:
            OutputError: it cannot be written.
        """
        if self._session is None or self._shown is None:
            return None
        dreamer = self._session.dreamer
        folder.mkdir(parents=True, exist_ok=True)
        return keep_snapshot(self._shown.picture, dreamer.recipe, dreamer.dreamer.network.weights_hash, folder)

    def end(self, timeout: float = 0.0) -> None:
        """End it, and wait at most `timeout` seconds."""
        self._stopped.set()
        self.feed.close()
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            size = self.feed.size
            dreamer = LiveDreamer(self.begun, size, FPS)
            choices = Choices(self.begun, (), ())
            session = Session(
                self.feed, dreamer, Recorder(size, FPS), choices, on_message=self._say, on_picture=self._watch
            )
            self._session = session
            session.run(self._stopped.is_set)
        except DreamVideoError as error:
            self._say(str(error))
        finally:
            with self._changed:
                self.over = True
                self._changed.notify_all()

    def _say(self, trouble: str) -> None:
        self.words, self.failed = short(trouble), True

    def _watch(self, shown: Shown) -> None:
        with self._changed:
            self._shown, self._new = shown, True
            if self._session is not None and not self.failed:
                width, height = shown.size
                self.words = f"{self._session.fps:.1f} frames a second, dreamed at {width}x{height}"
            self._changed.notify_all()


class LiveTab:
    """Handlers of the live tab. Only one page at a time can dream; snapshots go to `folder`."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self._folder = folder
        self._lock = threading.Lock()
        self._dream: LiveDream | None = None

    def frame(self, owner: str, asked: Asked, data: EventData) -> Changes:
        """Take a picture of the camera, or the reason why there is none; return the newest dream."""
        if "reason" in data:
            return _line(f"There is no camera: {data['reason']}", failed=True)
        picture = _decoded(str(data.get("picture", "")))
        if picture is None:
            return {"live_dream": {}}
        try:
            recipe = self._recipe(asked)
        except DreamVideoError as error:
            return _line(short(str(error)), failed=True)
        dream = self._dream_of(owner, recipe, picture)
        if dream is None:
            return _line("Another page has its camera on: stop it there first", failed=True)
        frozen = bool(asked["freeze"])
        dream.want(recipe, frozen=frozen)
        dream.feed.put(picture)
        made = None if frozen else dream.newest()
        changes = _line("Frozen" if frozen else dream.words, failed=dream.failed)
        return changes | ({} if made is None else {"live_dream": {"value": picture_html(made, "the live dream")}})

    def choose(self, owner: str, asked: Asked, data: EventData) -> Changes:
        """Set the controls to a preset's values."""
        base = self.desk.base("video", _preset(asked))
        layers = self.desk.shown_layers(base)
        changes: Changes = {name: {"value": standing(like, base)} for name, like in CONTROLS.items()}
        changes["live_layers"] = {"value": layers, "choices": list(dict.fromkeys([*self.desk.layers, *layers]))}
        return changes | {"live_look": {"info": note(asked["live_look"])}}

    def keep(self, owner: str, asked: Asked, data: EventData) -> Changes:
        """Keep the displayed picture."""
        dream = self._dream
        try:
            path = None if dream is None or dream.owner != owner else dream.keep(self._folder)
        except DreamVideoError as error:
            return _line(short(str(error)), failed=True)
        if path is None:
            return _line("There is no dream yet: turn the camera on first", failed=True)
        return {"live_result": {"visible": True, "value": download_html(path)}}

    def leave(self, owner: str) -> None:
        """Handle a closed page."""
        dream = self._dream
        if dream is not None and dream.owner == owner:
            dream.end()

    def end(self, timeout: float) -> None:
        """End the dream, within `timeout` seconds."""
        if self._dream is not None:
            self._dream.end(timeout)

    def _dream_of(self, owner: str, recipe: Recipe, picture: Picture) -> LiveDream | None:
        """The dream of a page's pictures; it is started if there is none. None: another page has one."""
        size = size_of(picture)
        with self._lock:
            dream = self._dream
            if dream is not None and not dream.over:
                if dream.owner != owner:
                    return None
                if dream.feed.size == size:
                    return dream
                dream.end()
            if dream is None or not dream.failed or dream.begun != recipe or dream.feed.size != size:
                dream = self._dream = LiveDream(owner, recipe, size)
            return dream

    def _recipe(self, asked: Asked) -> Recipe:
        """The recipe of the choices. Raises ConfigError."""
        values = {like: asked[name] for name, like in CONTROLS.items()}
        more: dict[str, object] = {"dream.of": ",".join(asked["live_words"])} if asked["live_words"] else {}
        camera = Upload("", "the camera", True, (640, 360))
        return self.desk.recipe("video", _preset(asked), asked["live_layers"] or (), values, camera, more)


def _preset(asked: Asked) -> str | None:
    return None if asked["live_look"] in (None, NO_LOOK) else str(asked["live_look"])


def _line(words: str, *, failed: bool) -> Changes:
    return {"live_status": {"value": status_html(words, failed=failed)}}


def _decoded(address: str) -> Picture | None:
    """The picture of a `data:` address, (H, W, 3) in [0, 1], at the size of a live dream; None: it is none."""
    cv2 = load_cv2()
    try:
        data = np.frombuffer(base64.b64decode(address.partition(",")[2], validate=True), np.uint8)
    except binascii.Error:
        return None
    pixels: Any = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB) if data.size else None
    if pixels is None:
        return None
    return to_picture(resized(pixels, display_size(size_of(pixels), ReadConfig())))
