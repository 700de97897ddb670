"""Choosing by pictures in a real browser: samples, places, masks, and the time line with its curves, cuts and music."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import av
import numpy as np
import pytest

from dreamvideo.media import Picture, read_mask, write_still
from tests.clips import ffmpeg
from tests.studio.browser import DESKTOP, PHONE, Browser

pytestmark = pytest.mark.slow

if importlib.util.find_spec("gradio") is None:
    pytest.skip("Gradio is not installed: the studio extra", allow_module_level=True)

SAMPLED = (
    "[...document.querySelectorAll('#part-{} label')]"
    ".filter(choice => getComputedStyle(choice).backgroundImage.includes('url('))"
    ".map(choice => choice.innerText.trim())"
)


def sampled(browser: Browser, part: str) -> list[str]:
    """The choices of a part that show a sample."""
    return list(browser.run(SAMPLED.format(part)))


def large(photo: Picture, path: Path) -> Path:
    return write_still(path, np.ascontiguousarray(np.tile(photo, (2, 2, 1))))


def clip_with_a_cut(path: Path) -> Path:
    """One second of one scene, one of another."""
    graph = "[0:v]trim=duration=1[a];[1:v]trim=duration=1,setsar=1[b];[a][b]concat=n=2:v=1[v]"
    scenes = [("-f", "lavfi", "-i", f"{source}=size=160x120:rate=10") for source in ("testsrc2", "mandelbrot")]
    ffmpeg(*scenes[0], *scenes[1], "-filter_complex", graph, "-map", "[v]", path)
    return path


def beats(path: Path) -> Path:
    """Two seconds of a low tone that comes and goes."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=22_050, layout="mono")
        times = np.arange(44_100) / 22_050
        wave = (20_000 * np.sin(2 * np.pi * 80 * times) * (times % 0.5 < 0.2)).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
        frame.sample_rate = 22_050
        file.mux([*stream.encode(frame), *stream.encode()])
    return path


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_presets_layers_and_words_are_pictures_of_ones_own(
    browser: Browser, size: tuple[int, int], photo: Picture, tmp_path: Path
) -> None:
    browser.drop(large(photo, tmp_path / "photo.png"))
    browser.says("photo.png: 256x192")
    browser.unfold("words")
    for part, first in (("look", "default"), ("shelf", "mixed7"), ("pictured", "starfish")):
        browser.until(f"a sample of {part}", lambda part=part, first=first: first in sampled(browser, part), 300)
    browser.shot("samples")
    browser.click("#part-pictured label")
    browser.until("its command", lambda: "starfish" in browser.command)
    assert "starfish" in browser.find("#part-words").text
    browser.click("#part-shelf label:first-child")
    browser.until("a layer", lambda: "mixed0" in browser.command)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_seed_motif_guide_mask_and_place_are_chosen(
    browser: Browser, size: tuple[int, int], photo: Picture, tmp_path: Path
) -> None:
    from selenium.webdriver import ActionChains

    browser.drop(large(photo, tmp_path / "photo.png"))
    browser.says("photo.png: 256x192")
    browser.unfold("more")
    browser.click("#part-die_button")
    seed = browser.until("a seed", lambda: browser.given("--seed"))
    browser.click("#part-die_button")
    browser.until("another seed", lambda: browser.given("--seed") != seed)
    number = browser.until("motif", lambda: browser.find("#part-motif input[type=number]"))
    browser.run("arguments[0].scrollIntoView({block: 'center'})", number)
    number.send_keys("\ue009a\ue000", "2", "\ue004")
    browser.until("its motif", lambda: browser.given("--motif") == "2")

    browser.unfold("where")
    browser.until("a guide", lambda: browser.find("#part-guide input[type=file]")).send_keys(
        str(large(photo[::-1], tmp_path / "guide.png"))
    )
    browser.until("its guide", lambda: browser.given("--guide") == "guide.png")
    browser.click("[data-paint]")
    canvas = browser.until(
        "the picture to paint on", lambda: (c := browser.find("#part-mask canvas")).is_displayed() and c
    )
    wide = canvas.size["width"]
    stroke = ActionChains(browser.driver).move_to_element_with_offset(canvas, -wide // 8, 0).click_and_hold()
    stroke.move_by_offset(wide // 4, 0).release().perform()
    browser.until("its mask", lambda: browser.given("--mask") == "mask.png")
    browser.shot("mask")
    browser.click("[data-done]")
    browser.click("#save-mask")
    saved = browser.downloads / "mask.png"
    browser.until("the mask", saved.exists)
    painted = read_mask(saved)
    assert painted.shape == (192, 256, 3) and painted[96, 96:160].min() > 0.9 and not painted[:60].any()
    assert 0.03 < painted.mean() < 0.06
    browser.click("[data-paint]")
    browser.click("[data-clear]")
    browser.until("no mask", lambda: "--mask" not in browser.command)
    browser.key("\ue00c")

    browser.click("#part-kind label:nth-child(2)")
    browser.until("a dive", lambda: browser.command[1] == "zoom")
    picture = browser.find("#part-source img")
    ActionChains(browser.driver).move_to_element_with_offset(picture, picture.size["width"] // 4, 0).click().perform()
    browser.until("its place", lambda: browser.given("--center").startswith("0.7"))
    assert browser.find("#part-aim circle").is_displayed()
    browser.shot("aim")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_schedules_are_drawn_over_cuts_and_music(browser: Browser, size: tuple[int, int], tmp_path: Path) -> None:
    from selenium.webdriver import ActionChains

    browser.drop(clip_with_a_cut(tmp_path / "clip.mp4"))
    browser.says("clip.mp4: 160x120, 2.0 s")
    browser.unfold("change")
    browser.until("its cut", lambda: len(browser.all("#part-timeline line.cut")) == 1)
    line = browser.find("#part-timeline svg")
    for part in (0.0, 0.45):
        browser.run("arguments[0].scrollIntoView({block: 'center'})", browser.find("#part-timeline svg"))
        line = browser.find("#part-timeline svg")
        width, height = line.size["width"], line.size["height"]
        place = round((part - 0.5) * width) + 2, round(height * (0.3 - part))
        ActionChains(browser.driver).move_to_element_with_offset(line, *place).click().perform()
        browser.until("a key", lambda part=part: len(browser.all("#part-timeline .key")) == (2 if part else 1))
        browser.until("the choice of easing", lambda: browser.all("#part-easing label"))[1].click()
    schedule = browser.find("#part-over_time textarea").get_property("value")
    assert schedule.startswith("camera.zoom = 0s: ") and schedule.endswith(" smooth")
    assert browser.command[3] == "--zoom" and browser.command[4] == schedule.removeprefix("camera.zoom = ")
    browser.find("#part-music input[type=file]").send_keys(str(beats(tmp_path / "beats.wav")))
    browser.until("its bands", lambda: len(browser.all("#part-timeline polygon.band")) == 3)
    assert "--music=beats.wav" in browser.command or "beats.wav" in browser.command
    label = browser.find("#part-timeline svg").get_attribute("aria-label")
    assert "1 cut" in label and "camera.zoom" in label
    browser.run("arguments[0].scrollIntoView({block: 'center'})", browser.find("#part-timeline svg"))
    browser.shot("timeline")
