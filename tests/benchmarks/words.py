"""Whether words show: for every word a line, and the scores by which `examples/make_words.py` lets words ship.

    python tests/benchmarks/words.py --teacher squeezenet_v1.1_notop.h5 --vocabulary all.npz --scores scores.csv \
        --photo a.jpg --photo b.jpg --photo c.jpg caltech101_8k.tar tiny_imagenet_20k.tar imagenet_samples_960.tar

- held out: of a word's pictures that its vectors were not made from (every fifth, in a vocabulary made for this), the
  part taken for a word that they show, of all words.
- ranks: place of the word among all words where the dream of it on each photograph is judged. The judge is a linear
  discriminant in the mean features of another network, the SqueezeNet that taught the bundled one: it was not ascended.
  Words that share a class with the word do not stand before it.
- ships: the judge has the word among its first five in half of the dreams or more.

    python tests/benchmarks/words.py --photo a.jpg

prints only what a step towards a word costs, in steps towards the layer that it is read from: the smallest of twelve
each, taken in turn.

`--keep FOLDER` keeps the dreams, to look at them. `--words` names a few. Dreams have `--side` pixels on their longest
side: 240, and where the word does not show at that size, 480, which takes six times as long, a second. Words that a
scores file holds already are not dreamed of again, so that a run that was ended goes on.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples"))

import cv2
import make_words as making
import numpy as np
import tensorflow as tf
import train_dreamnet as training

from dreamvideo.config import DreamConfig
from dreamvideo.dreamer import Dreamer
from dreamvideo.media import Picture, read_still, write_still
from dreamvideo.networks import load_network
from dreamvideo.objectives import Objective, layer
from dreamvideo.objectives.word import Words
from dreamvideo.words import FILE, Vocabulary

FIRST = 5
LEAST = 0.5


class Judge:
    """Linear discriminant of words in the teacher's features."""

    def __init__(self, teacher: Path, entries: Sequence[making.Entry], paths: Sequence[Path]) -> None:
        model = training.build_teacher(teacher)
        signature = (tf.TensorSpec((None, None, None, 3), tf.float32),)
        self.see = tf.function(lambda x: tf.reduce_mean(model(x)[-1], (1, 2)), input_signature=signature)
        sources = making.look(paths, self.see)
        self.recall = making.recall(entries, sources)
        keep = [np.ones(len(source.labels), bool) for source in sources]
        self.analysis = making.Analysis.of(entries, sources, keep)
        self.mean = np.mean([np.concatenate(source.features).mean(axis=0) for source in sources], axis=0)
        labels = sorted({label for source in sources for label in source.labels})
        shows = np.array([[entry.holds(label) for label in labels] for entry in self.analysis.entries])
        self.shared = shows.astype(int) @ shows.T.astype(int) > 0  # (words, words)

    def rank(self, dream: Picture, name: str) -> int:
        """Place of a word among all, from 1."""
        square = making.fitted(np.round(dream * 255).astype(np.uint8))
        scores = self.analysis.scores(self.see(square[None]).numpy() - self.mean)[0]
        number = next(i for i, entry in enumerate(self.analysis.entries) if entry.name == name)
        return 1 + int(np.sum((scores > scores[number]) & ~self.shared[number]))


def shrunk(picture: Picture, side: int) -> Picture:
    """A picture whose longest side has so many pixels."""
    scale = side / max(picture.shape[:2])
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return np.clip(np.asarray(small, np.float32), 0, 1)


def price(dreamer: Dreamer, photo: Picture, word: Objective) -> float:
    """Processor time of steps towards a word, over that of steps towards its layer."""
    alone = replace(dreamer.config, octave_factors=(0,), steps=2)
    seconds: dict[str, list[float]] = {"word": [], "layer": []}
    for attempt in range(13):
        for name, objective in (("word", word), ("layer", layer(making.LAYER))):
            start = time.process_time()
            dreamer.dream(photo, alone, objective=objective)
            if attempt:
                seconds[name].append(time.process_time() - start)
    return min(seconds["word"]) / min(seconds["layer"])


def done(scores: Path | None) -> list[dict[str, str]]:
    """The lines of a scores file; none where there is no file yet."""
    if scores is None or not scores.exists():
        return []
    with scores.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(scores: Path, rows: Sequence[dict[str, str]]) -> None:
    """Write all lines, at once: a run that is ended leaves a whole file."""
    whole = scores.with_suffix(".part")
    with whole.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    whole.replace(scores)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*", type=Path)
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--vocabulary", type=Path, default=FILE)
    parser.add_argument("--photo", action="append", type=Path, required=True)
    parser.add_argument("--scores", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--words", nargs="+")
    parser.add_argument("--side", type=int, nargs="+", default=[240, 480])
    arguments = parser.parse_args()
    made = Vocabulary.read(arguments.vocabulary)
    dreamer = Dreamer(load_network(), DreamConfig())
    photos = [read_still(path) for path in arguments.photo]
    if not arguments.sources:
        first = Objective((Words(((next(iter(made.meanings.values())), 1.0),)),))
        ratio = price(dreamer, shrunk(photos[0], arguments.side[-1]), first)
        print(f"a step towards a word: {ratio:.2f} of the layer's")
        return
    entries = [entry for entry in making.read_words() if entry.name in made.meanings]
    judge = Judge(arguments.teacher, entries, arguments.sources)
    see, _ = making.dreamnet_eye()
    recalls = making.recall(entries, making.look(arguments.sources, see))
    print(f"held out: {np.mean(list(recalls.values())):.2f}; the judge's: {np.mean(list(judge.recall.values())):.2f}")
    rows = done(arguments.scores)
    known = {row["word"] for row in rows}
    for name in arguments.words or made.meanings:
        if name in known:
            continue
        start = time.perf_counter()
        objective = Objective((Words(((made.meanings[name], 1.0),)),))
        for side in arguments.side:
            dreams = [dreamer.dream(shrunk(photo, side), objective=objective) for photo in photos]
            ranks = [judge.rank(dream, name) for dream in dreams]
            if ships := bool(np.mean([rank <= FIRST for rank in ranks]) >= LEAST):
                break
        row = {
            "word": name,
            "pictures": str(made.meanings[name].pictures),
            "recall": f"{recalls[name]:.2f}" if name in recalls else "-",
            "side": str(side),
            "ranks": " ".join(map(str, ranks)),
            "ships": "yes" if ships else "no",
        }
        rows.append(row)
        print(*row.values(), f"{time.perf_counter() - start:.1f} s", sep="\t", flush=True)
        if arguments.keep:
            arguments.keep.mkdir(parents=True, exist_ok=True)
            for number, dream in enumerate(dreams):
                write_still(arguments.keep / f"{name} {number}.png", dream)
        if arguments.scores:
            write(arguments.scores, rows)
    shown = np.mean([row["ships"] == "yes" for row in rows])
    share = np.mean([int(rank) <= FIRST for row in rows for rank in row["ranks"].split()])
    print(f"{shown:.0%} of {len(rows)} words show; {share:.0%} of the dreams have their word among the first {FIRST}")


if __name__ == "__main__":
    main()
