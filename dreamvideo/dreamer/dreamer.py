"""The core: a picture is dreamed at several sizes, small to large, each size adding what it sees."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dreamvideo.config import DreamConfig
from dreamvideo.dreamer.ascent import Ascent, ascent_for, count_traces
from dreamvideo.dreamer.octaves import deal_steps, octave_size, resize, resize_plainly, smallest_side
from dreamvideo.dreamer.tiles import Tiling, plan
from dreamvideo.errors import DeviceError, FrameTooSmallError
from dreamvideo.media import as_picture
from dreamvideo.media.colors import LUMA
from dreamvideo.media.frame import Picture, Window
from dreamvideo.networks.network import Network
from dreamvideo.objectives import BoundObjective, Objective, configured

Watch: TypeAlias = Callable[[Picture], None]
"""Shown a picture (H, W, 3) while it is dreamed; what it raises ends the dream."""

OnStep: TypeAlias = Callable[[int, int], None]
"""Told how many steps are taken, and of how many."""

Tell: TypeAlias = Callable[[float], None]
"""Told the value of an objective."""

_EPSILON = 1e-20
"""Against division by zero alone: a gradient's own scale falls with the number of pixels."""
_LEAST_SIDE = 8
"""Pixels that any octave needs, whatever the network takes: smaller, there is nothing to smooth."""
_JITTER = 1
"""Purpose number of the random numbers that move the network's grid."""
"""ITU-R BT.709."""


