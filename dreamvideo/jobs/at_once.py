"""Render a plan in this process, without a job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from dreamvideo.jobs.parts import Part
from dreamvideo.jobs.plan import Plan
from dreamvideo.jobs.seams import joined
from dreamvideo.jobs.state import State
from dreamvideo.jobs.worker import Renderer
from dreamvideo.media.frame import Frame, to_picture, to_uint8


def render_at_once(plan: Plan, renderer: Renderer) -> Iterator[Frame]:
    """Make all frames of a surveyed plan, in order of rendering, with the same values as in a job."""
    return joined(plan.parts, partial(_frames_of, renderer), plan.size, plan.seed)


def _frames_of(renderer: Renderer, part: Part) -> Iterator[Frame]:
    state: State | None = None
    for _, after in renderer.frames(part.before, None) if part.warmup else ():
        state = after
    for frame, _ in renderer.frames(part.frames, state):
        yield replace(frame, picture=to_picture(to_uint8(frame.picture)))
