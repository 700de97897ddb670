"""What had to be assumed to read a source is said by every command that reads it, once, and by the library."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from dreamvideo.app import app
from dreamvideo.config import DreamConfig, Recipe
from dreamvideo.media import read_still
from dreamvideo.media.info import TRANSPARENT
from dreamvideo.pipeline import dream_image

SIZE = (96, 64)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photo: np.ndarray) -> Path:
    """A picture and a clip on transparency, and a mask that is painted black on it, over the left half."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    pixels = Image.fromarray((photo * 255).astype(np.uint8)).resize(SIZE).convert("RGBA")
    pixels.putalpha(Image.linear_gradient("L").resize(SIZE))
    pixels.save("glass.png")
    pixels.save("glass.webp", save_all=True, append_images=[pixels.rotate(5), pixels.rotate(9)], lossless=True)
    mask = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    mask[:, : SIZE[0] // 2, 3] = 255
    Image.fromarray(mask).save("mask.png")
    return tmp_path


@pytest.mark.parametrize(
    "line",
    [
        "image glass.png out.png --steps 1 --octaves 1",
        "image glass.webp out.png --start 0.1 --steps 1 --octaves 1",
        "video glass.webp out.mp4 --steps 1 --octaves 1",
        "zoom glass.png out.mp4 --steps 1 --octaves 1 --duration 0.2 --fps 10",
        "atlas glass.png out.png -l mixed3 --steps 1 --octaves 1",
        "preview glass.webp out.png --steps 1 --octaves 1",
        "compare glass.webp glass.png out.mp4",
    ],
)
def test_every_command_says_it_once(here: Path, line: str) -> None:
    done = CliRunner().invoke(app, [*shlex.split(line), "-q"])
    assert done.exit_code == 0, done.output
    said = [text for text in done.stderr.splitlines() if TRANSPARENT in text]
    assert len(said) == (2 if line.startswith("compare") else 1), done.stderr
    assert all(text.startswith("warning: ") for text in said)


def test_a_mask_in_black_on_transparency_dreams_what_is_painted(here: Path) -> None:
    recipe = Recipe(dream=DreamConfig(steps=3, octaves=1, mask=Path("mask.png")))
    made = dream_image("glass.png", "out.png", recipe)
    assert made.warnings == (TRANSPARENT,)
    change = np.abs(read_still("out.png") - read_still("glass.png")).mean((0, 2))
    half = SIZE[0] // 2
    assert change[: half - 8].mean() > 0.01 and change[half + 8 :].max() < 1 / 255
