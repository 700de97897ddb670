"""How much memory one dream takes: the peak of this process, by the size of the picture.

    python tests/benchmarks/memory.py [--size 3840x2160] [--model inception_v3] [--tile 1024] [--motif 1]

InceptionV3 has random weights here, which take the same memory as real ones.
"""

from __future__ import annotations

import argparse
import os
import resource
from dataclasses import replace

import numpy as np

from dreamvideo.config import DreamConfig, Layer, NetworkConfig


def main() -> None:
    """Dream once, and print the peak before and after."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="3840x2160")
    parser.add_argument("--model", default="inception_v3")
    parser.add_argument("--layer", default="mixed5")
    parser.add_argument("--tile", type=int, default=DreamConfig().tile)
    parser.add_argument("--motif", type=float, default=DreamConfig().motif)
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.networks import NETWORKS, load_network
    from dreamvideo.networks.network import Network, build_model

    width, height = map(int, options.size.split("x"))
    row = NETWORKS[options.model]
    network = Network(row, build_model(row)) if row.builder else load_network(NetworkConfig(options.model))
    config = replace(DreamConfig(), layers=(Layer(options.layer),), tile=options.tile, motif=options.motif)
    picture = np.random.default_rng(0).random((height, width, 3), np.float32)
    before = peak()
    Dreamer(network, config).dream(picture)
    print(f"{options.model} to {options.layer}, {options.size}, tiles of {options.tile}, motif {options.motif:g}")
    print(f"peak {peak():.2f} GiB, of which {before:.2f} before the dream")


def peak() -> float:
    """Largest resident size of this process so far, in GiB (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    main()
