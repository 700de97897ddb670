"""A slot between two threads, in which a new item replaces the last one.

A queue would turn every pause into permanent lag. A slot drops items that come too fast.
"""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Slot(Generic[Item]):
    """A slot for one item. Putting never waits.

    Attributes:
        dropped: number of items that were replaced before they were taken.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._item: Item | None = None
        self._ended = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    @property
    def ended(self) -> bool:
        """Whether it is empty, and nothing more will come."""
        with self._changed:
            return self._ended and self._item is None

    def put(self, item: Item) -> None:
        """Put an item, in place of one that is still there."""
        with self._changed:
            self.dropped += self._item is not None
            self._item = item
            self._changed.notify_all()

    def take(self, timeout: float | None = None) -> Item | None:
        """Take the item; wait for it at most `timeout` seconds; None: without limit.

        Returns:
            The item; None after the time, or if nothing more will come.

        Raises:
            the error given to `end`, once the slot is empty.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None or self._ended, timeout)
            item, self._item = self._item, None
            if item is None and self._error is not None:
                raise self._error
            self._changed.notify_all()
            return item

    def wait_until_taken(self) -> None:
        """Wait until the slot is empty, or ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is None or self._ended)

    def end(self, error: BaseException | None = None) -> None:
        """Declare that nothing more will come, and why."""
        with self._changed:
            self._ended, self._error = True, self._error or error
            self._changed.notify_all()
