"""What passes between the stages of a live dream: one place, in which the newest thing replaces the one before.

A queue would turn every pause into lag that stays; here what comes too fast is dropped.
"""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Slot(Generic[Item]):
    """A place for one thing between two threads. Putting never waits.

    Attributes:
        dropped: how many things were replaced before anybody took them.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._item: Item | None = None
        self._ended = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come, and nothing is left."""
        with self._changed:
            return self._ended and self._item is None

    def put(self, item: Item) -> None:
        """Leave a thing, in place of one that is still there."""
        with self._changed:
            self.dropped += self._item is not None
            self._item = item
            self._changed.notify_all()

    def take(self, timeout: float | None = None) -> Item | None:
        """Wait for a thing and take it.

        Args:
            timeout: seconds to wait at most; None: as long as it takes.

        Returns:
            The thing; None after the time, or where nothing more will come.

        Raises:
            what `end` was given, once nothing is left.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None or self._ended, timeout)
            item, self._item = self._item, None
            if item is None and self._error is not None:
                raise self._error
            self._changed.notify_all()
            return item

    def wait_until_taken(self) -> None:
        """Wait until the place is empty, or closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is None or self._ended)

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing more will come, and why."""
        with self._changed:
            self._ended, self._error = True, self._error or error
            self._changed.notify_all()
