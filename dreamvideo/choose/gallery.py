"""Words, each dreamed on the same picture, on one labelled sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dreamvideo.choose.atlas import canonical_picture
from dreamvideo.choose.sheet import contact_sheet, thumbnail
from dreamvideo.config import Recipe, Word
from dreamvideo.media import check_target, write_still
from dreamvideo.media.frame import size_of
from dreamvideo.progress import OnProgress, Progress, silent
from dreamvideo.render.opening import open_dreamer
from dreamvideo.render.result import Result
from dreamvideo.zoom import noise_picture

SIZE = (240, 180)
"""(width, height) of the noise that replaces a picture."""


def draw_gallery(
    words: Sequence[str], target: Path, recipe: Recipe, source: Path | None = None, on_progress: OnProgress = silent
) -> Result:
    """Dream of each word, onto one labelled sheet.

    Args:
        recipe: the settings; its layers are dreamed of with each word.
        source: a picture, or a video, whose frame at the recipe's start is taken; None: smooth noise.

    Returns:
        The sheet, which a notebook shows.
    """
    from dreamvideo.objectives import configured

    check_target(target, source, recipe.write.overwrite, "still")
    if source is None:
        picture = noise_picture(SIZE, recipe.dream.seed)
    else:
        picture = canonical_picture(source, recipe, on_progress)
    dreamer = open_dreamer(recipe)
    dreams = []
    for number, word in enumerate(words):
        on_progress(Progress(number, len(words), "words"))
        dream = replace(recipe.dream, of=(Word(word),))
        dreams.append(thumbnail(dreamer.dream(picture, objective=configured(dream, dreamer.network))))
    on_progress(Progress(len(words), len(words), "words"))
    title = f"{len(words)} words" + ("" if source is None else f" on {source.name}")
    sheet = contact_sheet(dreams, words, cell=size_of(dreams[0]), title=title)
    return Result(write_still(target, sheet, recipe.write, {}), 1)
