"""`show` and `presets`: recipes inside results or in force; versions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from dreamvideo.cli.arguments import argument
from dreamvideo.cli.display import Display
from dreamvideo.cli.options import Run, takes
from dreamvideo.cli.tables import table
from dreamvideo.config import Recipe
from dreamvideo.recipe import origins, text_in, to_toml
from dreamvideo.recipe.presets import PRESETS
from dreamvideo.version import __version__, versions_of

PACKAGES = ("tensorflow", "keras", "numpy", "opencv-python", "av", "imageio", "imageio-ffmpeg")


def versions_text() -> str:
    """The versions that determine a dream; imports none of the packages."""
    found = [
        f"{name} {version}".replace(" none", " is not installed") for name, version in versions_of(PACKAGES).items()
    ]
    return "\n".join([f"dreamvideo {__version__}", *found, f"Python {sys.version.split()[0]}"])


@takes("network", "dream", "coherence", "parts", "size", "span", "write", "camera", makes=False)
def show(
    source: Annotated[Path | None, argument("FILE", "A picture or video made by dreamvideo.")] = None,
    *,
    recipe: Recipe,
    run: Run,
) -> None:
    """Print the recipe inside a file as TOML; without one, the recipe that files, variables and flags make.

    The recipe is every setting, and the versions that the result was made with.
    """
    text = to_toml(recipe) if source is None else text_in(source)
    if source is None:
        text += "".join(f"# {key}: from {origin}\n" for key, origin in sorted(origins(run.places).items()))
    Display(as_json=run.json).answer("recipe", {"toml": text}, text.rstrip())


@takes(makes=False)
def presets(*, run: Run) -> None:
    """List the looks that --preset knows."""
    text = table([(name, preset.note) for name, preset in PRESETS.items()])
    facts: dict[str, object] = {name: dict(preset.values) for name, preset in PRESETS.items()}
    Display(as_json=run.json).answer("presets", facts, text)
