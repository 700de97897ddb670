"""Renders in a real browser: seen while they are made, in a queue that one can change, found again after a reload."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from dreamvideo.media import Picture, write_still
from tests.clips import moving_clip
from tests.studio.browser import DESKTOP, PHONE, Browser

pytestmark = pytest.mark.slow

if importlib.util.find_spec("gradio") is None:
    pytest.skip("Gradio is not installed: the studio extra", allow_module_level=True)


def queued(browser: Browser) -> list[str]:
    return [row.text.splitlines()[0] for row in browser.all("#part-queue li")]


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_renders_are_seen_and_queue_up_and_outlive_the_page(
    browser: Browser, served: str, size: tuple[int, int], tmp_path: Path
) -> None:
    browser.drop(moving_clip(tmp_path / "clip.mp4", size="160x120", rate="10", seconds=12))
    browser.says("clip.mp4: 160x120, 12.0 s")
    for number in range(3):
        browser.all("#part-form label")[number].click()
        browser.until("its command", lambda n=number: ["mp4", "webm", "gif"][n] in browser.command[-1])
        browser.press("render_button")
        browser.until("a place in the queue", lambda n=number: len(queued(browser)) == n + 1)
    browser.until("frames beside their sources", lambda: len(browser.all("#part-dream .pair img")) == 2)
    assert browser.says(r"Frame \d+ of 120, [\d.]+ a second, 0:\d\d left")
    stage, source, dream = browser.box("#stage"), *(browser.box(f".pair div:nth-child({n}) img") for n in (1, 2))
    assert stage["top"] >= 0 and stage["bottom"] <= size[1]
    assert source["right"] <= dream["left"] + 2 or source["bottom"] <= dream["top"] + 2
    second, third = (browser.all("#part-queue [data-do=stop]")[n].get_attribute("data-name") for n in (1, 2))
    browser.click(f"#part-queue [data-do=earlier][data-name='{third}']")
    order = "#part-queue li:nth-child(2) [data-do=stop]"
    browser.until("another order", lambda: browser.find(order).get_attribute("data-name") == third)
    browser.shot("queue")
    if size == PHONE:
        assert browser.run("(window.scrollTo(0, 1e6), window.scrollY)") > 100
        assert browser.box("#stage")["top"] >= 0, "the stage stays, however far one scrolls"
    browser.click(f"#part-queue [data-do=stop][data-name='{second}']")
    browser.until("one less", lambda: len(queued(browser)) == 2)
    browser.press("try_button")
    browser.until("a short one before the long one", lambda: "two seconds" in "".join(queued(browser)[1:2]))

    browser.load(served)
    browser.until("what runs, in the queue", lambda: queued(browser), 5)
    assert browser.command[:3] == ["dreamvideo", "video", "clip.mp4"] and "clip.mp4" in browser.find("#part-chip").text
    browser.until("what runs, again", lambda: browser.all("#part-dream :is(.pair, video)"))
    browser.shot("reloaded")
    browser.until("an end of it", lambda: not queued(browser), 300)
    names = [card.text for card in browser.all(".tries li")]
    assert len(names) == 4 and sum("120 frames" in name for name in names) == 2, names
    browser.click(".tries [data-do=restore][aria-label*='two seconds']")
    playing = "(v => v && v.duration == 2 && v.currentTime > 0.2 && v.loop && !v.paused)"
    browser.until("the film", lambda: browser.run(f"{playing}(document.querySelector('#part-dream video'))"))
    browser.shot("film")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_tries_come_back_and_lie_under_a_slider(
    browser: Browser, served: str, size: tuple[int, int], photo: Picture, tmp_path: Path
) -> None:
    browser.drop(write_still(tmp_path / "photo.png", photo))
    browser.says("photo.png: 128x96")
    browser.pull()
    for number, preset in enumerate(("subtle", "animals"), 1):
        (choice,) = [label for label in browser.all("#part-look label") if label.text == preset]
        browser.run("arguments[0].scrollIntoView({block: 'center'})", choice)
        choice.click()
        browser.until("its command", lambda preset=preset: browser.given("--preset") == preset)
        browser.press("dream_button")
        browser.says("Dreamed in")
        browser.until("a card", lambda n=number: len(browser.all(".tries li")) == n)
    browser.pull(out=False)
    browser.click(".tries [data-do=compare]")
    line = browser.until("the slider", lambda: browser.find("#part-dream input[type=range]"))
    cut = "getComputedStyle(document.querySelector('.compare .over')).clipPath"
    before = browser.run(cut)
    line.send_keys("\ue014" * 9)
    label = line.get_attribute("aria-label")
    assert browser.run(cut) != before and label.startswith("Line between animals, ") and " and subtle, " in label
    browser.shot("compared")
    browser.open(served)
    browser.click(".tries li:last-child [data-do=restore]")
    browser.until("its recipe", lambda: browser.command[3:] == ["--preset", "subtle"])
    browser.says(r"Dreamed in \d+ steps")
    browser.shot("restored")
