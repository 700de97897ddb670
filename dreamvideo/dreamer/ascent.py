"""Gradient ascent on one picture of one size: the whole loop over steps is one graph.

Sizes, steps, offsets, weights and tiles are inputs of the graph, so that no octave, frame or schedule
makes TensorFlow trace again; another graph is needed only for other layers or another kind of normalisation.
"""

from __future__ import annotations

from functools import partial
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dreamvideo.config import Highlights, Normalise
from dreamvideo.dreamer.natural import natural_step
from dreamvideo.dreamer.shoulder import meet_in_graph
from dreamvideo.dreamer.tiles import Tiling, window_gradient
from dreamvideo.errors import NotFiniteError
from dreamvideo.media.frame import Picture
from dreamvideo.networks.network import Network
from dreamvideo.objectives import BoundObjective, Numbers, ObjectiveShape

Tensor: TypeAlias = Any

_PICTURE = tf.TensorSpec((None, None, 3), tf.float32)
_MASK = tf.TensorSpec((None, None, 1), tf.float32)
_TILING = tf.TensorSpec((5,), tf.int32)


class Ascent:
    """Graphs that raise objectives of one shape on one network.

    Attributes:
        traces: how often TensorFlow has traced the ascent.
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
        # Partials: methods have one code for all objectives, which TensorFlow would take for one that is traced often.
        # The gradient is a graph of its own, not part of the loop's: in a loop, TensorFlow takes or leaves a pool's
        # fast gradient as the loop's operations happen to be ordered.
        self._gradient = tf.function(
            partial(self._gradient_eagerly),
            input_signature=(tf.TensorSpec((1, None, None, 3), tf.float32), numbers),
            experimental_attributes={"_noinline": True},
        )
        self._climb = tf.function(
            partial(self._climb_eagerly),
            input_signature=(
                _PICTURE,
                _PICTURE,
                _MASK,
                tf.TensorSpec((None, 2), tf.int32),
                _TILING,
                tf.TensorSpec((), tf.float32),
                tf.TensorSpec((), tf.float32),
                numbers,
            ),
        )
        self._look = tf.function(partial(self._look_eagerly), input_signature=(_PICTURE, _TILING, numbers))

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
    ) -> Picture:
        """Take one step for each offset.

        Args:
            picture: float32 RGB (H, W, 3) in [0, 1], without any dream.
            change: float32 (H, W, 3), what was changed in it so far.
            objective: of this ascent's shape.
            offsets: (steps, 2) shifts in pixels, from `tiling`.
            tiling: the windows that cover the picture.
            step_size: change of a pixel in a step, in units of the normalised gradient.
            epsilon: added to what the gradient is divided by.
            mask: (H, W, 1) in [0, 1], how much of each step a pixel takes.

        Returns:
            The change (H, W, 3) after the last step.

        Raises:
            NotFiniteError: a gradient held NaN or infinity.
        """
        mask = np.ones((1, 1, 1), np.float32) if mask is None else mask
        raised, finite = self._climb(
            tf.constant(picture, tf.float32),
            tf.constant(change, tf.float32),
            tf.constant(mask, tf.float32),
            tf.constant(offsets, tf.int32),
            tf.constant(tiling.numbers, tf.int32),
            tf.constant(step_size, tf.float32),
            tf.constant(epsilon, tf.float32),
            objective.numbers,
        )
        if not bool(finite):
            raise NotFiniteError(
                f"expected a finite gradient of {', '.join(self._shape.layers)}, got NaN or infinity: check that the "
                "picture holds only numbers from 0 to 1, and that the weights file is intact"
            )
        return np.asarray(raised.numpy(), np.float32)

    def look(self, picture: Picture, objective: BoundObjective, tiling: Tiling) -> float:
        """Value of the objective on a picture (H, W, 3), mean over windows."""
        return float(
            self._look(tf.constant(picture, tf.float32), tf.constant(tiling.numbers, tf.int32), objective.numbers)
        )

    def _climb_eagerly(
        self,
        picture: Tensor,  # (H, W, 3)
        change: Tensor,  # (H, W, 3)
        mask: Tensor,  # (H, W, 1) or (1, 1, 1)
        offsets: Tensor,  # (steps, 2)
        tiling: Tensor,
        step_size: Tensor,
        epsilon: Tensor,
        numbers: Numbers,
    ) -> tuple[Tensor, Tensor]:
        self.traces += 1

        def step(number: Tensor, change: Tensor, finite: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            shown, part = meet_in_graph(picture, change) if self._soft else (picture + change, 1.0)
            gradient, _ = window_gradient(
                shown, offsets[number], tiling, lambda window: self._gradient(window, numbers)
            )  # (H, W, 3)
            gradient = natural_step(gradient) if self._natural else gradient
            scale = tf.math.reduce_std(gradient) if self._normalise == "std" else tf.reduce_mean(tf.abs(gradient))
            # One NaN or infinity anywhere in the gradient shows in its scale.
            finite = finite & tf.math.is_finite(scale)
            moved = change + step_size * mask * part * gradient / (scale + epsilon)  # weaker where little of it shows
            moved = moved if self._soft else tf.clip_by_value(picture + moved, 0.0, 1.0) - picture
            return number + 1, moved, finite

        scalar = tf.TensorShape(())
        _, change, finite = tf.while_loop(
            lambda number, change, finite: finite & (number < tf.shape(offsets)[0]),
            step,
            (tf.constant(0), change, tf.constant(True)),
            shape_invariants=(scalar, tf.TensorShape((None, None, 3)), scalar),
            parallel_iterations=1,
        )
        return change, finite

    def _look_eagerly(self, picture: Tensor, tiling: Tensor, numbers: Numbers) -> Tensor:
        _, value = window_gradient(
            picture, tf.zeros(2, tf.int32), tiling, lambda window: self._gradient(window, numbers)
        )
        return value

    def _gradient_eagerly(self, window: Tensor, numbers: Numbers) -> tuple[Tensor, Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(window)
            value = self._shape.value(self._features(window), numbers)
        return tape.gradient(value, window, unconnected_gradients=tf.UnconnectedGradients.ZERO), value


_Kind: TypeAlias = tuple[ObjectiveShape, Normalise, bool, Highlights]
_ascents: WeakKeyDictionary[Network, dict[_Kind, Ascent]] = WeakKeyDictionary()


def ascent_for(
    network: Network, shape: ObjectiveShape, normalise: Normalise, natural: bool, highlights: Highlights
) -> Ascent:
    """The ascent of this kind, made once for a network: tracing one takes seconds, and TensorFlow keeps its graphs."""
    ascents = _ascents.setdefault(network, {})
    key = shape, normalise, natural, highlights
    if key not in ascents:
        ascents[key] = Ascent(network, *key)
    return ascents[key]


def count_traces(network: Network) -> int:
    """How often TensorFlow has traced the ascents of a network."""
    return sum(ascent.traces for ascent in _ascents.get(network, {}).values())
