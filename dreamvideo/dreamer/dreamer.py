"""Dream a picture: gradient ascent in several octaves, small to large."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dreamvideo.config import DreamConfig
from dreamvideo.dreamer.ascent import Ascent, ascent_for, count_traces
from dreamvideo.dreamer.chroma import keep_colors
from dreamvideo.dreamer.octaves import Octave, deal_steps, ladder, resize, smallest_side, smooth_noise
from dreamvideo.dreamer.shoulder import meet
from dreamvideo.dreamer.tiles import plan
from dreamvideo.dreamer.walk import Change, OnStep, Step, Stepped, added_up, replaced
from dreamvideo.errors import DeviceError, FrameTooSmallError
from dreamvideo.media import as_mask, as_picture
from dreamvideo.media.frame import Picture, Window
from dreamvideo.media.geometry import resized
from dreamvideo.networks.network import Network
from dreamvideo.objectives import BoundObjective, Objective, configured

_EPSILON = 1e-20
"""Prevents division by zero only. It is this small because a gradient's scale falls with the number of pixels."""
_LEAST_SIDE = 8
"""Shortest side of an octave in pixels, whatever the network accepts: the smoothing filters need about that many."""
_JITTER = 1
"""Random stream of the jitter: part of its seed, so that it differs from other streams of the same dream."""


