"""The live tab in a real browser, whose camera plays a clip."""

from __future__ import annotations

import importlib.util

import pytest

from dreamvideo.media import read_still
from dreamvideo.media.metadata import read_metadata
from tests.studio.browser import DESKTOP, PHONE, Browser

pytestmark = pytest.mark.slow

if importlib.util.find_spec("gradio") is None:
    pytest.skip("Gradio is not installed: the studio extra", allow_module_level=True)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_camera_is_dreamed_while_one_looks(browser: Browser, size: tuple[int, int]) -> None:
    browser.click("#tabs [role=tab]:nth-child(2)")
    browser.click("#part-camera button")
    dream = "document.querySelector('#part-live_dream img')?.src"
    first = browser.until("a live dream", lambda: browser.run(dream), 180)
    browser.until("the next", lambda: browser.run(dream) not in (None, first))
    said = "document.querySelector('#part-live_status').innerText"
    browser.until("its rate", lambda: "frames a second, dreamed at" in browser.run(said))
    stage = browser.box("#live")
    assert stage["top"] >= 0 and stage["bottom"] <= size[1] and stage["height"] >= 0.3 * size[1]
    assert browser.run("document.documentElement.scrollWidth") <= size[0]
    browser.pull("live-handle")
    browser.click("#part-live_look label:nth-child(6)")
    browser.until("its layers", lambda: "mixed6" not in browser.find("#part-live_layers").text)
    browser.click("#part-freeze input")
    browser.until("it to stand still", lambda: "Frozen" in browser.run(said))
    still = browser.run(dream)
    browser.run("new Promise(done => setTimeout(done, 1000))")
    assert browser.run(dream) == still
    browser.shot("live")
    browser.click("#part-keep_button")
    browser.pull("live-handle", out=False)
    link = browser.until("what was kept", lambda: browser.find("#part-live_result a"))
    name = link.get_attribute("download")
    browser.click("#part-live_result a")
    browser.until("the download", (browser.downloads / name).exists)
    assert read_still(browser.downloads / name).shape == (240, 320, 3)
    assert any("layers" in text for text in read_metadata(browser.downloads / name).values())
    browser.click("#part-camera button")
    browser.until("the camera to be off", lambda: not browser.all("#part-camera [data-on]"))
