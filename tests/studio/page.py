"""What a page may hold: uploads, controls that nobody moved, and a page that stands where a browser's would."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dreamvideo.config import DreamConfig, Layer, Recipe
from dreamvideo.studio.asked import CHOSEN, NO_LOOK, SAID
from dreamvideo.studio.choices import CONTROLS, Desk, standing
from dreamvideo.studio.command import Kind, command_line, usual_target
from dreamvideo.studio.cuts import Cuts
from dreamvideo.studio.handlers import Handlers
from dreamvideo.studio.queue import OnReport, Queue
from dreamvideo.studio.samples import Samples
from dreamvideo.studio.state import PageState
from dreamvideo.studio.tries import Report, Try
from dreamvideo.studio.uploads import Upload
from dreamvideo.studio.view import Changes, merged

PICTURE = Upload("/x/it's a photo.jpg", "it's a photo.jpg", False, (1600, 1200))
CLIP = Upload("/x/-clip.mp4", "-clip.mp4", True, (640, 360), 9.64, 25.0)
DESK = Desk(("mixed3", "mixed4", "mixed5"), ("mixed5=0.4", "mixed6"))
SMALL = Recipe(dream=DreamConfig(layers=(Layer("mixed4"),), octaves=2, steps=3))


def left_alone(kind: Kind, look: str | None, upload: Upload, desk: Desk = DESK) -> dict[str, Any]:
    """What the controls hold where nobody moved them."""
    base = desk.base(kind, look)
    values = {name: standing(name, base, upload) for name in CONTROLS}
    return {**values, "layers": desk.shown_layers(base)}


def line_of(kind: Kind, look: str | None, chosen: dict[str, Any], upload: Upload, target: Path | None = None) -> str:
    values = {name: chosen[name] for name in CONTROLS}
    recipe = DESK.recipe(kind, look, chosen["layers"], values, upload)
    source = Path(upload.name)
    target = target or usual_target(kind, source)
    return command_line(kind, source, recipe, DESK.base(kind, look), preset=look, target=target)


class Gate:
    """Work that goes on only when it is let: does tries without a network.

    Attributes:
        done: names of the tries that were done, in their order.
    """

    def __init__(self) -> None:
        self.done: list[str] = []
        self._let = threading.Semaphore(0)

    def __call__(self, made: Try, on_report: OnReport, stop: Callable[[], bool]) -> Report:
        on_report(Report("running", "Frame 1 of 9", 0.1))
        while not self._let.acquire(timeout=0.01):
            if stop():
                return Report("stopped", "Stopped after 1 frames", 0.1)
        made.target.write_bytes(b"a result")
        self.done.append(made.name)
        return Report("done", "9 frames", 1.0, file=made.target)

    def let(self) -> None:
        """Let one try come to its end."""
        self._let.release()


class Browsed:
    """A page as a browser holds it: properties of its parts, which events send and answers change.

    Attributes:
        parts: properties by part.
        page: the page's own state, on the server.
        handlers: what its events call.
    """

    def __init__(self, folder: Path, perform: Any, queue: Queue | None = None, most: int = 10**6) -> None:
        (folder / "uploads").mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.cuts = Cuts()
        self.samples = Samples(DESK, folder / "samples")
        self.handlers = Handlers(DESK, folder, queue or Queue(perform), self.samples, self.cuts, most)
        base = left_alone("image", None, PICTURE)
        first = {
            "kind": None,
            "look": NO_LOOK,
            "words": [],
            "over_time": "",
            "music": None,
            "guide": None,
            "mask": "",
            "form": ".mp4",
            "moment": 0.0,
            **base,
        }
        self.parts: Changes = {name: {"value": first[name]} for name in CHOSEN} | {"drop": {"value": None}}
        self.page = PageState()
        self.press("open")

    def drop(self, path: Path, name: str | None = None, **facts: Any) -> None:
        """Drop a file; it is brought into the folder of uploads, as Gradio does."""
        lies = self.folder / "uploads" / path.name
        lies.write_bytes(path.read_bytes())
        self.set("drop", {"name": name or path.name, "path": str(lies), **facts}, "receive")

    def set(self, part: str, value: Any, event: str) -> None:
        """Give a part a value, and have its event."""
        self.parts[part] = {**self.parts.get(part, {}), "value": value}
        self.press(event)

    def press(self, event: str, told: dict[str, Any] | None = None) -> None:
        """Have an event, which may tell something itself."""
        self.take(getattr(self.handlers, event)(self.page, self.asked, told or {}))

    def act(self, do: str, name: str = "") -> None:
        """Press a button of a list."""
        self.press("act", {"do": do, "name": name})

    def look(self) -> None:
        """What the timer does."""
        self.press("look_again")

    def of(self, part: str, fact: str = "value") -> Any:
        return self.parts.get(part, {}).get(fact)

    def until(self, true: Callable[[], Any], seconds: float = 60) -> None:
        """Look until something is so."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"waited in vain; the page says {self.of('status')!r}"
            time.sleep(0.01)
            self.look()
        self.look()  # what ended before the first look is shown too

    def shown(self) -> tuple[Try, Report]:
        """The try on the stage."""
        found = self.handlers.queue.find(self.page.scene.on_show)
        assert found is not None
        return found

    @property
    def asked(self) -> dict[str, Any]:
        """What events send."""
        return {name: self.of(name) for name in (*CHOSEN, *SAID, "drop", "seen", "timeline", "varies", "easing")}

    def take(self, changes: Changes) -> None:
        """Have an answer change the parts."""
        self.parts = merged(self.parts, changes)
