"""Save what feeds back from frame to frame: without loss, and without pickle."""

from __future__ import annotations

import io
import zipfile
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

State: TypeAlias = dict[str, NDArray[Any] | int | float]
"""Name -> array (float32 stays float32) or number."""

_PREFIX = "state."


def pack(state: State) -> bytes:
    """Write a state as npz.

    Raises:
        TypeError: a value is neither an array of numbers nor a number.
    """
    arrays = {}
    for name, value in state.items():
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise TypeError(f"expected arrays of numbers and numbers as state, got {type(value).__name__} for {name!r}")
        arrays[_PREFIX + name] = array
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def unpack(data: bytes) -> State:
    """Read the output of `pack`; scalars become Python numbers.

    Raises:
        ValueError: it is damaged, or holds anything else.
    """
    state: State = {}
    try:
        if any(item.compress_type != zipfile.ZIP_STORED for item in zipfile.ZipFile(io.BytesIO(data)).infolist()):
            raise ValueError("the state is packed, and might be larger than it looks")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            for key in arrays.files:
                array = arrays[key]
                state[key.removeprefix(_PREFIX)] = array.item() if array.ndim == 0 else array
    except (zipfile.BadZipFile, OSError, KeyError, EOFError) as error:
        raise ValueError("the state is damaged") from error
    return state
