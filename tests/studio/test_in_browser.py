"""The studio as it is used: a real server, a real browser, real dreams; nothing is asked of any other machine."""

from __future__ import annotations

import importlib.util
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from dreamvideo.media import Picture, probe, read_still, write_still
from tests.clips import moving_clip
from tests.studio.browser import MOST, Browser

pytestmark = pytest.mark.slow

if importlib.util.find_spec("gradio") is None:
    pytest.skip("Gradio is not installed: the studio extra", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]


def ask(address: str, **more: Any) -> tuple[int, str]:
    """The status and text of an answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, **more), timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_server_answers_its_own_page_alone(served: str) -> None:
    status, page = ask(served)
    assert status == 200 and "dreamvideo studio" in page
    for tag in re.findall(r"<(?:script|link|iframe|img)[^>]*>", page):
        assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", tag), tag
    assert ask(served, headers={"Host": "evil.example"})[0] == 403
    assert ask(served, headers={"Origin": "https://evil.example"})[0] == 403
    assert ask(f"{served}gradio_api/file=/etc/hostname")[0] == 403
    assert not any("swagger" in ask(served + path)[1].lower() for path in ("docs", "redoc"))


def test_no_other_machine_gets_an_answer(served: str) -> None:
    port = urlsplit(served).port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward:
        outward.connect(("192.0.2.1", 9))  # sends nothing; tells which address would be used
        own = outward.getsockname()[0]
    if own.startswith("127."):
        pytest.skip("this machine has no address but its loopback")
    with pytest.raises(ConnectionRefusedError), socket.create_connection((own, port), timeout=5):
        pass


@pytest.mark.parametrize(("size", "status"), [(1000, 200), (MOST + 1, 413)])
def test_an_upload_has_a_largest_size(served: str, size: int, status: int) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    data = head + bytes(size) + b"\r\n--x--\r\n"
    assert ask(f"{served}gradio_api/upload", data=data, headers=kind)[0] == status


def test_a_picture_from_drop_to_download(browser: Browser, photo: Picture, tmp_path: Path) -> None:
    source = write_still(tmp_path / "it's a photo.png", np.ascontiguousarray(np.tile(photo, (2, 2, 1))))
    browser.drop(source)
    browser.says("it's a photo.png: 256x192")
    browser.until("its command", lambda: browser.command == ["dreamvideo", "image", "it's a photo.png"])
    browser.until("presets", lambda: browser.driver.find_elements("css selector", "#part-look label"))[6].click()
    browser.until("animals", lambda: browser.command[3:] == ["--preset", "animals"])
    before = browser.shown("source")
    browser.press("dream_button")
    browser.says(r"Step \d+ of \d+")
    first = browser.until("a first step", lambda: browser.shown("dream"))
    browser.says(r"Dreamed in \d+ steps")
    browser.until("the dream", lambda: browser.shown("dream") not in (before, first))
    saved = browser.save()
    assert saved.name == "it's a photo_dream.png"
    command = [sys.executable, "-m", *browser.command, "-q"]
    here = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=tmp_path, env=here, check=True, capture_output=True, timeout=300)
    assert np.array_equal(read_still(saved), read_still(tmp_path / saved.name))
    assert np.abs(read_still(saved) - read_still(source)).mean() > 0.02


def test_a_clip_is_tried_stopped_and_rendered(browser: Browser, tmp_path: Path) -> None:
    clip = moving_clip(tmp_path / "clip.mp4", size="160x120", rate="10", seconds=8)
    browser.drop(clip)
    browser.says(r"clip.mp4: 160x120, 8.0 s")
    browser.press("dream_button")
    browser.says(r"This frame, \d+ steps")
    browser.press("render_button")
    browser.says(r"Frame ([2-9]|\d\d) of 80")
    browser.press("stop_button")
    browser.says(r"Stopped after \d+ frames")
    assert 2 <= (probe(browser.save()).frames or 0) < 80
    browser.press("render_button")
    browser.says("^80 frames")
    browser.until("the film", lambda: browser.find("#part-dream video"))
    result = probe(browser.save())
    assert (result.frames, result.size) == (80, (160, 120))


def test_what_cannot_be_dreamed_is_said_in_a_line(browser: Browser, photo: Picture, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all" * 99)
    browser.drop(broken)
    line = browser.says("broken.mp4 is damaged.*")
    assert "\n" not in line and "/" not in line and not browser.find("#part-dream_button").is_enabled()
    browser.drop(write_still(tmp_path / "small.png", photo[:12, :12]))
    browser.says("small.png: 12x12")
    browser.press("dream_button")
    browser.says("expected a frame of at least")
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(MOST + 1))
    browser.drop(large)
    browser.says("large.bin has 1.0 MB, and files of at most 1.0 MB are taken: dreamvideo studio --max-upload 2MB")
    assert "small.png" in browser.find("#part-chip").text and not browser.all(".toast-body")
