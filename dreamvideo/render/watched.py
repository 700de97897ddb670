"""Show a job's frames in this process as they are made, such as on the page."""

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
    """Opens renderers whose frames are also passed to `on_frame`, before they are written."""

    on_frame: OnFrame

    def __call__(self, plan: Plan) -> WatchedRenderer:
        """Open the renderer of a plan."""
        return WatchedRenderer(open_renderer(plan), self.on_frame)


class WatchedRenderer:
    """Wraps a renderer, and passes each of its frames to `on_frame`."""

    def __init__(self, renderer: VideoRenderer | ZoomRenderer, on_frame: OnFrame) -> None:
        self._renderer = renderer
        self._on_frame = on_frame

    def frames(self, stretch: range, state: State | None) -> Iterator[tuple[Frame, State]]:
        """Make the frames of a stretch, and pass each to the callback."""
        for frame, after in self._renderer.frames(stretch, state):
            self._on_frame(frame)
            yield frame, after
