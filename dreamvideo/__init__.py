"""DeepDream videos and zoom animations.

`dream_image`, `dream_video` and `dream_zoom` make files; `dream_frames` takes frames and gives dreamed ones;
`Dreamer` and `DeepDreamer` are the core. Names are loaded when they are first used, so that importing the package
imports neither TensorFlow nor anything else that is slow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dreamvideo.config import (
        CameraConfig,
        CoherenceConfig,
        DreamConfig,
        Layer,
        NetworkConfig,
        ReadConfig,
        Recipe,
        Word,
        WriteConfig,
        ZoomConfig,
    )
    from dreamvideo.dreamer import DeepDreamer, Dreamer
    from dreamvideo.errors import DreamVideoError
    from dreamvideo.media import Frame, Picture
    from dreamvideo.networks import load_network
    from dreamvideo.objectives import channel, layer, of
    from dreamvideo.pipeline import dream_frames, dream_image, dream_video, dream_zoom
    from dreamvideo.progress import Progress
    from dreamvideo.render.result import Result
    from dreamvideo.version import __version__

_HOMES = {
    "CameraConfig": "config",
    "CoherenceConfig": "config",
    "DeepDreamer": "dreamer",
    "DreamConfig": "config",
    "DreamVideoError": "errors",
    "Dreamer": "dreamer",
    "Frame": "media",
    "Layer": "config",
    "NetworkConfig": "config",
    "Picture": "media",
    "Progress": "progress",
    "ReadConfig": "config",
    "Recipe": "config",
    "Result": "render.result",
    "Word": "config",
    "WriteConfig": "config",
    "ZoomConfig": "config",
    "__version__": "version",
    "channel": "objectives",
    "dream_frames": "pipeline",
    "dream_image": "pipeline",
    "dream_video": "pipeline",
    "dream_zoom": "pipeline",
    "layer": "objectives",
    "load_network": "networks",
    "of": "objectives",
}

__all__ = [
    "CameraConfig",
    "CoherenceConfig",
    "DeepDreamer",
    "DreamConfig",
    "DreamVideoError",
    "Dreamer",
    "Frame",
    "Layer",
    "NetworkConfig",
    "Picture",
    "Progress",
    "ReadConfig",
    "Recipe",
    "Result",
    "Word",
    "WriteConfig",
    "ZoomConfig",
    "__version__",
    "channel",
    "dream_frames",
    "dream_image",
    "dream_video",
    "dream_zoom",
    "layer",
    "load_network",
    "of",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
