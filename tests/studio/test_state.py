"""One state: whatever happens to the page, and in whatever order, its parts agree with what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dreamvideo.media import Picture, write_still
from dreamvideo.studio.tries import Report, Try
from tests.clips import moving_clip
from tests.studio.page import Browsed, Gate

MOST = 10**6


class Story:
    """What may happen to a page, by name."""

    def __init__(self, folder: Path, photo: Picture) -> None:
        self.gate = Gate()
        self.page = Browsed(folder / "studio", self.gate, most=MOST)
        self.files = {
            "picture": write_still(folder / "photo.png", photo),
            "other": write_still(folder / "other.png", photo[::-1].copy()),
            "clip": moving_clip(folder / "clip.mp4"),
            "bad": folder / "bad.mp4",
        }
        self.files["bad"].write_bytes(b"no video at all" * 99)

    def happen(self, event: str) -> None:
        page = self.page
        if event in self.files:
            page.drop(self.files[event])
        elif event == "large":
            page.set("drop", {"name": "large.mov", "bytes": MOST + 1}, "receive")
        elif event == "lost":
            page.set("drop", {"name": "lost.mov", "reason": "Failed to fetch"}, "receive")
        elif event == "elsewhere":
            page.set("drop", {"name": "hostname", "path": "/etc/hostname"}, "receive")
        elif event in ("dive", "plain"):
            page.set("kind", {"dive": "zoom", "plain": "image"}[event], "arrange")
        elif event in ("dream", "trial", "render", "stop"):
            if page.of(f"{'try' if event == 'trial' else event}_button", "interactive") is not False:
                page.press(event)
        elif event == "remove":
            page.act("remove")
        elif event == "runs":
            page.until(lambda: page.handlers.queue.line[0][1].status == "running")
        elif event == "ends":
            self.gate.let()
            before = len(self.gate.done)
            page.until(lambda: len(self.gate.done) > before and len(page.handlers.queue.tries) >= len(self.gate.done))
            page.until(lambda: sum(told.status == "done" for _, told in page.handlers.queue.tries) > before)
        elif event == "stopped":
            page.until(lambda: page.shown()[1].status == "stopped")
        else:
            assert event == "newest"
            page.act("restore", page.handlers.queue.tries[0][0].name)
        self.check()

    def settled(self) -> tuple[tuple[Try, Report] | None, bool]:
        """The try over the stage, and whether any waits or runs, at a look in which neither changed.

        Tries go on in a thread of their own: what is read after a look may be newer than what the page was told.
        """
        queue = self.page.handlers.queue
        while True:
            before = queue.find(self.page.page.scene.on_show), bool(queue.line)
            self.page.look()
            if before == (queue.find(self.page.page.scene.on_show), bool(queue.line)):
                return before

    def check(self) -> None:
        """What holds always."""
        found, waiting = self.settled()
        page, scene = self.page, self.page.page.scene
        there = scene.upload is not None
        for button in ("dream_button", "try_button", "render_button"):
            assert page.of(button, "interactive") == there
        assert page.of("command", "visible") == there and bool(page.of("chip")) == there
        assert page.of("whole", "visible") == (there and scene.kind != "image")
        assert page.of("dream_button", "visible") == (scene.kind != "zoom")
        assert page.of("moment", "visible") == (there and scene.upload.clip)  # type: ignore[union-attr]
        assert ("invitation" in page.of("source")) != there
        assert found is None or found[0].upload == scene.upload
        assert page.of("stop_button", "visible") == (found is not None and not found[1].ended)
        assert page.of("result", "visible") == (found is not None and found[1].file is not None)
        assert ("failed" in page.of("status")) == (scene.failed or (found is not None and found[1].status == "failed"))
        assert bool(page.of("queue")) == waiting


@pytest.fixture
def story(tmp_path: Path, photo: Picture) -> Iterator[Story]:
    told = Story(tmp_path, photo)
    yield told
    told.page.handlers.queue.end(10)


NOTHING = None
TABLE: list[tuple[str, str | None, str | None, str]] = [
    # what happens, the file on the stage, how the try over it stands, what the page says
    ("", NOTHING, None, ""),
    ("bad", NOTHING, None, "bad.mp4 is damaged"),
    ("large", NOTHING, None, "large.mov has 1.0 MB, and files of at most 1.0 MB are taken"),
    ("lost", NOTHING, None, "lost.mov did not arrive: Failed to fetch"),
    ("elsewhere", NOTHING, None, "expected a file that was uploaded"),
    ("picture", "photo.png", None, "photo.png: 128x96"),
    ("picture other", "other.png", None, "other.png: 128x96"),
    ("picture clip", "clip.mp4", None, "clip.mp4: 64x48, 1.0 s"),
    ("clip picture", "photo.png", None, "photo.png: 128x96"),
    ("clip bad", "clip.mp4", None, "bad.mp4 is damaged"),
    ("clip large", "clip.mp4", None, "large.mov has"),
    ("bad picture", "photo.png", None, "photo.png: 128x96"),
    ("clip remove", NOTHING, None, ""),
    ("remove", NOTHING, None, ""),
    ("clip remove render", NOTHING, None, ""),
    ("clip remove picture", "photo.png", None, "photo.png: 128x96"),
    ("clip render runs", "clip.mp4", "running", "Frame 1 of 9"),
    ("clip render runs bad", "clip.mp4", "running", "bad.mp4 is damaged"),
    ("clip render runs bad ends", "clip.mp4", "done", "bad.mp4 is damaged"),
    ("clip render runs ends", "clip.mp4", "done", "9 frames"),
    ("clip render runs picture", "photo.png", None, "photo.png: 128x96"),
    ("clip render runs picture ends", "photo.png", None, "photo.png: 128x96"),
    ("clip render runs remove", NOTHING, None, ""),
    ("clip render runs remove ends", NOTHING, None, ""),
    ("clip render runs remove ends newest", "clip.mp4", "done", "9 frames"),
    ("clip render runs stop stopped", "clip.mp4", "stopped", "Stopped after 1 frames"),
    ("clip render runs picture dream stop", "photo.png", "stopped", "Taken out of the queue"),
    ("clip render runs picture dream ends", "photo.png", "running", "Frame 1 of 9"),
    ("clip render runs dream", "clip.mp4", "running", "Frame 1 of 9"),
    ("clip render runs dream ends ends", "clip.mp4", "done", "9 frames"),
    ("picture dive trial runs", "photo.png", "running", "Frame 1 of 9"),
    ("picture dive trial runs plain ends", "photo.png", "done", "9 frames"),
    ("picture dive clip", "clip.mp4", None, "clip.mp4: 64x48"),
    ("picture dream runs ends picture", "photo.png", None, "photo.png: 128x96"),
    ("picture dream runs ends dream", "photo.png", "done", "9 frames"),
    ("picture dream runs clip newest", "photo.png", "running", "Frame 1 of 9"),
]


@pytest.mark.parametrize(("events", "name", "status", "words"), TABLE, ids=[row[0] or "nothing" for row in TABLE])
def test_parts_agree_whatever_happens(
    small: None, story: Story, events: str, name: str | None, status: str | None, words: str
) -> None:
    for event in events.split():
        story.happen(event)
    scene = story.page.page.scene
    assert (scene.upload.name if scene.upload else None) == name
    found = story.page.handlers.queue.find(scene.on_show)
    if status == "running":  # the next one begins by itself
        story.page.until(lambda: story.page.shown()[1].words == "Frame 1 of 9")
        found = story.page.shown()
    assert (None if found is None else found[1].status) == status
    assert words in story.page.of("status").replace("&#x27;", "'") and (words or not story.page.of("status"))
    story.check()


def test_an_answer_that_comes_late_is_put_right(small: None, story: Story) -> None:
    """What an older event says of the page may reach the browser after what a newer one says."""
    page = story.page
    late: dict[str, Any] = page.handlers.look_again(page.page, {"seen": ""})
    page.drop(story.files["clip"])
    page.parts = {**page.parts, **{name: {**page.parts.get(name, {}), **facts} for name, facts in late.items()}}
    assert page.of("dream_button", "interactive") is False
    page.look()
    story.check()
    assert page.of("dream_button", "interactive") is True


def test_width_stays_where_it_was_set(small: None, story: Story) -> None:
    story.happen("picture")
    story.page.set("width", 100, "say")
    story.happen("dive")
    assert story.page.of("width") == 100 and "--width 100" in story.page.of("command")
    story.happen("plain")
    assert story.page.of("width") == 100


def test_numbers_that_cannot_be_are_said_in_a_line(small: None, story: Story) -> None:
    story.happen("picture")
    for part, value in (("seed", -3), ("motif", 99), ("steps", -1), ("step_size", 7)):
        before = story.page.of(part)
        story.page.set(part, value, "say")
        assert story.page.of("command").startswith("# "), part
        story.page.press("dream")
        assert "failed" in story.page.of("status") and "expected" in story.page.of("status")
        assert not story.page.handlers.queue.tries
        story.page.set(part, before, "say")
    story.page.set("seed", None, "say")
    assert story.page.of("command") == "dreamvideo image photo.png"


def test_a_name_is_the_one_that_the_file_had(small: None, story: Story) -> None:
    """Gradio leaves letters out of names of files that it takes."""
    for name in ("a!b.png", "IMG [1] 50%.png", "<i>.png", "it's !<>&$x.png", "-x.png", "\"q' `w`.png"):
        story.page.drop(story.files["picture"], name)
        import shlex

        words = shlex.split(story.page.of("command"))
        assert words[2].removeprefix("./") == name and len(words) == 3
        assert "<i>" not in story.page.of("chip") + story.page.of("status")
        story.page.press("dream")
        assert story.page.shown()[0].target.name == name.replace(".png", "_dream.png")


def test_a_clip_of_unknown_length_says_so(small: None, story: Story, tmp_path: Path) -> None:
    from tests.clips import ffmpeg

    raw = tmp_path / "raw.webm"
    ffmpeg("-i", story.files["clip"], "-f", "webm", "-live", "1", "-c:v", "libvpx", raw)
    story.page.drop(raw)
    line = story.page.of("status")
    assert "length unknown" in line and "0.0 s" not in line
    assert not any(story.page.of(part, "visible") for part in ("moment", "start", "end"))
    assert story.page.of("command") == "dreamvideo video raw.webm"
