"""The pictures that a word is made from: files, folders and clips."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import numpy as np

from dreamvideo.config import ReadConfig
from dreamvideo.errors import InputNotFoundError
from dreamvideo.media import Picture, open_source, read_still
from dreamvideo.media.formats import is_picture
from dreamvideo.words.teaching import MOST

_T = TypeVar("_T")
_FRAMES = 24
"""Frames taken from a clip. More frames of the same scene teach nothing new."""


def read_lessons(paths: Sequence[Path]) -> list[Picture]:
    """Read the pictures that a word is made from: at most 50, spread evenly over all paths.

    Args:
        paths: pictures, folders of pictures, and clips. Of clips some frames are taken.

    Returns:
        The pictures, float32 RGB (H, W, 3) in [0, 1] each, of any sizes.

    Raises:
        InputError: something cannot be read.
    """
    stills = [still for path in paths for still in (_stills(path) if path.is_dir() else [path])]
    pictures = [still for still in stills if is_picture(still)]
    clips = [still for still in stills if not is_picture(still)]
    frames = [frame for clip in clips for frame in _frames(clip)]
    room = max(1, MOST - len(frames))
    return [*(read_still(path) for path in _spread(pictures, room)), *_spread(frames, MOST)]


def _stills(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.is_file() and is_picture(path))
    if not found:
        raise InputNotFoundError(f"expected pictures in {folder}, found none")
    return found


def _frames(clip: Path) -> Iterator[Picture]:
    with open_source(clip, ReadConfig()) as source, closing(iter(source)) as frames:  # type: ignore[type-var]
        every = max(1, (source.frames or _FRAMES) // _FRAMES)
        for frame in frames:
            if frame.index % every == 0:
                yield frame.picture


def _spread(items: Sequence[_T], most: int) -> list[_T]:
    if len(items) <= most:
        return list(items)
    return [items[number] for number in np.linspace(0, len(items) - 1, most).round().astype(int)]
