"""Dream with a Keras model of your own: anything functional whose input is a picture from -1 to 1.

python examples/own_model.py PICTURE OUTPUT.png [MODEL.weights.h5]
"""

from __future__ import annotations

import sys
from pathlib import Path

import imageio.v3 as iio
import keras

from dreamvideo import DeepDreamer


def build() -> keras.Model:
    """A small stack of convolutions; the same code that made the weights must build the model."""
    keras.utils.set_random_seed(0)
    picture = x = keras.Input((None, None, 3))
    for number, filters in enumerate((16, 32, 64)):
        x = keras.layers.Conv2D(filters, 3, 2, padding="same", activation="relu", name=f"block{number}")(x)
    return keras.Model(picture, x)


def main(source: Path, target: Path, weights: Path | None = None) -> None:
    model = build()
    if weights is not None:
        model.load_weights(weights)
    dreamer = DeepDreamer(model, layers=["block1", "block2"], octave_power_factors=[-1, 0])
    iio.imwrite(target, dreamer.dream(iio.imread(source)[..., :3], steps=20))


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
