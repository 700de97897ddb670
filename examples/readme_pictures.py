"""Make the README's pictures again from examples/clip.mp4: the dream at its top, the carry, the galleries of looks
and of words.

python examples/readme_pictures.py
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from dreamvideo import DreamConfig, Layer, ReadConfig, Recipe, WriteConfig, dream_video
from dreamvideo.choose.gallery import draw_gallery
from dreamvideo.choose.sheet import contact_sheet
from dreamvideo.coherence import Carrier, CarryState, blend_over
from dreamvideo.coherence import carry as carried
from dreamvideo.media import Picture, open_source, write_still
from dreamvideo.recipe import assemble, preset
from dreamvideo.recipe.presets import PRESETS
from dreamvideo.render.opening import first_picture, open_dreamer

HERE = Path(__file__).resolve().parent
CLIP = HERE / "clip.mp4"
REPLACE = WriteConfig(overwrite=True, metadata=False)
SLOW = frozenset({"seed"})
"""Presets that take minutes for a picture, and are left out."""


def top() -> None:
    """A dream in motion, of at most 2 MB."""
    recipe = Recipe(
        read=ReadConfig(fps=Fraction(12)),
        write=replace(REPLACE, max_bytes=2_000_000),
    )
    dream_video(CLIP, HERE / "dream.gif", recipe)


def gallery() -> None:
    """One frame in every preset, and through every block."""
    recipes = {name: assemble([preset(name, name)]) for name in PRESETS if name not in SLOW}
    recipes |= {f"mixed{n}": Recipe(dream=DreamConfig(layers=(Layer(f"mixed{n}"),))) for n in range(8)}
    source = first_picture(CLIP, ReadConfig())
    dreams = [open_dreamer(recipe).dream(source) for recipe in recipes.values()]
    sheet = contact_sheet([source, *dreams], ["source", *recipes], cell=(320, 180), columns=3)
    write_still(HERE / "gallery.jpg", sheet, REPLACE)


WORDS = ("starfish", "flamingo", "leopard", "penguin", "mushroom", "goldfish", "strawberry", "castle", "octopus", "car")
WORDS += ("piano", "spider", "parrot", "teapot", "elephant", "boat")


def words() -> None:
    """A part of the vocabulary, each on the same frame."""
    draw_gallery(WORDS, HERE / "words.jpg", Recipe(read=ReadConfig(width=480), write=REPLACE), CLIP)


def carry() -> None:
    """How a frame is met by the dream of the one before: half a second into the clip, two frames apart to see it."""
    recipe = Recipe(read=ReadConfig(fps=Fraction(12), end=Fraction(3, 4)))
    dreamer = open_dreamer(recipe)
    carrier = Carrier(recipe.coherence, recipe.dream, dreamer)
    dreams: list[Picture] = []
    states: list[CarryState] = []
    with open_source(CLIP, recipe.read) as source:
        for frame in source:
            picture, state = carrier.advance(frame, states[-1] if states else None)
            dreams.append(picture)
            states.append(state)
    before = states[-2]
    motion = carrier.motion(before.source, frame.picture)
    assert motion is not None
    met = carried(before, frame, motion, blend_over(recipe.coherence.blend, frame.time - before.time))
    pictures = {
        "I(t-1)": before.source,
        "D(t-1)": dreams[-2],
        "change(t-1)": np.clip(before.change + 0.5, 0, 1).astype(np.float32),
        "I(t)": frame.picture,
        "c: trust in the flow": np.repeat(motion.consistency, 3, axis=-1),
        "I(t) met with b c W(change(t-1))": dreamer.applied(frame.picture, met.change),
    }
    sheet = contact_sheet(list(pictures.values()), list(pictures), cell=(320, 180), columns=3)
    write_still(HERE / "carry.jpg", sheet, REPLACE)


if __name__ == "__main__":
    top()
    carry()
    gallery()
    words()
