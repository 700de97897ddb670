"""What is ascended: a sum of weighted terms, of whatever kind.

`objective` adds terms up and binds them to a network; `term` is what a kind has to have; each kind has its file:
`channels` layers, single channels and mixes of them, `word` words, `guide` another picture's features, `function` a
function of one's own.
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
