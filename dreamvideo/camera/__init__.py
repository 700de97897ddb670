"""The camera of zooms and videos: its motion, and the resampling of pictures."""

from dreamvideo.camera.camera import Camera
from dreamvideo.camera.resample import resample

__all__ = ["Camera", "resample"]
