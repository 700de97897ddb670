"""The meaning of a word for a network: a direction in the feature space of one layer, and its file."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreamvideo.errors import InputError, InputNotFoundError

_FORMAT = 1
_LARGEST = 2**20
"""Most bytes of a word's file. A direction needs a few thousand, so a larger file is something else."""
_DIGITS = 12
"""Hex digits of the digest in recipes: short to read, and long enough that no two words share it."""


@dataclass(frozen=True, eq=False)
class Meaning:
    """A word as a direction in a network's feature space.

    Attributes:
        vector: float32 (C,) direction, scaled as in `Basis`; float16 represents it exactly.
        pictures: number of pictures it was made from.
        own: whether it is the user's own word, not one that ships.
    """

    name: str
    vector: NDArray[np.float32]
    layer: str
    weights_sha256: str
    pictures: int = 0
    own: bool = False

    @property
    def digest(self) -> str:
        """The first 12 hex digits of the direction's SHA-256, by which recipes identify a user's word."""
        return hashlib.sha256(self.vector.astype("<f2").tobytes()).hexdigest()[:_DIGITS]

    def write(self, path: Path) -> Path:
        """Write it as a .npz file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            np.savez(
                file,
                format=np.int32(_FORMAT),
                name=np.array(self.name),
                vector=self.vector.astype(np.float16),
                layer=np.array(self.layer),
                weights_sha256=np.array(self.weights_sha256),
                pictures=np.int32(self.pictures),
            )
        return path

    @classmethod
    def read(cls, path: Path) -> Meaning:
        """Read a file that `write` made; nothing in it is executed.

        Raises:
            InputNotFoundError: there is no such file.
            InputError: it holds no word.
        """
        if not path.is_file():
            raise InputNotFoundError(f"expected a word's file, found none at {path}")
        try:
            if path.stat().st_size > _LARGEST:
                raise ValueError("it is too large")
            # NumPy does not close files that it opened and that are no archive.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return cls._of(arrays)
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(f"expected a word that `dreamvideo learn` made, got {path}: {error}") from error

    @classmethod
    def _of(cls, arrays: Any) -> Meaning:
        if int(arrays["format"]) != _FORMAT:
            raise ValueError("it is of another version")
        vector = np.asarray(arrays["vector"], np.float32)
        if vector.ndim != 1 or not np.all(np.isfinite(vector)):
            raise ValueError("its direction is no list of finite numbers")
        texts = (str(arrays[key]) for key in ("name", "layer", "weights_sha256"))
        name, layer, weights = texts
        return cls(name, vector, layer, weights, int(arrays["pictures"]), own=True)
