"""What tests share: synthetic clips made on the fly, and real media where they lie beside the checkout."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    import keras

    from dreamvideo.media.frame import Picture
    from dreamvideo.networks.network import Network

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def media_dir() -> Path:
    """Folder of real clips; the test is skipped where there is none."""
    folder = SHARED / "media"
    if not folder.is_dir():
        pytest.skip(f"real clips are not here: {folder}")
    return folder


@pytest.fixture(scope="session", autouse=True)
def ctrl_c() -> None:
    """Shells have what they start in the background ignore Ctrl-C; tests send it, and their processes inherit this."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="write the golden pictures instead of checking them")


@pytest.fixture(scope="session")
def photo() -> Picture:
    """A made-up picture, 128x96: a sky, a hill, two balls, and the grain of a camera."""
    rng = np.random.default_rng(11)
    y, x = np.mgrid[0:96, 0:128].astype(np.float32)
    sky = np.stack([0.45 + y / 400, 0.6 + y / 500, 0.85 - y / 600], axis=-1)
    hill = (y > 60 + 10 * np.sin(x / 17))[..., None]
    picture = np.where(hill, np.stack([0.3 + x / 600, 0.45 - x / 700, 0.2 + 0 * x], axis=-1), sky)
    for cx, cy, radius, color in ((40, 40, 16, (0.85, 0.3, 0.2)), (92, 62, 22, (0.9, 0.8, 0.3))):
        distance = np.hypot(x - cx, y - cy)[..., None]
        picture = np.where(distance < radius, np.array(color) * (1.1 - distance / radius / 2), picture)
    picture = picture + rng.normal(0, 0.01, picture.shape)
    return np.ascontiguousarray(np.clip(picture, 0.02, 0.98), np.float32)


@pytest.fixture(scope="session")
def stand_in() -> keras.Model:
    """A small network of seeded random weights, from [-1, 1]: `mixed3` to `mixed5` at 1/4 of the picture's side."""
    import keras
    from keras import layers

    x = picture = keras.Input((None, None, 3))
    for number, (filters, pool) in enumerate(((8, 1), (16, 4), (16, 1), (24, 4), (24, 1), (24, 1))):
        # Strides that average: a random network with strides that skip sees another picture in each phase of its grid.
        x = layers.AveragePooling2D(pool, max(1, pool // 2), "same")(x)
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU(name=f"mixed{number}")(x)
    model = keras.Model(picture, x, name="stand_in")
    rng = np.random.default_rng(3)
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D):
            shape = layer.kernel.shape
            layer.set_weights([rng.normal(0, (2 / np.prod(shape[:3])) ** 0.5, shape)])
    return model


@pytest.fixture(scope="session")
def network(stand_in: keras.Model) -> Network:
    """`stand_in` as a network to dream with."""
    from dreamvideo.networks.network import Network

    return Network.wrap(stand_in, minimum_size=32, stride=4)


@pytest.fixture
def stand_in_network(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever network a recipe names, `network` dreams."""
    monkeypatch.setattr("dreamvideo.networks.load_network", lambda config=None: network)


@pytest.fixture
def still(photo: Picture, tmp_path: Path) -> Path:
    """`photo` as a file."""
    from dreamvideo.media import write_still

    return write_still(tmp_path / "photo.png", photo)
