"""Make the vocabulary: the words that the bundled network can dream of, from folders of labelled pictures.

    python examples/make_words.py --out dreamvideo/words/vocabulary.npz --card dreamvideo/words/WORDS.md \
        --scores examples/word_scores.csv caltech101_8k.tar tiny_imagenet_20k.tar imagenet_samples_960.tar

A source is a tar or a folder of pictures whose class is the name of their folder, or the WordNet id that their file's
name begins with. `words.txt` beside this file says which classes make which word, and its other names. Without
`--scores` every word is kept: `tests/benchmarks/words.py` then dreams of each, judges the dreams, and writes the scores
by which words ship. Two minutes on two cores.

A word's direction is that of linear discriminant analysis (Fisher 1936): the mean over its pictures of the features of
`mixed7`, each picture's the mean over its places, less the mean of its source (so that what tells sources apart, such
as blur, is no part of a word), times the inverse of the covariance within words, of which a part is spread evenly over
all directions. Every fifth picture of a class is held out where classification is scored, and used in what ships.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import re
import tarfile
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cv2
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dreamvideo.networks import load_network
from dreamvideo.words import Basis, Meaning, Vocabulary

LAYER = "mixed7"
SIDE = 160  # pixels a side at which pictures are looked at; the smallest become 128
LONGEST = 1.35  # ratio of a picture's sides beyond which its middle is taken
EVEN = 0.3  # part of the covariance that is spread evenly over all directions
HELD_OUT_EVERY = 5
BATCH = 32
WORDS = Path(__file__).with_name("words.txt")
SUFFIXES = {".jpg", ".jpeg", ".png"}

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Entry:
    """A line of words.txt."""

    name: str
    synonyms: tuple[str, ...]
    group: str
    classes: tuple[str, ...]  # names of folders, WordNet ids, and ranges of ids

    def holds(self, label: str) -> bool:
        """Whether pictures of a class show the word."""
        for wanted in self.classes:
            first, dash, last = wanted.partition("-")
            if label == wanted or (dash and first <= label <= last and re.fullmatch(r"n\d{8}", label)):
                return True
        return False


def read_words(path: Path = WORDS) -> list[Entry]:
    """Every line `NAME, SYNONYM, ... | CLASS ...`, under its `[group]`; names in lower case."""
    entries, group = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("["):
            group = line.strip("[]")
        elif line:
            names, _, classes = line.partition("|")
            name, *synonyms = (part.strip().lower() for part in names.split(","))
            entries.append(Entry(name, tuple(synonyms), group, tuple(classes.split())))
    return entries


def read_pictures(source: Path) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Class and RGB (H, W, 3) of every picture of a folder or a tar file, in the order of their names."""
    if source.is_dir():
        raw = {str(path.relative_to(source)): path.read_bytes() for path in source.rglob("*") if path.is_file()}
    else:
        with tarfile.open(source) as tar:
            raw = {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}  # type: ignore[union-attr]
    for name in sorted(raw):
        path = Path(name)
        if path.suffix.lower() in SUFFIXES:
            picture = cv2.imdecode(np.frombuffer(raw[name], np.uint8), cv2.IMREAD_COLOR)
            label = re.match(r"n\d{8}", path.name)
            yield label[0] if label else path.parent.name, picture[..., ::-1]


