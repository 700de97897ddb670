"""The core: a picture through octaves of gradient ascent.

`dreamer` is the engine, `seed` the seed's `DeepDreamer` on it; `ascent` the steps of one octave as one graph;
`octaves` their sizes and how steps are dealt to them; `tiles` the windows that keep the memory bounded; `natural`
what makes of a gradient a change that looks like a photograph.
"""

from dreamvideo.dreamer.dreamer import Dreamer, keep_colors
from dreamvideo.dreamer.seed import DeepDreamer

__all__ = ["DeepDreamer", "Dreamer", "keep_colors"]
