"""Frames in, dreamed frames out, inside another tool: here a function that MoviePy's `clip.image_transform` takes.

    from moviepy import VideoFileClip
    VideoFileClip("clip.mp4").image_transform(DreamEffect(fps=24)).write_videofile("out.mp4")

The effect is told one frame at a time, in order, and carries the dream from one to the next.
"""

from __future__ import annotations

import queue
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray

from dreamvideo import Recipe, dream_frames
from dreamvideo.media import Picture


class DreamEffect:
    """Turns uint8 RGB frames (H, W, 3) into dreamed ones, one call a frame."""

    def __init__(self, recipe: Recipe | None = None, fps: int = 24) -> None:
        self._waiting: queue.SimpleQueue[Picture | None] = queue.SimpleQueue()
        self._dreams = dream_frames(self._frames(), recipe, fps=fps)

    def _frames(self) -> Iterator[Picture]:
        while (picture := self._waiting.get()) is not None:
            yield picture

    def __call__(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        self._waiting.put(frame.astype(np.float32) / 255)
        return (next(self._dreams).picture * 255 + 0.5).astype(np.uint8)

    def close(self) -> None:
        """Say that no more frames come, and end the thread that looks at them."""
        self._waiting.put(None)
        for _ in self._dreams:
            pass


def main(source: Path, target: Path) -> None:
    """Without another tool at hand: an animated picture, frame by frame."""
    with closing(DreamEffect()) as effect:
        iio.imwrite(target, np.stack([effect(frame[..., :3]) for frame in iio.imiter(source)]), loop=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
