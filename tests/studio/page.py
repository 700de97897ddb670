"""What a page may hold: uploads, controls that nobody moved, and the command line of what was chosen."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from dreamvideo.config import DreamConfig, Layer, Recipe
from dreamvideo.studio.choices import CONTROLS, Desk, Upload, shown
from dreamvideo.studio.command import Kind, command_line, usual_target
from dreamvideo.studio.handlers import NO_LOOK

PICTURE = Upload("/x/it's a photo.jpg", "it's a photo.jpg", False, (1600, 1200))
CLIP = Upload("/x/-clip.mp4", "-clip.mp4", True, (640, 360), 9.64, 25.0)
DESK = Desk(("mixed3", "mixed4", "mixed5"), ("mixed5=0.4", "mixed6"))
SMALL = Recipe(dream=DreamConfig(layers=(Layer("mixed4"),), octaves=2, steps=3))


def left_alone(kind: Kind, look: str | None, upload: Upload, desk: Desk = DESK) -> dict[str, Any]:
    """What the controls hold where nobody moved them."""
    base = desk.base(kind, look)
    values = {name: shown(name, base, upload) for name in CONTROLS}
    return {**values, "layers": desk.shown_layers(base)}


def line_of(kind: Kind, look: str | None, chosen: dict[str, Any], upload: Upload, target: Path | None = None) -> str:
    values = {name: chosen[name] for name in CONTROLS}
    recipe = DESK.recipe(kind, look, chosen["layers"], values, upload)
    source = Path(upload.name)
    target = target or usual_target(kind, source)
    return command_line(kind, source, recipe, DESK.base(kind, look), preset=look, target=target)


def asked(upload: Upload | None, kind: Kind, **moved: Any) -> dict[str, Any]:
    """What is on the page."""
    chosen = left_alone(kind, None, upload or PICTURE) | moved
    page = {"upload": upload, "kind": kind, "look": NO_LOOK, "form": ".mp4", "moment": 0.0, "file": None, "halt": None}
    return page | {"halt": threading.Event()} | chosen
