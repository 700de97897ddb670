"""Open files safely: local, regular, of known formats; every failure becomes one of our errors.

A file that claims to be a video may be a playlist that names other files or addresses (ffconcat, HLS, DASH, SDP). Both
whitelists are needed: with the protocols' alone, an ffconcat file could open its neighbours.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dreamvideo.errors import DamagedInputError, DreamVideoError, InputError, InputNotFoundError, printable
from dreamvideo.media.formats import DEMUXERS, STREAMED, format_inside, stranger_inside
from dreamvideo.media.oneway import OneWay

if TYPE_CHECKING:
    from av.container import InputContainer


GIVEN = Path("what was given")
"""Name of input that has no name."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
"""Start of a URL. A Windows drive has one letter only."""


def missing(kind: str, path: Path) -> InputNotFoundError:
    """The error for a missing file or folder, or for an address, which is never fetched."""
    name = printable(path)
    if _ADDRESS.match(name):
        # As a path it has lost a slash.
        whole = _ADDRESS.sub(lambda begin: f"{begin[0]}/", name.replace("://", ":/", 1), count=1)
        return InputNotFoundError(
            f"expected a {kind}, got the address {whole}: download it, and name what you have then"
        )
    return InputNotFoundError(f"there is no {kind} {name}")


def local_file(path: Path) -> Path:
    """Absolute path of a regular, non-empty file.

    Raises:
        InputNotFoundError: there is none.
        InputError: it is a folder, a device, a pipe, empty or unreadable.
    """
    name = printable(path)
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise missing("file", path) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{name} cannot be opened: {reason}") from error
    if not stat.S_ISREG(status.st_mode):
        raise InputError(
            f"expected a regular file, got {'a folder' if stat.S_ISDIR(status.st_mode) else 'something else'}: {name}"
        )
    if status.st_size == 0:
        raise InputError(f"{name} is empty")
    if not os.access(path, os.R_OK):
        raise InputError(f"{name} cannot be opened: permission denied")
    return Path(os.path.abspath(path))


def refuse_stranger(file: Path, name: Path) -> None:
    """Refuse files of a known format that cannot be read, with advice.

    Raises:
        InputError: it is one.
    """
    what = stranger_inside(file)
    if what is not None:
        raise InputError(f"expected a picture or a clip, got {printable(name)}, {what}")


def reason_of(error: BaseException) -> str:
    """The first line of an error's reason, without number and path."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return printable(str(text).splitlines()[0])


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn errors of decoders into ours.

    Raises:
        DamagedInputError: the file is cut off, corrupt or of an unknown format.
        InputError: the file cannot be read for another reason.
    """
    try:
        yield
    except DreamVideoError:
        raise
    except Exception as error:
        # Decoders raise nearly anything on bad bytes: EOFError, LookupError, struct.error, SyntaxError.
        if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EIO, errno.EMFILE, errno.ENFILE):
            raise InputError(f"{printable(path)} cannot be read: {reason_of(error)}") from error
        raise DamagedInputError(
            f"{printable(path)} is damaged, incomplete or of an unknown format: {reason_of(error)}"
        ) from error


def open_stream(stream: BinaryIO, max_pixels: int) -> InputContainer:
    """Open a video from a pipe.

    Raises:
        InputError: its format cannot be read from a pipe, or its start is damaged.
    """
    import av

    options = {"protocol_whitelist": "pipe", "format_whitelist": STREAMED, "max_pixels": str(max_pixels)}
    with reading(Path("standard input, where YUV4MPEG2, Matroska or MPEG-TS is expected,")):
        return av.open(OneWay(stream), "r", options=options, metadata_errors="replace")


def open_container(path: Path, max_pixels: int | None = None) -> InputContainer:
    """Open a media file, which may not refer to other files.

    Raises:
        InputError: it cannot be opened (see `local_file` and `reading`).
    """
    import av

    file = local_file(path)
    refuse_stranger(file, path)
    form = format_inside(file)
    demuxer = form.demuxer if form is not None and form.demuxer else None
    options = {"protocol_whitelist": "file", "format_whitelist": demuxer or DEMUXERS}
    if max_pixels is not None:
        # For decoders that run while the file is opened.
        options["max_pixels"] = str(max_pixels)
    with reading(path):
        # The explicit protocol keeps names such as a:b.mp4 or concat:x from being taken for addresses, the explicit
        # format a name such as %d.png of a GIF from being taken for a pattern.
        return av.open(f"file:{file}", "r", format=demuxer, options=options, metadata_errors="replace")
