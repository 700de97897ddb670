"""Dream towards anything that can be written as a function of features: here, layers that fill the picture's middle.

python examples/custom_objective.py PICTURE OUTPUT.png
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import tensorflow as tf

from dreamvideo import DreamConfig, Dreamer, load_network
from dreamvideo.config import NetworkConfig
from dreamvideo.media import read_still, write_still
from dreamvideo.objectives import custom, layer


def towards_the_middle(features: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """Mean squared activation of mixed6, (1, h, w, C), weighted by a bell over the picture."""
    seen = features["mixed6"]
    down, right = (tf.linspace(-1.0, 1.0, tf.shape(seen)[axis]) for axis in (1, 2))
    bell = tf.exp(-3 * (down[:, None] ** 2 + right[None, :] ** 2))  # (h, w)
    return tf.reduce_mean(tf.reduce_mean(tf.square(seen), axis=(0, 3)) * bell)


def main(source: Path, target: Path) -> None:
    dreamer = Dreamer(load_network(NetworkConfig()), DreamConfig())
    objective = custom(towards_the_middle, ["mixed6"]) + 0.2 * layer("mixed3")
    write_still(target, dreamer.dream(read_still(source), objective=objective))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
