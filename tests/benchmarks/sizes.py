"""The same dream at every size, measured: photographs from scratch, and clips carried.

    python tests/benchmarks/sizes.py [PHOTOS.tar] [--photos 6] [--clips CLIP... --frames 12] [--keep FOLDER]

Photographs are cut to 16:9 and enlarged to every size with Lanczos; clips are enlarged alike. Two tables:

- correlation: of what the dream changed with what it changed at 640x360, both shrunk to 320x180 and blurred by two
  pixels: median (least). 1: the same dream.
- crispness: RMS of the finest band of the change, what a Gaussian of 1.2 pixels takes away, over that at 640x360.
- work: core-seconds of a dream from scratch, over those at 640x360.
- peak: of the process so far, sizes growing.
- core-s carried: of a frame to which a dream was carried; and over that at 640x360.
- flicker: as tests/benchmarks/coherence.py has it, at 640x360, to which larger frames are shrunk.

--keep writes each dream of a photograph, and frames 1, half and last of each clip, as PNG.
"""

from __future__ import annotations

import argparse
import math
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf
from coherence import Run, carried, read, save
from measures import CoreClock, flickers, levels, motions_of
from memory import peak

from dreamvideo.config import CoherenceConfig, DreamConfig, NetworkConfig
from dreamvideo.dreamer import Dreamer
from dreamvideo.media.frame import Frame, Picture
from dreamvideo.networks import load_network

Size = tuple[int, int]

BASE: Size = (640, 360)
SIZES: tuple[Size, ...] = ((1280, 720), (1920, 1080), (3840, 2160))
COMPARED, BLUR = (320, 180), 2.0
"""Size at which changes are compared, and standard deviation in pixels of their blur."""
FINEST = 1.2
"""Standard deviation in pixels of the Gaussian that takes the finest band away."""


def enlarged(picture: Picture, size: Size) -> Picture:
    """The middle of a picture in the shape of `size`, resized to it with Lanczos."""
    height, width = picture.shape[:2]
    scale = min(width / size[0], height / size[1])
    wide, high = min(round(size[0] * scale), width), min(round(size[1] * scale), height)
    top, left = (height - high) // 2, (width - wide) // 2
    cut = np.ascontiguousarray(picture[top : top + high, left : left + wide])
    return np.clip(np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_LANCZOS4), np.float32), 0, 1)


def photographs(archive: Path, count: int) -> Iterator[Picture]:
    """Pictures of a tar, evenly over its names."""
    with tarfile.open(archive) as tar:
        names = sorted(name for name in tar.getnames() if name.lower().endswith((".jpg", ".jpeg", ".png")))
        for name in names[:: max(1, len(names) // count)][:count]:
            file = tar.extractfile(name)
            assert file is not None
            pixels = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_COLOR)
            yield np.ascontiguousarray(pixels[..., ::-1], np.float32) / 255


def compared(change: Picture) -> Picture:
    """A change at the size and blur at which two are compared."""
    small = cv2.resize(change, COMPARED, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), BLUR), np.float32)


def crispness(change: Picture) -> float:
    """Root mean square of the finest band."""
    return float((change - cv2.GaussianBlur(change, (0, 0), FINEST)).std())


def name_of(size: Size) -> str:
    return f"{size[0]}x{size[1]}"


def stills(dreamer: Dreamer, photos: Sequence[Picture], sizes: Sequence[Size], folder: Path | None) -> None:
    """Print how photographs are dreamed at each size."""
    print("| size | correlation | crispness | level | work | core-s | peak (GiB) |\n|---|---|---|---|---|---|---|")
    base: list[tuple[Picture, float, float]] = []  # of each photograph: what is compared, crispness, core-seconds
    for size in (BASE, *sizes):
        alike, crisp, work, strong = [], [], [], []
        for number, photo in enumerate(photos):
            source = enlarged(photo, size)
            with CoreClock() as clock:
                dream = dreamer.dream(source)
            change = dream - source
            found = compared(change), crispness(change), clock.seconds
            base += [found] if size == BASE else []
            small, fine, seconds = base[number]
            alike.append(float(np.corrcoef(small.ravel(), found[0].ravel())[0, 1]))
            crisp.append(found[1] / fine)
            work.append(found[2] / seconds)
            strong.append(levels([source], [dream])[0])
            if folder:
                save(folder / f"photo{number}_{name_of(size)}.png", dream)
        seconds = float(np.median([each[2] for each in base]) * np.median(work))
        print(
            f"| {name_of(size)} | {np.median(alike):.2f} ({min(alike):.2f}) | {np.median(crisp):.2f} "
            f"| {np.mean(strong):.3f} | {np.median(work):.1f} | {seconds:.1f} | {peak():.2f} |",
            flush=True,
        )


def clips(dreamer: Dreamer, paths: Sequence[Path], sizes: Sequence[Size], frames: int, folder: Path | None) -> None:
    """Print how clips are carried at each size."""
    print("\n| clip | size | level: first, last | flicker /1000 | core-s carried | over 640x360 |")
    print("|---|---|---|---|---|---|")
    for path in paths:
        original, base = read(path, frames, BASE[0], 0), math.nan
        sources = [enlarged(frame.picture, BASE) for frame in original]
        motions = motions_of(sources)
        for size in (BASE, *sizes):
            large = [replace(frame, picture=enlarged(frame.picture, size)) for frame in original]
            run = carried(dreamer, large, CoherenceConfig())
            base = run.carried_seconds if size == BASE else base
            shrunk = [shown_at_base(dream) for dream in run.dreams]
            found = levels(sources, shrunk)
            print(
                f"| {path.stem} | {name_of(size)} | {found[0]:.3f}, {found[-1]:.3f} "
                f"| {flickers(sources, shrunk, motions).mean() * 1000:.1f} | {run.carried_seconds:.2f} "
                f"| {run.carried_seconds / base:.1f} |",
                flush=True,
            )
            keep(folder, path.stem, size, large, run)


def shown_at_base(dream: Picture) -> Picture:
    return np.asarray(cv2.resize(dream, BASE, interpolation=cv2.INTER_AREA), np.float32)


def keep(folder: Path | None, name: str, size: Size, frames: Sequence[Frame], run: Run) -> None:
    """Write three frames of a clip."""
    if folder:
        for index in (0, len(frames) // 2, len(frames) - 1):
            save(folder / f"{name}_{name_of(size)}_{index + 1}.png", run.dreams[index])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", nargs="?", type=Path, help="a tar of photographs")
    parser.add_argument("--photos", type=int, default=6)
    parser.add_argument("--clips", nargs="*", default=[], type=Path)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--sizes", nargs="*", default=[name_of(size) for size in SIZES], metavar="WIDTHxHEIGHT")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--motif", type=float, default=DreamConfig().motif)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    cv2.setNumThreads(options.threads)
    sizes = [(int(width), int(height)) for width, height in (size.split("x") for size in options.sizes)]
    dreamer = Dreamer(load_network(NetworkConfig()), DreamConfig(motif=options.motif))
    dreamer.dream(np.full((*BASE[::-1], 3), 0.5, np.float32), replace(dreamer.config, steps=1))  # traces
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    if options.archive:
        stills(dreamer, list(photographs(options.archive, options.photos)), sizes, options.keep)
    clips(dreamer, options.clips, sizes, options.frames, options.keep)


if __name__ == "__main__":
    main()
