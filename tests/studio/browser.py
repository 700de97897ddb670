"""A page in a real browser, for tests: what it shows, what can be done to it, what it asks of whom."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
QUIET = (
    "headless no-sandbox disable-dev-shm-usage disable-gpu disable-quic disable-background-networking "
    "disable-component-update disable-sync no-first-run"
)
DESKTOP = (1280, 900)
PHONE = (390, 844)
POLL = 0.1
"""Seconds between looks at whether something is so."""
MOST = 1_000_000
"""Bytes of the largest file that the server of these tests takes."""


class Browser:
    """The page in a browser without a window.

    Args:
        folder: an empty one.
        seen: what its camera sees: a Y4M clip, which it repeats.

    Attributes:
        asked: every address that was asked for anything.
        downloads: folder of what was saved.
    """

    def __init__(self, folder: Path, seen: Path) -> None:
        from selenium import webdriver

        options = webdriver.ChromeOptions()
        options.binary_location = str(CHROMIUM)
        camera = ["use-fake-ui-for-media-stream", "use-fake-device-for-media-stream"]
        camera.append(f"use-file-for-fake-video-capture={seen}")
        for word in [*QUIET.split(), *camera, f"user-data-dir={folder / 'profile'}", "window-size=1400,1000"]:
            options.add_argument(f"--{word}")
        self.downloads = folder / "downloads"
        options.add_experimental_option("prefs", {"download.default_directory": str(self.downloads)})
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(options, webdriver.ChromeService(str(DRIVER)))
        self.driver.get("about:blank")
        self.driver.get_log("performance")  # what the browser's own first page asked for
        self.asked: set[str] = set()

    def begin(self, size: tuple[int, int]) -> None:
        """Begin a test, in a window of (width, height)."""
        self.driver.get("about:blank")
        shutil.rmtree(self.downloads, ignore_errors=True)
        self.listen()
        self.asked.clear()
        self.driver.get_log("browser")
        facts = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", facts)

    def find(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def until(self, what: str, true: Callable[[], Any], seconds: float = 120) -> Any:
        """Wait for something to be so."""
        from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException

        for _ in range(round(seconds / POLL)):  # looks, not the clock: a machine may stand still for a while
            try:
                if found := true():
                    return found
            except (NoSuchElementException, StaleElementReferenceException):
                pass
            time.sleep(POLL)
        raise AssertionError(f"waited in vain: {what}; the page says {self.status!r}")

    def load(self, address: str) -> None:
        """Load the page, until what the server knows of is on it."""
        self.driver.get(address)
        self.until("the page", lambda: self.find("#part-drop input[type=file]"))
        self.until("its first answer", lambda: self.run("document.querySelector('#part-seen').textContent"))

    def open(self, address: str) -> None:
        """Load the page, until its choices stand still."""
        self.load(address)
        seen: list[object] = []

        def still() -> bool:
            seen.append(self.run("document.querySelectorAll('#side *').length"))
            return len(seen) > 5 and len(set(seen[-5:])) == 1

        self.until("all of it", still)  # what has become visible is put into the page a little later

    def clear(self) -> None:
        """Take the upload away, stop what runs, and throw all tries away."""
        self.run("document.querySelector('[data-do=remove]')?.click()")
        press = "document.querySelector('#part-queue [data-do=stop], #part-tries [data-do=forget]')?.click()"
        left = "document.querySelectorAll('#part-queue li, #part-tries li').length"
        self.until("empty lists", lambda: self.run(f"({press}, {left})") == 0)

    def drop(self, path: Path) -> None:
        """Choose a file in place of the last."""
        self.until("a place to drop", lambda: self.find("#part-drop input[type=file]")).send_keys(str(path))

    def run(self, script: str, *given: Any) -> Any:
        """The value of an expression of JavaScript."""
        return self.driver.execute_script(f"return {script}", *given)

    def shot(self, name: str) -> None:
        """Keep a picture of the page, for a person to look at."""
        width = self.run("window.innerWidth")
        self.driver.save_screenshot(str(self.downloads.parent / f"{name}-{width}.png"))

    def pull(self, name: str = "handle", *, out: bool = True) -> None:
        """Have a drawer out, or in, where the window is so narrow that there is one."""
        handle = self.find(f"#{name} button")
        if handle.is_displayed() and (handle.get_attribute("aria-expanded") == "true") != out:
            handle.click()

    def unfold(self, name: str) -> None:
        """Open a part of the choices, and on a phone their drawer first."""
        self.pull()
        button = self.until(f"{name} to open", lambda: self.find(f"#{name} > button"))
        if button.get_attribute("aria-expanded") != "true":
            self.click(f"#{name} > button")

    def all(self, selector: str) -> list[Any]:
        return list(self.driver.find_elements("css selector", selector))

    def box(self, selector: str) -> dict[str, float]:
        """Where an element is in the window: left, top, right, bottom, width, height."""
        return dict(self.run("arguments[0].getBoundingClientRect().toJSON()", self.find(selector)))

    def click(self, selector: str) -> None:
        """Press what a selector finds, once it is there; a list may be drawn anew meanwhile."""
        element = self.until(f"{selector} to press", lambda: self.find(selector))
        self.run("arguments[0].scrollIntoView({block: 'center', inline: 'center'})", element)
        self.until(f"{selector} to take it", lambda: self.find(selector).click() or True)

    def key(self, key: str) -> None:
        """Press a key, wherever the page has its focus."""
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(key).perform()

    def press(self, name: str) -> None:
        button = self.until(f"{name} to press", lambda: (b := self.find(f"#part-{name}")).is_enabled() and b)
        button.click()

    @property
    def status(self) -> str:
        return str(self.find("#part-status").text)

    def says(self, pattern: str, seconds: float = 120) -> str:
        return str(self.until(pattern, lambda: re.search(pattern, self.status), seconds)[0])

    def shown(self, part: str) -> str:
        return str(self.find(f"#part-{part} img").get_attribute("src"))

    @property
    def command(self) -> list[str]:
        box = self.until("a command", lambda: self.find("#part-command textarea"))
        return shlex.split(box.get_property("value"))

    def given(self, flag: str) -> str:
        """What the command has after a flag; empty where it lacks the flag."""
        words = self.command
        return words[words.index(flag) + 1] if flag in words else ""

    def save(self) -> Path:
        """Download the result."""
        link = self.until("a result", lambda: self.find("#part-result a"))
        name = link.get_attribute("download")
        link.click()
        path = self.downloads / name
        self.until("the download", lambda: path.exists() and not list(self.downloads.glob("*.crdownload")))
        return path

    def listen(self) -> None:
        """Take note of what was asked of whom."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated"):
                told = message["params"]
                self.asked.add(told["request"]["url"] if "request" in told else told["url"])
