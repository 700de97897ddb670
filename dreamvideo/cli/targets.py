"""Targets of results, and whether they may be replaced."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dreamvideo.cli.display import Display
from dreamvideo.cli.options import Run
from dreamvideo.config import Recipe
from dreamvideo.errors import TargetExistsError

if TYPE_CHECKING:
    from dreamvideo.media.formats import Holds


def beside(source: Path, suffix: str | None = None, *, word: str = "dream") -> Path:
    """INPUT_dream.EXT beside the input; of a folder or a pattern, FOLDER_dream beside the folder.

    Args:
        suffix: suffix of the target; None: the input's if it is a clip's, else ".mp4"; none for a folder.
    """
    from dreamvideo.media.sequence import is_sequence

    if source.is_dir() or is_sequence(source):
        whole = source if source.is_dir() else source.parent
        # A dot in the folder's name would look like an ending.
        name = whole.absolute().name if suffix else whole.absolute().name.replace(".", "_")
        return whole.parent / f"{name}_{word}{suffix or ''}"
    return source.parent / f"{source.absolute().stem}_{word}{clip_suffix(source) if suffix is None else suffix}"


def clip_suffix(source: Path) -> str:
    """The input's suffix if a clip can be written with it, else ".mp4"."""
    from dreamvideo.media.formats import writes

    return source.suffix.lower() if source.suffix and writes(source.suffix, "clip") else ".mp4"


def still_suffix(source: Path) -> str:
    """The input's suffix if a picture can be written with it, else ".png"."""
    from dreamvideo.media.formats import writes

    return source.suffix if source.suffix and writes(source.suffix, "still") else ".png"


def may_replace(target: Path, run: Run) -> bool:
    """Whether an existing target may be replaced: by -y, -n, or the user's answer.

    Raises:
        TargetExistsError: it must not be replaced.
    """
    from dreamvideo.media.oneway import is_piped

    if run.overwrite or is_piped(target) or not target.exists():
        return bool(run.overwrite)
    if run.overwrite is None and not run.json and _someone_is_there():
        if typer.confirm(f"{target} is there already. Replace it?", err=True):
            return True
        raise TargetExistsError(f"{target} stays as it is")
    raise TargetExistsError(f"{target} is there already: -y replaces it, or name another target")


def is_done(target: Path, run: Run) -> bool:
    """Whether --skip-existing leaves nothing to do. Then the target is printed as if it had just been made.

    Results appear atomically, so an existing one is finished, unless it still has a job.
    """
    if not run.skip or run.dry_run or not target.exists():
        return False
    from dreamvideo.jobs import has_job

    if has_job(target):
        return False
    with Display(quiet=run.quiet, as_json=run.json) as show:
        show.note(f"{target} is there already: skipped")
        show.result(target, skipped=True)
    return True


def _someone_is_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def agreed(recipe: Recipe, source: Path | None, target: Path, run: Run, holds: Holds) -> Recipe:
    """Check the target, and return the recipe with pinned words and its permission to overwrite.

    Raises:
    """
    from dreamvideo.media import check_target
    from dreamvideo.media.safety import missing
    from dreamvideo.words import pin

    if source is not None and not source.parent.is_dir():
        raise missing("file", source)
    check_target(target, source, True, holds)
    recipe = pin(recipe)
    if run.dry_run:
        return recipe
    return replace(recipe, write=replace(recipe.write, overwrite=may_replace(target, run)))
