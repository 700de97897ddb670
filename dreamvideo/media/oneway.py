"""Streams that go one way: standard input and output, under the name "-"."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

PIPE = "-"


def is_piped(path: Path | str) -> bool:
    """Whether a name stands for standard input or output."""
    return str(path) == PIPE


class OneWay:
    """What PyAV is given of a stream: no way to seek, and bytes as soon as they are there."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._read = getattr(stream, "read1", stream.read)

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end."""
        data: bytes = self._read(size)
        return data

    def write(self, data: bytes) -> int:
        """Write all of `data`."""
        return self._stream.write(data)
