"""Find the cuts of uploaded clips, in the background."""

from __future__ import annotations

import threading
from pathlib import Path

from dreamvideo.config import Recipe
from dreamvideo.errors import DreamVideoError
from dreamvideo.render.survey import glance
from dreamvideo.studio.uploads import Upload


class Cuts:
    """Cuts of clips."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, tuple[float, ...]] = {}
        self._wanted: list[Upload] = []

    def want(self, upload: Upload) -> None:
        """Request the cuts of a clip."""
        with self._lock:
            if upload.clip and upload.path not in self._found:
                self._wanted = [upload]

    def make_one(self) -> bool:
        """Find the cuts of the requested clip; returns whether there was one."""
        with self._lock:
            upload = self._wanted.pop() if self._wanted else None
        if upload is None:
            return False
        try:
            seen = glance(Path(upload.path), Recipe()).seen
        except DreamVideoError:  # a render reports the damage
            seen = ()
        with self._lock:
            self._found[upload.path] = tuple(float(shot.begin) for shot in seen[1:])
        return True

    def of(self, upload: Upload) -> tuple[float, ...] | None:
        """Seconds at which shots begin, without the first; None: not known yet."""
        return self._found.get(upload.path)
