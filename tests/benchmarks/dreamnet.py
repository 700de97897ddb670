"""How well dreamnet sees and dreams: a table, on pictures that its training never saw.

    python tests/benchmarks/dreamnet.py --teacher squeezenet_v1.1_notop.h5 \
        imagenet_samples_960.tar caltech101_8k.tar tiny_imagenet_20k.tar

The held-out pictures are every 24th of the first source, by name (`examples/train_dreamnet.py`).

- error: squared error of the teacher's features as the heads give them, each channel divided by its RMS
  over training crops, relative to the features' own squares.
- gain: mean squared activation of the teacher on the dream over that on the source, median over pictures.
- change: mean absolute change of a pixel's value, of a range from 0 to 1.
- grid: power of the dream's residue at the harmonics of a stride, over that of neighbouring frequencies,
  mean over pictures; 1 where there is no grid, give or take what such a ratio strays by chance elsewhere.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples"))

import numpy as np
import train_dreamnet as training
from numpy.typing import NDArray

from dreamvideo.config import DreamConfig, Layer, NetworkConfig
from dreamvideo.dreamer import Dreamer
from dreamvideo.media import Picture
from dreamvideo.networks import load_network

Features = Callable[[Picture], list[NDArray[np.float32]]]
NAMES = list(training.TARGETS.values())
STRIDES = (4, 8, 16)
SIDE = 256  # pixels a side of the residues whose spectrum is taken


def squares(feature: NDArray[np.float32]) -> float:
    return float(np.square(feature, dtype=np.float64).mean())


def relative_errors(
    pictures: Sequence[Picture], teacher: Features, heads: Features, rms: Sequence[NDArray[np.float32]]
) -> list[float]:
    wrong, there = np.zeros(len(NAMES)), np.zeros(len(NAMES))
    for picture in pictures:
        for number, (seen, target) in enumerate(zip(heads(picture), teacher(picture), strict=True)):
            target = target / rms[number]
            wrong[number] += squares(seen - target)
            there[number] += squares(target)
    return list(wrong / there)


def line_ratios(residues: Sequence[NDArray[np.float32]], lines: Sequence[int]) -> NDArray[np.float64]:
    """Mean power on some lines of the spectrum, both ways, over that a few lines beside each: (2 * lines,)."""
    window = np.hanning(SIDE)[:, None] * np.hanning(SIDE)
    power = np.mean([np.abs(np.fft.fft2((r - r.mean()) * window)) ** 2 for r in residues], axis=0)
    ratios = []
    for spectrum in (power, power.T):
        rows = spectrum.mean(axis=1)
        for line in lines:
            beside = [rows[(line + d) % SIDE] for d in (-5, -4, -3, 3, 4, 5)]
            ratios.append(rows[line] / np.mean(beside))
    return np.array(ratios)


def grid_power(residues: Sequence[NDArray[np.float32]], stride: int) -> tuple[float, float]:
    """Mean ratio on the harmonics of 1/stride, and how far it strays by chance: from lines that are of no stride."""
    step = SIDE // stride
    found = line_ratios(residues, range(step, SIDE // 2 + 1, step))
    finest = SIDE // max(STRIDES)
    others = line_ratios(residues, range(finest + finest // 2, SIDE // 2 - 5, finest))
    return float(found.mean()), float(others.std() / np.sqrt(len(found)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--weights", type=Path, help="other weights than the bundled ones")
    parser.add_argument("--layers", nargs="*", default=[], help="dream these too, one after the other")
    args = parser.parse_args()

    network = load_network(NetworkConfig(weights=args.weights))
    model = training.build_teacher(args.teacher)
    shown = training.held_out(training.read_pictures(Path(args.sources[0])))
    pictures = [even(p.astype(np.float32) / 255) for p in shown.values()]
    crops = training.Crops(list(training.read_sources([s + ":1" for s in args.sources])), np.random.default_rng(0))
    rms = training.channel_rms(model, _Batches(crops))
    outputs = network.features([f"{block}_head" for block in training.TARGETS])
    teacher: Features = lambda p: [np.asarray(f) for f in model(p[None])]  # noqa: E731
    heads: Features = lambda p: [np.asarray(f) for f in outputs(p[None])]  # noqa: E731

    print(f"{len(pictures)} held-out pictures; {network.name} {network.weights_hash[:12]}")
    for name, error in zip(NAMES, relative_errors(pictures, teacher, heads, rms), strict=True):
        print(f"relative error of {name}: {error:.3f}")
    print(f"{'dream of':<30}{'fire7':>8}{'fire9':>8}{'change':>8}" + "".join(f"{f'grid {s}':>16}" for s in STRIDES))
    before = [teacher(p) for p in pictures]
    choices: list[tuple[Layer, ...]] = [(), (Layer("mixed7"),), *((Layer.parse(name),) for name in args.layers)]
    for layers in choices:
        dreamer = Dreamer(network, DreamConfig(layers=layers))
        dreams = [dreamer.dream(p) for p in pictures]
        after = [teacher(d) for d in dreams]
        gains = [np.median([squares(a[k]) / squares(b[k]) for a, b in zip(after, before, strict=True)]) for k in (1, 3)]
        change = np.mean([np.abs(d - p).mean() for d, p in zip(dreams, pictures, strict=True)])
        residues = [
            (d - p)[:SIDE, :SIDE].mean(-1) for d, p in zip(dreams, pictures, strict=True) if min(p.shape[:2]) >= SIDE
        ]
        grids = "".join("{:8.3f} +-{:.3f}".format(*grid_power(residues, stride)) for stride in STRIDES)
        label = "+".join(map(str, layers)) or f"default ({'+'.join(map(str, network.default_layers))})"
        print(f"{label:<30}{gains[0]:8.1f}{gains[1]:8.1f}{change:8.3f}{grids}", flush=True)


def even(picture: Picture) -> Picture:
    """Cut to a multiple of the network's stride, on which both grids lie alike."""
    height, width = (side // 16 * 16 for side in picture.shape[:2])
    return np.ascontiguousarray(picture[:height, :width])


class _Batches:
    """What `channel_rms` takes its crops from."""

    def __init__(self, crops: training.Crops) -> None:
        self.crops = crops

    def get(self) -> NDArray[np.float32]:
        return self.crops.batch(32)


if __name__ == "__main__":
    main()
