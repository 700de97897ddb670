"""The dream fed back through a camera: endless zooms and loops.

`animation` is the loop of a zoom; `journey` wanders from `places` to places of the network, so that there is always
something new, `word_journey` from word to word; `drift` holds brightness and colour to the first frame's; `tempering`
keeps steps even and crisp.
"""

from dreamvideo.zoom.animation import Zoom, noise_picture, plan_journey, zoom_length

__all__ = ["Zoom", "noise_picture", "plan_journey", "zoom_length"]
