"""DeepDream videos and zoom animations.

`dream` takes a picture and gives it dreamed, `dream_frames` the same with frames; `dream_image`, `dream_video` and
`dream_zoom` make files; `Dreamer` and `DeepDreamer` are the core. `as_recipe` gives the recipe of a look with a name.
Names are loaded when they are first used, so that importing the package imports neither TensorFlow nor anything else
that is slow.

    import dreamvideo
    dreamed = dreamvideo.dream(picture, preset="animals")
    dreamvideo.dream_video("clip.mp4", "dream.mp4", "eyes", on_progress=True)
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
    from dreamvideo.pipeline import dream, dream_frames, dream_image, dream_video, dream_zoom, resume
    from dreamvideo.progress import Progress
    from dreamvideo.recipe import as_recipe
    from dreamvideo.render.durable import JobOptions
    from dreamvideo.render.result import Result
    from dreamvideo.version import __version__

_NAMES = {
    "config": "CameraConfig CoherenceConfig DreamConfig Layer NetworkConfig ReadConfig Recipe Word WriteConfig "
    "ZoomConfig",
    "dreamer": "DeepDreamer Dreamer",
    "errors": "DreamVideoError",
    "media": "Frame Picture",
    "networks": "load_network",
    "objectives": "channel layer of",
    "pipeline": "dream dream_frames dream_image dream_video dream_zoom resume",
    "progress": "Progress",
    "recipe": "as_recipe",
    "render.durable": "JobOptions",
    "render.result": "Result",
    "version": "__version__",
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = [
    "CameraConfig",
    "CoherenceConfig",
    "DeepDreamer",
    "DreamConfig",
    "DreamVideoError",
    "Dreamer",
    "Frame",
    "JobOptions",
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
    "as_recipe",
    "channel",
    "dream",
    "dream_frames",
    "dream_image",
    "dream_video",
    "dream_zoom",
    "layer",
    "load_network",
    "of",
    "resume",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
