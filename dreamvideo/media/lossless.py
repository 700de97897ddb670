"""Frames kept exactly for a while: FFV1 in Matroska, RGB of 8 bits, each frame coded by itself with checksums.

Measured on grainy pictures at 640x360, two cores: FFV1 takes 0.72 of the raw size and 38 ms a frame, lossless
H.264 (RGB, ultrafast) 0.87 and 10 ms, superfast 0.72 and 53 ms. A frame takes far longer to dream, so size decides.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import OutputContainer
    from av.video.stream import VideoStream

_PIXELS = "bgr0"


def add_lossless(container: OutputContainer, size: tuple[int, int], ticks: int) -> VideoStream:
    """A stream for frames of `size` (width, height), whose times count `ticks` a second."""
    # How many slices FFV1 takes depends on the size in ways of its own, so it chooses; it has no slices for a line.
    options = {"level": "1"} if min(size) == 1 else {"level": "3", "slicecrc": "1", "threads": "auto"}
    stream = container.add_stream("ffv1", rate=ticks, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = _PIXELS
    stream.codec_context.time_base = stream.time_base = Fraction(1, ticks)
    return stream


def lossless_frame(pixels: NDArray[np.uint8], time: int, ticks: int) -> VideoFrame:
    """A frame (H, W, 3) for such a stream, shown from `time` ticks on."""
    import av

    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=_PIXELS)
    frame.pts, frame.time_base = time, Fraction(1, ticks)
    return frame
