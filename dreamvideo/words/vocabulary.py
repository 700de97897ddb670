"""The words that ship with the bundled network, and the statistics from which new ones are made.

`examples/make_words.py` makes the file; `WORDS.md` is its card.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dreamvideo.words.meaning import Meaning

FILE = Path(__file__).parent / "vocabulary.npz"


@dataclass(frozen=True, eq=False)
class Basis:
    """The statistics that turn features of pictures into a direction, by linear discriminant analysis (Fisher 1936).

    Attributes:
        layer: the layer whose features are used. A picture's features are the mean over its positions.
        mean: (C,) mean features over pictures of all kinds.
        precision: (C, C) inverse of the within-class covariance of features.
        length: within-class standard deviation along every direction, to which its vector is scaled. It is about that
            of a channel of the layer, so that words and channels have comparable weights.
    """

    layer: str
    weights_sha256: str
    mean: NDArray[np.float32]
    precision: NDArray[np.float32]
    length: float = 1.0

    def direction(self, difference: NDArray[np.floating]) -> NDArray[np.float32]:
        """The direction (C,) of a word.

        Args:
            difference: (C,) mean features of its pictures minus `mean`.
        """
        vector = self.precision.astype(np.float64) @ difference
        deviation = np.sqrt(max(float(vector @ difference), 1e-30))  # x' P C P x = x' P x
        return np.asarray(vector * (self.length / deviation), np.float16).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words of one network.

    Attributes:
        meanings: name -> word, group by group.
        groups: group -> names of its words.
        synonyms: synonym -> name.
        basis: the statistics from which new words are made.
    """

    meanings: Mapping[str, Meaning]
    groups: Mapping[str, tuple[str, ...]]
    synonyms: Mapping[str, str]
    basis: Basis

    def write(self, path: Path) -> None:
        """Write it as float16; of the symmetric matrix, only the lower triangle."""
        names = list(self.meanings)
        others: dict[str, list[str]] = {name: [] for name in names}
        for synonym, name in self.synonyms.items():
            others[name].append(synonym)
        group_of = {name: group for group, members in self.groups.items() for name in members}
        scale = float(np.abs(self.basis.precision).max())
        np.savez_compressed(
            path,
            names=np.array(names),
            synonyms=np.array([", ".join(others[name]) for name in names]),
            groups=np.array([group_of[name] for name in names]),
            pictures=np.array([self.meanings[name].pictures for name in names], np.int32),
            vectors=np.stack([self.meanings[name].vector for name in names]).astype(np.float16),
            layer=np.array(self.basis.layer),
            weights_sha256=np.array(self.basis.weights_sha256),
            mean=self.basis.mean.astype(np.float16),
            precision=(self.basis.precision[np.tril_indices(len(self.basis.mean))] / scale).astype(np.float16),
            scale=np.float64(scale),
            length=np.float64(self.basis.length),
        )

    @classmethod
    def read(cls, path: Path) -> Vocabulary:
        """Read what `write` wrote."""
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        layer, weights = str(arrays["layer"]), str(arrays["weights_sha256"])
        mean = arrays["mean"].astype(np.float32)
        lower = np.zeros((len(mean), len(mean)), np.float32)
        lower[np.tril_indices(len(mean))] = arrays["precision"].astype(np.float32) * np.float32(arrays["scale"])
        precision = lower + np.tril(lower, -1).T
        basis = Basis(layer, weights, mean, precision, float(arrays["length"]))
        names = [str(name) for name in arrays["names"]]
        meanings = {
            name: Meaning(name, vector.astype(np.float32), layer, weights, int(pictures))
            for name, vector, pictures in zip(names, arrays["vectors"], arrays["pictures"], strict=True)
        }
        groups: dict[str, tuple[str, ...]] = {}
        synonyms: dict[str, str] = {}
        for name, group, others in zip(names, arrays["groups"], arrays["synonyms"], strict=True):
            groups[str(group)] = (*groups.get(str(group), ()), name)
            synonyms |= {other: name for other in str(others).split(", ") if other}
        return cls(meanings, groups, synonyms, basis)


@functools.cache
def load_vocabulary() -> Vocabulary:
    """The words that ship with the bundled network."""
    return Vocabulary.read(FILE)
