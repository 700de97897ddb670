"""The state of one open page.

A page's events only change its `PageState`; `view` makes all parts of the page from it. So nothing stays of an upload
that was removed, and the next update corrects an answer that comes late.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from dreamvideo.studio.command import Kind
from dreamvideo.studio.pieces import INVITATION
from dreamvideo.studio.uploads import Upload


@dataclass(frozen=True, slots=True)
class Scene:
    """What a page displays.

    Attributes:
        on_show: name of the displayed try; None: none.
        compared: name of another try, beside it under a slider.
        still: the upload's picture, or the chosen frame of a clip, as HTML.
        note: status line if no try is displayed.
        failed: whether that is an error.
    """

    upload: Upload | None = None
    kind: Kind = "image"
    on_show: str | None = None
    compared: str | None = None
    still: str = INVITATION
    note: str = ""
    failed: bool = False


class PageState:
    """The state of one open page. Its methods are all that can happen to it, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scene = Scene()
        self._version = 0

    @property
    def scene(self) -> Scene:
        return self._scene

    @property
    def version(self) -> int:
        """Grows with every change."""
        return self._version

    def receive(self, upload: Upload, kind: Kind, still: str) -> None:
        """Replace the upload."""
        self._become(lambda old: Scene(upload, kind, still=still, note=upload.words))

    def remove(self) -> None:
        """Remove the upload."""
        self._become(lambda old: Scene())

    def arrange(self, kind: Kind) -> None:
        """Change the command."""
        self._become(lambda old: replace(old, kind=kind) if old.upload is not None else old)

    def show_source(self, still: str, note: str) -> None:
        """Show another frame of the clip, undreamed."""
        self._become(
            lambda old: (
                replace(old, still=still, note=note, failed=False, on_show=None, compared=None)
                if old.upload is not None
                else old
            )
        )

    def show(self, name: str, upload: Upload) -> None:
        """Display a try, if its upload is still the current one."""
        self._become(
            lambda old: replace(old, on_show=name, compared=None, failed=False) if old.upload == upload else old
        )

    def calm(self) -> None:
        """Clear the error."""
        self._become(lambda old: replace(old, failed=False))

    def compare(self, name: str) -> None:
        """Show a try beside the displayed one."""
        self._become(lambda old: replace(old, compared=name if old.on_show not in (None, name) else None))

    def trouble(self, words: str) -> None:
        """Show an error; all else stays."""
        self._become(lambda old: replace(old, note=words, failed=True))

    def _become(self, change: Callable[[Scene], Scene]) -> None:
        with self._lock:
            self._scene = change(self._scene)
            self._version += 1
