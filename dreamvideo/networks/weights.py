"""Load weights: from the package, the user's file, or Keras' download.

A weights file is data. It only fills the variables of an architecture that is built in code. No model is read from it,
and nothing in it is unpickled or executed. Its declared size is compared with the network's before it is read.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np

from dreamvideo.errors import WeightsError
from dreamvideo.networks.registry import Architecture
from dreamvideo.networks.stock import cached_path, is_whole

_BUNDLED = Path(__file__).parent
_ACCEPTED = ".h5, .weights.h5 or .npz"
_HEAD_ROOM = 4 * 2**20
"""Bytes that a weights file may declare beyond the network's variables, for names and the like."""


def load_weights(model: keras.Model, architecture: Architecture, file: Path | None) -> None:
    """Fill the variables of `model`, built for `architecture`, from the user's file, or from the published weights.

    Raises:
    """
    if file is not None:
        fill(model, file)
    elif architecture.source is None:
        fill(model, _BUNDLED / f"{architecture.name}.npz")
    else:
        fill(model, fetch(architecture))


def fill(model: keras.Model, file: Path) -> None:
    """Read the weights in `file` into `model`. If it raises, the variables stay as they were."""
    if not file.is_file():
        raise WeightsError(f"expected a weights file ({_ACCEPTED}), found none at {file}")
    with file.open("rb") as stream:
        start = stream.read(8)
    if start.startswith(b"\x89HDF\r\n\x1a\n") and file.suffix in (".h5", ".hdf5"):
        _fill_from_h5(model, file)
    elif start.startswith(b"PK") and file.suffix == ".npz":
        _fill_from_npz(model, file)
    else:
        raise WeightsError(
            f"expected weights alone ({_ACCEPTED}), got {file}: "
            "whole models, pickles and checkpoints are not opened; save the weights with model.save_weights"
        )


def weights_hash(model: keras.Model) -> str:
    """SHA-256 of all variables in the model's order; it does not depend on the file they came from."""
    digest = hashlib.sha256()
    for variable in model.weights:
        digest.update(f"{tuple(variable.shape)}".encode())
        digest.update(np.ascontiguousarray(variable.numpy()).tobytes())
    return digest.hexdigest()


def fetch(architecture: Architecture) -> Path:
    """The path of the published weights in Keras' cache; they are downloaded and checked if they are not there.

    Progress goes to stderr. A download gets its name once it is complete.

    Raises:
        WeightsError: the download failed; the message names file, address and folder.
    """
    source = architecture.source
    if source is None:
        return _BUNDLED / f"{architecture.name}.npz"
    target = cached_path(source)
    if target.is_file() and is_whole(target, source):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as folder,
            contextlib.redirect_stdout(sys.stderr),
        ):
            part = Path(keras.utils.get_file(source.file, source.url, cache_dir=folder, cache_subdir="."))
            if not is_whole(part, source):
                raise WeightsError(f"what {source.url} sent does not have the checksum {source.digest}")
            os.replace(part, target)
    except Exception as error:  # Keras raises a bare Exception if the address cannot be reached
        raise WeightsError(
            f"the weights of {architecture.name} are not here and could not be downloaded ({error}): "
            f"fetch {source.url} and put it at {target} (file name {source.file}, folder {target.parent}), "
            "or name a file: NetworkConfig(weights=...), --weights"
        ) from error
    return target


def _needed_bytes(model: keras.Model) -> int:
    return sum(8 * int(np.prod(variable.shape)) for variable in model.weights)


def _fill_from_h5(model: keras.Model, file: Path) -> None:
    try:
        with h5py.File(file, "r") as archive:
            _refuse_unsafe_h5(archive, file, 2 * _needed_bytes(model) + _HEAD_ROOM)
        before = model.get_weights()
        try:
            model.load_weights(file)
        except Exception:
            model.set_weights(before)
            raise
    except WeightsError:
        raise
    except Exception as error:  # h5py and Keras raise a dozen kinds of error
        raise WeightsError(f"the weights in {file} do not fit {model.name} or are damaged: {error}") from error


def _refuse_unsafe_h5(archive: h5py.File, file: Path, limit: int) -> None:
    """Refuse links out of the file, more data than the network needs, and serialised code."""
    config = archive.attrs.get("model_config", b"")
    text = config if isinstance(config, str) else bytes(config).decode(errors="replace")
    if '"Lambda"' in text:
        raise WeightsError(f"{file} carries a Lambda layer, which is code: save the weights alone")
    total = 0

    def visit(group: h5py.Group) -> None:
        nonlocal total
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise WeightsError(f"{file}: {name!r} is a link; weights must lie in the file itself")
            item = group[name]
            if isinstance(item, h5py.Group):
                visit(item)
                continue
            if item.external or item.is_virtual:
                raise WeightsError(f"{file}: {name!r} points to another file; weights must lie in the file itself")
            total += int(item.size) * item.dtype.itemsize
            if total > limit:
                raise WeightsError(f"{file} claims to hold far more than this network's weights")

    visit(archive)


def _fill_from_npz(model: keras.Model, file: Path) -> None:
    variables = {f"{layer.name}/{v.name}": v for layer in model.layers for v in layer.weights}
    try:
        with zipfile.ZipFile(file) as archive:
            declared = sum(entry.file_size for entry in archive.infolist())
        if declared > _needed_bytes(model) + _HEAD_ROOM:
            raise WeightsError(f"{file} claims to hold far more than this network's weights")
        with np.load(file, allow_pickle=False) as arrays:
            values = {name: arrays[name] for name in arrays.files}
    except WeightsError:
        raise
    except Exception as error:  # zipfile, zlib, numpy and the tokenizer each raise their own kinds
        raise WeightsError(f"{file} is damaged or no archive of plain arrays: {error}") from error
    missing, foreign = sorted(variables.keys() - values.keys()), sorted(values.keys() - variables.keys())
    if missing or foreign:
        raise WeightsError(
            f"the weights in {file} are not for {model.name}: "
            f"missing {missing[:3] or 'none'}, unknown {foreign[:3] or 'none'}"
        )
    for name, variable in variables.items():
        if values[name].shape != tuple(variable.shape) or values[name].dtype.kind != "f":
            raise WeightsError(
                f"{file}: expected {name} as floats of shape {tuple(variable.shape)}, "
                f"got {values[name].dtype} {values[name].shape}"
            )
        if not np.isfinite(values[name]).all():
            raise WeightsError(f"{file}: {name} holds NaN or infinity")
    for name, variable in variables.items():
        variable.assign(values[name].astype(np.float32))
