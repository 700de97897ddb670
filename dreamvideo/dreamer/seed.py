"""`DeepDreamer`: the interface and the numbers of the document that this project grew from ("the seed")."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence

import keras
import numpy as np
from numpy.typing import NDArray

from dreamvideo.config import DreamConfig, Layer, NetworkConfig
from dreamvideo.dreamer.dreamer import Dreamer
from dreamvideo.dreamer.octaves import resize_plainly
from dreamvideo.media import Picture, PictureLike, as_picture
from dreamvideo.networks import load_network
from dreamvideo.networks.network import Network
from dreamvideo.progress import OnProgress, Progress, reported

_SEED_EPSILON = 2e-8
"""Twice the seed's 1e-8: its pictures run from -1 to 1, which halves the gradients."""


class DeepDreamer:
    """Plain DeepDream: octaves and gradient ascent, as in the document that this project grew from.

    Results equal that document's, including the rounding down to 8 bits after every octave.

    Args:
        model: any Keras model from pictures in [-1, 1]; None: InceptionV3 with the weights that Keras offers.
        octave_scale: ratio of the sizes of neighbouring octaves.
        octave_power_factors: sizes as powers of `octave_scale`, in the order they are dreamed.
        layers: names of the layers whose mean activation is raised.

    Raises:
        LayerNotFoundError: the model has no such layer.
        WeightsError: no model is given, and InceptionV3's weights cannot be had.
    """

    def __init__(
        self,
        model: object = None,
        octave_scale: float = 1.3,
        octave_power_factors: Sequence[int] = (-2, -1, 0, 1, 2),
        layers: Sequence[str] = ("mixed3", "mixed5"),
    ) -> None:
        network = load_network(NetworkConfig("inception_v3")) if model is None else Network.wrap(model)
        if model is not None:
            network = Network.wrap(model, minimum_size=_least_side(network, layers))
        self._dreamer = Dreamer(
            network,
            DreamConfig(
                layers=tuple(Layer(name) for name in layers),
                measure="mean",
                octave_scale=octave_scale,
                octave_factors=tuple(octave_power_factors),
                normalise="std",
                natural=False,
                jitter=0,
                detail=False,
                highlights="clip",
                noise=0.0,
            ),
        )

    def dream(
        self, image: PictureLike, steps: int = 100, step_size: float = 0.01, progress: bool | OnProgress = False
    ) -> NDArray[np.uint8]:
        """Dream an image.

        Args:
            image: (H, W, 3), integers or floats from 0 to 255, or floats from 0 to 1; or anything else that
                `media.as_picture` takes.
            steps: steps per octave.
            step_size: factor of the gradient divided by its standard deviation, for values from -1 to 1.
            progress: True shows a bar, in a notebook's cell or on the terminal; a function is called at every step.

        Returns:
            uint8 (H, W, 3).

        Raises:
            ConfigError: `image` is no picture.
            FrameTooSmallError: the smallest octave is smaller than the network can see.
        """
        picture = as_picture(image) * np.float32(255)
        base = picture.shape[1], picture.shape[0]
        self._dreamer.refuse_if_too_small(base)
        octaves = self._dreamer.octaves(base)
        done = itertools.count(1)
        with reported(progress) as report:
            for step in octaves:
                octave = np.asarray(resize_plainly(picture, step.size) / 255, np.float32)

                def tell(_: Picture) -> None:
                    report(Progress(next(done), steps * len(octaves), "dream", unit="steps"))

                raised = self._dreamer.ascend(octave, steps, step_size / 2, epsilon=_SEED_EPSILON, stepped=tell)
                picture = np.floor(raised * np.float32(255))
        # The arithmetic of `tf.image.convert_image_dtype`, which the seed uses.
        return np.floor(resize_plainly(picture, base) / 255 * 255.5).astype(np.uint8)


def _least_side(network: Network, layers: Sequence[str]) -> int:
    """The smallest side of a picture in which each layer still has a position, by bisection."""
    part = keras.Model(network.model.inputs, [network.output(name) for name in layers])

    def fits(side: int) -> bool:
        try:
            shapes = part.compute_output_shape((1, side, side, 3))
        except ValueError:
            return False
        return all(min(shape[1:3]) >= 1 for shape in (shapes if isinstance(shapes, list) else [shapes]))

    return bisect.bisect_left(range(1, 1024), True, key=fits) + 1
