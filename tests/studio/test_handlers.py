"""What changes on the page."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dreamvideo.media import Picture, write_still
from dreamvideo.studio.actions import receive
from dreamvideo.studio.handlers import Handlers
from dreamvideo.studio.work import Worker
from tests.studio.page import DESK, asked

ROOT = Path(__file__).resolve().parents[2]


def test_trouble_is_one_line_on_the_page(small: None, photo: Picture, tmp_path: Path, caplog: Any) -> None:
    handlers = Handlers(DESK, tmp_path, Worker())
    (tmp_path / "secret").mkdir()
    broken = tmp_path / "secret" / "<b>broken.mp4"
    broken.write_bytes(b"no video at all")
    huge = tmp_path / "huge.png"
    write_still(huge, photo)
    head = bytearray(huge.read_bytes())
    head[16:24] = (60_000).to_bytes(4, "big") * 2
    huge.write_bytes(head)
    for path in (broken, huge):
        changes = handlers.receive(asked(None, "image") | {"file": str(path)})
        line = changes["status"]["value"]
        assert "failed" in line and "secret" not in line and "<b>" not in line and "Traceback" not in line
        assert changes["upload"]["value"] is None and not changes["dream_button"]["interactive"]
    upload = receive(write_still(tmp_path / "photo.png", photo), "photo.png")
    page = asked(upload, "image", layers=["no_such"], width=128)
    *_, line, last = handlers.dream(page)
    assert "no_such" in line["status"]["value"] and "failed" in line["status"]["value"]
    assert last["dream_button"]["interactive"] and not last["stop_button"]["visible"]
    comment = handlers.command({**page, "layers": ["mixed4:x"]})["command"]["value"]
    assert comment.startswith("# ") and "expected a layer as NAME" in comment
    page["upload"] = replace(upload, path=None)  # type: ignore[arg-type]
    *_, line, last = handlers.dream(page)
    assert "a bug: TypeError" in line["status"]["value"] and "Traceback" in caplog.text


def test_the_page_lays_itself_out_for_what_was_dropped(small: None, clip: Path, photo: Picture, tmp_path: Path) -> None:
    handlers = Handlers(DESK, tmp_path, Worker())
    wide = write_still(tmp_path / "wide.png", np.ascontiguousarray(np.tile(photo, (1, 10, 1))))
    changes = handlers.receive(asked(None, "image") | {"file": str(wide)})
    assert changes["command"]["value"] == "dreamvideo image wide.png --width 1024"
    assert changes["kind"]["visible"] and not changes["whole"]["visible"] and not changes["blend"]["visible"]
    changes = handlers.receive(asked(None, "image") | {"file": str(clip)})
    assert changes["command"]["value"] == "dreamvideo video clip.mp4"
    assert changes["moment"]["visible"] and changes["whole"]["visible"] and not changes["duration"]["visible"]
    page = asked(changes["upload"]["value"], "video") | {"look": "subtle"}
    changes = handlers.choose(page)
    assert changes["clip_strength"]["value"] == 0.35 and changes["layers"]["value"] == ["mixed3"]
    assert changes["command"]["value"] == "dreamvideo video clip.mp4 --preset subtle"


def test_the_page_has_what_handlers_change(small: None, clip: Path, tmp_path: Path) -> None:
    """In a process of its own, since Gradio leaves an event loop open."""
    if importlib.util.find_spec("gradio") is None:
        pytest.skip("Gradio is not installed: the studio extra")
    code = """if True:
        from pathlib import Path
        from dreamvideo.studio.choices import Desk
        from dreamvideo.studio.handlers import Handlers
        from dreamvideo.studio.page import Page
        from dreamvideo.studio.server import import_gradio
        from dreamvideo.studio.work import Worker
        page = Page(import_gradio(), Handlers(Desk(("mixed3",), ("mixed3",)), Path("."), Worker()))
        print(*page.parts)"""
    words = [sys.executable, "-c", code]
    parts = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True, cwd=ROOT)
    handlers = Handlers(DESK, tmp_path, Worker())
    received = handlers.receive(asked(None, "image") | {"file": str(clip)})
    page = asked(received["upload"]["value"], "video")
    changed = [received, *handlers.dream(page)]
    changed += [made(page) for made in (handlers.choose, handlers.look_at, handlers.begin, handlers.stop)]
    assert {name for changes in changed for name in changes} <= set(parts.stdout.split())
