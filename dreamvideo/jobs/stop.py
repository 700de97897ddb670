"""Signals: the first stops after the current frame, the second at once."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class StopNow(BaseException):
    """Raised in the main thread by the second signal."""


class StopSignal:
    """Whether a stop was requested: its truth value, and what a call returns."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self._count = 0

    def __bool__(self) -> bool:
        return self.signal is not None

    def __call__(self) -> bool:
        return bool(self)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        if self._count == 2:
            raise StopNow
        self.signal = self.signal or number


@contextlib.contextmanager
def stop_on_signals() -> Iterator[StopSignal]:
    """Catch SIGINT, SIGTERM and SIGHUP, in the main thread only.

    Signals that were ignored, such as SIGHUP under nohup, stay ignored.
    """
    stop = StopSignal()
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, stop._handle)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def signals_held() -> Iterator[None]:
    """Block signals, so that a process started meanwhile begins with them blocked."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
