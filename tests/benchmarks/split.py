"""Split shots, measured: how a part that was begun anew passes into the one before it, and how far that shows.

    python tests/benchmarks/split.py CLIP... [--at 1] [--overlaps 0.5 1 1.5] [--warmups 0 0.5] [--strips FOLDER]

A clip is dreamed whole, and once more from `--at` seconds on. The two never meet again (first table). Then the
second is mixed into the first as `--split` does, and as a plain fade and a hard cut would (second table):

- flicker: mean |D_t - W(D_t-1)| over consistent pixels less that of the source, in the overlap, over that of the
  whole dream in the same frames; the worst frame, and the mean. 1: the seam moves no more than the dream itself.
- level: root mean square of what was changed, in the overlap, over that of the whole dream in the same frames: the
  least. 1: nothing fades.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from coherence import read, save, strip
from measures import flickers, levels, motions_of

from dreamvideo.coherence import level_of
from dreamvideo.config import Recipe
from dreamvideo.jobs.seams import mixed, moments_of
from dreamvideo.media import Frame, Picture
from dreamvideo.render.opening import open_dreamer
from dreamvideo.render.video import VideoDreamer

Mix = Callable[[Picture, Picture, int, int], Picture]
"""Of a frame of the first dream, the same of the second, its position in the overlap, and the overlap's length."""


@dataclass(frozen=True)
class Clip:
    """A clip, and its dream as one shot."""

    frames: list[Frame]
    whole: list[Picture]
    dreamer: VideoDreamer

    @property
    def sources(self) -> list[Picture]:
        return [frame.picture for frame in self.frames]

    def begun_at(self, first: int) -> list[Picture]:
        """The dream of frames `first` to the last, begun there."""
        return [one.frame.picture for one in self.dreamer.dream(self.frames[first:])]


def ways(clip: Clip, first: int) -> dict[str, Mix]:
    """How one dream can pass into another."""
    height, width = clip.whole[0].shape[:2]
    moments = moments_of((width, height), 0, first)
    return {
        "place by place": lambda one, other, at, count: mixed(one, other, (at + 1) / (count + 1), moments),
        "plain fade": lambda one, other, at, count: one + np.float32((at + 1) / (count + 1)) * (other - one),
        "hard cut": lambda one, other, at, count: other if 2 * at >= count else one,
    }


def apart(clip: Clip, at: int, begun_after: Mapping[int, list[Picture]], rate: float) -> None:
    """Print how far dreams that begin later are from the whole one, and their level."""
    print("| warm-up (s) | away from the whole dream | level of its own frames: first, after 1/4 s, after 1 s |")
    print("|---|---|---|")
    for warmup, begun in begun_after.items():
        whole, sources = clip.whole[at:], clip.sources[at:]
        away = np.mean([level_of(a, b) / level_of(b, s) for a, b, s in zip(begun, whole, sources, strict=True)])
        ratio = levels(sources, begun) / levels(sources, whole)
        told = ", ".join(f"{ratio[min(round(rate * t), len(ratio) - 1)]:.2f}" for t in (0, 0.25, 1))
        print(f"| {warmup / rate:.2f} | {away:.2f} | {told} |", flush=True)


def seams(clip: Clip, at: int, overlaps: Sequence[int], begun: list[Picture], rate: float, folder: Path | None) -> None:
    """Print how each way of passing over shows."""
    print("| way | overlap (s) | flicker: worst | mean | least level |")
    print("|---|---|---|---|---|")
    rows = [strip(clip.whole[at : at + max(overlaps) + 1])]
    for overlap in overlaps:
        span = slice(at - 1, at + overlap + 1)  # one frame more at both ends: there is a step there too
        sources = clip.sources[span]
        motions = motions_of(sources)
        usual = flickers(sources, clip.whole[span], motions)
        strong = levels(sources, clip.whole[span])
        for name, mix in ways(clip, at).items():
            passed = [mix(clip.whole[at + i], begun[i], i, overlap) for i in range(overlap)]
            made = [clip.whole[at - 1], *passed, begun[overlap]]
            unsteady = flickers(sources, made, motions) / usual.mean()
            ratio = levels(sources, made) / strong
            print(
                f"| {name} | {overlap / rate:.2f} | {unsteady.max():.2f} | {unsteady.mean():.2f} | {ratio.min():.2f} |",
                flush=True,
            )
            if overlap == max(overlaps):
                rows.append(strip(made[1:]))
                if folder:
                    save(folder / f"seam_{name.replace(' ', '_')}.png", made[1 + overlap // 2])
    if folder:
        width = min(row.shape[1] for row in rows)
        save(folder / "seams.png", np.concatenate([row[:, :width] for row in rows]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--at", type=float, default=1.0, help="seconds at which the second part begins")
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--overlaps", type=float, nargs="+", default=[0.5, 1, 1.5])
    parser.add_argument("--warmups", type=float, nargs="+", default=[0, 0.5])
    parser.add_argument("--strips", type=Path, help="a folder for pictures")
    options = parser.parse_args()
    recipe = Recipe()
    dreamer = open_dreamer(recipe)
    for path in options.clips:
        rate = cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FPS)
        at, overlaps, warmups = (
            round(options.at * rate),
            [round(s * rate) for s in options.overlaps],
            [round(s * rate) for s in options.warmups],
        )
        frames = read(path, at + max(overlaps) + 2, options.width, 0)
        looper = VideoDreamer(recipe, dreamer, fps=float(Fraction(rate)))
        whole = [frame.picture for frame, _ in looper.dream(frames)]
        clip = Clip(frames, whole, looper)
        print(f"\n{path.name}: {len(frames)} frames, {frames[0].picture.shape[1]} pixels wide, a part begun at {at}")
        begun_after = {warmup: clip.begun_at(at - warmup)[warmup:] for warmup in warmups}
        apart(clip, at, begun_after, rate)
        folder = options.strips and options.strips / path.stem
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        seams(clip, at, overlaps, begun_after[max(warmups)], rate, folder)


if __name__ == "__main__":
    main()
