"""Run a generator ahead in a thread, so that decoding, dreaming and encoding overlap."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")
_Entry = tuple[str, Item | BaseException | None]
_POLL_SECONDS = 0.1
_PATIENCE_SECONDS = 2.0
"""Longest wait for the thread after an interrupt."""


class prefetch(Generic[Item]):
    """Iterate over `items`, with up to `depth` of them made ahead in a thread.

    Errors of the generator are raised here, in order. The thread stops, and the generator is closed, at the end, on
    `close`, when a `with` block is left, or when the last reference is dropped.
    """

    def __init__(self, items: Iterable[Item], depth: int = 2) -> None:
        self._queue: queue.Queue[_Entry[Item]] = queue.Queue(max(1, depth))
        self._stop = threading.Event()
        # The thread does not refer to this object, so that it ends once this object is collected.
        self._thread = threading.Thread(
            target=_run, args=(items, self._queue, self._stop), name="dreamvideo-prefetch", daemon=True
        )
        self._started = False
        self._ended = False

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        if self._ended:
            raise StopIteration
        if not self._started:
            self._started = True
            self._thread.start()
        kind, value = self._queue.get()
        if kind == "item":
            return value  # type: ignore[return-value]
        self.close()
        if kind == "error":
            raise value  # type: ignore[misc]
        raise StopIteration

    def close(self, patience: float | None = None) -> None:
        """Stop the thread and wait for it, at most `patience` seconds."""
        self._ended = True
        self._stop.set()
        if self._started:
            self._thread.join(patience)

    def __enter__(self) -> prefetch[Item]:
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        at_once = kind is not None and not issubclass(kind, (Exception, GeneratorExit))
        self.close(_PATIENCE_SECONDS if at_once else None)

    def __del__(self) -> None:
        self._stop.set()


def _run(items: Iterable[Item], ready: queue.Queue[_Entry[Item]], stop: threading.Event) -> None:
    def put(entry: _Entry[Item]) -> bool:
        while not stop.is_set():
            try:
                ready.put(entry, timeout=_POLL_SECONDS)
                return True
            except queue.Full:
                continue
        return False

    iterator = iter(items)
    try:
        for item in iterator:
            if not put(("item", item)):
                return
        put(("end", None))
    except BaseException as error:  # handed over to the consumer
        put(("error", error))
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()
