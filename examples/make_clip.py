"""Make examples/clip.mp4: a slow walk past hills under drifting clouds, drawn from noise alone.

    python examples/make_clip.py [OUTPUT]

Nothing in it was photographed or downloaded, so it may lie in the repository, and anybody can make it again.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.config import WriteConfig
from dreamvideo.media import open_target

SIZE = (480, 270)
FPS = Fraction(24)
SECONDS = 3
PAN = 26.0  # pixels a second, of the nearest layer
HILLS = (  # height of the ridge, roughness, distance, colour
    (0.50, 0.10, 0.25, (0.52, 0.60, 0.74)),
    (0.60, 0.13, 0.45, (0.35, 0.50, 0.52)),
    (0.72, 0.12, 0.70, (0.28, 0.45, 0.27)),
    (0.86, 0.08, 1.00, (0.20, 0.30, 0.13)),
)


def fractal_noise(width: int, height: int, seed: int, coarse: int) -> NDArray[np.float32]:
    """Noise of ever finer grain, (height, width) in about [0, 1]."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    weight = 0.5
    while coarse >= 2:
        grid = rng.random((height // coarse + 3, width // coarse + 3), dtype=np.float32)
        total += weight * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        weight, coarse = weight / 1.8, coarse // 2
    return total


def backdrop(width: int, height: int) -> NDArray[np.float32]:
    """The sky, with a low sun: (height, width, 3)."""
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    sky = (1 - down) * np.array([0.36, 0.55, 0.85], np.float32) + down * np.array([0.98, 0.80, 0.62], np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    glow = np.exp(-(((x - 0.68 * width) / (0.16 * width)) ** 2 + ((y - 0.36 * height) / (0.22 * height)) ** 2))
    return np.clip(sky + 0.35 * glow[..., None] * np.array([1.0, 0.85, 0.5], np.float32), 0, 1)


def main(target: Path) -> None:
    """Draw every frame from its layers, each moved by its own distance."""
    width, height = SIZE
    wide = width + int(PAN * SECONDS) + 8
    sky, clouds = backdrop(width, height), fractal_noise(wide, height, 1, 128)
    layers = []
    for number, (base, rough, distance, colour) in enumerate(HILLS):
        ridge = height * (base + rough * 2 * (fractal_noise(wide, 8, 10 + number, 128)[0] - 0.55))
        grain = 0.55 + 0.9 * fractal_noise(wide, height, 20 + number, 32)[..., None]
        layers.append((ridge, np.array(colour, np.float32) * grain, distance))
    rows = np.arange(height, dtype=np.float32)[:, None]
    config = WriteConfig(overwrite=True, crf=20)
    with open_target(target, SIZE, FPS, config, time_base=1 / FPS) as writer:
        for index in range(int(SECONDS * FPS)):
            moved = PAN * float(index / FPS)

            def window(plane: NDArray[np.float32], shift: float) -> NDArray[np.float32]:
                move = np.array([[1, 0, -shift], [0, 1, 0]], np.float32)
                return np.asarray(cv2.warpAffine(plane, move, (width, plane.shape[0]), flags=cv2.INTER_CUBIC))

            cover = (
                np.clip((window(clouds, 0.4 * moved) - 0.62) * 4, 0, 0.85)[..., None]
                * np.clip(1.2 - rows / height * 2, 0, 1)[..., None]
            )
            picture = sky * (1 - cover) + cover
            for ridge, ground, distance in layers:
                edge = window(np.repeat(ridge[None], 1, 0), distance * moved)
                inside = np.clip(rows - edge + 0.5, 0, 1)[..., None]
                picture = picture * (1 - inside) + window(ground, distance * moved) * inside
            writer.write(np.clip(picture, 0, 1).astype(np.float32), index / FPS, 1 / FPS)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("clip.mp4"))
