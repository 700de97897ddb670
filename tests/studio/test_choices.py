"""Choices on the page become recipes and command lines."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dreamvideo.app import app
from dreamvideo.config import Recipe
from dreamvideo.recipe import Settings
from dreamvideo.recipe.presets import PRESETS
from dreamvideo.render.result import Result
from dreamvideo.studio.choices import CONTROLS, EVERY, SPANS, Box, Slider
from dreamvideo.studio.command import Kind, command_line, usual_target
from tests.studio.page import CLIP, DESK, PICTURE, left_alone, line_of


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[Path, Path, Recipe]]:
    """Reads a command line by the real parser: its input, its result and its recipe."""
    taken: list[tuple[Path, Path, Recipe]] = []

    def take(source: Path, target: Path, recipe: Recipe, *others: Any, **named: Any) -> Any:
        taken.append((source, target, recipe))
        return Result(Path(target), 1)

    monkeypatch.setattr("dreamvideo.pipeline.dream_image", take)
    monkeypatch.setattr("dreamvideo.pipeline.dream_video", take)
    monkeypatch.setattr("dreamvideo.pipeline.dream_zoom", take)

    command = typer.main.get_command(app)

    def parse(line: str) -> tuple[Path, Path, Recipe]:
        name, *words = shlex.split(line)
        assert name == "dreamvideo" and not command.main(words, standalone_mode=False), line
        return taken.pop()

    return parse


@pytest.mark.parametrize("look", [None, *PRESETS])
@pytest.mark.parametrize("kind", EVERY)
def test_what_nobody_moves_stays_exactly_as_it_is(kind: Kind, look: str | None) -> None:
    upload = CLIP if kind == "video" else PICTURE
    chosen = left_alone(kind, look, upload)
    base = DESK.base(kind, look)
    assert DESK.recipe(kind, look, chosen["layers"], {name: chosen[name] for name in CONTROLS}, upload) == base
    for name, control in CONTROLS.items():
        if isinstance(control, Slider) and name not in SPANS:
            assert control.low <= chosen[name] <= control.high
    preset = [] if look is None else ["--preset", look]
    assert shlex.split(line_of(kind, look, chosen, upload))[3:] == preset


MOVED = st.fixed_dictionaries(
    {},
    optional={
        name: st.booleans()
        if isinstance(control, Box)
        else st.integers(0, round((control.high - control.low) / control.step)).map(
            lambda n, c=control: c.low + n * c.step
        )
        for name, control in CONTROLS.items()
        if name not in SPANS
    }
    | {
        "width": st.integers(32, 960).map(lambda n: 2 * n),
        "start": st.integers(0, 40).map(lambda n: n / 10),
        "end": st.integers(41, 96).map(lambda n: n / 10),
        "layers": st.lists(st.sampled_from(["mixed3", "mixed4:23=1.5", "mixed5:7", "mixed6=-0.1234567"]), max_size=3),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(EVERY), st.sampled_from([None, *PRESETS]), MOVED, st.sampled_from(["", ".gif"]))
def test_the_command_line_is_the_recipe(
    parsed: Callable[[str], tuple[Path, Path, Recipe]], kind: Kind, look: str | None, moved: dict[str, Any], form: str
) -> None:
    upload = CLIP if kind == "video" else PICTURE
    chosen = left_alone(kind, look, upload) | moved
    recipe = DESK.recipe(kind, look, chosen["layers"], {name: chosen[name] for name in CONTROLS}, upload)
    target = usual_target(kind, Path(upload.name))
    target = target.with_suffix(form or target.suffix) if kind != "image" else target
    source, written, read = parsed(line_of(kind, look, chosen, upload, target))
    assert (source.name, written.name, read) == (upload.name, target.name, recipe)


def test_a_command_says_only_what_differs() -> None:
    chosen = left_alone("image", None, PICTURE)
    assert line_of("image", None, chosen, PICTURE) == """dreamvideo image 'it'"'"'s a photo.jpg'"""
    chosen |= {"steps": 20, "layers": ["mixed4:23=1.5"], "keep_colors": True}
    assert line_of("image", None, chosen, PICTURE).endswith("' -l mixed4:23=1.5 --steps 20 --keep-colors")
    chosen = left_alone("video", None, CLIP) | {"end": 5.5, "clip_strength": 0.6, "rotate": -10}
    line = line_of("video", None, chosen, CLIP, Path("out.gif"))
    assert line == "dreamvideo video ./-clip.mp4 out.gif --strength 0.6 --end 5.5 --rotate=-10"
    chosen = left_alone("image", "seed", PICTURE) | {"motif": 2.0}
    assert line_of("image", "seed", chosen, PICTURE).endswith("--preset seed --motif 2 --octave-factors none")


def test_settings_from_files_and_variables_are_where_choices_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("dreamvideo.toml").write_text("[dream]\nsteps = 3\n[read]\nscale = 0.5\n")
    monkeypatch.setenv("DREAMVIDEO_MOTIF", "2")
    chosen = left_alone("image", None, PICTURE)
    assert (chosen["steps"], chosen["motif"], chosen["width"]) == (3, 2, 800)
    assert shlex.split(line_of("image", None, chosen, PICTURE))[3:] == []
    chosen |= {"steps": 10, "width": 640}
    assert shlex.split(line_of("image", None, chosen, PICTURE))[3:] == [
        "--steps",
        "10",
        "--width",
        "640",
        "--scale",
        "none",
    ]
    own = replace(DESK, own=(Settings("the command", {"network.model": "vgg16"}),))
    recipe = own.recipe("image", None, chosen["layers"], {}, PICTURE)
    line = command_line(
        "image", Path("a.jpg"), recipe, own.base("image", None), preset=None, target=Path("a_dream.jpg")
    )
    assert line == "dreamvideo image a.jpg --model vgg16"
