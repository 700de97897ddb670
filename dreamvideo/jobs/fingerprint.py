"""Identify files by their content."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from dreamvideo.errors import InputError, InputNotFoundError
from dreamvideo.media.sequence import find_pictures, is_sequence

SAMPLE = 4 << 20
WHOLE = 64 << 20


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The content of a file, or of a folder of files.

    Attributes:
        sha256: hash of the content up to 64 MiB; of larger files, of size, head, middle and tail (4 MiB each).
    """

    path: str
    bytes: int
    sha256: str

    def same_content(self, other: Fingerprint) -> bool:
        """Whether both have the same content; paths may differ."""
        return (self.bytes, self.sha256) == (other.bytes, other.sha256)


def fingerprint(path: Path) -> Fingerprint:
    """Hash a file, all files of a folder, or all pictures of a pattern. Times and permissions do not matter.

    Raises:
        InputNotFoundError: nothing is there.
        InputError: it cannot be read, or is no regular file.
    """
    path = Path(os.path.abspath(path))
    try:
        many = is_sequence(path)
        if path.is_dir():
            files = sorted(item for item in path.iterdir() if item.is_file())
        else:
            files = find_pictures(path) if many else [path]
        digest, total = hashlib.sha256(), 0
        for item in files:
            total += _hash_into(digest, item, item.name if many else "")
    except FileNotFoundError as error:
        raise InputNotFoundError(f"no such file: {path}") from error
    except OSError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    return Fingerprint(str(path), total, digest.hexdigest())


def _hash_into(digest: hashlib._Hash, path: Path, name: str) -> int:
    if path.exists() and not path.is_file():
        raise InputError(f"expected a regular file, got {path}")
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest.update(f"{name}\0{size}\0".encode(errors="surrogateescape"))
        if size <= WHOLE:
            while block := file.read(SAMPLE):
                digest.update(block)
        else:
            for offset in (0, (size - SAMPLE) // 2, size - SAMPLE):
                file.seek(offset)
                digest.update(file.read(SAMPLE))
    return size
