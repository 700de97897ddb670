"""The core: a picture through octaves of gradient ascent.

`dreamer` is the engine, `seed` the seed's `DeepDreamer` on it; `walk` the way through the octaves, `octaves`
their sizes and how steps are dealt to them, `ascent` the steps in one of them; `tiles` the windows that keep the memory
bounded; `natural` what makes of a gradient a change that looks like a photograph, `shoulder` what keeps it from
burning out, `chroma` what keeps the source's colours.
"""

from dreamvideo.dreamer.chroma import keep_colors
from dreamvideo.dreamer.dreamer import Dreamer
from dreamvideo.dreamer.seed import DeepDreamer
from dreamvideo.dreamer.walk import Step

__all__ = ["DeepDreamer", "Dreamer", "Step", "keep_colors"]
