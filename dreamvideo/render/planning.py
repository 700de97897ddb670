"""Planning: collect all that determines the frames of a video or a zoom, and survey its source."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from dreamvideo.config import SHORTEST_SPLIT, CoherenceConfig, Recipe
from dreamvideo.jobs import Plan, Shot, Splitting, Survey, fingerprint
from dreamvideo.jobs.threads import own_threads
from dreamvideo.media import Source, open_source
from dreamvideo.media.oneway import is_piped
from dreamvideo.progress import OnProgress, silent
from dreamvideo.recipe import Settings, assemble, to_toml
from dreamvideo.render.opening import read_start
from dreamvideo.render.survey import facts_of, survey_video

ALONE_FRAMES = 48
"""Frames in a part if frames are independent (no coherence). Then a shot may be split anywhere without a seam."""
OVERLAP = Fraction(SHORTEST_SPLIT, 2)
"""Seconds of the cross-fade between parts of a split shot. At this length the picture changes no faster than a dream
does by itself (`tests/benchmarks/split.py`)."""
WARMUP = Fraction(1, 2)
"""Seconds that a part is dreamed before its cross-fade begins, so that its dream has settled."""


@dataclass(frozen=True, slots=True)
class Commission:
    """A render before its source is surveyed.

    Attributes:
        plan: the plan, still without shots.
        survey: reads the source and finds its shots, which may take minutes.
    """

    plan: Plan
    survey: Callable[[], Survey]


def plan_video(
    source: Path, recipe: Recipe, on_progress: OnProgress = silent, *, music: Path | None = None, threads: int
) -> Commission:
    """Plan the dream of a video.

    Args:
        on_progress: called for every frame that the survey reads.
        music: sound in place of the source's. Schedules may use its loudness.

    Raises:
        InputError: the source cannot be read.
    """
    with open_source(source, recipe.read) as frames:
        size, parts = frames.size, splitting(recipe.coherence, frames.rate)
    plan = _plan("video", recipe, {"source": source, "music": music}, size, threads, parts)
    return Commission(plan, lambda: survey_video(source, recipe, on_progress))


def plan_zoom(
    source: Path | None, recipe: Recipe, on_progress: OnProgress = silent, *, music: Path | None = None, threads: int
) -> Commission:
    """Plan a zoom into a picture, or into noise if `source` is None. Other arguments as for `plan_video`.

    Raises:
        InputError: the source cannot be read.
        ConfigError: there is no source, and `zoom.from_noise` is not set.
    """
    start = read_start(source, recipe)
    height, width = start.picture.shape[:2]
    plan = _plan("zoom", recipe, {"source": source, "music": music}, (width, height), threads, Splitting())
    facts = {
        "rate": str(recipe.zoom.fps),
        "time_base": str(1 / recipe.zoom.fps),
        "warnings": list(start.warnings),
        "damaged": start.damaged,
    }
    return Commission(plan, lambda: Survey((Shot(0, recipe.zoom.frames),), facts))


def plan_piped(frames: Source, recipe: Recipe, *, music: Path | None = None) -> Plan:
    """Plan the dream of an open clip, from or into a pipe. There is no survey: cuts are detected on the way."""
    source = frames.info.path
    inputs = {"source": None if is_piped(source) else source, "music": music}
    plan = _plan("video", recipe, inputs, frames.size, own_threads(), Splitting())
    return replace(plan, facts={**facts_of(frames), "duration": str(frames.info.duration or 0)})


def splitting(coherence: CoherenceConfig, rate: Fraction | None) -> Splitting:
    """How a clip's shots are split into parts.

    Args:
        coherence: says how long a part may be.
        rate: frames per second; None: 24.
    """
    if coherence.coherence == "none":
        return Splitting(ALONE_FRAMES)
    if coherence.split is None:
        return Splitting()
    rate = rate or Fraction(24)
    frames = max(1, round(coherence.split * rate))
    return Splitting(frames, min(round(OVERLAP * rate), frames // 2), round(WARMUP * rate))


def recipe_of(plan: Plan) -> Recipe:
    """The recipe that a plan was made from."""
    values: dict[str, object] = {}
    for room, table in plan.settings.items():
        values |= {key if room == "schedules" else f"{room}.{key}": value for key, value in table.items()}
    recipe = assemble([Settings("the job", values)])
    return _with_files(recipe, {name: Path(item.path) for name, item in plan.inputs.items()})


def _with_files(recipe: Recipe, files: Mapping[str, Path]) -> Recipe:
    """Replace the recipe's files by those in `files`. A plan keeps them apart, as inputs identified by content."""
    dream = replace(recipe.dream, guide=files.get("guide"), mask=files.get("mask"))
    return replace(recipe, dream=dream, network=replace(recipe.network, weights=files.get("weights")))


def _plan(
    kind: Literal["video", "zoom"],
    recipe: Recipe,
    inputs: Mapping[str, Path | None],
    size: tuple[int, int],
    threads: int,
    parts: Splitting,
) -> Plan:
    from dreamvideo.networks import load_network

    dream = recipe.dream
    files = {"guide": dream.guide, "mask": dream.mask, "weights": recipe.network.weights, **inputs}
    return Plan(
        kind=kind,
        inputs={name: fingerprint(path) for name, path in files.items() if path is not None},
        size=size,
        settings=json.loads(json.dumps(tomllib.loads(to_toml(_with_files(recipe, {}))))),
        seed=dream.seed,
        weights=load_network(recipe.network).weights_hash,
        threads=threads,
        backwards=kind == "zoom" and recipe.zoom.reverse,
        split_frames=parts.frames,
        overlap_frames=parts.overlap,
        warmup_frames=parts.warmup,
    )