class Dreamer:
    """Dreams pictures with one network.

    Args:
        network: the network whose features are raised.
        config: the settings of calls that bring none of their own.
        guide: a picture whose features are sought in the layers of `config`.
        mask: a grey picture (H, W): white dreams, black stays, as in `media.read_mask`; stretched over every picture.
        objective: what is raised; None: the layers and words of the settings, or the guide's features.

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
        self._guide = None if guide is None else as_picture(guide)
        self._mask = None if mask is None else as_mask(mask)[..., 0]
        self._given = objective
        self.objective = configured(config, network, self._guide) if objective is None else objective
        self._bound = self.objective.bind(network, config.measure)

    @property
    def traces(self) -> int:
        """How often TensorFlow has traced gradients of this network, in all dreamers together."""
        return count_traces(self.network)

    def dream(
        self,
        picture: Picture,
        config: DreamConfig | None = None,
        *,
        strength: float = 1.0,
        index: int = 0,
        objective: Objective | None = None,
        on_step: OnStep | None = None,
    ) -> Picture:
        """Dream one picture from scratch.

        Args:
            picture: float32 RGB (H, W, 3) in [0, 1], or what `media.as_picture` makes one of.
            config: settings of this dream; None: those of the dreamer.
            strength: factor of the number of steps.
            index: number of the frame. Together with `config.seed` it determines all random numbers.
            objective: what is raised; None: the layers and words of `config`.
            on_step: called after every step.

        Returns:
            float32 RGB (H, W, 3) in [0, 1]; a copy of the picture if no step is taken.

        Raises:
            ConfigError: `picture` is no picture.
            FrameTooSmallError: an octave is smaller than the network can see.
            NotFiniteError: a gradient held NaN or infinity.
            DeviceError: out of memory even with small tiles.
        """
        picture, config = as_picture(picture), config or self.config
        change = self._begin(picture, config, strength, index, objective, on_step)
        return self.applied(picture, change, config) if change.any() else picture.copy()

    def begin(
        self, source: Picture, config: DreamConfig | None = None, *, strength: float = 1.0, index: int = 0
    ) -> Picture:
        """Dream one picture from scratch, and return the change alone; `applied` adds it to the picture.

        Args:
            source: float32 RGB (H, W, 3) in [0, 1].
            config: as for `dream`.
            strength: as for `dream`.
            index: as for `dream`.

        Returns:
            The change (dream minus source), float32 (H, W, 3).

        Raises:
            DreamVideoError: as `dream` does.
        """
        return self._begin(source, config or self.config, strength, index, None, None)

    def _begin(
        self,
        source: Picture,
        config: DreamConfig,
        strength: float,
        index: int,
        objective: Objective | None,
        on_step: OnStep | None,
    ) -> Picture:
        """Dream from scratch, starting from the noise of `config`; the noise is removed after the smallest octave.

        A picture larger than the canonical size is first dreamed at that size, then only sharpened by fine octaves. So
        the dream before sharpening is the same at all sizes, bit for bit.
        """
        size = source.shape[1], source.shape[0]
        octaves, canonical = self.octaves(size, config), config.canonical_size(size)
        wanted = [octave.share * config.steps * strength for octave in octaves]
        fine = [steps if octave.share < 1 else 0.0 for octave, steps in zip(octaves, wanted, strict=True)]
        coarse = wanted[: len(wanted) - sum(octave.share < 1 for octave in octaves)]
        total = sum(deal_steps(coarse, config.seed, index)) + sum(deal_steps(fine, config.seed, index))
        done, nothing = itertools.count(1), np.zeros_like(source)

        def grow(change: Picture, steps: Sequence[float], noise: Picture = nothing) -> Picture:
            def told(grown: Change) -> None:
                if on_step is not None:
                    on_step(Step(next(done), total, lambda: self.applied(source, grown() - noise, config)))

            return self.grow(source, change, config, steps=steps, index=index, objective=objective, stepped=told)

        if canonical != size and total:
            self.refuse_if_too_small(size, config)
            small = resized(source, canonical)

            def told(step: Step) -> None:
                if on_step is not None:
                    picture = lambda: np.clip(source + resize(step.picture() - small, size), 0, 1)  # noqa: E731
                    on_step(Step(next(done), total, picture))

            begun = self._begin(small, config, strength, index, objective, told)
            return grow(resize(begun, size), fine)
        if config.noise == 0 or wanted[0] == 0:
            return grow(nothing, wanted)
        noise = resize(smooth_noise(octaves[0].size, config.noise, config.seed), size)
        first = grow(noise, [wanted[0]] + [0.0] * (len(wanted) - 1), noise)
        return grow(nothing if first is noise else first - noise, [0.0, *wanted[1:]])

    def grow(
        self,
        source: Picture,
        change: Picture,
        config: DreamConfig | None = None,
        *,
        steps: Sequence[float] | None = None,
        index: int = 0,
        objective: Objective | None = None,
        window: Window | None = None,
        stepped: Stepped | None = None,
    ) -> Picture:
        """Dream on: raise what a dream has changed in a picture.

        Args:
            source: float32 RGB (H, W, 3) in [0, 1], the picture without any dream.
            change: float32 (H, W, 3), what was changed in it so far, which `applied` adds to it.
            config: how; None: as the dreamer was told.
            steps: steps of each octave of `octaves`; a fraction gives one step more in some frames, evenly;
                None: those of `config`.
            index: number of the frame: with the seed it decides all that is random.
            objective: what is raised; None: the layers of `config`.
            window: the part of the picture that is dreamed, as a picture of its own; the rest stays as it is.
            stepped: called after every step, with a function that returns the change so far.

        Returns:
            The new change (H, W, 3); the same array if no step is taken.

        Raises:
            DreamVideoError: as `dream` does.
        """
        config = config or self.config
        size = source.shape[1], source.shape[0]
        octaves = self.octaves(size, config)
        wanted = [octave.share * config.steps for octave in octaves] if steps is None else steps
        counts = deal_steps(wanted, config.seed, index)
        if sum(counts) == 0:
            return change
        self.refuse_if_too_small(size, config)
        bound = self._bind(objective, config)
        mask = self._mask
        if window is not None:
            whole, inside = change, window.slices
            source, change = (np.ascontiguousarray(each[inside]) for each in (source, change))
            mask = None if mask is None else resize(mask, size)[inside]
            octaves = [replace(octave, size=_part_of(window, size, octave.size)) for octave in octaves]
        ascend = partial(self._ascend, index=index, config=config, bound=bound, mask=mask)
        walk = partial(added_up, clipped=config.highlights == "clip") if config.detail else replaced
        change = walk(source, change, list(zip(octaves, counts, strict=True)), ascend, stepped)
        if window is None:
            return change
        whole = whole.copy()
        whole[inside] = change
        return whole

    def applied(self, source: Picture, change: Picture, config: DreamConfig | None = None) -> Picture:
        """Add a change to a picture, both (H, W, 3); the result is in [0, 1], in the colours that `config` asks for."""
        config = config or self.config
        picture = meet(source, change) if config.highlights == "soft" else np.clip(source + change, 0, 1)
        return keep_colors(picture, source) if config.keep_colors else picture

    def octaves(self, size: tuple[int, int], config: DreamConfig | None = None) -> Sequence[Octave]:
        """The octaves of a picture of `size` (width, height), in the order in which they are dreamed."""
        return ladder(size, config or self.config, self.network.view, self._least_octave)

    def ascend(
        self,
        picture: Picture,
        steps: int,
        step_size: float | None = None,
        *,
        epsilon: float = _EPSILON,
        stepped: Callable[[Picture], None] | None = None,
    ) -> Picture:
        """Take `steps` steps on a picture (H, W, 3) at its own size: one octave of a dream.

        Args:
            picture: float32 RGB (H, W, 3) in [0, 1].
            steps: how many.
            step_size: in place of `config.step_size`.
            epsilon: added to the divisor of the gradient.
            stepped: called with the change after every step.

        Returns:
            The dreamed picture, float32 RGB (H, W, 3) in [0, 1].
        """
        config = self.config if step_size is None else replace(self.config, step_size=step_size)
        ascend = partial(
            self._ascend, index=0, config=config, bound=self._bound, mask=self._mask, epsilon=epsilon, stepped=stepped
        )
        return self.applied(picture, ascend(picture, np.zeros_like(picture), steps, 0))

    def value(self, picture: Picture, objective: Objective | None = None) -> float:
        """Value of the objective on a picture (H, W, 3), at its own size."""
        bound = self._bind(objective, self.config)
        tiling = plan((picture.shape[1], picture.shape[0]), self.config.tile, self.network.stride, 0)
        return self._ascent(bound, self.config).look(picture, bound, tiling)

    def refuse_if_too_small(self, size: tuple[int, int], config: DreamConfig | None = None) -> None:
        """Check that a picture of `size` (width, height) can be dreamed in all octaves.

        Raises:
            FrameTooSmallError: an octave is smaller than the network can see.
        """
        smallest = min((octave.size for octave in self.octaves(size, config)), key=min)
        least = self._least_octave
        if min(smallest) >= least:
            return
        side = self.least_side(config)
        raise FrameTooSmallError(
            f"expected a frame of at least {side}x{side} pixels, so that the smallest octave has the {least}x{least} "
            f"that {self.network.name} needs, got {size[0]}x{size[1]} with an octave of {smallest[0]}x{smallest[1]}: "
            "take a larger frame, fewer octaves or a smaller octave scale"
        )

    def least_side(self, config: DreamConfig | None = None) -> int:
        """Shortest side in pixels of a picture that can be dreamed in all octaves."""
        config = config or self.config
        if config.octave_factors is None:
            return self._least_octave
        return smallest_side(self._least_octave, config.octave_scale, min(config.octave_factors))

    @property
    def _least_octave(self) -> int:
        return max(self.network.minimum_size, _LEAST_SIDE)

    def _bind(self, objective: Objective | None, config: DreamConfig) -> BoundObjective:
        if objective is not None:
            return objective.bind(self.network, config.measure)
        if self._given is not None or _sought(config) == _sought(self.config):
            return self._bound
        return configured(config, self.network, self._guide).bind(self.network, config.measure)

    def _ascent(self, bound: BoundObjective, config: DreamConfig) -> Ascent:
        return ascent_for(self.network, bound.shape, config.normalise, config.natural, config.highlights)

    def _ascend(
        self,
        picture: Picture,
        change: Picture,
        count: int,
        octave: int,
        *,
        index: int,
        config: DreamConfig,
        bound: BoundObjective,
        mask: NDArray[np.float32] | None,
        stretch: float = 1.0,
        epsilon: float = _EPSILON,
        stepped: Callable[[Picture], None] | None = None,
    ) -> Picture:
        # Out of memory: one more try with smaller tiles.
        size = picture.shape[1], picture.shape[0]
        for tile in (config.tile, max(128, min(config.tile, math.isqrt(size[0] * size[1])) // 2)):
            tiling = plan(size, tile, self.network.stride, config.jitter)
            offsets = tiling.offsets(np.random.default_rng((config.seed, index, octave, _JITTER)), count)
            try:
                return self._ascent(bound, config).climb(
                    picture,
                    change,
                    bound,
                    offsets=offsets,
                    tiling=tiling,
                    step_size=config.step_size * stretch,
                    epsilon=epsilon,
                    mask=None if mask is None else _mask_at(mask, size),
                    stepped=stepped,
                )
            except tf.errors.ResourceExhaustedError as error:
                exhausted = error
        raise DeviceError(
            f"expected tiles of {tile}x{tile} pixels to fit into the device's memory, which is used up: "
            "free the device, or set smaller tiles"
        ) from exhausted


def _mask_at(mask: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.clip(resize(mask, size), 0, 1)[..., np.newaxis]


def _sought(config: DreamConfig) -> tuple[object, ...]:
    """The settings that determine the objective."""
    return config.layers, config.of, config.measure


def _part_of(window: Window, size: tuple[int, int], octave: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of a window in an octave.

    Args:
        window: in pixels of the whole picture.
        size: (width, height) of the whole picture.
        octave: (width, height) of the whole picture in that octave.
    """
    width, height = window.right - window.left, window.bottom - window.top
    return max(1, width * octave[0] // size[0]), max(1, height * octave[1] // size[1])
