"""Results show themselves in notebooks, and the notebook of the examples runs."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dreamvideo import notebook
from dreamvideo.media.frame import to_uint8
from dreamvideo.notebook import Dreamed, embedded
from dreamvideo.render.result import Result

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def seen(picture: np.ndarray) -> np.ndarray:
    """What a notebook shows of an array."""
    png = picture.view(Dreamed)._repr_png_()
    assert png is not None
    return np.asarray(Image.open(io.BytesIO(png)))


def test_a_dreamed_array_shows_its_pixels_at_any_scale(photo: np.ndarray) -> None:
    expected = to_uint8(photo)
    for given in (photo, photo * np.float32(255), expected):
        assert np.abs(seen(given).astype(int) - expected).max() <= 1
    assert np.array_equal(seen(np.stack([photo, photo])), np.concatenate([expected, expected], axis=1))
    assert max(seen(np.zeros((30, 5000, 3), np.uint8)).shape) == notebook.SIDE


def test_what_is_computed_from_a_dream_is_a_plain_array(photo: np.ndarray) -> None:
    dream = photo.view(Dreamed)
    assert type(dream - photo) is np.ndarray
    assert isinstance(dream.mean(), np.float32)
    assert dream[0]._repr_png_() is None


def test_a_result_holds_its_file_and_its_warnings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, tag in (("a.png", "img"), ("a.gif", "img"), ("a.mp4", "video"), ("a.mov", "video")):
        path = tmp_path / name
        path.write_bytes(name.encode())
        shown = Result(path, 1, warnings=("1 < 2",))._repr_html_()
        found = re.search(rf'<{tag} [^>]*src="data:[a-z0-9/]+;base64,([^"]+)"', shown)
        assert found and base64.b64decode(found[1]) == name.encode()
        assert "<p>1 &lt; 2</p>" in shown
    monkeypatch.setattr(notebook, "MOST_BYTES", 3)
    for path in (tmp_path / "a.mp4", tmp_path):
        assert embedded(path) == f"<code>{path}</code>"


def test_the_notebook_of_the_examples_runs() -> None:
    nbformat = pytest.importorskip("nbformat", reason="needs the notebook extra: pip install '.[notebook]'")
    nbclient = pytest.importorskip("nbclient", reason="needs the notebook extra: pip install '.[notebook]'")
    pytest.importorskip("ipykernel", reason="needs the notebook extra: pip install '.[notebook]'")
    pytest.importorskip("matplotlib", reason="needs the notebook extra: pip install '.[notebook]'")
    made = nbformat.read(EXAMPLES / "deepdream.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in made.cells), "outputs are not committed"
    nbclient.NotebookClient(made, timeout=600, resources={"metadata": {"path": str(EXAMPLES)}}).execute()
    shown = [output.data for cell in made.cells for output in cell.get("outputs", ()) if "data" in output]
    pages = [data.get("text/html", "") for data in shown]
    assert sum("image/png" in data for data in shown) >= 10
    assert sum("<video " in page for page in pages) == 2 and sum("<img " in page for page in pages) == 1
