"""The core: gradient ascent on a picture, octave by octave.

`dreamer` dreams a picture; `octaves` chooses sizes and steps, `walk` goes through them, `ascent` takes the steps of one
octave. `tiles` bounds the memory. `natural` shapes gradients like photographs, `shoulder` prevents clipping, `chroma`
keeps the source's colours. `seed` has the `DeepDreamer` that the project grew from.
"""

from dreamvideo.dreamer.chroma import keep_colors
from dreamvideo.dreamer.dreamer import Dreamer
from dreamvideo.dreamer.seed import DeepDreamer
from dreamvideo.dreamer.walk import Step

__all__ = ["DeepDreamer", "Dreamer", "Step", "keep_colors"]
