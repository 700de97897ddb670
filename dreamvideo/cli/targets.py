"""Where results go, and whether what is there may go."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import typer

from dreamvideo.cli.display import Display
from dreamvideo.cli.options import Run
from dreamvideo.config import Recipe
from dreamvideo.errors import TargetExistsError

VIDEOS = frozenset({".mp4", ".mov", ".webm", ".gif"})
STILLS = frozenset({".png", ".jpg", ".jpeg", ".webp"})


def beside(source: Path, suffix: str | None = None, *, word: str = "dream") -> Path:
    """INPUT_dream.EXT beside the input.

    Args:
        source: the input.
        suffix: the result's; None: the input's where a video can be written so, else ".mp4"; an input
            without one is a folder of pictures, and so is its dream.
        word: what is added to the name.
    """
    whole = source.absolute()
    pattern = any(mark in source.name for mark in "%*?[")
    if pattern:
        whole = whole.parent
    if suffix is None:
        ending = "" if pattern else source.suffix.lower()
        suffix = "" if pattern or source.is_dir() else ending if ending in VIDEOS else ".mp4"
    name = whole.name if suffix == "" or source.is_dir() else whole.stem
    here = source.parent.parent if pattern else source.parent
    return here / f"{name}_{word}{suffix}"


def still_suffix(source: Path) -> str:
    """The input's own where a picture can be written so, else ".png"."""
    return source.suffix if source.suffix.lower() in STILLS else ".png"


def may_replace(target: Path, run: Run) -> bool:
    """Whether a target that is there may be replaced: as told by -y or -n, else as a person says.

    Raises:
        TargetExistsError: it is there and may not go.
    """
    if run.overwrite or not target.exists():
        return bool(run.overwrite)
    if run.overwrite is None and not run.json and _someone_is_there():
        if typer.confirm(f"{target} is there already. Replace it?", err=True):
            return True
        raise TargetExistsError(f"{target} stays as it is")
    raise TargetExistsError(f"{target} is there already: -y replaces it, or name another target")


def is_done(target: Path, run: Run) -> bool:
    """Whether --skip-existing leaves nothing to do; then the target is named as if it had just been made.

    Results appear whole or not at all, so one that is there is done, unless a job lies beside it still.
    """
    if not run.skip or run.dry_run or not target.exists():
        return False
    from dreamvideo.jobs import job_folder

    if job_folder(target.absolute()).exists():
        return False
    with Display(quiet=run.quiet, as_json=run.json) as show:
        show.note(f"{target} is there already: skipped")
        show.result(target, skipped=True)
    return True


def _someone_is_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def agreed(recipe: Recipe, target: Path, run: Run) -> Recipe:
    """The recipe with its words found, and with leave to replace the target, or without.

    Raises:
        ConfigError: there is no such word.
        TargetExistsError: the target is there and may not go.
    """
    from dreamvideo.words import pin

    recipe = pin(recipe)
    if run.dry_run:
        return recipe
    return replace(recipe, write=replace(recipe.write, overwrite=may_replace(target, run)))
