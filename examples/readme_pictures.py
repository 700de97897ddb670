"""Make the README's pictures again from examples/clip.mp4: the dream at its top, and the gallery of presets and layers.

python examples/readme_pictures.py
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from dreamvideo import DreamConfig, Layer, ReadConfig, Recipe, WriteConfig, dream_video
from dreamvideo.media import write_still
from dreamvideo.pipeline import first_picture, open_dreamer
from dreamvideo.recipe import assemble, preset
from dreamvideo.recipe.presets import PRESETS
from dreamvideo.sheet import contact_sheet

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
    source = first_picture(CLIP, Recipe())
    dreams = [open_dreamer(recipe).dream(source) for recipe in recipes.values()]
    sheet = contact_sheet([source, *dreams], ["source", *recipes], cell=(320, 180), columns=3)
    write_still(HERE / "gallery.jpg", sheet, REPLACE)


if __name__ == "__main__":
    top()
    gallery()
