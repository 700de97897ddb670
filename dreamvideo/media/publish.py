"""Check targets before any work, and move finished drafts to them atomically."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dreamvideo.errors import (
    DiskFullError,
    DreamVideoError,
    EncodeError,
    OutputError,
    RefusedError,
    TargetExistsError,
    printable,
)
from dreamvideo.media.drafts import LONGEST_NAME, old_path, sweep_drafts, target_name
from dreamvideo.media.durable import flush, free_bytes, rename_without_replacing
from dreamvideo.media.formats import Holds, format_to_write
from dreamvideo.media.oneway import is_piped
from dreamvideo.media.safety import reason_of

FRAME_NAME = "{:06d}.png"
_FRAME_PATTERN = re.compile(r"\d{6,}\.png")
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def check_target(path: Path | str, source: Path | str | None, overwrite: bool, holds: Holds) -> None:
    """Refuse a target that cannot or must not be written.

    Args:
        source: the input, which must not be replaced.

    Raises:
        TargetExistsError: the target exists, and `overwrite` is not set or it may not be replaced.
        RefusedError: the target is the source.
        OutputError: its suffix cannot be written, or its folder is missing or not writable.
    """
    if is_piped(path):
        if holds == "still":
            raise OutputError("expected a picture's name, got -: pictures do not go to standard output")
        return
    path = Path(path)
    form = format_to_write(path, holds)
    name = printable(path)
    _check_parent(path)
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise OutputError(f"{name} cannot be written: {reason_of(error)}") from error
    if source is not None and _same(path, Path(source)):
        raise RefusedError(f"the output would replace the input: {name}")
    if stat.S_ISLNK(status.st_mode):
        raise TargetExistsError(f"{name} is a link: name the file that it points to")
    if stat.S_ISDIR(status.st_mode):
        _check_folder(path, overwrite)
        if form.suffixes[0]:
            raise TargetExistsError(f"{name} is a folder: name another target, or remove it")
    elif not stat.S_ISREG(status.st_mode):
        raise TargetExistsError(f"{name} is a device, pipe or socket, which is never replaced")
    elif not overwrite:
        raise _exists(path)


def _exists(path: Path) -> TargetExistsError:
    what = f"the folder {printable(path)}" if path.is_dir() else printable(path)
    return TargetExistsError(f"{what} exists: name another target, or allow it to be replaced (overwrite=True)")


def _check_parent(path: Path) -> None:
    parent = path.absolute().parent
    if not parent.is_dir():
        raise OutputError(f"there is no folder {printable(parent)} to write to")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(f"the folder {printable(parent)} cannot be written to")
    if len(os.fsencode(path.name)) > LONGEST_NAME:
        raise OutputError(f"the name {printable(path.name)[:40]}... is longer than {LONGEST_NAME} bytes")


def _check_folder(path: Path, overwrite: bool) -> None:
    here = Path.cwd()
    if path.resolve() in (here, *here.parents):
        raise TargetExistsError(f"the folder {printable(path)} is not replaced: you are in it; name one inside it")
    if not overwrite:
        raise _exists(path)
    foreign = next((entry.name for entry in path.iterdir() if not _FRAME_PATTERN.fullmatch(entry.name)), None)
    if foreign is not None:
        raise TargetExistsError(
            f"the folder {printable(path)} is not replaced: it holds more than frames, such as {printable(foreign)}"
        )


def _same(path: Path, source: Path) -> bool:
    """Whether both are one file, by any name or link, or the source is inside the folder that would be replaced."""
    # A pattern is no file, but its pictures are in a folder.
    with suppress(OSError, ValueError):
        if os.path.samefile(path, source):
            return True
    return path.is_dir() and path.resolve() in source.resolve().parents


def publish(draft: Path, path: Path, overwrite: bool) -> None:
    """Move a finished draft to its name, durably and atomically.

    Raises:
        TargetExistsError: a target has appeared in the meantime.
        OutputError: the file system refused.
    """
    with writing(path):
        if draft.is_dir():
            _publish_folder(draft, path, overwrite)
        else:
            flush(draft)
            if overwrite:
                os.replace(draft, path)
            else:
                try:
                    rename_without_replacing(draft, path)
                except FileExistsError as error:
                    raise TargetExistsError(
                        f"{printable(path)} exists: name another target, or allow it to be replaced (overwrite=True)"
                    ) from error
        flush(path.absolute().parent)
    sweep_drafts(path, old=True)


def _publish_folder(draft: Path, path: Path, overwrite: bool) -> None:
    if not path.exists():
        os.rename(draft, path)
        return
    _check_folder(path, overwrite)
    old = old_path(path)
    os.rename(path, old)
    os.rename(draft, path)
    shutil.rmtree(old)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn errors of encoders and the file system into ours.

    Raises:
        DiskFullError: the disk or the quota is full.
        EncodeError: any other error.
    """
    try:
        yield
    except (DreamVideoError, BrokenPipeError):
        raise  # a reader that stops is no error of the output
    except Exception as error:
        folder, name = path.absolute().parent, printable(target_name(path))
        if target_name(folder) != folder.name:  # inside the draft of a folder
            folder = folder.parent
        if isinstance(error, OSError) and error.errno in _DISK_FULL:
            raise DiskFullError(
                f"no room to write {name}: {free_bytes(folder):,} bytes are free in {printable(folder)} "
                f"({reason_of(error)})"
            ) from error
        raise EncodeError(f"{name} cannot be written: {reason_of(error)}") from error
