"""The dream fed back through a camera: endless zooms and loops.

`animation` is the loop of a zoom; `journey` wanders from `places` to places of the network, so that there is always
something new; `drift` holds brightness and colour to the first frame's; `tempering` keeps steps even and crisp.
"""

from dreamvideo.zoom.animation import (
    ZoomState,
    noise_picture,
    plan_journey,
    zoom_frames,
    zoom_length,
)
from dreamvideo.zoom.reversal import backwards

__all__ = ["ZoomState", "backwards", "noise_picture", "plan_journey", "zoom_frames", "zoom_length"]
