"""Threads beside the network: one captures pictures, one analyses them.

    capture -> newest -> analysis -> one ahead -> dream

While a picture is dreamed, the next is analysed, and older ones are dropped for the newest. So a picture is shown at
most two dreams after its capture.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from dreamvideo.live.dreaming import Seen
from dreamvideo.live.feed import Captured, Feed
from dreamvideo.live.slot import Slot

PATIENCE = 2.0
"""Seconds to wait for a stage at the end; it may be waiting for a camera or a pipe."""

See = Callable[[Captured, Seen | None], Seen]


class Stages:
    """Captures and analyses pictures in two threads, inside a `with` block.

    Args:
        see: analyses one, given the result of the one before.
    """

    def __init__(self, feed: Feed, see: See) -> None:
        self._feed = feed
        self._see = see
        self._captured: Slot[Captured] = Slot()
        self._seen: Slot[Seen] = Slot()
        stages = (("capture", self._capture, self._captured), ("see", self._look, self._seen))
        self._threads = [
            threading.Thread(target=_run, args=(work, slot), name=f"dreamvideo-{name}", daemon=True)
            for name, work, slot in stages
        ]

    @property
    def dropped(self) -> int:
        """Number of pictures that were never analysed."""
        return self._captured.dropped

    @property
    def ended(self) -> bool:
        """Whether the feed has ended, and all its pictures were taken."""
        return self._seen.ended

    def take(self, timeout: float) -> Seen | None:
        """The next picture; None if there is none within `timeout` seconds.

        Raises:
            InputError: the feed failed.
        """
        return self._seen.take(timeout)

    def _capture(self) -> None:
        for captured in self._feed:
            self._captured.put(captured)

    def _look(self) -> None:
        before = None
        while (captured := self._captured.take()) is not None:
            before = self._see(captured, before)
            self._seen.put(before)
            # Motion leads from the last dreamed picture. So the next is analysed only once this one is taken.
            self._seen.wait_until_taken()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._feed.close()
        self._captured.end()
        self._seen.end()
        for thread in self._threads:
            thread.join(PATIENCE)


def _run(work: Callable[[], None], slot: Slot[Captured] | Slot[Seen]) -> None:
    try:
        work()
    except BaseException as error:  # raised again in the thread that takes
        slot.end(error)
    else:
        slot.end()
