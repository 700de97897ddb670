"""The camera of zooms and videos: how it moves, and how a picture is moved by it."""

from dreamvideo.camera.camera import Camera
from dreamvideo.camera.resample import resample

__all__ = ["Camera", "resample"]
