"""Coherence, measured: from scratch, plain blending as other tools do, and the carried dream, at equal strength.

    python tests/benchmarks/coherence.py CLIP... [--frames 24] [--width 640] [--model dreamnet] [--strips FOLDER]

prints a table and, with --strips, writes every fifth frame side by side and one full-size still of each recipe.
Core-seconds are those of one thread (--threads): the threads of a pool that wait for work turn round and round, which
counts as work.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf
from measures import CoreClock, fine_motions_of, flickers, ghosts, motions_of, strengths

from dreamvideo.coherence import Carrier, level_of
from dreamvideo.config import CoherenceConfig, DreamConfig, NetworkConfig
from dreamvideo.dreamer import Dreamer
from dreamvideo.media.frame import Frame, Picture
from dreamvideo.networks import load_network
from dreamvideo.recipe import assemble, preset

EQUAL = 0.05
"""Relative difference in mean strength up to which two recipes are compared."""

FIRST_GUESS = 0.6
"""Power of the strength by which a knob goes, before two attempts tell it."""

COLUMNS = (
    "clip",
    "recipe",
    "strength",
    "3rd frame on",
    "level",
    "flicker /1000",
    "by finer flow",
    "ghosting",
    "core-s a frame",
    "knob",
)


@dataclass(frozen=True)
class Run:
    """One recipe on one clip."""

    dreams: list[Picture]
    core_seconds: float
    knob: float


def from_scratch(dreamer: Dreamer, frames: list[Frame]) -> Run:
    """Every frame by the full recipe, on its own."""
    clock = CoreClock()
    dreams = []
    for frame in frames:
        with clock:
            dreams.append(dreamer.dream(frame.picture, index=frame.index))
    return Run(dreams, clock.seconds / len(frames), 1.0)


def blended(dreamer: Dreamer, frames: list[Frame], *, keep: float, steps: int, step_size: float) -> Run:
    """X_t = I_t + keep (D_{t-1} - I_t), then a few steps: as the peers blend."""
    clock = CoreClock()
    dreams: list[Picture] = []
    for frame in frames:
        with clock:
            if dreams:
                start = frame.picture + np.float32(keep) * (dreams[-1] - frame.picture)
                dreams.append(dreamer.dream(frame.picture, start, steps=steps, step_size=step_size, index=frame.index))
            else:
                dreams.append(dreamer.dream(frame.picture, index=frame.index))
    return Run(dreams, clock.seconds / len(frames), step_size)


def carried(dreamer: Dreamer, frames: list[Frame], config: CoherenceConfig) -> Run:
    """The dream carried along the motion. Its core-seconds hold flow, cut detection and warping too."""
    clock = CoreClock()
    carrier = Carrier(config, dreamer.config, least_side=dreamer.least_side())
    dreams: list[Picture] = []
    state = None
    for frame in frames:
        with clock:
            dream = partial(dreamer.dream, frame.picture, index=frame.index)
            state = carrier.advance(frame, state, dream, measure=dreamer.measure)
        dreams.append(state.dream)
    return Run(dreams, clock.seconds / len(frames), config.strength)


def matched(attempt: Callable[[float], Run], strength: Callable[[Run], float], wanted: float, knob: float) -> Run:
    """Turn the knob (a step size, a strength) until the mean strength is the wanted one, in five attempts at most.

    By secants of the logarithms; the attempt that came nearest counts.
    """
    tried: list[tuple[float, float, Run]] = []  # logarithm of the knob, error of that of the strength
    power = 1 / FIRST_GUESS
    for _ in range(5):
        run = attempt(knob)
        tried.append((math.log(knob), math.log(strength(run) / wanted), run))
        place, error, _ = tried[-1]
        if abs(error) < math.log1p(EQUAL):
            break
        if len(tried) > 1 and place != tried[-2][0]:
            power = float(np.clip((error - tried[-2][1]) / (place - tried[-2][0]), 0.4, 4))
        knob *= float(np.clip(math.exp(-error / power), 0.4, 2.5))
    return min(tried, key=lambda each: abs(each[1]))[2]


def read(path: Path, count: int, width: int, start: int) -> list[Frame]:
    """The first frames of a clip, `width` pixels wide."""
    capture = cv2.VideoCapture(str(path))
    rate = Fraction(capture.get(cv2.CAP_PROP_FPS)).limit_denominator(1001)
    frames: list[Frame] = []
    for number in range(start + count):
        good, picture = capture.read()
        if not good:
            break
        if number < start:
            continue
        height = round(picture.shape[0] * width / picture.shape[1])
        small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        rgb = np.ascontiguousarray(small[..., ::-1], np.float32) / 255
        frames.append(Frame(rgb, len(frames) / rate, 1 / rate, len(frames)))
    return frames


def recipes(
    dreamer: Dreamer, frames: list[Frame], strength: Callable[[Run], float], blend: float
) -> Iterator[tuple[str, Run]]:
    """All recipes on one clip, at the mean strength of the first."""
    scratch = from_scratch(dreamer, frames)
    yield "from scratch", scratch
    wanted = strength(scratch)
    size = dreamer.config.step_size
    for keep, steps in ((0.5, 5), (0.85, 2)):
        yield (
            f"plain blend {keep:g}, {steps} steps",
            matched(
                lambda knob, keep=keep, steps=steps: blended(dreamer, frames, keep=keep, steps=steps, step_size=knob),
                strength,
                wanted,
                size,
            ),
        )
    yield (
        f"carried, blend {blend:g}",
        matched(
            lambda knob: carried(dreamer, frames, CoherenceConfig(blend=blend, strength=knob)), strength, wanted, 1
        ),
    )


def hold_still(dreamer: Dreamer, frame: Frame, count: int) -> None:
    """Print how the dream of a shot in which nothing moves goes on: a line at 1, 10, 100, ... frames."""
    still = [Frame(frame.picture, index * Fraction(1, 24), Fraction(1, 24), index) for index in range(count)]
    run = carried(dreamer, still, CoherenceConfig())
    chosen = sorted({1, 3, 10, 30, 100, count} & set(range(1, count + 1)))
    print("| still frame | strength | level | clipped |")
    print("|---|---|---|---|")
    for number in chosen:
        dream = run.dreams[number - 1]
        strength = dreamer.measure(dream) / dreamer.measure(frame.picture)
        clipped = float(((dream <= 0) | (dream >= 1)).mean())
        print(f"| {number} | {strength:.1f} | {level_of(dream, frame.picture):.3f} | {clipped:.1%} |", flush=True)


def strip(dreams: list[Picture], height: int = 180) -> Picture:
    """Every fifth frame side by side."""
    chosen = dreams[::5]
    width = round(chosen[0].shape[1] * height / chosen[0].shape[0])
    return np.concatenate([cv2.resize(p, (width, height), interpolation=cv2.INTER_AREA) for p in chosen], axis=1)


def save(path: Path, picture: Picture) -> None:
    """Write a PNG."""
    cv2.imwrite(str(path), np.rint(picture[..., ::-1] * 255).astype(np.uint8))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--model", default=NetworkConfig().model)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--blend", type=float, default=CoherenceConfig().blend)
    parser.add_argument(
        "--match", choices=("objective", "level"), default="objective", help="what is made equal: level = pixel change"
    )
    parser.add_argument("--strips", type=Path, help="a folder for pictures")
    parser.add_argument(
        "--seed", action="store_true", help="one frame by the slow recipe of the preset of that name, too"
    )
    parser.add_argument("--still", type=int, default=0, help="instead: so many times the first frame")
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    cv2.setNumThreads(options.threads)
    dreamer = Dreamer(load_network(NetworkConfig(options.model, options.weights)), DreamConfig())
    if not options.still:
        print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for clip in options.clips:
        frames = read(clip, options.frames, options.width, options.start)
        sources = [frame.picture for frame in frames]
        motions, fine = motions_of(sources), fine_motions_of(sources)
        dreamer.dream(sources[0], steps=1)  # so that no recipe pays for tracing
        if options.still:
            hold_still(dreamer, frames[0], options.still)
            continue

        def strength(run: Run, sources: list[Picture] = sources) -> float:
            if options.match == "level":
                return float(np.mean([level_of(dream, s) for dream, s in zip(run.dreams, sources, strict=True)]))
            return float(strengths(sources, run.dreams, dreamer.measure).mean())

        rows = []
        for name, run in recipes(dreamer, frames, strength, options.blend):
            found = strengths(sources, run.dreams, dreamer.measure)
            late = found[2:]
            level = np.mean([level_of(dream, s) for dream, s in zip(run.dreams, sources, strict=True)])
            flicker = flickers(sources, run.dreams, motions).mean() * 1000
            finer = flickers(sources, run.dreams, fine).mean() * 1000
            ghost = ghosts(sources, run.dreams, motions)
            ghosting = np.nanmean(ghost) if np.isfinite(ghost).any() else 0
            print(
                f"| {clip.stem} | {name} | {found.mean():.1f} +- {found.std():.1f} "
                f"| {late.min() / late.mean() - 1:+.0%} {late.max() / late.mean() - 1:+.0%} "
                f"| {level:.3f} | {flicker:.1f} | {finer:.1f} | {ghosting:.2f} "
                f"| {run.core_seconds:.3f} | {run.knob:.3g} |",
                flush=True,
            )
            rows.append(strip(run.dreams))
            if options.strips:
                options.strips.mkdir(parents=True, exist_ok=True)
                still = options.strips / f"{clip.stem}_{name.split(',')[0].replace(' ', '_')}.png"
                save(still, run.dreams[min(15, len(run.dreams) - 1)])
        if options.seed:
            seed = from_scratch(Dreamer(dreamer.network, assemble([preset("seed", "seed")]).dream), frames[:1])
            found = strengths(sources[:1], seed.dreams, dreamer.measure).mean()
            print(f"| {clip.stem} | preset seed, one frame | {found:.1f} |||||| {seed.core_seconds:.3f} ||", flush=True)
        if options.strips:
            save(options.strips / f"{clip.stem}_strips.png", np.concatenate(rows))


if __name__ == "__main__":
    main()
