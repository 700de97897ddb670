"""A window of OpenCV's highgui."""

from __future__ import annotations

import os
import subprocess
import sys

from dreamvideo.live.overlay import Pixels
from dreamvideo.media import load_cv2
from dreamvideo.media.geometry import Size

TITLE = "dreamvideo live"
_TRIAL = f"import cv2; cv2.namedWindow({TITLE!r}); cv2.destroyAllWindows()"
_TRIAL_SECONDS = 30


def why_no_window() -> str | None:
    """Why no window can be opened; None: it can.

    Qt ends the process if it finds no display, so another process tries.
    """
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    try:
        tried = subprocess.run([sys.executable, "-c", _TRIAL], capture_output=True, check=False, timeout=_TRIAL_SECONDS)
    except subprocess.TimeoutExpired:
        return "the display does not answer"
    if tried.returncode == 0:
        return None
    if b"not implemented" in tried.stderr:
        return "this OpenCV has no windows: install opencv-python in place of opencv-python-headless"
    return f"the display {os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY') or ''} cannot be opened"


class OpenCVWindow:
    """A window that shows pictures and reads keys, for the main thread only."""

    def __init__(self, size: Size) -> None:
        os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false")  # OpenCV's Qt warns about unneeded fonts
        self._cv2 = load_cv2()
        self._full = False
        self._cv2.namedWindow(TITLE, self._cv2.WINDOW_NORMAL | self._cv2.WINDOW_KEEPRATIO | self._cv2.WINDOW_GUI_NORMAL)
        self._cv2.resizeWindow(TITLE, *size)

    @property
    def closed(self) -> bool:
        """Whether the user has closed it."""
        return bool(self._cv2.getWindowProperty(TITLE, self._cv2.WND_PROP_VISIBLE) < 1)

    def show(self, pixels: Pixels) -> None:
        """Show RGB (H, W, 3)."""
        self._cv2.imshow(TITLE, pixels[..., ::-1])

    def key(self) -> int:
        """The code of the pressed key; -1: none."""
        return int(self._cv2.waitKey(1))

    def toggle_full_screen(self) -> None:
        self._full = not self._full
        wanted = self._cv2.WINDOW_FULLSCREEN if self._full else self._cv2.WINDOW_NORMAL
        self._cv2.setWindowProperty(TITLE, self._cv2.WND_PROP_FULLSCREEN, wanted)

    def close(self) -> None:
        self._cv2.destroyAllWindows()
        self._cv2.waitKey(1)  # it closes when events are processed
