"""The user's own words: one file for each word, in one folder."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from dreamvideo.errors import ConfigError, DreamVideoError
from dreamvideo.words.meaning import Meaning

SUFFIX = ".npz"


def folder() -> Path:
    """The folder of the user's own words."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "dreamvideo" / "words"


def word_path(name: str) -> Path:
    """The file for a user's word of this name.

    Raises:
        ConfigError: the name has characters that `--of` or a file's name cannot hold.
    """
    name = name.strip()
    if not re.fullmatch(r"[^\W_][\w' -]*", name):
        raise ConfigError(f"expected a word of letters, digits, spaces and hyphens, got {name!r}")
    return folder() / f"{name.casefold()}{SUFFIX}"


def own_words() -> dict[str, Meaning]:
    """The user's own words by name in lower case. Files that hold no word are skipped."""
    found: dict[str, Meaning] = {}
    for path in sorted(folder().glob(f"*{SUFFIX}")):
        try:
            meaning = Meaning.read(path)
        except DreamVideoError:
            continue
        found[meaning.name.casefold()] = meaning
    return found
