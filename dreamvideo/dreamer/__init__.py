"""The core: a picture through octaves of gradient ascent.

`dreamer` is the engine, `seed` the seed's `DeepDreamer` on it; `walk` the way through the octaves, `octaves`
their sizes and how steps are dealt to them, `ascent` the steps in one of them; `tiles` the windows that keep the memory
bounded; `natural` what makes of a gradient a change that looks like a photograph, `shoulder` what keeps it from
burning out.
"""

from dreamvideo.dreamer.dreamer import Dreamer, keep_colors
from dreamvideo.dreamer.seed import DeepDreamer

__all__ = ["DeepDreamer", "Dreamer", "keep_colors"]
