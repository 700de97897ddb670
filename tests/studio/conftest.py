"""What tests of the studio share: an empty folder, the small network, a server at work, and a browser."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dreamvideo.networks.network import Network
from tests.clips import ffmpeg, moving_clip
from tests.studio.browser import CHROMIUM, DESKTOP, DRIVER, MOST, Browser

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder without settings from elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, network: Network) -> None:
    """The small network in place of any other."""
    monkeypatch.setattr("dreamvideo.networks.load_network", lambda config: network)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return moving_clip(tmp_path / "clip.mp4")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The command at work, taking files of 1 MB; Ctrl-C ends it, and its folder goes with it."""
    folder = tmp_path_factory.mktemp("studio")
    words = [sys.executable, "-m", "dreamvideo", "studio", "--no-browser", "--port=0", f"--max-upload={MOST}", "-q"]
    surroundings = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=surroundings) as server:
        try:
            assert server.stdout is not None and server.stderr is not None
            address = server.stdout.readline().strip()
            (private,) = folder.glob("dreamvideo-studio-*")
            assert private.stat().st_mode & 0o077 == 0
            yield address
        finally:
            server.send_signal(signal.SIGINT)
            assert (server.wait(60), server.stderr.read()) == (0, "")
    assert not list(folder.glob("dreamvideo-*"))


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for all tests, without a page."""
    pytest.importorskip("selenium", reason="selenium is not installed: the browser extra")
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("Chromium or its driver is not installed")
    folder = tmp_path_factory.mktemp("browser")
    moving_clip(folder / "clip.mp4", size="320x240", rate="10", seconds=2)
    ffmpeg("-i", folder / "clip.mp4", "-pix_fmt", "yuv420p", folder / "seen.y4m")
    found = Browser(folder, folder / "seen.y4m")
    try:
        yield found
    finally:
        found.driver.quit()


@pytest.fixture
def browser(served: str, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Browser]:
    """The browser with the page open, empty; its size is the test's parameter `size`, if any."""
    size = getattr(request.node, "callspec", None) and request.node.callspec.params.get("size")
    chromium.begin(size or DESKTOP)
    chromium.open(served)
    yield chromium
    chromium.clear()
    chromium.listen()
    strangers = {url for url in chromium.asked if urlsplit(url).scheme not in ("about", "data", "blob")}
    assert strangers and {urlsplit(url).netloc for url in strangers} == {urlsplit(served).netloc}
    faults = [entry for entry in chromium.driver.get_log("browser") if entry["level"] == "SEVERE"]
    assert not faults
