"""A job's frames as they are finished, for someone in this process who wants to see them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from dreamvideo.jobs import Plan, State
from dreamvideo.media import Frame
from dreamvideo.render.renderers import VideoRenderer, ZoomRenderer, open_renderer

OnFrame: TypeAlias = Callable[[Frame], None]


@dataclass(frozen=True, slots=True)
class OpenWatched:
    """Opens renderers, and has every frame seen before it is written.

    Attributes:
        on_frame: called with each frame; it decides nothing of the job.
    """

    on_frame: OnFrame

    def __call__(self, plan: Plan) -> WatchedRenderer:
        """What renders a plan, in this process."""
        return WatchedRenderer(open_renderer(plan), self.on_frame)


class WatchedRenderer:
    """Makes the frames that another renderer makes.

    Args:
        renderer: the other.
        on_frame: called with each frame.
    """

    def __init__(self, renderer: VideoRenderer | ZoomRenderer, on_frame: OnFrame) -> None:
        self._renderer = renderer
        self._on_frame = on_frame

    def frames(self, stretch: range, state: State | None) -> Iterator[tuple[Frame, State]]:
        """Make the frames of a stretch, and show each."""
        for frame, after in self._renderer.frames(stretch, state):
            self._on_frame(frame)
            yield frame, after
