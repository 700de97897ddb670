"""Standard input and output, named "-"."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

PIPE = "-"


def is_piped(path: Path | str) -> bool:
    """Whether a name means standard input or output."""
    return str(path) == PIPE


class OneWay:
    """A stream for PyAV that cannot seek, and returns bytes as soon as they arrive."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._read = getattr(stream, "read1", stream.read)

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end."""
        data: bytes = self._read(size)
        return data

    def write(self, data: bytes) -> int:
        return self._stream.write(data)
