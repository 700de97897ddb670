"""Make a word from a few pictures, with the mean and covariance of the words that ship."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dreamvideo.errors import ConfigError
from dreamvideo.media import load_cv2
from dreamvideo.media.frame import Picture
from dreamvideo.words.meaning import Meaning
from dreamvideo.words.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from dreamvideo.networks.network import Network

LEAST, MOST = 5, 50
"""Least and most pictures for a word. Fewer would teach one picture, not what they share; more hardly help."""
_SIDE = 160
"""Side, in pixels, to which pictures are resized; the same as for the words that ship."""
_LONGEST = 1.35
"""Largest ratio of a picture's sides. Longer pictures are cropped to their middle."""


def learn(name: str, pictures: Sequence[Picture], network: Network) -> Meaning:
    """Make a word.

    Args:
        pictures: 5 to 50 pictures of what it means, float32 RGB (H, W, 3) in [0, 1], of any sizes.

    Raises:
        ConfigError: too few or too many pictures, or another network.
    """
    basis = load_vocabulary().basis
    if not LEAST <= len(pictures) <= MOST:
        raise ConfigError(f"expected {LEAST} to {MOST} pictures of {name!r}, got {len(pictures)}")
    if network.weights_hash != basis.weights_sha256:
        raise ConfigError(f"expected dreamnet with its own weights, the network that knows words, got {network.name}")
    seen = _mean_features([_square(picture) for picture in pictures], network, basis.layer)
    vector = basis.direction(seen - basis.mean)
    return Meaning(name, vector, basis.layer, basis.weights_sha256, len(pictures), own=True)


def _mean_features(squares: Sequence[Picture], network: Network, layer: str) -> NDArray[np.float32]:
    """Mean features (C,) of pictures and their mirror images."""
    import tensorflow as tf

    features = network.features((layer,))
    batch = np.stack([view for square in squares for view in (square, square[:, ::-1])])
    found = [tf.reduce_mean(features(tf.constant(part))[0], (0, 1, 2)) for part in np.split(batch, len(squares))]
    return np.asarray(np.mean(found, axis=0), np.float32)


def _square(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    longest = max(1, int(_LONGEST * min(height, width)))
    top, left = max(0, (height - longest) // 2), max(0, (width - longest) // 2)
    middle = np.ascontiguousarray(picture[top : top + longest, left : left + longest])
    cv2 = load_cv2()
    way = cv2.INTER_AREA if min(middle.shape[:2]) > _SIDE else cv2.INTER_CUBIC
    return np.clip(np.asarray(cv2.resize(middle, (_SIDE, _SIDE), interpolation=way), np.float32), 0, 1)
