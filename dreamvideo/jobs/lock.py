"""One driver a job: a lock that ends with the process that holds it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from dreamvideo.errors import JobLockedError

SILENCE = 900.0
"""Seconds without a sign of life after which another machine's lock counts as left behind."""


class Lock:
    """A held lock.

    Attributes:
        path: the lock file; it says which process on which machine holds it.
    """

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle
        self._owner = {"pid": os.getpid(), "host": socket.gethostname()}

    def beat(self) -> None:
        """Show a sign of life to other machines."""
        os.utime(self._handle if os.utime in os.supports_fd else self.path)

    def _claim(self) -> None:
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, json.dumps(self._owner).encode(), 0)

    def _release(self) -> None:
        os.ftruncate(self._handle, 0)
        os.close(self._handle)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[Lock]:
    """Hold the lock file at `path`.

    Raises:
        JobLockedError: another process holds it: on this machine by `flock`, on another by its sign of life.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
    try:
        owner = _owner(handle)
        if not _exclusive(handle) or _elsewhere(owner, handle):
            who = f"process {owner.get('pid', '?')} on {owner.get('host', '?')}"
            raise JobLockedError(f"{path.parent} is being worked on by {who}; wait for it, or stop it first")
        lock = Lock(path, handle)
        lock._claim()
    except BaseException:
        os.close(handle)
        raise
    try:
        yield lock
    finally:
        lock._release()


def _owner(handle: int) -> dict[str, object]:
    try:
        record = json.loads(os.pread(handle, 4096, 0))
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _exclusive(handle: int) -> bool:
    """Take the operating system's lock; a file system without locks leaves it to the sign of life."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _elsewhere(owner: dict[str, object], handle: int) -> bool:
    """Whether a process of another machine, which `flock` may not see, was alive of late."""
    foreign = bool(owner) and owner.get("host") != socket.gethostname()
    return foreign and time.time() - os.fstat(handle).st_mtime < SILENCE
