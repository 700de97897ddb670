"""A few small dreams as they were: what else changed, these must not. `pytest --update-goldens` writes them anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from dreamvideo.config import DreamConfig, Layer
from dreamvideo.dreamer import Dreamer
from dreamvideo.errors import WeightsError
from dreamvideo.media.frame import Picture
from dreamvideo.networks import load_network
from dreamvideo.networks.network import Network

FOLDER = Path(__file__).parent / "golden"

# Few octaves and steps: rounding differs between machines, and a dream is chaotic.
RELATIVE = DreamConfig(octave_factors=(-1, 0), steps=2, step_size=0.008, highlights="clip", noise=0.0)
RECIPES = {
    "default": DreamConfig(steps=2),
    "fine": DreamConfig(steps=3, motif=5.0),
    "channel": DreamConfig(layers=(Layer("mixed4", 5),), octaves=2, steps=2, keep_colors=True),
    "tiles": DreamConfig(octaves=1, steps=2, tile=128),
    "relative": RELATIVE,
    "plain": replace(RELATIVE, normalise="std", measure="mean", natural=False, jitter=0, detail=False),
}
"""The last two are those of the first versions, which the presets `seed` and `classic` and `DeepDreamer` stand for."""


def compare(request: pytest.FixtureRequest, name: str, dream: Picture) -> None:
    """Hold a dream to its golden picture, or write that."""
    levels = np.round(dream * 255).astype(np.uint8)
    file = FOLDER / f"{name}.png"
    if request.config.getoption("--update-goldens"):
        FOLDER.mkdir(exist_ok=True)
        iio.imwrite(file, levels)
        return
    if not file.exists():
        pytest.fail(f"no golden picture {file.name}: look at the dream, then write it with `pytest --update-goldens`")
    difference = np.abs(levels.astype(int) - iio.imread(file).astype(int))
    assert difference.mean() < 0.5
    assert (difference > 4).mean() < 0.01


@pytest.fixture(scope="module")
def bundled() -> Network:
    try:
        return load_network()
    except WeightsError as error:
        pytest.skip(f"the bundled network has no weights here: {error}")


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_bundled_networks_dreams(
    bundled: Network, photo: Picture, recipe: str, request: pytest.FixtureRequest
) -> None:
    picture = np.tile(photo, (2, 2, 1)) if recipe in ("tiles", "fine") else photo
    compare(request, f"dreamnet_{recipe}", Dreamer(bundled, RECIPES[recipe]).dream(picture)[:96, :128])


def test_the_stand_ins_dream(network: Network, photo: Picture, request: pytest.FixtureRequest) -> None:
    compare(request, "stand_in", Dreamer(network, DreamConfig(octaves=2, steps=2)).dream(photo))