class Dreamer:
    """Dreams pictures with one network and one recipe.

    Args:
        network: what dreams.
        config: how.
        guide: a picture whose features are sought in the layers of the recipe.
        mask: a grey picture (H, W): white dreams, black stays; stretched over every picture.
        objective: what is dreamed of; None: the layers of the recipe, or the guide's features in them.

    Pictures are float32 RGB (H, W, 3) in [0, 1], or anything else that `media.as_picture` makes one of.
    """

    def __init__(
        self,
        network: Network,
        config: DreamConfig,
        *,
        guide: Picture | None = None,
        mask: Picture | None = None,
        objective: Objective | None = None,
    ) -> None:
        self.network = network
        self.config = config
        self._mask = None if mask is None else as_picture(mask).mean(axis=2)
        seen = None if guide is None else as_picture(guide)
        self.objective = configured(config, network, seen) if objective is None else objective
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
        steps: float | Sequence[float] | None = None,
        index: int = 0,
        weights: Mapping[str, float] | None = None,
        objective: Objective | None = None,
        step_size: float | None = None,
        octave_scale: float | None = None,
        factors: Sequence[int] | None = None,
        window: Window | None = None,
        watch: Watch | None = None,
        on_step: OnStep | None = None,
        tell: Tell | None = None,
    ) -> Picture:
        """Dream one picture.

        Args:
            source: float32 RGB (H, W, 3) in [0, 1], or what `media.as_picture` makes one of.
            start: what is dreamed on, where it is not the source: the source plus a dream carried to it.
            steps: steps an octave, or one number for each of `factors`; a fraction gives some octaves one step more,
                evenly over frames.
            index: number of the frame: with the seed it decides all that is random.
            weights: other weights of layers for this picture, by `NAME` or `NAME:CHANNEL`.
            objective: another objective for this picture.
            step_size: another step size for this picture.
            octave_scale: another octave scale for this picture.
            factors: other octaves for this picture, as powers of the octave scale.
            window: the part of the picture that is dreamed, as a picture of its own; the rest stays as it is.
            watch: shown the whole picture after every step; the dream is the same.
            on_step: told of every step, in all octaves together.
            tell: told the objective at the picture's own size before the steps there, where there are any.

        Returns:
            float32 RGB (H, W, 3) in [0, 1]; a copy of what was given where there is nothing to do.

        Raises:
            ConfigError: what was given is no picture.
            FrameTooSmallError: the smallest octave is smaller than the network can see.
            NotFiniteError: a gradient held NaN or infinity.
            DeviceError: out of memory even with small tiles.
        """
        source = as_picture(source)
        picture = source if start is None else as_picture(start)
        mask = self._mask
        if window is not None:
            whole, inside = picture.copy(), window.slices
            source, picture = (np.ascontiguousarray(each[inside]) for each in (source, picture))
            mask = None if mask is None else resize(mask, (whole.shape[1], whole.shape[0]))[inside]
        steps = self.config.steps if steps is None else steps
        factors = self.config.factors if factors is None else tuple(factors)
        counts = deal_steps(steps, len(factors), self.config.seed, index)
        if sum(counts) == 0:
            return picture.copy() if window is None else whole
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
            taken = None if on_step is None else partial(_count_on, on_step, sum(counts[:number]), sum(counts))
            asked = tell if size == (width, height) and count > 0 else None
            ascend = partial(self._ascend, on_step=taken, tell=asked)
            if self.config.detail:
                octave = resize(picture, size)
                show = watch and partial(self._show, watch, source, picture, octave)
                raised = ascend(octave, bound, count, step_size, (index, number), mask, watch=show)
                if octave is picture:
                    picture = raised
                else:
                    picture = np.clip(picture + resize(raised - octave, (width, height)), 0, 1)
            else:
                octave = resize_plainly(octave, size)
                show = watch and partial(self._show, watch, source, picture, None)
                octave = ascend(octave, bound, count, step_size, (index, number), mask, watch=show)
        if not self.config.detail:
            picture = resize_plainly(octave, (width, height))
        picture = keep_colors(picture, source) if self.config.keep_colors else picture
        if window is None:
            return picture
        whole[inside] = picture
        return whole

    def ascend(
        self,
        picture: Picture,
        steps: int,
        step_size: float | None = None,
        *,
        epsilon: float = _EPSILON,
        on_step: OnStep | None = None,
    ) -> Picture:
        """Take `steps` steps on a picture (H, W, 3) at its own size: one octave of a dream."""
        step_size = self.config.step_size if step_size is None else step_size
        return self._ascend(picture, self._bound, steps, step_size, (0, 0), self._mask, epsilon, on_step=on_step)

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
        least = self._least_octave
        if min(smallest) >= least:
            return
        side = smallest_side(least, scale, factor)
        raise FrameTooSmallError(
            f"expected a frame of at least {side}x{side} pixels, so that the smallest octave has the {least}x{least} "
            f"that {self.network.name} needs, got {size[0]}x{size[1]} with an octave of {smallest[0]}x{smallest[1]}: "
            "take a larger frame, fewer octaves or a smaller octave scale"
        )

    def least_side(self, octave_scale: float | None = None) -> int:
        """Shortest side in pixels of a picture that can be dreamed in all octaves."""
        scale = self.config.octave_scale if octave_scale is None else octave_scale
        return smallest_side(self._least_octave, scale, min(self.config.factors))

    @property
    def _least_octave(self) -> int:
        return max(self.network.minimum_size, _LEAST_SIDE)

    def _show(self, watch: Watch, source: Picture, picture: Picture, octave: Picture | None, raised: Picture) -> None:
        """Show what an octave has become so far: added to the picture, or in its place where `octave` is None."""
        size = (source.shape[1], source.shape[0])
        if octave is None:
            whole = resize_plainly(raised, size)
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
        mask: NDArray[np.float32] | None,
        epsilon: float = _EPSILON,
        watch: Watch | None = None,
        on_step: OnStep | None = None,
        tell: Tell | None = None,
    ) -> Picture:
        # A device that is out of memory may still hold smaller tiles; if not, it has no room for any.
        side = math.isqrt(picture.shape[0] * picture.shape[1])
        for tile in (self.config.tile, max(128, min(self.config.tile, side) // 2)):
            tiling = self._plan(picture, tile, self.config.jitter)
            rng = np.random.default_rng((self.config.seed, *index, _JITTER))
            offsets = tiling.offsets(rng, count)
            raised, values = picture, list[float]()
            try:
                at_once = watch is None and on_step is None
                for part in [offsets] if at_once else offsets[:, np.newaxis]:
                    raised, value = self._ascent(bound).climb(
                        raised,
                        bound,
                        offsets=part,
                        tiling=tiling,
                        step_size=step_size,
                        epsilon=epsilon,
                        mask=None if mask is None else _mask_at(mask, picture),
                    )
                    values.append(value)
                    if watch is not None:
                        watch(raised)
                    if on_step is not None:
                        on_step(len(values), count)
                if tell is not None:
                    tell(values[0])
                return raised
            except tf.errors.ResourceExhaustedError as error:
                exhausted = error
        raise DeviceError(
            f"expected tiles of {tile}x{tile} pixels to fit into the device's memory, which is used up: "
            "free the device, or set smaller tiles"
        ) from exhausted


def _count_on(on_step: OnStep, before: int, total: int, done: int, count: int) -> None:
    """Tell of `done` steps of an octave as of so many in all octaves."""
    on_step(before + done, total)


def keep_colors(dream: Picture, source: Picture) -> Picture:
    """Give the dream's luma the source's chroma (BT.709 Y'CbCr); where that is out of gamut, less of it in its hue."""
    luma = (dream @ LUMA)[..., np.newaxis]
    chroma = source - (source @ LUMA)[..., np.newaxis]
    room = np.where(chroma > 0, 1 - luma, luma) / np.maximum(np.abs(chroma), 1e-6)
    kept = np.minimum(room.min(axis=-1, keepdims=True), 1)
    return np.asarray(np.clip(luma + kept * chroma, 0, 1), np.float32)


def _mask_at(mask: NDArray[np.float32], picture: Picture) -> NDArray[np.float32]:
    fitted = resize(mask, (picture.shape[1], picture.shape[0]))
    return np.clip(fitted, 0, 1)[..., np.newaxis]
