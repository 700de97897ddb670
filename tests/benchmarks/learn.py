"""Words learnt from ten pictures, against all that there are: classes that are left out of the vocabulary.

    python tests/benchmarks/learn.py --photo photo.jpg --sheet sheet.png \
        caltech101_8k.tar tiny_imagenet_20k.tar imagenet_samples_960.tar

For each class, the mean and covariance are made anew without any word that holds it. Half of its pictures are held out.
Found: the part of these that lie farther along the word's direction than 95 of 100 pictures of other classes; by ten
pictures, as `dreamvideo learn` makes a word, and by the whole other half. The sheet shows the dreams of both.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples"))

import make_words as making
import numpy as np
from numpy.typing import NDArray

from dreamvideo.choose.sheet import contact_sheet
from dreamvideo.config import DreamConfig
from dreamvideo.dreamer import Dreamer
from dreamvideo.media import read_still, write_still
from dreamvideo.networks import load_network
from dreamvideo.objectives import Objective
from dreamvideo.objectives.word import Words
from dreamvideo.words import Basis, Meaning, load_vocabulary, teaching

CLASSES = ("sunflower", "octopus", "flamingo", "helicopter", "strawberry")
PICTURES = 10


def basis_without(label: str, sources: list[making.Source]) -> Basis:
    """Mean and covariance of all words that do not hold a class."""
    entries = [entry for entry in making.read_words() if not entry.holds(label)]
    others = []
    for source in sources:
        kept = np.array([each != label for each in source.labels])
        others.append(making.Source(list(np.array(source.labels)[kept]), [np.concatenate(source.features)[kept]]))
    return making.vocabulary(entries, others, load_network().weights_hash).basis


def found(direction: NDArray[np.float32], shown: NDArray[np.float32], others: NDArray[np.float32]) -> float:
    """The part of pictures that lie farther along a direction than 95 of 100 others."""
    return float(np.mean(shown @ direction > np.percentile(others @ direction, 95)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs=3, type=Path, help="Caltech-101 first")
    parser.add_argument("--photo", type=Path, required=True)
    parser.add_argument("--sheet", type=Path, required=True)
    arguments = parser.parse_args()
    network = load_network()
    see, _ = making.dreamnet_eye()
    sources = making.look(arguments.sources, see)
    pictures = list(making.read_pictures(arguments.sources[0]))
    labels, features = np.array(sources[0].labels), np.concatenate(sources[0].features)
    dreamer, photo = Dreamer(network, DreamConfig()), read_still(arguments.photo)
    dreams, names = [], []
    for label in CLASSES:
        basis = basis_without(label, sources)
        teaching.load_vocabulary = lambda basis=basis: replace(load_vocabulary(), basis=basis)  # type: ignore[attr-defined]
        own = np.flatnonzero(labels == label)
        taught, held = own[::2], own[1::2]
        lesson = [pictures[number][1].astype(np.float32) / 255 for number in taught[:PICTURES]]
        start = time.perf_counter()
        few = teaching.learn(label, lesson, network)
        seconds = time.perf_counter() - start
        whole = basis.direction(features[taught].mean(axis=0) - features.mean(axis=0))
        others = features[labels != label]
        by_few, by_all = (found(direction, features[held], others) for direction in (few.vector, whole))
        print(
            f"{label}: found {by_few:.2f} by {len(lesson)}, {by_all:.2f} by {len(taught)}; {seconds:.1f} s", flush=True
        )
        for kind, direction in ((f"{len(lesson)}", few.vector), (f"{len(taught)}", whole)):
            word = Meaning(label, direction, basis.layer, basis.weights_sha256)
            dreams.append(dreamer.dream(photo, objective=Objective((Words(((word, 1.0),)),))))
            names.append(f"{label}, {kind} pictures")
    sheet = contact_sheet(dreams, names, cell=(320, round(320 * photo.shape[0] / photo.shape[1])), columns=2)
    write_still(arguments.sheet, sheet)


if __name__ == "__main__":
    main()
