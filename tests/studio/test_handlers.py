"""What events of the page come to."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dreamvideo.media import Picture, read_still, write_still
from dreamvideo.studio.actions import perform
from tests.clips import moving_clip
from tests.studio.page import Browsed

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def page(small: None, tmp_path: Path) -> Iterator[Browsed]:
    made = Browsed(tmp_path / "studio", perform)
    yield made
    made.handlers.queue.end(30)


def test_trouble_is_one_line_on_the_page(page: Browsed, photo: Picture, tmp_path: Path) -> None:
    broken = tmp_path / "<b>broken.mp4"
    broken.write_bytes(b"no video at all")
    huge = write_still(tmp_path / "huge.png", photo)
    head = bytearray(huge.read_bytes())
    head[16:24] = (60_000).to_bytes(4, "big") * 2
    huge.write_bytes(head)
    for path in (broken, huge):
        page.drop(path)
        line = page.of("status")
        assert "failed" in line and "uploads" not in line and "<b>" not in line and "Traceback" not in line
    page.drop(write_still(tmp_path / "photo.png", photo))
    page.set("layers", ["no_such"], "say")
    page.press("dream")
    page.until(lambda: page.shown()[1].ended)
    assert "no_such" in page.of("status") and "failed" in page.of("status")
    page.set("layers", ["mixed4:x"], "say")
    assert page.of("command").startswith("# ") and "expected a layer as NAME" in page.of("command")


def test_the_page_lays_itself_out_for_what_was_dropped(
    page: Browsed, clip: Path, photo: Picture, tmp_path: Path
) -> None:
    wide = write_still(tmp_path / "wide.png", np.ascontiguousarray(np.tile(photo, (1, 10, 1))))
    page.drop(wide)
    assert page.of("command") == "dreamvideo image wide.png --width 1024"
    assert page.of("kind", "visible") and not page.of("whole", "visible") and not page.of("blend", "visible")
    page.drop(clip)
    assert page.of("command") == "dreamvideo video clip.mp4"
    assert page.of("moment", "visible") and page.of("whole", "visible") and not page.of("duration", "visible")
    page.set("look", "subtle", "choose")
    assert page.of("clip_strength") == 0.35 and page.of("layers") == ["mixed3"]
    assert page.of("command") == "dreamvideo video clip.mp4 --preset subtle"
    page.set("moment", 0.5, "look_at")
    assert "The frame at 0.50 s" in page.of("status")


def test_a_page_that_is_loaded_again_finds_its_work(page: Browsed, photo: Picture, tmp_path: Path) -> None:
    """A page is a view: what is made goes on without it, and another page shows the same."""
    page.drop(write_still(tmp_path / "photo.png", photo))
    page.set("look", "eyes", "choose")
    page.set("steps", 2, "say")
    page.press("dream")
    first = page.shown()[0].name
    page.until(lambda: page.shown()[1].ended)
    page.drop(moving_clip(tmp_path / "larger.mp4", size="160x120"))
    page.set("steps", 1, "say")
    page.press("render")
    page.until(lambda: page.shown()[1].fraction > 0)
    again = Browsed(page.folder, None, page.handlers.queue)
    assert again.of("chip") == page.of("chip") and again.of("steps") == 1 and again.shown()[0] == page.shown()[0]
    again.until(lambda: again.shown()[1].status == "done")
    assert "<video" in again.of("dream") and again.of("tries").count("<li") == 2
    again.act("restore", first)
    assert (again.of("look"), again.of("steps"), again.of("kind")) == ("eyes", 2, "image")
    assert "photo.png" in again.of("chip") and "shown.jpg" in again.of("dream")
    assert again.of("command") == "dreamvideo image photo.png --preset eyes --steps 2"
    again.press("dream")
    assert again.shown()[0].name == first and again.shown()[1].ended  # made already


def test_two_tries_lie_under_a_slider(page: Browsed, photo: Picture, tmp_path: Path) -> None:
    page.drop(write_still(tmp_path / "photo.png", photo))
    names = []
    for steps in (1, 2):
        page.set("steps", steps, "say")
        page.press("dream")
        page.until(lambda: page.shown()[1].ended)
        names.append(page.shown()[0].name)
    page.act("compare", names[0])
    assert 'type="range"' in page.of("dream") and all(name in page.of("dream") for name in names)
    page.act("forget", names[0])
    assert "range" not in page.of("dream") and names[1] in page.of("dream")
    page.act("forget", names[1])
    assert not page.of("dream") and not page.of("tries", "visible") and page.of("stop_button", "visible") is False


def test_the_page_has_what_handlers_change(page: Browsed, clip: Path) -> None:
    """In a process of its own, since Gradio leaves an event loop open."""
    if importlib.util.find_spec("gradio") is None:
        pytest.skip("Gradio is not installed: the studio extra")
    code = """if True:
        from pathlib import Path
        from dreamvideo.studio.choices import Desk
        from dreamvideo.studio.cuts import Cuts
        from dreamvideo.studio.handlers import Handlers
        from dreamvideo.studio.live import LiveTab
        from dreamvideo.studio.page import Page
        from dreamvideo.studio.queue import Queue
        from dreamvideo.studio.samples import Samples
        from dreamvideo.studio.server import import_gradio
        desk = Desk(("mixed3",), ("mixed3",))
        here = Path(".")
        handlers = Handlers(desk, here, Queue(None), Samples(desk, here), Cuts(), 1)
        page = Page(import_gradio(), handlers, LiveTab(desk, here), 1)
        print(*page.parts)"""
    words = [sys.executable, "-c", code]
    parts = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True, cwd=ROOT)
    page.drop(clip)
    page.press("render")
    page.until(lambda: page.shown()[1].ended)
    page.set("look", "eyes", "choose")
    changed: dict[str, Any] = page.parts
    assert changed.keys() <= set(parts.stdout.split())


def test_a_dive_goes_where_the_picture_is_clicked(page: Browsed, photo: Picture, tmp_path: Path) -> None:
    page.drop(write_still(tmp_path / "photo.png", photo))
    page.press("aim", {"x": 0.25, "y": 0.75})
    assert page.of("command") == "dreamvideo image photo.png" and not page.of("aim")
    page.set("kind", "zoom", "arrange")
    page.press("aim", {"x": 0.251, "y": 0.75})
    assert page.of("command") == "dreamvideo zoom photo.png --center 0.25,0.75"
    assert 'cx="32.0" cy="72.0"' in page.of("aim")


def test_a_die_rolls_seeds(page: Browsed, photo: Picture, tmp_path: Path) -> None:
    page.drop(write_still(tmp_path / "photo.png", photo))
    seeds = set()
    for _ in range(3):
        page.press("roll")
        seeds.add(page.of("seed"))
        assert page.of("command") == f"dreamvideo image photo.png --seed {page.of('seed')}"
    assert len(seeds) > 1


def test_words_and_layers_are_chosen_by_name_or_by_picture(page: Browsed, photo: Picture, tmp_path: Path) -> None:
    page.drop(write_still(tmp_path / "photo.png", photo))
    page.set("words", ["starfish", "coral=0.5"], "say")
    assert page.of("command") == "dreamvideo image photo.png --of starfish,coral=0.5"
    page.set("words", [], "say")
    page.set("layers", ["mixed4", "mixed5:7"], "say")
    assert page.of("shelf") == ["mixed4"]
    page.set("shelf", ["mixed4", "mixed3"], "take_down")
    assert page.of("layers") == ["mixed4", "mixed3", "mixed5:7"]
    assert page.of("command").endswith("-l mixed4 -l mixed3 -l mixed5:7")


def test_samples_are_made_once_in_the_background(page: Browsed, photo: Picture, tmp_path: Path) -> None:
    source = write_still(tmp_path / "photo.png", np.ascontiguousarray(np.tile(photo, (2, 2, 1))))
    page.drop(source)
    page.act("remove")
    assert not page.samples.make_one()
    page.drop(source)
    assert page.samples.make_one(lambda: True) and not list(page.samples.folder.rglob("*.jpg"))  # not while one waits
    made = 0
    while page.samples.make_one():
        made += 1
    page.look()
    styles = page.of("samples")
    rules = styles.count("--sample")
    assert made >= rules >= 4 and '[value="eyes"]' in styles and '[name="mixed4"]' in styles
    assert not page.samples.make_one()
    page.act("remove")
    assert not page.of("samples")
    page.drop(source)
    assert page.of("samples").count("--sample") == rules and not page.samples.make_one()


def test_a_choice_that_comes_too_early_is_said_by_the_next_look(page: Browsed, photo: Picture, tmp_path: Path) -> None:
    page.drop(write_still(tmp_path / "photo.png", photo))
    page.page.calm()  # something new of which the page has not heard yet
    page.set("steps", 3, "say")
    page.set("layers", ["mixed4"], "say")
    assert page.of("command") == "dreamvideo image photo.png" and page.of("shelf") != ["mixed4"]
    page.look()
    page.look()
    assert page.of("command") == "dreamvideo image photo.png -l mixed4 --steps 3" and page.of("shelf") == ["mixed4"]
    assert not page.handlers.look_again(page.page, page.asked).keys() & {"command", "shelf", "pictured", "aim"}


def test_a_guide_and_a_mask_are_files_of_the_command(page: Browsed, photo: Picture, tmp_path: Path) -> None:
    page.drop(write_still(tmp_path / "photo.png", photo))
    guide = write_still(page.folder / "uploads" / "g.png", photo)
    page.set("guide", {"path": str(guide), "orig_name": "my guide.png"}, "say")
    assert page.of("command") == "dreamvideo image photo.png --guide 'my guide.png'"
    stroke = np.zeros_like(photo)
    stroke[:, :64] = 1
    mask = write_still(page.folder / "uploads" / "mask.png", stroke)
    page.set("mask", str(mask), "say")
    assert page.of("command") == "dreamvideo image photo.png --guide 'my guide.png' --mask mask.png"
    page.set("guide", None, "say")
    page.set("steps", 2, "say")
    page.press("dream")
    page.until(lambda: page.shown()[1].ended)
    dreamed = read_still(page.shown()[0].target)
    assert np.abs(dreamed - photo)[:, 70:].max() < 0.01 < np.abs(dreamed - photo)[:, :60].max()
    page.set("mask", str(tmp_path / "mask.png"), "say")
    assert "expected a file that was uploaded" in page.of("command")
    page.drop(write_still(tmp_path / "other.png", photo))
    assert page.of("command") == "dreamvideo image other.png --steps 2"
