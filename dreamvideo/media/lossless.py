"""Frames kept exactly for a while: MagicYUV in NUT, RGB of 8 bits, each frame coded by itself.

Measured on dreamed frames at 640x360, one core, milliseconds to write and read a frame: MagicYUV 2 + 3 at 0.50 of the
raw size, lossless H.264 (RGB, ultrafast) 4 + 7 at 0.48, FFV1 12 + 14 at 0.44. Ut Video fails at some odd
sizes.
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

CONTAINER = "nut"
"""The format of such files, which is their ending too: FFmpeg's own, the only one that holds MagicYUV at any times."""
_PIXELS = "gbrp"


def add_lossless(container: OutputContainer, size: tuple[int, int], ticks: int) -> VideoStream:
    """A stream for frames of `size` (width, height), whose times count `ticks` a second."""
    stream = container.add_stream("magicyuv", rate=ticks, options={"pred": "median"})
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
