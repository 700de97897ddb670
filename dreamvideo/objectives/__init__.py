"""Objectives: the scalar that a dream raises, a sum of weighted terms.

`objective` adds terms up and binds them to a network. `term` is the interface of a kind of term, and each kind has its
file: `channels` (layers, single channels, mixes of channels), `word` (words), `guide` (features of another picture),
`function` (any function of features).
"""

from dreamvideo.objectives.objective import (
    BoundObjective,
    Numbers,
    Objective,
    ObjectiveShape,
    channel,
    configured,
    custom,
    guided,
    layer,
    layers,
    mix,
    mixes,
    of,
)

__all__ = [
    "BoundObjective",
    "Numbers",
    "Objective",
    "ObjectiveShape",
    "channel",
    "configured",
    "custom",
    "guided",
    "layer",
    "layers",
    "mix",
    "mixes",
    "of",
]
