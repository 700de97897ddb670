"""Recipes as text: TOML files, environment variables and flags become one `Recipe`, and a recipe becomes TOML.

A recipe file has a table for each part of `Recipe`, with the fields of its dataclass:

    preset = "classic"

    [dream]
    layers = ["mixed4:23=1.5"]
    steps = 12

    [camera]
    zoom = "0s: 1, 4s: 1.5 smooth"      # a text that is no number is a schedule

`settings` is the table of all settings, `names` looks names up, `presets` are named recipes. `reading` reads settings
from each place, `assembly` merges them, and `writing` writes TOML.
"""

from dreamvideo.recipe.assembly import Settings, assemble, origins
from dreamvideo.recipe.names import nearest, preset
from dreamvideo.recipe.reading import (
    RecipeLike,
    as_recipe,
    from_environment,
    from_file,
    from_places,
    from_toml,
    text_in,
    user_file,
)
from dreamvideo.recipe.writing import metadata_of, recipe_text, to_toml

__all__ = [
    "RecipeLike",
    "Settings",
    "as_recipe",
    "assemble",
    "from_environment",
    "from_file",
    "from_places",
    "from_toml",
    "metadata_of",
    "nearest",
    "origins",
    "preset",
    "recipe_text",
    "text_in",
    "to_toml",
    "user_file",
]
