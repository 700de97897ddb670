"""Looks with a name: partial recipes.

Numbers are those of the sources named, in this project's units: steps move a value in [0, 1], so Google's
1.5 of 0..255 is 0.0059, and 0.01 of [-1, 1] is 0.005; speeds are per second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """A partial recipe.

    Attributes:
        note: what it looks like, in a few words.
        values: settings that differ from the defaults, by name.
    """

    note: str
    values: Mapping[str, object]


def _words(note: str, *words: str) -> Preset:
    """A look by words, one creature of all of them."""
    return Preset(note, {"dream.layers": [], "dream.of": list(words)})


PRESETS: Mapping[str, Preset] = {
    "classic": Preset(
        "the look of 2015: Google's octaves, steps and jitter on a middle layer",
        {
            "dream.layers": ["mixed4"],
            "dream.octave_factors": [-3, -2, -1, 0],
            "dream.octave_scale": 1.4,
            "dream.highlights": "clip",
            "dream.noise": 0.0,
            "dream.steps": 10,
            "dream.step_size": 0.0059,
            "dream.jitter": 32,
            "dream.measure": "mean_square",
            "dream.normalise": "mean_abs",
            "dream.natural": False,
        },
    ),
    "seed": Preset(
        "the recipe this project grew from, neon and slow: two layers, five sizes, 100 steps each, no jitter",
        {
            "dream.layers": ["mixed3", "mixed5"],
            "dream.octave_factors": [-2, -1, 0, 1, 2],
            "dream.octave_scale": 1.3,
            "dream.steps": 100,
            "dream.step_size": 0.005,
            "dream.measure": "mean",
            "dream.normalise": "std",
            "dream.jitter": 0,
            "dream.detail": False,
            "dream.highlights": "clip",
            "dream.noise": 0.0,
            "dream.natural": False,
        },
    ),
    "ouroboros": Preset(
        "a dive that eats its own tail: 4 % and 1.5 degrees a frame at 30 fps, as in Gordic's videos",
        {"dream.layers": ["mixed4", "mixed6"], "camera.zoom": 1.04**30, "camera.rotate": 45.0, "zoom.fps": 30},
    ),
    "strokes": Preset(
        "brush strokes and swirls from the lowest layers",
        {"dream.layers": ["mixed1", "mixed2"], "dream.octaves": 3, "dream.step_size": 0.01},
    ),
    "eyes": Preset("eyes, fur and spirals", {"dream.layers": ["mixed5"], "dream.octaves": 4, "dream.step_size": 0.01}),
    "animals": Preset(
        "heads and bodies from the deepest layers, large",
        {"dream.layers": ["mixed6", "mixed7"], "dream.octaves": 5, "dream.steps": 14},
    ),
    "subtle": Preset(
        "a third of the strength, in the picture's own colours",
        {"dream.layers": ["mixed3"], "dream.steps": 5, "dream.keep_colors": True, "coherence.strength": 0.35},
    ),
    "reef": _words("corals with arms and fins", "coral", "starfish=0.7", "clownfish=0.7"),
    "aviary": _words("birds with plumes and long necks", "parrot", "flamingo=0.7", "peacock=0.5"),
    "menagerie": _words("big cats, spotted and striped", "leopard", "tiger=0.6", "elephant=0.6"),
    "insects": _words("wings and wing-cases", "butterfly", "ladybug=0.4"),
    "serpents": _words("snakes and lizards, coiled", "snake", "lizard=0.7"),
    "garden": _words("lotus flowers and toadstools", "lotus", "mushroom=0.5"),
    "feast": _words("fruit, pastry and pizza", "strawberry", "pizza=0.7", "ice cream=0.5"),
    "city": _words("towers, arches and roofs", "castle", "arch=0.7", "temple=0.6"),
    "fleet": _words("masts and sails, hulls and funnels", "boat", "ship=0.7", "gondola=0.4"),
    "garage": _words("cars, buses and tractors", "car", "bus=0.8", "truck=0.6"),
}
