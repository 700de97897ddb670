"""How a stretch of a job's frames is rendered from a saved state, and how its result is encoded, in any process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from dreamvideo.coherence import CarryState
from dreamvideo.config import Recipe
from dreamvideo.errors import JobChangedError
from dreamvideo.jobs import Plan, Segment, State
from dreamvideo.media import AudioSpan, Frame, Target, open_source, open_target
from dreamvideo.recipe import Settings, assemble, metadata_of
from dreamvideo.render.opening import music_span, open_dreamer, zoom_start
from dreamvideo.render.video import video_dreamer
from dreamvideo.schedule.music import read_music
from dreamvideo.zoom import ZoomState, plan_journey, zoom_frames

if TYPE_CHECKING:
    from dreamvideo.schedule.music import Music
    from dreamvideo.zoom.journey import Journey


class VideoRenderer:
    """Renders stretches of a video for `jobs/`."""

    def __init__(self, plan: Plan) -> None:
        self.recipe = recipe_of(plan)
        self.source = Path(plan.inputs["source"].path)
        self.music = _music_of(plan)
        self.times = plan.facts["times"]
        start, shown = self.times[-1]
        self.duration = float(Fraction(start) + (Fraction(shown) if shown else 0))
        self.dreamer = open_dreamer(self.recipe)

    def render(self, segment: Segment, state: State | None, write: Callable[[Frame], bool]) -> State:
        """Write the segment's frames and return the state after the last one written."""
        begin = Fraction(self.times[segment.first][0])
        read = self.recipe.read
        end = Fraction(self.times[segment.stop][0]) + read.start if segment.stop < len(self.times) else read.end
        last = None if state is None else CarryState.from_arrays({k: np.asarray(v) for k, v in state.items()})
        span = replace(read, start=read.start + begin, end=end)
        with open_source(self.source, span) as frames:
            looper = video_dreamer(frames, self.recipe, self.dreamer, self.music, duration=self.duration)
            moved = (
                replace(frame, index=frame.index + segment.first, time=frame.time + begin)
                for frame in frames
                if frame.index < segment.stop - segment.first
            )
            with closing(looper.dream(moved, last)) as dreamed:
                for one in dreamed:
                    last = one.state
                    if not write(one.frame):
                        break
        return {} if last is None else {name: np.asarray(value) for name, value in last.arrays().items()}


class ZoomRenderer:
    """Renders stretches of a zoom for `jobs/`."""

    def __init__(self, plan: Plan) -> None:
        self.recipe = recipe_of(plan)
        source = plan.inputs.get("source")
        self.first = zoom_start(None if source is None else Path(source.path), self.recipe)
        self.music = _music_of(plan)
        self.dreamer = open_dreamer(self.recipe)
        self.journey: Journey | Literal["plan"] | None = "plan"

    def render(self, segment: Segment, state: State | None, write: Callable[[Frame], bool]) -> State:
        """Write the segment's frames and return the state after the last one written."""
        if self.journey == "plan":  # once for all segments: it takes longer than many frames
            self.journey = plan_journey(self.first, self.recipe, self.dreamer)
        last = None
        if state is not None:
            last = ZoomState(np.asarray(state["canvas"], np.float32), int(state["index"]))
        made = zoom_frames(self.first, self.recipe, self.dreamer, music=self.music, state=last, journey=self.journey)
        with closing(made) as frames:  # type: ignore[type-var]
            for frame in frames:
                last = ZoomState(frame.picture, frame.index)
                if not write(frame) or frame.index + 1 >= segment.stop:
                    break
        return {} if last is None else {"canvas": last.canvas, "index": last.index}


def open_renderer(plan: Plan) -> VideoRenderer | ZoomRenderer:
    """What renders a plan, in any process.

    Raises:
        JobChangedError: the network's weights are others than the plan's.
    """
    renderer = VideoRenderer(plan) if plan.kind == "video" else ZoomRenderer(plan)
    found = renderer.dreamer.network.weights_hash
    if found != plan.weights:
        raise JobChangedError(f"expected the weights {plan.weights[:12]} that the job began with, got {found[:12]}")
    return renderer


def open_result(plan: Plan, target: Path) -> Target:
    """The encoder of a plan's result, at a path inside the job."""
    recipe, facts = recipe_of(plan), plan.facts
    rate, time_base = (None if facts.get(key) is None else Fraction(facts[key]) for key in ("rate", "time_base"))
    return open_target(
        target,
        plan.size,
        rate,
        replace(recipe.write, overwrite=True),
        audio_from=_sound(plan, recipe),
        metadata=metadata_of(recipe, plan.weights),
        time_base=time_base,
    )


def recipe_of(plan: Plan) -> Recipe:
    """The recipe that a plan was made from."""
    values: dict[str, object] = {}
    for room, table in plan.settings.items():
        values |= {key if room == "schedules" else f"{room}.{key}": value for key, value in table.items()}
    return assemble([Settings("the job", values)])


def _music_of(plan: Plan) -> Music | None:
    track = plan.inputs.get("music")
    return read_music(None if track is None else Path(track.path))


def _sound(plan: Plan, recipe: Recipe) -> AudioSpan | None:
    if "music" in plan.inputs:
        return music_span(Path(plan.inputs["music"].path))
    if plan.kind == "video" and plan.facts.get("sound") and recipe.write.audio:
        return AudioSpan(Path(plan.inputs["source"].path), recipe.read.start)
    return None
