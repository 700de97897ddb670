"""Estimate the cost of a job from a few of its frames, for dry runs and previews.

All steps of the job are measured: loading the network, surveying the source, the first frame of a shot, carried frames,
storing frames losslessly, and encoding the result. One-off costs, such as building TensorFlow's graphs, are recognised
because the frames that include them take longer.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path

from dreamvideo.choose.atlas import atlas_entries, canonical_picture, objective_of
from dreamvideo.choose.comparison import compared
from dreamvideo.choose.sheet import contact_sheet, thumbnail
from dreamvideo.config import Recipe, WriteConfig
from dreamvideo.cost.measuring import Estimate, Measurement, clocked, estimate_of, steady, timed
from dreamvideo.cost.trial import keep_trial, sound_bytes, still_bytes
from dreamvideo.jobs import Plan, Shot, load_job
from dreamvideo.jobs.opening import job_target
from dreamvideo.jobs.threads import own_threads
from dreamvideo.media import open_source, probe
from dreamvideo.render.opening import first_picture, open_dreamer, read_start
from dreamvideo.render.planning import plan_video, recipe_of
from dreamvideo.render.renderers import VideoRenderer
from dreamvideo.render.survey import Glance, glance
from dreamvideo.schedule.music import read_music
from dreamvideo.zoom import Zoom

SAMPLE = 16
"""Consecutive carried frames that are measured."""
ZOOM_SAMPLE = 30
"""Frames, spread over a zoom, that are measured."""


def estimate_video(
    source: Path, recipe: Recipe, suffix: str = ".mp4", *, seen: Glance | None = None, music: Path | None = None
) -> Estimate:
    """Estimate `dreamvideo video`; a picture counts as a video of one frame.

    Args:
        seen: the result of `glance`, if there is one.
        music: sound in place of the source's.

    Raises:
        DreamVideoError: as the job would.
    """
    seen = seen or glance(source, recipe)
    began = time.perf_counter()
    plan = plan_video(source, recipe, music=music, threads=own_threads()).plan
    planning = time.perf_counter() - began
    return _estimate_plan(plan.surveyed(seen.survey()), suffix, planning + seen.cost * seen.frames)


def _estimate_plan(plan: Plan, suffix: str, before: float = 0.0) -> Estimate:
    """Estimate a plan by rendering stretches of it; `before` are the seconds that the plan itself took."""
    began = time.perf_counter()
    renderer = VideoRenderer(plan)
    before += time.perf_counter() - began
    firsts = _stretches(plan.shots)
    stretches = [timed(renderer.frames(range(first, min(first + 1 + SAMPLE, plan.frames)), None)) for first in firsts]
    parts = plan.parts
    shared = sum(part.shared for part in parts)
    rendered = plan.rendered + sum(part.warmup for part in parts)
    dreaming = _video_seconds(stretches, rendered, len(parts))
    read, write = renderer.recipe.read, renderer.recipe.write
    fps = Fraction(plan.facts["rate"] or 24)
    kept = keep_trial([stretch.frames for stretch in stretches], fps, write, suffix)
    length = float(renderer.times[-1] + 1 / fps)
    heard = None if "music" in plan.inputs else probe(plan.inputs["source"].path, max_pixels=read.max_pixels)
    sound = sound_bytes(heard, write, suffix, length)
    state = stretches[-1].state_bytes
    return estimate_of(plan.frames, len(plan.shots), plan.size, before, dreaming, kept, sound, state, shared)


def _stretches(shots: Sequence[Shot]) -> list[int]:
    """First frames of the measured stretches: the start, and the middle shot or the middle of the only one."""
    middle, frames = shots[len(shots) // 2], shots[-1].stop
    if frames <= 2 * (1 + SAMPLE):
        return [0]
    return [0, middle.first if len(shots) > 1 else frames // 2]


def _video_seconds(stretches: Sequence[Measurement], total: int, parts: int) -> float:
    """Seconds for all frames of a video: first frames of parts, carried frames, and one-off costs."""
    cold, warm = stretches[0].seconds[0], stretches[-1].seconds[0]
    carried = [seconds for stretch in stretches for seconds in stretch.seconds[1:]]
    if not carried:
        return cold + warm * max(0, total - 1)
    usual, once = steady(carried)
    # A stretch may begin where little is dreamed: then the first frame must not be counted twice.
    return max(0.0, cold - warm) + once + warm * parts + usual * max(0, total - parts)


def estimate_zoom(source: Path | None, recipe: Recipe, suffix: str = ".mp4", *, music: Path | None = None) -> Estimate:
    """Estimate `dreamvideo zoom`.

    The cost of a frame depends on the current place of the journey. So a thinned zoom is made: it is as long, at a
    fraction of the rate, with the same fraction of the steps. Its frames cost the same.

    Raises:
        DreamVideoError: as the job would.
    """
    began = time.perf_counter()
    first = read_start(source, recipe).picture
    dreamer, heard = open_dreamer(recipe), read_music(music)
    loading = time.perf_counter() - began
    total = recipe.zoom.frames
    thin, part = _thinned(recipe)
    began = time.perf_counter()
    zoom = Zoom(first, thin, dreamer, music=heard)
    zoom.journey  # noqa: B018  planned now, since it is paid once
    planning = time.perf_counter() - began
    sparse = timed((frame, {"canvas": canvas}) for frame, canvas in islice(zoom.frames(), ZOOM_SAMPLE + 1))
    made = sparse.seconds[1:]
    usual, once = steady(made) if made else (0.0, 0.0)
    dense = replace(recipe, zoom=replace(recipe.zoom, journey="none"))
    begin = 1 + min(total // 2, max(0, total - 1 - SAMPLE))
    stretch = range(begin, min(total, begin + SAMPLE))
    dive = Zoom(first, dense, dreamer, music=heard).frames(stretch, sparse.frames[-1].picture)
    row = [frame for frame, _ in dive] or sparse.frames[:1]
    kept = keep_trial([row], recipe.zoom.fps, recipe.write, suffix)
    size = (first.shape[1], first.shape[0])
    sound = 0 if music is None else sound_bytes(None, recipe.write, suffix, float(recipe.zoom.duration))
    dreaming = usual * (total - 1) + once / part
    return estimate_of(total, 1, size, loading + planning, dreaming, kept, sound, sparse.state_bytes)


def _thinned(recipe: Recipe) -> tuple[Recipe, float]:
    """A zoom with fewer frames of the same cost, and the fraction of the duration that it covers."""
    total, steps = recipe.zoom.frames, recipe.dream.steps
    divisors = [number for number in range(1, steps + 1) if steps % number == 0 and total >= number * SAMPLE]
    fraction = max(divisors, default=1)
    if any(setting == "dream.steps" for setting, _ in recipe.schedules):
        fraction = 1
    fps = recipe.zoom.fps / fraction
    duration = min(recipe.zoom.duration, ZOOM_SAMPLE / fps)
    thin = replace(
        recipe,
        dream=replace(recipe.dream, steps=steps // fraction),
        zoom=replace(recipe.zoom, fps=fps, duration=duration),
    )
    return thin, float(duration / recipe.zoom.duration)


def estimate_image(source: Path, recipe: Recipe, suffix: str = ".png") -> Estimate:
    """Estimate `dreamvideo image` from a few steps. Raises DreamVideoError as the job would."""
    began = time.perf_counter()
    picture = first_picture(source, recipe.read)
    dreamer = open_dreamer(recipe)
    loading = time.perf_counter() - began
    steps = recipe.dream.steps * recipe.coherence.strength
    few, one = min(3, steps), 1 / max(1, recipe.dream.steps)
    cold, _ = clocked(lambda: dreamer.dream(picture, strength=one))
    single, _ = clocked(lambda: dreamer.dream(picture, strength=one))
    several, dream = clocked(lambda: dreamer.dream(picture, strength=few * one))
    step = max(0.0, several - single) / max(1, few - 1)
    dreaming = cold + step * max(0, steps - 1)
    seconds, size = still_bytes(dream, recipe.write, suffix)
    return Estimate(1, 1, (picture.shape[1], picture.shape[0]), loading + dreaming + seconds, size, size, dreaming)


def estimate_atlas(source: Path, recipe: Recipe, channels_of: str | None = None, suffix: str = ".png") -> Estimate:
    """Estimate `dreamvideo atlas` from one step of each dream. Its frames are its dreams, of `size` each.

    Raises:
        DreamVideoError: as the atlas would.
    """
    began = time.perf_counter()
    picture = canonical_picture(source, recipe)
    dreamer = open_dreamer(recipe)
    entries = atlas_entries(dreamer.network, recipe, picture, channels_of)
    seconds = time.perf_counter() - began
    once = replace(recipe.dream, steps=min(1, recipe.dream.steps))
    dreams, costs = [thumbnail(picture)], dict[str, float]()
    for entry in entries:
        if entry.name not in costs:
            one = partial(dreamer.dream, picture, once, objective=objective_of(entry, recipe, dreamer))
            seconds += clocked(one)[0]
            costs[entry.name], dream = clocked(one)
        seconds += costs[entry.name] * recipe.dream.steps
        dreams.append(thumbnail(dream))
    size = (dreams[0].shape[1], dreams[0].shape[0])
    sheet = contact_sheet(dreams, [""] * len(dreams), cell=size)
    writing, length = still_bytes(sheet, recipe.write, suffix)
    return Estimate(len(entries), 0, size, seconds + writing, length, length)


def estimate_comparison(paths: Sequence[Path], suffix: str = ".mp4", write: WriteConfig | None = None) -> Estimate:
    """Estimate `dreamvideo compare` from its first frames. Raises DreamVideoError as the comparison would."""
    with open_source(paths[0]) as first:
        total, rate = first.info.frames or 1, first.info.rate or Fraction(24)
    rows = timed((row, {}) for row in islice(compared(paths), 2 * SAMPLE))
    kept = keep_trial([rows.frames], rate, write or WriteConfig(), suffix)
    height, width = rows.frames[0].picture.shape[:2]
    output = kept.result_bytes(total, 1)
    seconds = (statistics.mean(rows.seconds) + kept.encoding) * total
    return Estimate(total, 0, (width, height), seconds, output, output)


def estimate_job(folder: Path) -> Estimate:
    """Estimate the rest of a job: `dreamvideo resume`.

    Raises:
        JobChangedError: an input or a version has changed.
        DreamVideoError: as the job would.
    """
    job = load_job(folder)
    suffix = job_target(folder).suffix
    if job.plan.kind == "zoom":
        inputs = {name: Path(item.path) for name, item in job.plan.inputs.items()}
        whole = estimate_zoom(inputs.get("source"), recipe_of(job.plan), suffix, music=inputs.get("music"))
    else:
        whole = _estimate_plan(job.plan, suffix)
    done = sum(receipt.stop - receipt.first for part in job.parts for receipt in job.chain(part))
    done = done * job.plan.frames // job.plan.rendered  # shared frames are rendered twice
    return replace(whole.remaining(done), frames=job.plan.frames, shots=len(job.plan.shots))