def fitted(picture: NDArray[np.uint8]) -> Array:
    """A square of `SIDE` pixels, or of 128 where the picture is much smaller, in [0, 1]."""
    height, width = picture.shape[:2]
    longest = int(LONGEST * min(height, width))
    top, left = max(0, (height - longest) // 2), max(0, (width - longest) // 2)
    middle = picture[top : top + longest, left : left + longest]
    side = SIDE if min(middle.shape[:2]) > SIDE // 2 else 128
    way = cv2.INTER_AREA if min(middle.shape[:2]) > side else cv2.INTER_CUBIC
    square = cv2.resize(np.ascontiguousarray(middle), (side, side), interpolation=way)
    return np.asarray(square, np.float32) / 255


@dataclass
class Source:
    """The pictures of one source: their classes, and their mean features (N, C) by whoever looked."""

    labels: list[str] = field(default_factory=list)
    features: list[Array] = field(default_factory=list)

    def shows(self, entry: Entry) -> NDArray[np.bool_]:
        """Which of the pictures (N,) show a word."""
        return np.isin(self.labels, [label for label in sorted(set(self.labels)) if entry.holds(label)])

    def centred(self) -> Array:
        """Features (N, C) less their mean."""
        features = np.concatenate(self.features)
        return features - features.mean(axis=0)


def look(sources: Sequence[Path], see: object) -> list[Source]:
    """Features of all pictures; `see` is a graph from (B, h, w, 3) to (B, C)."""
    seen = []
    for path in sources:
        source, batch = Source(), list[Array]()
        for label, picture in read_pictures(path):
            square = fitted(picture)
            if batch and (len(batch) == BATCH or batch[0].shape != square.shape):
                source.features.append(see(np.stack(batch)).numpy())  # type: ignore[operator]
                batch = []
            source.labels.append(label)
            batch.append(square)
        if not batch:
            raise SystemExit(f"expected pictures in {path}, found none")
        source.features.append(see(np.stack(batch)).numpy())  # type: ignore[operator]
        print(f"{path.name}: {len(source.labels)} pictures of {len(set(source.labels))} classes", flush=True)
        seen.append(source)
    return seen


def dreamnet_eye() -> tuple[object, str]:
    """What gives a batch's mean features of the layer, and the hash of the network's weights."""
    network = load_network()
    features = network.features((LAYER,))
    signature = (tf.TensorSpec((None, None, None, 3), tf.float32),)
    return tf.function(
        lambda x: tf.reduce_mean(features(x)[0], (1, 2)), input_signature=signature
    ), network.weights_hash


@dataclass(frozen=True)
class Analysis:
    """What linear discriminant analysis finds in the features of some words' pictures."""

    entries: list[Entry]
    means: Array  # (words, C), of centred features
    counts: list[int]  # pictures of each word
    covariance: NDArray[np.float64]  # within words, a part of it even

    @classmethod
    def of(cls, entries: Sequence[Entry], sources: Sequence[Source], keep: Sequence[NDArray[np.bool_]]) -> Analysis:
        """Analyse the pictures that are kept; words without any are left out."""
        centred = [source.centred() for source in sources]
        found, means, counts, residues = [], [], [], []
        for entry in entries:
            own = np.concatenate(
                [
                    features[kept & source.shows(entry)]
                    for source, features, kept in zip(sources, centred, keep, strict=True)
                ]
            )
            if len(own):
                found.append(entry)
                means.append(own.mean(axis=0))
                counts.append(len(own))
                residues.append((own - means[-1]).astype(np.float64))
        within = np.concatenate(residues)
        covariance = within.T @ within / len(within)
        deviation = np.sqrt(np.diagonal(covariance)) + 1e-6
        scaled = covariance / np.outer(deviation, deviation)
        scaled = (1 - EVEN) * scaled + EVEN * np.eye(len(scaled))
        return cls(found, np.stack(means), counts, scaled * np.outer(deviation, deviation))

    def scores(self, features: Array) -> NDArray[np.float64]:
        """(N, words): how likely centred features (N, C) are to be each word's."""
        directions = np.linalg.solve(self.covariance, self.means.T.astype(np.float64))
        return features @ directions - 0.5 * np.einsum("wc,cw->w", self.means, directions)


def held_out(source: Source) -> NDArray[np.bool_]:
    """Every fifth picture of each class, by name."""
    seen: dict[str, int] = {}
    marks = []
    for label in source.labels:
        seen[label] = seen.get(label, -1) + 1
        marks.append(seen[label] % HELD_OUT_EVERY == HELD_OUT_EVERY - 1)
    return np.array(marks)


def recall(entries: Sequence[Entry], sources: Sequence[Source]) -> dict[str, float]:
    """By word, how many of its held-out pictures are taken for a word that they show, of all words."""
    keep = [~held_out(source) for source in sources]
    analysis = Analysis.of(entries, sources, keep)
    hits: dict[str, list[bool]] = {}
    for source, kept in zip(sources, keep, strict=True):
        best = analysis.scores(source.centred()).argmax(axis=1)
        shown = np.stack([source.shows(entry) for entry in analysis.entries])  # (words, N)
        right = shown[best, np.arange(len(best))]
        for entry, own in zip(analysis.entries, shown, strict=True):
            hits.setdefault(entry.name, []).extend(right[own & ~kept])
    return {name: float(np.mean(marks)) for name, marks in hits.items() if marks}


def vocabulary(
    entries: Sequence[Entry], sources: Sequence[Source], weights_sha256: str, kept: Container[str] | None = None
) -> Vocabulary:
    """The words of all pictures; `kept` names those that ship, whose directions are the same whichever they are."""
    analysis = Analysis.of(entries, sources, [np.ones(len(source.labels), bool) for source in sources])
    everything = np.concatenate([np.concatenate(source.features) for source in sources])
    # Pictures as people have them count as much as small ones, of which there are most.
    mean = np.mean([np.concatenate(source.features).mean(axis=0) for source in sources], axis=0)
    precision = np.linalg.inv(analysis.covariance).astype(np.float32)
    basis = Basis(LAYER, weights_sha256, mean, precision, float(everything.std(axis=0).mean()))
    meanings, groups, synonyms = {}, dict[str, tuple[str, ...]](), {}
    for entry, difference, count in zip(analysis.entries, analysis.means, analysis.counts, strict=True):
        if kept is not None and entry.name not in kept:
            continue
        meanings[entry.name] = Meaning(entry.name, basis.direction(difference), LAYER, weights_sha256, count)
        groups[entry.group] = (*groups.get(entry.group, ()), entry.name)
        synonyms |= {synonym: entry.name for synonym in entry.synonyms}
    return Vocabulary(meanings, groups, synonyms, basis)


def write_card(
    path: Path, digest: str, made: Vocabulary, entries: Sequence[Entry], scores: dict[str, dict[str, str]]
) -> None:
    """Fill in the card: the SHA-256 of the vocabulary; for each word its data, its scores, and whether it ships."""
    rows = ["| word | pictures | classes | held out | side | dream | ships |", f"| {'--- | ' * 7}".rstrip()]
    for entry in entries:
        score = scores.get(entry.name)
        if score is not None:
            ships = "yes" if entry.name in made.meanings else "no"
            rows.append(
                f"| {entry.name} | {score['pictures']} | {' '.join(entry.classes)} | {score['recall']} | "
                f"{score['side']} | {score['ranks']} | {ships} |"
            )
    head, mark, _ = path.read_text(encoding="utf-8").partition("## Every word\n")
    head = re.sub(r"(\| SHA-256 \| `)[0-9a-f]+", rf"\g<1>{digest}", head)
    path.write_text(head + mark + "\n" + "\n".join(rows) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line, look at all pictures, write the vocabulary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="the vocabulary, .npz")
    parser.add_argument(
        "--scores", type=Path, help="what tests/benchmarks/words.py wrote: only words that show are kept"
    )
    parser.add_argument("--card", type=Path, help="the card whose hash and table are written anew")
    arguments = parser.parse_args()
    entries = read_words()
    scores: dict[str, dict[str, str]] = {}
    if arguments.scores:
        with arguments.scores.open(encoding="utf-8", newline="") as file:
            scores = {row["word"]: row for row in csv.DictReader(file)}
    see, weights_sha256 = dreamnet_eye()
    sources = look(arguments.sources, see)
    kept = {name for name, row in scores.items() if row["ships"] == "yes"} if scores else None
    made = vocabulary(entries, sources, weights_sha256, kept)
    made.write(arguments.out)
    print(f"{len(made.meanings)} words, {arguments.out.stat().st_size / 1e3:.0f} kB")
    if arguments.card:
        digest = hashlib.sha256(arguments.out.read_bytes()).hexdigest()
        write_card(arguments.card, digest, made, entries, scores)


if __name__ == "__main__":
    main()
