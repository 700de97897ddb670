"""A lock that allows one driver per job, and ends with its process."""

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
"""Seconds without a beat after which another machine's lock is stale."""


class Lock:
    """A lock that this process holds.

    Attributes:
        path: the lock file, which names the process and the machine.
    """

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle
        self._owner = {"pid": os.getpid(), "host": socket.gethostname()}

    def beat(self) -> None:
        """Show other machines that this process is alive."""
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
        JobLockedError: another process holds it.
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
    """Try to lock with `flock`. True if the file system has no locks: then beats must do."""
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
    """Whether a process of another machine, which `flock` may not see, was alive recently."""
    foreign = bool(owner) and owner.get("host") != socket.gethostname()
    return foreign and time.time() - os.fstat(handle).st_mtime < SILENCE
