"""Zooms, measured: is there always something new, do colours hold, does it stay sharp, how fast is it?

    python tests/benchmarks/zoom.py PICTURE... [--teacher squeezenet_v1.1_notop.h5] [--seconds 20] [--sheets FOLDER]

prints a table, one picture a row, and with --sheets writes a contact sheet of every second second of each.
Newness needs the teacher: the cosine distance between its mean fire9 features of frames 4 s apart, which is 0.03
where a zoom has collapsed into one texture and 0.23 between dreams of different photographs.
"""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from dreamvideo.config import CameraConfig, DreamConfig, NetworkConfig, Recipe, ZoomConfig
from dreamvideo.dreamer import Dreamer
from dreamvideo.media import Picture, read_still, write_still
from dreamvideo.networks import load_network
from dreamvideo.zoom import zoom_frames
from dreamvideo.zoom.drift import ColorReference

if TYPE_CHECKING:
    from dreamvideo.networks.network import Network

Features = Callable[[Picture], NDArray[np.float32]]

APART = 4  # seconds between two frames that should differ
WARM_UP = 6  # frames in which graphs are traced, left out of the timing
FINE = (0.2, 0.5)  # cycles a pixel: what goes first where a zoom loses its sharpness


def teacher_features(weights: Path) -> Features:
    """Mean fire9 features of a picture, (512,)."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
    import tensorflow as tf
    from train_dreamnet import build_teacher

    teacher = build_teacher(weights)
    look = tf.function(
        lambda x: tf.reduce_mean(teacher(x)[-1], axis=(0, 1, 2)), input_signature=(tf.TensorSpec((1, None, None, 3)),)
    )
    return lambda picture: np.asarray(look(picture[np.newaxis]))


def cosine_distance(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return 1 - float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def fine_share(picture: Picture) -> float:
    """Part of the luma's power at fine frequencies."""
    luma = picture @ np.float32([0.2126, 0.7152, 0.0722])
    height, width = luma.shape
    window = np.hanning(height)[:, np.newaxis] * np.hanning(width)
    power = np.square(np.abs(np.fft.fft2((luma - luma.mean()) * window)))
    frequency = np.hypot(np.fft.fftfreq(height)[:, np.newaxis], np.fft.fftfreq(width))
    return float(power[(frequency >= FINE[0]) & (frequency < FINE[1])].sum() / power.sum())


def fitted(picture: Picture, width: int, height: int) -> Picture:
    """Cut to the shape of the zoom, and resize."""
    scale = max(width / picture.shape[1], height / picture.shape[0])
    size = max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale))
    large = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    y, x = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return np.ascontiguousarray(np.clip(large[y : y + height, x : x + width], 0, 1), np.float32)


def used() -> float:
    """Processor seconds of this process, over all its threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measure(first: Picture, recipe: Recipe, network: Network, features: Features | None) -> tuple[list[str], Picture]:
    """One zoom: the cells of its row, and its contact sheet."""
    fps, reference = float(recipe.zoom.fps), ColorReference.of(first)
    seen, steps, luma, chroma, clipped, sharp, shown = [], [], [], [], [], [], []
    previous, seconds, mark = None, 0.0, used()
    for frame in zoom_frames(first, recipe, Dreamer(network, recipe.dream)):
        seconds += (used() - mark) * (frame.index >= WARM_UP)
        picture, colors = frame.picture, ColorReference.of(frame.picture)
        luma.append(colors.luma / reference.luma - 1)
        chroma.append(colors.chroma / max(reference.chroma, 1e-3) - 1)
        clipped.append(((picture <= 0) | (picture >= 1)).any(axis=2).mean())
        sharp.append(fine_share(picture))
        if features is not None:
            seen.append(features(picture))
        if previous is not None:
            steps.append(float(np.abs(picture - previous).mean()))
        if frame.index % round(2 * fps) == 0:
            shown.append(picture)
        previous, mark = picture, used()
    gap = round(APART * fps)
    news = [cosine_distance(a, b) for a, b in zip(seen, seen[gap:], strict=False)]
    seam = "" if not recipe.zoom.loop else f"{np.abs(previous - first).mean() / np.median(steps):.2f}"
    cells = [
        f"{np.mean(news):.2f} ({np.min(news):.2f})" if news else "",
        f"{max(steps) / np.median(steps):.2f}",
        seam,
        f"{max(map(abs, luma)):.1%}",
        f"{max(map(abs, chroma)):.1%}",
        f"{max(clipped[1:]):.2%}",
        f"{sharp[-1] / sharp[min(30, len(sharp) - 1)]:.2f}",
        f"{seconds / max(1, len(luma) - WARM_UP):.2f}",
    ]
    return cells, sheet(shown)


def sheet(pictures: list[Picture], columns: int = 4) -> Picture:
    blank = [np.zeros_like(pictures[0])] * (-len(pictures) % columns)
    rows = [*pictures, *blank]
    return np.vstack([np.hstack(rows[i : i + columns]) for i in range(0, len(rows), columns)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="+", type=Path)
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--seconds", type=Fraction, default=Fraction(20))
    parser.add_argument("--fps", type=Fraction, default=Fraction(24))
    parser.add_argument("--size", type=int, nargs=2, default=(640, 360), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--zoom", type=float)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--loop", action="store_true")
    parser.add_argument("--sheets", type=Path)
    args = parser.parse_args()
    recipe = Recipe(
        network=NetworkConfig(weights=args.weights),
        dream=DreamConfig(seed=args.seed),
        camera=CameraConfig(zoom=args.zoom),
        zoom=ZoomConfig(duration=args.seconds, fps=args.fps, loop=args.loop),
    )
    network = load_network(recipe.network)
    features = teacher_features(args.teacher) if args.teacher else None
    print(
        "| picture | new in 4 s (least) | largest step / median | seam / median | luma | chroma | clipped | "
        "fine, last / frame 30 | core seconds a frame |\n|" + "---|" * 9
    )
    for path in args.pictures:
        first = fitted(read_still(path, recipe.read.background), *args.size)
        cells, contact = measure(first, recipe, network, features)
        print(f"| {path.stem} | {' | '.join(cells)} |", flush=True)
        if args.sheets:
            args.sheets.mkdir(parents=True, exist_ok=True)
            target = args.sheets / f"{path.stem}.png"
            write_still(target, contact, replace(recipe.write, overwrite=True), {})


if __name__ == "__main__":
    main()
