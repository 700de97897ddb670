"""The README keeps its word: its commands run, its Python runs, and so do the examples."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
import sys
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from typer.testing import CliRunner

from dreamvideo.app import app
from dreamvideo.media import open_source

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SMALL = {
    "DREAMVIDEO_WIDTH": "240",
    "DREAMVIDEO_OCTAVES": "1",
    "DREAMVIDEO_STEPS": "1",
    "DREAMVIDEO_DURATION": "0.2",
    "DREAMVIDEO_FPS": "10",
}


def commands() -> list[str]:
    """Every `dreamvideo` line of the README, without its comment."""
    lines = [line for block in re.findall(r"```sh\n(.*?)```", README, re.S) for line in block.splitlines()]
    return [line.split("  #")[0].strip() for line in lines if line.startswith("dreamvideo ")]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the README's commands speak of, and settings that make them quick."""
    with open_source(ROOT / "examples" / "clip.mp4") as frames:
        first = next(iter(frames)).picture
    iio.imwrite(tmp_path / "photo.jpg", (first * 255).astype(np.uint8))
    (tmp_path / "photos").mkdir()
    for number in range(5):
        shutil.copy(tmp_path / "photo.jpg", tmp_path / "photos" / f"{number}.jpg")
    for variable in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    for name, value in SMALL.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_command_of_the_readme_runs(here: Path) -> None:
    clip = [*shlex.split("video"), str(ROOT / "examples" / "clip.mp4"), "clip.mp4", "--end", "0.2", "--steps", "0"]
    assert CliRunner().invoke(app, clip).exit_code == 0
    found = commands()
    assert len(found) >= 10
    for command in found:
        if command == "dreamvideo studio":
            continue  # serves until it is stopped: tests/studio/test_in_browser.py runs it
        result = CliRunner().invoke(app, [*shlex.split(command)[1:], *([] if "show" in command else ["-y"])])
        assert result.exit_code == 0, f"{command}: {result.output}"


@pytest.mark.parametrize(
    ("script", "arguments"),
    [
        ("custom_objective.py", ["photo.jpg", "out.png"]),
        ("own_model.py", ["photo.jpg", "out.png"]),
        ("effect_in_another_tool.py", ["short.gif", "out.gif"]),
        ("video_from_python.py", ["short.gif", "out.mp4"]),
    ],
)
def test_an_example_runs(here: Path, monkeypatch: pytest.MonkeyPatch, script: str, arguments: list[str]) -> None:
    photo = iio.imread(here / "photo.jpg")[::2, ::2]
    iio.imwrite(here / "photo.jpg", photo)
    iio.imwrite(here / "short.gif", np.stack([photo, photo[:, ::-1]]), duration=100, loop=0)
    monkeypatch.setattr(sys, "argv", [script, *arguments])
    runpy.run_path(str(ROOT / "examples" / script), run_name="__main__")
    assert (here / arguments[-1]).stat().st_size > 0


def test_the_clip_can_be_made_again(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(ROOT / "examples" / "clip.mp4", here / "clip.mp4")
    monkeypatch.setattr(sys, "argv", ["make_clip.py", "again.mp4"])
    runpy.run_path(str(ROOT / "examples" / "make_clip.py"), run_name="__main__")
    with open_source(here / "clip.mp4") as one, open_source(here / "again.mp4") as other:
        for count, (a, b) in enumerate(zip(one, other, strict=True), 1):
            if count % 24 == 1:
                assert np.abs(a.picture - b.picture).mean() < 0.02
    assert count == 72
