"""Gradient ascent on one picture, at one size.

TensorFlow computes the gradient. Its graph takes any size, window and weights, so only a new set of layers makes it
trace again. The rest of a step is numpy and OpenCV, whose filters are several times faster than TensorFlow's on a CPU.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import cv2
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dreamvideo.config import Highlights, Normalise
from dreamvideo.dreamer.natural import natural_step
from dreamvideo.dreamer.shoulder import meet_in_part
from dreamvideo.dreamer.tiles import Tiling, window_gradient
from dreamvideo.errors import NotFiniteError
from dreamvideo.media.frame import Picture
from dreamvideo.networks.network import Network
from dreamvideo.objectives import BoundObjective, Numbers, ObjectiveShape

Tensor: TypeAlias = Any


class Ascent:
    """Raises objectives of one shape on one network.

    Attributes:
        traces: how often TensorFlow has traced the gradient.
    """

    def __init__(
        self, network: Network, shape: ObjectiveShape, normalise: Normalise, natural: bool, highlights: Highlights
    ) -> None:
        self.traces = 0
        self._shape = shape
        self._normalise = normalise
        self._natural = natural
        self._soft = highlights == "soft"
        self._features = network.features(shape.layers)
        numbers = tuple(tuple(tf.TensorSpec((None,) * rank, tf.float32) for rank in term.ranks) for term in shape.terms)
        # A partial, because TensorFlow counts traces by code object, and warns about a method that many objects share.
        self._gradient = tf.function(
            partial(self._gradient_of), input_signature=(tf.TensorSpec((None, None, 3), tf.float32), numbers)
        )

    def climb(
        self,
        picture: Picture,
        change: Picture,
        objective: BoundObjective,
        *,
        offsets: NDArray[np.int32],
        tiling: Tiling,
        step_size: float,
        epsilon: float,
        mask: NDArray[np.float32] | None = None,
        stepped: Callable[[Picture], None] | None = None,
    ) -> Picture:
        """Take one step for each offset.

        Args:
            picture: float32 RGB (H, W, 3) in [0, 1], the source.
            change: float32 (H, W, 3), dream minus source so far.
            objective: of this ascent's shape.
            offsets: (steps, 2) shifts in pixels, from `tiling`.
            tiling: the windows that cover the picture.
            step_size: factor of the normalised gradient, for values from 0 to 1.
            epsilon: added to the divisor of the gradient.
            mask: (H, W, 1) in [0, 1], weight of a step at each pixel.
            stepped: called with the change after every step.

        Returns:
            The change (H, W, 3) after the last step.

        Raises:
            NotFiniteError: a gradient held NaN or infinity.
        """
        for offset in offsets:
            shown, part = meet_in_part(picture, change) if self._soft else (picture + change, None)  # (H, W, 3) both
            step, _ = window_gradient(shown, offset, tiling, partial(self._on_window, numbers=objective.numbers))
            step = natural_step(step) if self._natural else step
            scale = float(step.std()) if self._normalise == "std" else cv2.norm(step, cv2.NORM_L1) / step.size
            self._refuse_if_not_finite(scale)
            step *= np.float32(step_size / (scale + epsilon))
            if mask is not None:
                step *= mask
            if part is not None:
                step *= part  # smaller where the shoulder compresses the change
            step += change
            change = step if self._soft else np.clip(picture + step, 0, 1) - picture
            if stepped is not None:
                stepped(change)
        return change

    def look(self, picture: Picture, objective: BoundObjective, tiling: Tiling) -> float:
        """Value of the objective on a picture (H, W, 3): the mean over windows."""
        nowhere = np.zeros(2, np.int32)
        _, value = window_gradient(picture, nowhere, tiling, partial(self._on_window, numbers=objective.numbers))
        return value

    def _on_window(self, window: Picture, numbers: Numbers) -> tuple[Picture, float]:
        gradient, value = self._gradient(tf.constant(window), numbers)
        return gradient.numpy(), float(value)

    def _gradient_of(self, window: Tensor, numbers: Numbers) -> tuple[Tensor, Tensor]:
        self.traces += 1
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(window)
            value = self._shape.value(self._features(window[tf.newaxis]), numbers)
        return tape.gradient(value, window, unconnected_gradients=tf.UnconnectedGradients.ZERO), value

    def _refuse_if_not_finite(self, scale: float) -> None:
        """Check the gradient's scale: a NaN or infinity anywhere in the gradient shows in it."""
        if not np.isfinite(scale):
            raise NotFiniteError(
                f"expected a finite gradient of {', '.join(self._shape.layers)}, got NaN or infinity: check that the "
                "picture holds only numbers from 0 to 1, and that the weights file is intact"
            )


_Kind: TypeAlias = tuple[ObjectiveShape, Normalise, bool, Highlights]
_ascents: WeakKeyDictionary[Network, dict[_Kind, Ascent]] = WeakKeyDictionary()


def ascent_for(
    network: Network, shape: ObjectiveShape, normalise: Normalise, natural: bool, highlights: Highlights
) -> Ascent:
    """The ascent of this kind for a network. It is cached, since tracing takes seconds and graphs are never freed."""
    ascents = _ascents.setdefault(network, {})
    key = shape, normalise, natural, highlights
    if key not in ascents:
        ascents[key] = Ascent(network, *key)
    return ascents[key]


def count_traces(network: Network) -> int:
    """How often TensorFlow has traced the ascents of a network."""
    return sum(ascent.traces for ascent in _ascents.get(network, {}).values())
