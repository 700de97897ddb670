"""Names of drafts: results in the making, hidden beside their targets. And removal of orphans.

A killed process leaves its draft behind. The name holds the process's number and start time. So the next run with the
same target can remove drafts of dead processes, and keep those of running ones.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import secrets
import shutil
import socket
from contextlib import suppress
from pathlib import Path

LONGEST_NAME = 255
_ROOM_FOR_COMPANIONS = 24
"""Bytes of a draft's name that are left for longer suffixes of files beside it."""
_OWNER = r"-(?P<machine>[0-9a-f]{8})-(?P<process>\d+)-(?P<start>\d+)-[0-9a-f]{8}"
_PART = re.compile(rf"\.(?P<name>.+)\.part{_OWNER}(\.[^.]*)?", re.DOTALL)


def draft_path(path: Path) -> Path:
    """A new hidden name beside `path`, with the same suffix, which tells encoders the format."""
    return _hidden(path, "part")


def old_path(path: Path) -> Path:
    """A hidden name for the old `path`, while it is being replaced."""
    return _hidden(path, "old")


def _hidden(path: Path, word: str) -> Path:
    process = os.getpid()
    owner = f"{_machine()}-{process}-{_start(process)}-{secrets.token_hex(4)}"
    return path.with_name(f".{_stem(path)}.{word}-{owner}{path.suffix}")


def _stem(path: Path) -> str:
    """The longest start of a name that leaves room for the rest of a hidden name."""
    room = LONGEST_NAME - len("..part-") - 8 - 3 * len("-") - 2 * 20 - 8 - len(os.fsencode(path.suffix))
    return os.fsdecode(os.fsencode(path.name)[: max(1, room - _ROOM_FOR_COMPANIONS)])


def target_name(draft: Path) -> str:
    """The name of the target of a draft, for messages; any other name is returned itself."""
    found = _PART.fullmatch(draft.name)
    return draft.name if found is None else found["name"]


def sweep_drafts(path: Path, *, old: bool = False) -> None:
    """Remove drafts of a target that dead processes of this machine left; `old`: replaced old versions, too."""
    words = "part|old" if old else "part"
    ours = re.compile(rf"\.{re.escape(_stem(path))}\.(?:{words}){_OWNER}(\..*)?", re.DOTALL)
    with suppress(OSError):
        for item in list(path.parent.iterdir()):
            found = ours.fullmatch(item.name)
            if found is not None and _is_orphan(found["machine"], int(found["process"]), found["start"]):
                remove(item)


def remove(draft: Path) -> None:
    """Remove a draft file or folder, if it exists."""
    with suppress(OSError):
        if draft.is_dir() and not draft.is_symlink():
            shutil.rmtree(draft)
        else:
            draft.unlink()


def _is_orphan(machine: str, process: int, start: str) -> bool:
    """Whether the process that made a draft is known to be dead; never for another machine."""
    if machine != _machine():
        return False
    # The number may have been reused. A zombie still has its number.
    return not _lives(process) or _start(process) != start


def _lives(process: int) -> bool:
    if os.name == "nt":  # where os.kill would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


@functools.lru_cache(maxsize=1)
def _machine() -> str:
    """Eight hex digits for this machine and its space of process numbers."""
    space = ""
    with suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")
    return hashlib.sha256(f"{socket.gethostname()} {space}".encode()).hexdigest()[:8]


def _start(process: int) -> str:
    """Start time of a process, in ticks since boot; "0" if unknown."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(errors="replace")
        # The second field, the program's name, may itself hold spaces and brackets.
        state, *fields = text.rpartition(")")[2].split()
        return "dead" if state in "ZX" else fields[18]
    except (OSError, IndexError):
        return "0"
