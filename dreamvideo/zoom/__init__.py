"""Zoom animations: each frame is the last one, moved by the camera and dreamed again.

`animation` is the loop over frames. `journey` changes the objective over time, from place to place (`places`: groups of
channels), and `word_journey` from word to word. `drift` holds brightness and colour to the first frame's. `tempering`
keeps the dream even and crisp.
"""

from dreamvideo.zoom.animation import Zoom, noise_picture, plan_journey

__all__ = ["Zoom", "noise_picture", "plan_journey"]
