"""The core: a picture is dreamed at several sizes, small to large, each size adding what it sees."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from dreamvideo.config import DreamConfig, Layer, NetworkConfig
from dreamvideo.dreamer.ascent import Ascent, ascent_for, count_traces
from dreamvideo.dreamer.octaves import deal_steps, octave_size, resize, smallest_side
from dreamvideo.dreamer.tiles import Tiling, plan
from dreamvideo.errors import DeviceError, FrameTooSmallError
from dreamvideo.media.frame import Picture
from dreamvideo.networks import load_network
from dreamvideo.networks.network import Network
from dreamvideo.objective import BoundObjective, Objective, guided

Watch: TypeAlias = Callable[[Picture], None]
"""Shown a picture (H, W, 3) while it is dreamed; what it raises ends the dream."""

_EPSILON = 1e-20
"""Against division by zero alone: a gradient's own scale falls with the number of pixels."""
_SEED_EPSILON = 2e-8
"""The seed's 1e-8 is for gradients by pictures from -1 to 1, half as large as those from 0 to 1."""
_LEAST_SIDE = 8
"""Pixels that any octave needs, whatever the network takes: smaller, there is nothing to smooth."""
_JITTER = 1
"""Purpose number of the random numbers that move the network's grid."""
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""ITU-R BT.709."""


class Dreamer:
    """Dreams pictures with one network and one recipe.

    Args:
        network: what dreams.
        config: how.
        guide: float32 RGB (H, W, 3), a picture whose features are sought in the layers of the recipe.
        mask: float32 grey (H, W) in [0, 1]: white dreams, black stays; stretched over every picture.
    """

    def __init__(
        self, network: Network, config: DreamConfig, *, guide: Picture | None = None, mask: Picture | None = None
    ) -> None:
        self.network = network
        self.config = config
        self._mask = None if mask is None else mask.reshape(mask.shape[0], mask.shape[1], -1).mean(axis=2)
        layers = config.layers or network.default_layers
        self.objective = Objective(tuple(layers)) if guide is None else guided(network, guide, layers)
        self._bound = self.objective.bind(network, config.measure)

    @property
    def traces(self) -> int:
        """How often TensorFlow has traced an ascent of this network, by whichever dreamer."""
        return count_traces(self.network)

    def dream(
        self,
        source: Picture,
        start: Picture | None = None,
        *,
        steps: float | None = None,
        index: int = 0,
        weights: Mapping[str, float] | None = None,
        objective: Objective | None = None,
        step_size: float | None = None,
        octave_scale: float | None = None,
        factors: Sequence[int] | None = None,
        watch: Watch | None = None,
    ) -> Picture:
        """Dream one picture.

        Args:
            source: float32 RGB (H, W, 3) in [0, 1].
            start: what is dreamed on, where it is not the source: the source plus a dream carried to it.
            steps: steps an octave; a fraction gives some octaves one step more, evenly over frames.
            index: number of the frame: with the seed it decides all that is random.
            weights: other weights of layers for this picture, by `NAME` or `NAME:CHANNEL`.
            objective: another objective for this picture.
            step_size: another step size for this picture.
            octave_scale: another octave scale for this picture.
            factors: other octaves for this picture, as powers of the octave scale.
            watch: shown the whole picture after every step; the dream is the same.

        Returns:
            float32 RGB (H, W, 3) in [0, 1]; a copy of what was given where there is nothing to do.

        Raises:
            FrameTooSmallError: the smallest octave is smaller than the network can see.
            NotFiniteError: a gradient held NaN or infinity.
            DeviceError: out of memory even with small tiles.
        """
        picture = source if start is None else start
        steps = self.config.steps if steps is None else steps
        factors = self.config.factors if factors is None else tuple(factors)
        counts = deal_steps(steps, len(factors), self.config.seed, index)
        if sum(counts) == 0:
            return picture.copy()
        scale = self.config.octave_scale if octave_scale is None else octave_scale
        height, width = picture.shape[:2]
        self.refuse_if_too_small((width, height), octave_scale=scale, factors=factors)
        bound = self._bind(objective, weights)
        step_size = self.config.step_size if step_size is None else step_size
        octave = picture
        for number, (factor, count) in enumerate(zip(factors, counts, strict=True)):
            size = octave_size((width, height), scale, factor)
            if self.config.detail and count == 0:
                continue
            if self.config.detail:
                octave = resize(picture, size)
                show = watch and partial(self._show, watch, source, picture, octave)
                change = self._ascend(octave, bound, count, step_size, (index, number), watch=show) - octave
                picture = np.clip(picture + resize(change, (width, height)), 0, 1)
            else:
                octave = _resize_plainly(octave, size)
                show = watch and partial(self._show, watch, source, picture, None)
                octave = self._ascend(octave, bound, count, step_size, (index, number), watch=show)
        if not self.config.detail:
            picture = _resize_plainly(octave, (width, height))
        return keep_colors(picture, source) if self.config.keep_colors else picture

    def ascend(
        self, picture: Picture, steps: int, step_size: float | None = None, *, epsilon: float = _EPSILON
    ) -> Picture:
        """Take `steps` steps on a picture (H, W, 3) at its own size: one octave of a dream."""
        step_size = self.config.step_size if step_size is None else step_size
        return self._ascend(picture, self._bound, steps, step_size, (0, 0), epsilon)

    def measure(self, picture: Picture, objective: Objective | None = None) -> float:
        """Value of the objective on a picture (H, W, 3), at its own size."""
        bound = self._bind(objective, None)
        return self._ascent(bound).look(picture, bound, self._plan(picture, self.config.tile, jitter=0))

    def refuse_if_too_small(
        self, size: tuple[int, int], *, octave_scale: float | None = None, factors: Sequence[int] | None = None
    ) -> None:
        """Check (width, height) against the network.

        Raises:
            FrameTooSmallError: the smallest octave is smaller than the network can see.
        """
        scale = self.config.octave_scale if octave_scale is None else octave_scale
        factor = min(self.config.factors if factors is None else factors)
        smallest = octave_size(size, scale, factor)
        least = max(self.network.minimum_size, _LEAST_SIDE)
        if min(smallest) >= least:
            return
        side = smallest_side(least, scale, factor)
        raise FrameTooSmallError(
            f"expected a frame of at least {side}x{side} pixels, so that the smallest octave has the {least}x{least} "
            f"that {self.network.name} needs, got {size[0]}x{size[1]} with an octave of {smallest[0]}x{smallest[1]}: "
            "take a larger frame, fewer octaves or a smaller octave scale"
        )

    def _show(self, watch: Watch, source: Picture, picture: Picture, octave: Picture | None, raised: Picture) -> None:
        """Show what an octave has become so far: added to the picture, or in its place where `octave` is None."""
        size = (source.shape[1], source.shape[0])
        if octave is None:
            whole = _resize_plainly(raised, size)
        else:
            whole = np.clip(picture + resize(raised - octave, size), 0, 1)
        watch(keep_colors(whole, source) if self.config.keep_colors else whole)

    def _bind(self, objective: Objective | None, weights: Mapping[str, float] | None) -> BoundObjective:
        if objective is None and weights is None:
            return self._bound
        objective = self.objective if objective is None else objective
        return (objective if weights is None else objective.weighted(weights)).bind(self.network, self.config.measure)

    def _ascent(self, bound: BoundObjective) -> Ascent:
        return ascent_for(self.network, bound.shape, self.config.normalise, self.config.natural)

    def _plan(self, picture: Picture, tile: int, jitter: int) -> Tiling:
        return plan((picture.shape[1], picture.shape[0]), tile, self.network.stride, jitter)

    def _ascend(
        self,
        picture: Picture,
        bound: BoundObjective,
        count: int,
        step_size: float,
        index: tuple[int, ...],
        epsilon: float = _EPSILON,
        watch: Watch | None = None,
    ) -> Picture:
        # A device that is out of memory may still hold smaller tiles; if not, it has no room for any.
        side = math.isqrt(picture.shape[0] * picture.shape[1])
        for tile in (self.config.tile, max(128, min(self.config.tile, side) // 2)):
            tiling = self._plan(picture, tile, self.config.jitter)
            rng = np.random.default_rng((self.config.seed, *index, _JITTER))
            offsets = tiling.offsets(rng, count)
            raised = picture
            try:
                for part in [offsets] if watch is None else offsets[:, np.newaxis]:
                    raised = self._ascent(bound).climb(
                        raised,
                        bound,
                        offsets=part,
                        tiling=tiling,
                        step_size=step_size,
                        epsilon=epsilon,
                        mask=None if self._mask is None else _mask_at(self._mask, picture),
                    )
                    if watch is not None:
                        watch(raised)
                return raised
            except tf.errors.ResourceExhaustedError as error:
                exhausted = error
        raise DeviceError(
            f"expected tiles of {tile}x{tile} pixels to fit into the device's memory, which is used up: "
            "free the device, or set smaller tiles"
        ) from exhausted


def keep_colors(dream: Picture, source: Picture) -> Picture:
    """Give the dream's luma the source's chroma (BT.709 Y'CbCr); where that is out of gamut, less of it in its hue."""
    luma = (dream @ _LUMA)[..., np.newaxis]
    chroma = source - (source @ _LUMA)[..., np.newaxis]
    room = np.where(chroma > 0, 1 - luma, luma) / np.maximum(np.abs(chroma), 1e-6)
    kept = np.minimum(room.min(axis=-1, keepdims=True), 1)
    return np.asarray(np.clip(luma + kept * chroma, 0, 1), np.float32)


def _resize_plainly(picture: Picture, size: tuple[int, int]) -> Picture:
    """Resize to (width, height) as the seed does: bilinear, and nothing against aliasing."""
    return np.asarray(tf.image.resize(picture, size[::-1]), np.float32)


def _mask_at(mask: NDArray[np.float32], picture: Picture) -> NDArray[np.float32]:
    fitted = resize(mask, (picture.shape[1], picture.shape[0]))
    return np.clip(fitted, 0, 1)[..., np.newaxis]


def _least_side(network: Network, layers: Sequence[str]) -> int:
    """The smallest picture in which each of the layers still has a position, by halving."""
    part = keras.Model(network.model.inputs, [network.output(name) for name in layers])

    def fits(side: int) -> bool:
        try:
            shapes = part.compute_output_shape((1, side, side, 3))
        except ValueError:
            return False
        return all(min(shape[1:3]) >= 1 for shape in (shapes if isinstance(shapes, list) else [shapes]))

    return bisect.bisect_left(range(1, 1024), True, key=fits) + 1


class DeepDreamer:
    """The class of the document that this project grew from: plain octaves, plain gradient ascent.

    It keeps that document's numbers, its rounding down to 8 bits after every octave included.

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
            ),
        )

    def dream(self, image: ArrayLike, steps: int = 100, step_size: float = 0.01) -> NDArray[np.uint8]:
        """Dream an image.

        Args:
            image: (H, W, 3) with values from 0 to 255.
            steps: steps an octave.
            step_size: change a step in units of the gradient's standard deviation, for a range of -1 to 1.

        Returns:
            uint8 (H, W, 3).

        Raises:
            FrameTooSmallError: the smallest octave is smaller than the network can see.
        """
        config = self._dreamer.config
        picture = np.asarray(image, np.float32)
        base = picture.shape[1], picture.shape[0]
        self._dreamer.refuse_if_too_small(base)
        for factor in config.factors:
            octave = _resize_plainly(picture, octave_size(base, config.octave_scale, factor))
            octave = np.asarray(octave / 255, np.float32)
            raised = self._dreamer.ascend(octave, steps, step_size / 2, epsilon=_SEED_EPSILON)
            picture = np.floor(raised * np.float32(255))
        # As `convert_image_dtype` to uint8 does: 255.5 makes it round to nearest at the top of the range.
        return np.floor(_resize_plainly(picture, base) / 255 * 255.5).astype(np.uint8)
