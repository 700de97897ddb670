"""Coherence, measured: from scratch, plain blending as other tools do, and the carried dream, at equal level.

    python tests/benchmarks/coherence.py CLIP... [--frames 24] [--width 640] [--model dreamnet] [--strips FOLDER]
    python tests/benchmarks/coherence.py CLIP... --ablate
    python tests/benchmarks/coherence.py CLIP... --still 300

prints a table and, with --strips, writes every fifth frame side by side and one full-size still of each recipe.
--ablate prints the carried dream with each of its parts switched off; --still, that of the first frame so many times.
Core-seconds are those of one thread (--threads): the threads of a pool that wait for work turn round and round, which
counts as work.

- level: root mean square of what was changed, mean over frames; and how far it is from that of the shot's first
  frame, from the third frame of each shot on.
- flicker: mean |D_t - W(D_t-1)| over consistent pixels, less that of the source; by the flow that carries dreams and
  by a finer one.
- ghosting: how much of the old picture stays where background is uncovered.
- movers: part of the places, of those where a dream from scratch is strong, where this one is under 0.4 of it.
- clipped: values that are 0 or 1, of the dream less those of the source.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
import tensorflow as tf
from measures import (
    CoreClock,
    clipped,
    deviations,
    fine_motions_of,
    flickers,
    ghosts,
    levels,
    motions_of,
    movers,
)

from dreamvideo.coherence import Carrier, CarryState, begins_shot
from dreamvideo.coherence.trust import trust
from dreamvideo.config import CoherenceConfig, DreamConfig, NetworkConfig
from dreamvideo.dreamer import Dreamer
from dreamvideo.media.frame import Frame, Picture
from dreamvideo.media.geometry import resized
from dreamvideo.networks import load_network
from dreamvideo.recipe import assemble, preset

EQUAL = 0.05
"""Relative difference in mean level up to which two recipes are compared."""

COLUMNS = (
    "clip",
    "recipe",
    "level",
    "of the first",
    "flicker /1000",
    "by finer flow",
    "ghosting",
    "movers",
    "clipped",
    "core-s a frame",
    "knob",
)


@dataclass(frozen=True)
class Run:
    """One recipe on one clip.

    Attributes:
        dreams: its frames.
        begun: numbers of the frames that begin a shot.
        core_seconds: a frame, of all.
        knob: step size or strength by which the level was made equal.
        carried_seconds: core-seconds a frame, of those to which a dream was carried.
    """

    dreams: list[Picture]
    begun: list[int]
    core_seconds: float
    knob: float
    carried_seconds: float = math.nan


class Clip:
    """A clip, its motions, and its dreams from scratch."""

    def __init__(self, name: str, frames: list[Frame], dreamer: Dreamer) -> None:
        self.name, self.frames = name, frames
        self.sources = [frame.picture for frame in frames]
        self.motions, self.fine = motions_of(self.sources), fine_motions_of(self.sources)
        self.scratch = from_scratch(dreamer, frames)

    def level(self, run: Run) -> float:
        return float(levels(self.sources, run.dreams).mean())

    def row(self, recipe: str, run: Run) -> str:
        """A line of the table."""
        away = deviations(levels(self.sources, run.dreams), run.begun)
        ghost = ghosts(self.sources, run.dreams, self.motions)
        cells = (
            self.name,
            recipe,
            f"{self.level(run):.3f}",
            f"{away.min():+.1%} {away.max():+.1%}" if len(away) else "",
            f"{flickers(self.sources, run.dreams, self.motions).mean() * 1000:.1f}",
            f"{flickers(self.sources, run.dreams, self.fine).mean() * 1000:.1f}",
            f"{np.nanmean(ghost) if np.isfinite(ghost).any() else 0:.2f}",
            f"{movers(self.sources, run.dreams, self.scratch.dreams, run.begun):.1%}",
            f"{clipped(run.dreams) - clipped(self.sources):+.1%}",
            f"{run.core_seconds:.3f}",
            f"{run.knob:.3g}",
        )
        return f"| {' | '.join(cells)} |"


def from_scratch(dreamer: Dreamer, frames: list[Frame]) -> Run:
    """Every frame by the full recipe, on its own."""
    clock = CoreClock()
    dreams = []
    for frame in frames:
        with clock:
            dreams.append(dreamer.dream(frame.picture, index=frame.index))
    return Run(dreams, list(range(len(frames))), clock.seconds / len(frames), 1.0)


def blended(dreamer: Dreamer, frames: list[Frame], *, keep: float, steps: int, step_size: float) -> Run:
    """X_t = I_t + keep (D_{t-1} - I_t), then a few steps: as the peers blend."""
    clock, config = CoreClock(), replace(dreamer.config, step_size=step_size, highlights="clip")
    dreams: list[Picture] = []
    for frame in frames:
        with clock:
            if dreams:
                change = np.float32(keep) * (dreams[-1] - frame.picture)
                every = [float(steps)] * len(dreamer.octaves(frame.picture.shape[1::-1], config))
                grown = dreamer.grow(frame.picture, change, config, steps=every, index=frame.index)
                dreams.append(dreamer.applied(frame.picture, grown, config))
            else:
                dreams.append(dreamer.dream(frame.picture, index=frame.index))
    return Run(dreams, [0], clock.seconds / len(frames), step_size)


def carried(dreamer: Dreamer, frames: list[Frame], config: CoherenceConfig, dream: DreamConfig | None = None) -> Run:
    """The dream carried along the motion. Its core-seconds hold flow, cut detection and warping too."""
    dream = dream or dreamer.config
    carrier, first, later = Carrier(config, dream, dreamer), CoreClock(), CoreClock()
    dreams: list[Picture] = []
    begun: list[int] = []
    state: CarryState | None = None
    for frame in frames:
        with CoreClock() as clock:
            small = resized(frame.picture, dream.canonical_size(frame.picture.shape[1::-1]))
            if state is None or begins_shot(config, state.source, small):
                begun.append(len(dreams))
                state = None
            picture, state = carrier.advance(frame, state, small=small)
        (first if begun[-1] == len(dreams) else later).seconds += clock.seconds
        dreams.append(picture)
    mean = (first.seconds + later.seconds) / len(frames)
    return Run(dreams, begun, mean, config.strength, later.seconds / max(len(frames) - len(begun), 1))


def matched(attempt: Callable[[float], Run], level: Callable[[Run], float], wanted: float, knob: float) -> Run:
    """Turn the knob (a step size, a strength) until the mean level is the wanted one, in five attempts at most.

    By secants of the logarithms; the attempt that came nearest counts.
    """
    tried: list[tuple[float, float, Run]] = []  # logarithm of the knob, error of that of the level
    power = 1.0
    for _ in range(5):
        run = attempt(knob)
        tried.append((math.log(knob), math.log(level(run) / wanted), run))
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


def recipes(dreamer: Dreamer, clip: Clip, blend: float) -> Iterator[tuple[str, Run]]:
    """All recipes on one clip, at the mean level of the first."""
    yield "from scratch", clip.scratch
    wanted = clip.level(clip.scratch)
    for keep, steps in ((0.5, 5), (0.85, 2)):

        def attempt(knob: float, keep: float = keep, steps: int = steps) -> Run:
            return blended(dreamer, clip.frames, keep=keep, steps=steps, step_size=knob)

        yield f"plain blend {keep:g}, {steps} steps", matched(attempt, clip.level, wanted, dreamer.config.step_size)

    def carry(knob: float) -> Run:
        return carried(dreamer, clip.frames, CoherenceConfig(blend=blend, strength=knob))

    yield f"carried, blend {blend:g}", matched(carry, clip.level, wanted, 1.0)


def without() -> dict[str, AbstractContextManager[object]]:
    """Every part of the carry, switched off while its context lasts."""
    spent = lambda state, _: replace(state, reserve=np.zeros_like(state.reserve), effort=0.0)  # noqa: E731
    flow = "dreamvideo.coherence.flow"

    def own_motion(backward, forward, previous, current, reduced):  # type: ignore[no-untyped-def]
        return backward, np.zeros(backward.shape[:2], np.float32), trust(backward, forward, reduced)

    return {
        "all": nullcontext(),
        "without reserve": patch.object(CarryState, "paid", spent),
        "without patches": patch("dreamvideo.coherence.carrier.find_patches", lambda *_: []),
        "without coarse steps": patch("dreamvideo.coherence.carrier.COARSE", 0.0),
        "without nearby motion": patch(f"{flow}.spread", lambda field, _: field),
        "without nearby motion and likeness": patch(f"{flow}._judged", own_motion),
    }


def ablate(dreamer: Dreamer, clip: Clip, blend: float) -> Iterator[tuple[str, Run]]:
    """The carried dream, whole and without each of its parts."""
    config = CoherenceConfig(blend=blend)
    for name, switched_off in without().items():
        with switched_off:
            yield name, carried(dreamer, clip.frames, config)
    yield "without shoulder", carried(dreamer, clip.frames, config, replace(dreamer.config, highlights="clip"))


def hold_still(dreamer: Dreamer, frame: Frame, count: int) -> None:
    """Print how the dream of a shot in which nothing moves goes on: a line at 1, 10, 100, ... frames."""
    still = [Frame(frame.picture, index * Fraction(1, 24), Fraction(1, 24), index) for index in range(count)]
    run = carried(dreamer, still, CoherenceConfig())
    chosen = sorted({1, 3, 10, 30, 100, 200, count} & set(range(1, count + 1)))
    print("| still frame | level | of the first | clipped | objective over the source's |")
    print("|---|---|---|---|---|")
    found = levels([frame.picture] * count, run.dreams)
    for number in chosen:
        dream = run.dreams[number - 1]
        gain = dreamer.value(dream) / dreamer.value(frame.picture)
        print(
            f"| {number} | {found[number - 1]:.3f} | {found[number - 1] / found[0] - 1:+.1%} "
            f"| {clipped([dream]):.1%} | {gain:.1f} |",
            flush=True,
        )
    print(f"{run.core_seconds:.3f} core-seconds a frame")


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
    parser.add_argument("--strips", type=Path, help="a folder for pictures")
    parser.add_argument(
        "--seed", action="store_true", help="one frame by the slow recipe of the preset of that name, too"
    )
    parser.add_argument("--still", type=int, default=0, help="instead: so many times the first frame")
    parser.add_argument("--ablate", action="store_true", help="instead: the carried dream without each of its parts")
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    cv2.setNumThreads(options.threads)
    dreamer = Dreamer(load_network(NetworkConfig(options.model, options.weights)), DreamConfig())
    if not options.still:
        print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for path in options.clips:
        frames = read(path, options.frames, options.width, options.start)
        warm_up(dreamer, frames[0].picture)
        if options.still:
            hold_still(dreamer, frames[0], options.still)
            continue
        clip, rows = Clip(path.stem, frames, dreamer), []
        for name, run in (ablate if options.ablate else recipes)(dreamer, clip, options.blend):
            print(clip.row(name, run), flush=True)
            rows.append(strip(run.dreams))
            if options.strips:
                options.strips.mkdir(parents=True, exist_ok=True)
                still = options.strips / f"{path.stem}_{name.split(',')[0].replace(' ', '_')}.png"
                save(still, run.dreams[min(15, len(run.dreams) - 1)])
        if options.seed:
            seed = from_scratch(Dreamer(dreamer.network, assemble([preset("seed", "seed")]).dream), frames[:1])
            level = levels(clip.sources[:1], seed.dreams).mean()
            print(
                f"| {path.stem} | preset seed, one frame | {level:.3f} ||||||| {seed.core_seconds:.3f} ||", flush=True
            )
        if options.strips:
            save(options.strips / f"{path.stem}_strips.png", np.concatenate(rows))


def warm_up(dreamer: Dreamer, picture: Picture) -> None:
    """Trace, so that no recipe pays for it: soft and clipped."""
    for highlights in ("soft", "clip"):
        dreamer.dream(picture, replace(dreamer.config, steps=1, highlights=highlights))


if __name__ == "__main__":
    main()
