"""Renderers: they make the frames of a plan, stretch by stretch. One is for videos, one for zooms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dreamvideo.coherence import CarryState
from dreamvideo.config import ReadConfig
from dreamvideo.errors import JobChangedError
from dreamvideo.jobs import Plan, State
from dreamvideo.media import Frame, open_source
from dreamvideo.media.oneway import PIPE
from dreamvideo.render.opening import open_dreamer, read_start
from dreamvideo.render.planning import recipe_of
from dreamvideo.render.video import VideoDreamer
from dreamvideo.schedule import check_schedules
from dreamvideo.schedule.music import Music, read_music
from dreamvideo.zoom import Zoom

if TYPE_CHECKING:
    from dreamvideo.objectives import Objective


class VideoRenderer:
    """Makes the frames of a video from its source.

    Args:
        plan: a plan with its shots; of a plan without shots (a pipe), only `loop` can be used.
        objective: what is raised; None: as the recipe says.

    Raises:
        FrameTooSmallError: the frames are too small for the network.
        ScheduleError: a schedule has no usable value at a frame.
    """

    def __init__(self, plan: Plan, objective: Objective | None = None) -> None:
        self.recipe = recipe_of(plan)
        self.source = Path(plan.inputs["source"].path if "source" in plan.inputs else PIPE)
        self.times = [Fraction(time) for time, _ in plan.facts.get("times", ())]
        self.dreamer = open_dreamer(self.recipe, objective)
        if self.recipe.dream.steps:
            self.dreamer.refuse_if_too_small(plan.size)
        duration = _duration(plan)
        fps = float(Fraction(plan.facts["rate"] or 24))
        music = _music_of(plan)
        begins = frozenset(shot.first for shot in plan.shots) or None
        self.loop = VideoDreamer(self.recipe, self.dreamer, fps=fps, duration=duration, music=music, begins=begins)
        check_schedules(self.recipe, map(float, self.times), self.loop.bands, fps=fps, duration=duration)

    def frames(self, stretch: range, state: State | None) -> Iterator[tuple[Frame, State]]:
        """Make the frames of a stretch: read each, carry the last dream to it, and dream it on.

        Args:
            stretch: numbers of the frames.
            state: the state after the frame before them; None: they begin a shot.

        Yields:
            A dreamed frame, and the state after it.
        """
        carried = None if state is None else CarryState.from_arrays({k: np.asarray(v) for k, v in state.items()})
        with open_source(self.source, self._span(stretch)) as frames:
            sources = (
                replace(frame, index=frame.index + stretch.start, time=frame.time + self.times[stretch.start])
                for frame in frames
                if frame.index < len(stretch)
            )
            for frame, after in self.loop.dream(sources, carried):
                yield frame, {name: np.asarray(value) for name, value in after.arrays().items()}

    def _span(self, stretch: range) -> ReadConfig:
        read = self.recipe.read
        end = self.times[stretch.stop] + read.start if stretch.stop < len(self.times) else read.end
        return replace(read, start=read.start + self.times[stretch.start], end=end)


class ZoomRenderer:
    """Makes the frames of a zoom from its first picture.

    Args:
        plan: a plan with its one shot.
        objective: what is raised in all frames; None: as the recipe says.

    Raises:
        FrameTooSmallError: the picture is too small for the network.
        ScheduleError: a schedule has no usable value at a frame.
    """

    def __init__(self, plan: Plan, objective: Objective | None = None) -> None:
        recipe = recipe_of(plan)
        if objective is not None:
            recipe = replace(recipe, zoom=replace(recipe.zoom, journey="none"))
        source = plan.inputs.get("source")
        first = read_start(None if source is None else Path(source.path), recipe).picture
        self.dreamer = open_dreamer(recipe, objective)
        self.zoom = Zoom(first, recipe, self.dreamer, music=_music_of(plan))

    def frames(self, stretch: range, state: State | None) -> Iterator[tuple[Frame, State]]:
        """Make the frames of a stretch: move the last frame by the camera, and dream it on.

        Args:
            stretch: numbers of the frames.
            state: the state after the frame before them; None: they begin the zoom.

        Yields:
            A dreamed frame, and the state after it.
        """
        canvas = None if state is None else np.asarray(state["canvas"], np.float32)
        for frame, after in self.zoom.frames(stretch, canvas):
            yield frame, {"canvas": after}


def open_renderer(plan: Plan, objective: Objective | None = None) -> VideoRenderer | ZoomRenderer:
    """Make the renderer of a plan, in any process.

    Raises:
        JobChangedError: the network's weights differ from the plan's.
        DreamVideoError: the plan cannot be dreamed, such as at this size.
    """
    renderer = VideoRenderer(plan, objective) if plan.kind == "video" else ZoomRenderer(plan, objective)
    found = renderer.dreamer.network.weights_hash
    if found != plan.weights:
        raise JobChangedError(f"expected the weights {plan.weights[:12]} that the job began with, got {found[:12]}")
    return renderer


def _duration(plan: Plan) -> float:
    """Seconds of a video: until its last frame has been shown; of a pipe, as its source says, or 0."""
    if "times" not in plan.facts:
        return float(Fraction(plan.facts["duration"]))
    time, shown = plan.facts["times"][-1]
    return float(Fraction(time) + Fraction(shown or 0))


def _music_of(plan: Plan) -> Music | None:
    track = plan.inputs.get("music")
    return read_music(None if track is None else Path(track.path))
