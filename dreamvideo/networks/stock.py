"""Which weights are on this machine; does not import TensorFlow."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Literal

from dreamvideo.networks.registry import Architecture, WeightsSource

WeightsState = Literal["bundled", "here", "damaged", "to be downloaded"]
_HDF5 = b"\x89HDF\r\n\x1a\n"


def cached_path(source: WeightsSource) -> Path:
    """The path at which Keras stores this file."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "models" / source.file


def is_whole(file: Path, source: WeightsSource) -> bool:
    """Whether a file has the published checksum; if none is published, whether it is an HDF5 file."""
    with file.open("rb") as stream:
        if source.digest is None:
            return stream.read(8) == _HDF5
        algorithm = "md5" if len(source.digest) == 32 else "sha256"
        return hashlib.file_digest(stream, lambda: hashlib.new(algorithm)).hexdigest() == source.digest


def weights_state(architecture: Architecture, *, thorough: bool = False) -> WeightsState:
    """Where the weights of a network are; `thorough` compares checksums too, which reads the whole file."""
    source = architecture.source
    if source is None:
        return "bundled"
    file = cached_path(source)
    if not file.is_file():
        return "to be downloaded"
    return "damaged" if thorough and not is_whole(file, source) else "here"
