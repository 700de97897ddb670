"""Write files durably and atomically, without overwriting."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from pathlib import Path

_NO_HARD_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS, errno.EXDEV)
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF)


def flush(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk.

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
    """Write a new file and flush it; if that fails, it is removed.

    Raises:
        FileExistsError: the file exists.
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
    """Rename a finished file atomically, unless the new name exists.

    Raises:
        FileExistsError: it exists; the draft stays.
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
    """Write a file durably and atomically, unless it exists; returns whether it was written."""
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
    """Free bytes on the disk of `path`, which need not exist; 0 if unknown."""
    path = path.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        return shutil.disk_usage(path).free
    except OSError:
        return 0
