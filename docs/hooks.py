"""What the site takes from elsewhere in the repository, so that nothing is told twice: pictures, cards, the manual."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ("carry.jpg", "dream.gif", "gallery.jpg", "how.svg", "words.jpg")
LINKS = {"](../words/WORDS.md)": "](#the-words)", "](../networks/DREAMNET.md)": "](#model-card)"}
"""Of the cards to each other, which stand on one page."""
_TAKEN = re.compile(r"^<!-- take (?P<path>\S+?)(?:#(?P<section>.+?))? -->$", re.M)


def on_files(files: Files, *, config: Any) -> Files:
    """The pictures of `examples/`, at the same place as in the README."""
    for name in PICTURES:
        files.append(File.generated(config, f"examples/{name}", abs_src_path=str(ROOT / "examples" / name)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put in what a page takes: `<!-- take FILE -->`, one section `<!-- take FILE#Heading -->`, or the manual."""
    return _TAKEN.sub(lambda found: taken(found["path"], found["section"]), markdown)


def taken(path: str, section: str | None) -> str:
    """A file of the repository without its title, or one section of it without its heading."""
    if path == "manual":
        return manual()
    text = (ROOT / path).read_text(encoding="utf-8")
    for there, here in LINKS.items():
        text = text.replace(there, here)
    if section is None:
        return text.split("\n", 1)[1]
    inside = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    if inside is None:
        raise ValueError(f"expected a section {section!r} in {path}, got none")
    return inside[1]


def manual() -> str:
    """The manual of every command, as `dreamvideo man --format markdown` prints it, with brackets that are no links."""
    from typer.testing import CliRunner

    from dreamvideo.app import app

    printed = CliRunner().invoke(app, ["man", "--format", "markdown"], catch_exceptions=False).stdout
    return "".join(
        line if line.startswith("    ") else "".join(_unlinked(part) for part in re.split(r"(`[^`]*`)", line))
        for line in printed.splitlines(keepends=True)
    )


def _unlinked(part: str) -> str:
    return part if part.startswith("`") else part.replace("[", "\\[")
