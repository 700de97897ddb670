"""Devices without memory, and weights that are cut off, gone or ill-willed."""

from __future__ import annotations

import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.clips import decoded, shots_clip
from tests.faults.command.running import command, inside, written
from tests.faults.table import Observe
from tests.toy_dreams import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("fails", "expected", "left"),
    [
        (lambda tried: tried == 1, 0, ["out.mp4"]),
        (lambda tried: True, 6, []),
        (lambda tried: tried > 26, 6, ["out.mp4.job"]),
    ],
    ids=["once", "always", "in the second part"],
)
def test_memory_that_is_used_up(
    fails: Callable[[int], bool],
    expected: int,
    left: list[str],
    out: Path,
    observe: Observe,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """The same command goes on, or begins anew where not even the first picture could be dreamed."""
    import tensorflow as tf

    from dreamvideo.dreamer.ascent import Ascent

    clip = shots_clip(Path("clip.mp4"), [15, 15])
    usual, tried = Ascent.climb, 0

    def climb(self: Ascent, *arguments: object, **named: object) -> object:
        nonlocal tried
        tried += 1
        if fails(tried):
            raise tf.errors.ResourceExhaustedError(None, None, "out of memory")
        return usual(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Ascent, "climb", climb)
    words = ("video", clip, out / "out.mp4", "--steps", 1, "--octaves", 1, "--coherence", "none", "-q")
    code = inside(*words)
    observe("40", f"no memory on the device, {request.node.callspec.id}", (expected,), code)
    assert os.listdir(out) == left, tried
    if code:
        monkeypatch.setattr(Ascent, "climb", usual)
        assert inside(*words) == 0
    assert os.listdir(out) == ["out.mp4"] and len(decoded(out / "out.mp4")) == 30


class Trap:
    """Touches a file where it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch sprung",)


def test_weights(source: Path, out: Path, tmp_path: Path, observe: Observe, monkeypatch: pytest.MonkeyPatch) -> None:
    import h5py

    bundled = (ROOT / "dreamvideo" / "networks" / "dreamnet.npz").read_bytes()
    cut = written("cut.npz", bundled[: len(bundled) // 2])
    done = command("video", source, out / "out.mp4", "--weights", cut)
    observe("42", "weights cut off", (6,), done.returncode)
    assert "cut.npz" in done.stderr
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    done = command("video", source, out / "out.mp4", "-m", "inception_v3")
    observe("42", "weights to be downloaded, offline", (6,), done.returncode)
    assert "https://" in done.stderr and str(tmp_path / "keras") in done.stderr
    (half,) = [word for word in done.stderr.split() if word.startswith(str(tmp_path / "keras")) and ".h5" in word][:1]
    Path(half).write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(1000))
    done = command("video", source, out / "out.mp4", "-m", "inception_v3")
    observe("42", "weights with another checksum", (6,), done.returncode)

    with h5py.File("link.h5", "w") as file:
        file["secret"] = h5py.ExternalLink("/etc/passwd", "/")
    with h5py.File("code.h5", "w") as file:
        file.attrs["model_config"] = json.dumps({"config": {"layers": [{"class_name": "Lambda"}]}})
    np.save("trap.npy", np.array([Trap()], object), allow_pickle=True)
    with zipfile.ZipFile("trap.npz", "w") as archive:
        archive.write("trap.npy")
    written("model.keras", b"PK\x03\x04" + pickle.dumps(Trap()))
    for name in ("link.h5", "code.h5", "trap.npz", "model.keras"):
        done = command("video", source, out / "out.mp4", "--weights", name)
        observe("S6", f"{name} as weights", (6,), done.returncode)
    assert not Path("sprung").exists() and not os.listdir(out)
