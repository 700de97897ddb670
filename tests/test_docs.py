"""The site keeps its word: it builds without a warning, every block of code in it runs, nothing comes from afar."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from fractions import Fraction
from pathlib import Path

import imageio.v3 as iio
import pytest
import typer
from clips import moving_clip, sound_file
from typer.testing import CliRunner

import dreamvideo
from dreamvideo import DreamConfig, Recipe, dream_video
from dreamvideo.app import app
from dreamvideo.media import open_source
from dreamvideo.media.frame import to_uint8
from dreamvideo.recipe import assemble, from_toml

ROOT = Path(__file__).resolve().parents[1]
PAGES = {page.name: page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs" / "pages").glob("*.md"))}
SETTING_UP = ("python3 -m venv .venv", ". .venv/bin/activate", "pip install .")
SMALL = {"DREAMVIDEO_STEPS": "0", "DREAMVIDEO_WIDTH": "96"}
"""Undreamed and tiny: what is tested is that the command is understood and its recipe can be rendered."""


def blocks(language: str) -> dict[str, list[str]]:
    """The blocks of code in a language, by page."""
    found = {name: re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S) for name, text in PAGES.items()}
    return {name: texts for name, texts in found.items() if texts}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the pages speak of."""
    moving_clip(tmp_path / "clip.mp4", size="96x72", rate="3", seconds=2)
    with open_source(tmp_path / "clip.mp4") as frames:
        pixels = to_uint8(next(iter(frames)).picture)
    (tmp_path / "photos").mkdir()
    for name in ("photo.jpg", "mask.png", "guide.jpg", *(f"photos/{number}.jpg" for number in range(5))):
        iio.imwrite(tmp_path / name, pixels)
    for variable in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_no_block_is_of_a_language_that_is_not_run() -> None:
    kinds = {kind for text in PAGES.values() for kind in re.findall(r"^```([^\n]*)\n.*?^```$", text, re.M | re.S)}
    assert kinds == {"sh", "python", "toml"}


@pytest.mark.parametrize("page", blocks("python"))
def test_python_runs(here: Path, page: str) -> None:
    names: dict[str, object] = {}
    for text in blocks("python")[page]:
        exec(compile(text, page, "exec"), names)


@pytest.mark.parametrize("page", blocks("sh"))
def test_commands_run(here: Path, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    """Undreamed; those that can be asked what they would do are."""
    dream_video("clip.mp4", "dream.mp4", Recipe(dream=DreamConfig(steps=0)))
    sound_file(here / "song.wav", Fraction(2), [])
    for name, value in SMALL.items():
        monkeypatch.setenv(name, value)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for line in "".join(blocks("sh")[page]).splitlines():
        extra = re.fullmatch(r"pip install '\.\[(\w+)\]'", line)
        if line in SETTING_UP or (extra and extra[1] in extras):
            continue
        program, command, *rest = shlex.split(line)
        assert program == "dreamvideo", line
        offered = {option for parameter in commands[command].params for option in parameter.opts}
        added = [option for option in ("--dry-run", "--yes") if option in offered and option not in rest]
        result = CliRunner().invoke(app, [command, *rest, *added])
        assert result.exit_code == 0, f"{line}: {result.output}"


def test_settings_files_are_read() -> None:
    for text in (text for texts in blocks("toml").values() for text in texts):
        recipe = assemble(from_toml(text, "docs"))
        assert recipe != Recipe()


def test_the_site_is_built_without_a_warning_and_needs_no_network(tmp_path: Path) -> None:
    for module in ("mkdocs", "material", "mkdocstrings_handlers.python"):
        pytest.importorskip(module, reason="needs the docs extra: pip install '.[docs]'")
    command = ["-m", "mkdocs", "build", "--strict", "-f", str(ROOT / "docs" / "mkdocs.yml"), "-d", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run([sys.executable, *command], capture_output=True, text=True, env=environment, timeout=600)
    assert built.returncode == 0 and "WARNING" not in built.stderr, built.stderr
    for name in PAGES:
        page = (tmp_path / name).with_suffix(".html").read_text(encoding="utf-8")
        assert not re.findall(r'<(?:script|img|iframe|source)[^>]*src="(?:https?:)?//', page)
        assert not re.findall(r'<link[^>]*rel="?(?:stylesheet|preconnect|icon)"?[^>]*href="(?:https?:)?//', page)
        for picture in re.findall(r'<img[^>]*src="([^"]+)"', page):
            assert (tmp_path / picture).is_file()
        assert "<!-- take" not in page
    for name in dreamvideo.__all__:
        assert name.startswith("__") or name in (tmp_path / "python.html").read_text(encoding="utf-8"), name


def test_the_citation_names_this_version() -> None:
    assert f"\nversion: {dreamvideo.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
