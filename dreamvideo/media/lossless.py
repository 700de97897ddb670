"""Store frames losslessly for a while: 8-bit RGB in MagicYUV in NUT, every frame a key frame.

Milliseconds to write + read a dreamed frame of 640x360 on one core, and size as a fraction of raw: MagicYUV 2 + 3,
0.50; lossless H.264 (RGB, ultrafast) 4 + 7, 0.48; FFV1 12 + 14, 0.44. Ut Video fails at some odd sizes.
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
"""Format and suffix of such files: FFmpeg's own, the only one that holds MagicYUV at any times."""
_PIXELS = "gbrp"


def add_lossless(container: OutputContainer, size: tuple[int, int], ticks: int) -> VideoStream:
    """Add a stream for frames of `size` (width, height), with `ticks` per second."""
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
