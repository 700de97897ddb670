"""Files that are on the disk, whole, before they count: written, flushed, and put in place over nothing."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from pathlib import Path

_NO_HARD_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS, errno.EXDEV)
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF)


def flush(path: Path) -> None:
    """Wait until a file's content, or a folder's list of names, is on the disk.

    Raises:
        OSError: the disk refused. A folder that cannot be flushed, as on some file systems, is no error.
    """
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        if path.is_dir():  # Windows opens no folders
            return
        raise
    try:
        os.fsync(handle)
    except OSError as error:
        if not path.is_dir() or error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(handle)


def write_durably(path: Path, data: bytes) -> None:
    """Write a new file and wait until it is on the disk; nothing is left of it where that fails.

    Raises:
        FileExistsError: there is one already.
        OSError: it cannot be written.
    """
    with path.open("xb") as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def rename_without_replacing(draft: Path, path: Path) -> None:
    """Move a finished file to its name in one step, unless something is there.

    Raises:
        FileExistsError: something is there; the draft stays where it was.
        OSError: the file system refused.
    """
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        # File systems without hard links: reserve the name, then move onto it.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.replace(draft, path)
    else:
        draft.unlink()


def write_once(path: Path, data: bytes) -> bool:
    """Write a file durably and whole, unless one of its name is there.

    Returns:
        Whether it was put there.
    """
    draft = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        write_durably(draft, data)
        rename_without_replacing(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    flush(path.parent)
    return True


def free_bytes(path: Path) -> int:
    """Room left where `path` is, or would be; 0 where that cannot be known."""
    path = path.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        return shutil.disk_usage(path).free
    except OSError:
        return 0
