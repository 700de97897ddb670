"""Dream a video from Python, with a recipe that changes over time and a word on every cut.

python examples/video_from_python.py CLIP OUTPUT.mp4
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from dreamvideo import DreamConfig, Layer, Progress, Recipe, dream_video


def main(source: Path, target: Path) -> None:
    recipe = Recipe(
        dream=DreamConfig(layers=(Layer("mixed4"), Layer("mixed6", weight=0.5))),
        schedules=(("coherence.strength", "0s: 0.3, 2s: 1 smooth"),),
    )
    recipe = replace(recipe, write=replace(recipe.write, overwrite=True))

    def tell(progress: Progress) -> None:
        if progress.message:
            print(progress.message)

    result = dream_video(source, target, recipe, tell)
    print(result.path, result.frames, "frames")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
