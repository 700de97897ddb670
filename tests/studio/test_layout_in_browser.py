"""How the page stands in windows of many sizes, and whether everyone can use it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from dreamvideo.media import Picture, write_still
from tests.studio.browser import DESKTOP, PHONE, Browser

pytestmark = pytest.mark.slow

if importlib.util.find_spec("gradio") is None:
    pytest.skip("Gradio is not installed: the studio extra", allow_module_level=True)

SIZES = [DESKTOP, PHONE, (1280, 720), (1024, 600), (800, 900), (360, 640)]
LONG = f"{'a very long name ' * 9}.png"


def serious_faults(browser: Browser) -> list[str]:
    """What axe-core finds that keeps people out."""
    found = importlib.util.find_spec("axe_core_python")
    if found is None or found.origin is None:
        pytest.skip("axe-core is not installed: the browser extra")
    browser.driver.execute_script(Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8"))
    result = browser.driver.execute_async_script("const done = arguments[0]; axe.run().then(done)")
    return [
        f"{rule['id']}: {node['html'][:160]}"
        for rule in result["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("size", SIZES)
def test_the_picture_and_what_is_done_to_it_stay_in_view(
    browser: Browser, size: tuple[int, int], photo: Picture, tmp_path: Path
) -> None:
    width, height = size
    browser.drop(write_still(tmp_path / LONG, photo))
    browser.says("128x96")
    browser.press("dream_button")
    browser.says("Dreamed in")
    browser.until("its download", lambda: browser.find("#part-result a"))
    browser.shot("dreamed")
    stage, status, result, dream = map(browser.box, ("#stage", ".status", "#part-result a", "#part-dream_button"))
    assert stage["top"] >= 0 and stage["bottom"] <= height and stage["height"] >= 0.3 * height
    assert dream["top"] >= 0 and dream["bottom"] <= height and dream["right"] <= width
    assert status["right"] <= result["left"] or status["bottom"] <= result["top"] + 1, (status, result)
    assert all(box["left"] >= 0 and box["right"] <= width for box in (stage, status, result))
    assert browser.run("document.documentElement.scrollWidth") <= width
    chip = browser.box(".chip")
    assert chip["left"] >= stage["left"] and chip["right"] <= stage["right"]
    side = browser.box("#side")
    if width > 760:  # beside the stage, not under it
        assert side["left"] >= stage["right"] and side["bottom"] <= height
        return
    assert side["top"] >= stage["bottom"] - 1 and side["bottom"] <= height + 1
    assert not browser.find("#part-look").is_displayed()
    browser.click("#handle button")
    assert browser.find("#handle button").get_attribute("aria-expanded") == "true"
    browser.until("choices", lambda: browser.find("#part-look").is_displayed())
    assert browser.box("#side")["top"] >= 0.3 * height
    browser.shot("drawer")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_everyone_can_use_it(browser: Browser, size: tuple[int, int], photo: Picture, tmp_path: Path) -> None:
    """By keyboard alone from the first Tab to a dream; axe-core finds nothing serious on the way."""
    assert not serious_faults(browser)
    browser.drop(write_still(tmp_path / "photo.png", photo))
    browser.says("photo.png: 128x96")
    browser.key("\ue004")
    seen = []
    for _ in range(60):
        here = browser.driver.switch_to.active_element
        seen.append(here.get_attribute("aria-label") or here.text or here.get_attribute("id"))
        if browser.run("document.activeElement.closest('#part-dream_button') !== null"):
            break
        browser.key("\ue004")
    else:
        raise AssertionError(f"Tab never came to Dream: {seen}")
    browser.key("\ue007")
    browser.says("Dreamed in")
    browser.until("a card", lambda: browser.all(".tries li"))
    assert not serious_faults(browser)
    browser.pull()
    browser.click("#part-kind label:nth-child(2)")
    browser.until("a dive", lambda: browser.command[1] == "zoom")
    for name in ("words", "motion", "change", "where", "more"):
        browser.unfold(name)
    browser.until("a time line", lambda: browser.find("#part-timeline svg").is_displayed())
    assert not serious_faults(browser)
    browser.click("#tabs [role=tab]:nth-child(2)")
    browser.until("the live tab", lambda: browser.find("#part-camera button").is_displayed())
    browser.pull("live-handle")
    assert not serious_faults(browser)
