"""Recipes as text: round trips, precedence, and mistakes that are named."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import NoneType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamvideo.config import CoherenceConfig, DreamConfig, Layer, ReadConfig, Recipe, WriteConfig, ZoomConfig
from dreamvideo.errors import ConfigError, InputError, InputNotFoundError, ScheduleError
from dreamvideo.recipe import (
    Settings,
    assemble,
    from_environment,
    from_file,
    from_places,
    from_toml,
    preset,
    recipe_text,
    to_toml,
    user_file,
)
from dreamvideo.recipe.presets import PRESETS
from dreamvideo.recipe.settings import SETTINGS, VARYING, convert
from dreamvideo.schedule import apply_schedules
from dreamvideo.values import field_types


def read(text: str) -> Recipe:
    return assemble(from_toml(text, "my.toml"))


def test_a_recipe_survives_being_written_and_read() -> None:
    recipe = assemble(
        [
            Settings("flags", {"dream.layers": ["mixed4:23=1.5", "mixed5"], "dream.octave_factors": "-2,-1,0"}),
            Settings("flags", {"read.start": "1:30.5", "read.fps": "30000/1001", "write.max_bytes": "8MB"}),
            Settings("flags", {"camera.zoom": "0s: 1, 4s: 1.5 smooth", "camera.center": "0.25,0.75"}),
            Settings("flags", {"layers": "0s: mixed3, 5s: mixed6", "dream.guide": 'a "b"\\c\té\x7f\U0001f600.png'}),
        ]
    )
    assert recipe.dream.layers == (Layer("mixed4", 23, 1.5), Layer("mixed5"))
    assert recipe.dream.octave_factors == (-2, -1, 0)
    assert (recipe.read.start, recipe.read.fps) == (Fraction(181, 2), Fraction(30000, 1001))
    assert recipe.write.max_bytes == 8_000_000
    assert (recipe.camera.center_x, recipe.camera.center_y) == (0.25, 0.75)
    assert dict(recipe.schedules) == {"camera.zoom": "0s: 1, 4s: 1.5 smooth", "layers": "0s: mixed3, 5s: mixed6"}
    assert read(to_toml(recipe)) == recipe
    assert read(recipe_text(recipe, "ab" * 32)) == recipe


@given(st.text(st.characters(exclude_categories=["Cs"])), st.floats(0.01, 100), st.fractions(Fraction(1, 100), 86_400))
def test_any_text_and_number_survives(text: str, zoom: float, duration: Fraction) -> None:
    plain = Recipe()
    recipe = replace(
        plain,
        read=replace(plain.read, background=text),
        camera=replace(plain.camera, zoom=zoom),
        zoom=replace(plain.zoom, duration=duration),
    )
    assert read(to_toml(recipe)) == recipe


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_valid(name: str) -> None:
    recipe = assemble([preset(name, "--preset")])
    assert recipe != Recipe()
    assert read(f'preset = "{name}"') == recipe


def test_the_table_has_every_setting_with_its_default() -> None:
    assert set(VARYING) <= set(SETTINGS)
    for key, setting in SETTINGS.items():
        room, name = key.split(".")
        assert getattr(getattr(Recipe(), room), name) == setting.default


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[dream]\nstep = 3", "did you mean 'dream.steps'"),
        ("steps = 3", "belongs under [dream]"),
        ("[dream]\nfps = 3", "belongs under [read] or [zoom]"),
        ("[dreams]\nsteps = 1", "did you mean 'dream'"),
        ("[write]\noverwrite = true", "only by the flag"),
        ('preset = "clasic"', "did you mean 'classic'"),
        ("preset = 3", "no preset 3"),
        ('[schedules]\n"camera.zom" = "0s: 1"', "did you mean 'camera.zoom'"),
        ('[dream]\nsteps = "abc"', "expected a whole number or a schedule for dream.steps, got 'abc'"),
        ('[dream]\nstep_size = "0,008"', "expected a number or a schedule for dream.step_size, got '0,008'"),
        ('[dream]\nsteps = "10 * x"', "column 6"),
        ('[dream]\nsteps = "0s: abc"', "key '0s': column 5"),
        ("[dream]\nsteps = 1.5", "whole number"),
        ("[dream]\noctaves = true", "whole number"),
        ("[dream]\nlayers = [3]", "list of layers"),
        ('[dream]\nlayers = ["a:b:c"]', "NAME[:CHANNEL][=WEIGHT]"),
        ('[dream]\nmeasure = "median"', "one of mean_square, mean"),
        ('[read]\nfps = "1/0"', "a rate"),
        ('[read]\nstart = "1:2:3:4"', "seconds or M:SS"),
        ('[write]\nmax_bytes = "8 parsecs"', "a size such as 8MB"),
        ('[camera]\ncenter = "0.5"', "x,y"),
        ("[dream]\noctaves = 99", "1 to 32 octaves"),
        ("[dream\n", "not a recipe in TOML"),
        ("dream = 3", "expected a table, [dream] and settings under it, got dream = 3"),
        ("schedules = 'x'", "expected a table, [schedules]"),
        ("[camera]\nzoom = nan", "zoom factor"),
    ],
)
def test_mistakes_are_named(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert words in str(caught.value)


def test_later_places_win_and_numbers_overrule_schedules() -> None:
    low = from_toml('[camera]\nzoom = "0s: 1, 2s: 3"\ncenter = [0.1, 0.2]\n[schedules]\nlayers = "0s: a, 2s: b"', "low")
    high = [Settings("--zoom", {"camera.zoom": "1.25"}), Settings("--layer", {"dream.layers": ["mixed3"]})]
    recipe = assemble([*low, *high])
    assert recipe.schedules == ()
    assert recipe.camera.zoom == 1.25 and recipe.camera.center_x == 0.1
    assert recipe.dream.layers == (Layer("mixed3"),)


@pytest.mark.parametrize(
    ("low", "high", "end"),
    [
        ({"read.end": 9}, {"read.duration": "0:05"}, 8),
        ({"read.duration": 5}, {"read.end": 9}, 9),
        ({"read.duration": 5}, {"read.duration": 6}, 9),
    ],
)
def test_an_end_and_a_duration_overrule_each_other(low: dict[str, object], high: dict[str, object], end: int) -> None:
    recipe = assemble([Settings("file", {"read.start": 3, **low}), Settings("--flag", high)])
    assert (recipe.read.start, recipe.read.end, recipe.read.duration) == (3, end, None)
    assert read(to_toml(recipe)) == recipe
    with pytest.raises(ConfigError, match="either an end or a duration"):
        ReadConfig(end=9, duration=5)


def test_a_schedule_of_points_becomes_two() -> None:
    recipe = assemble([Settings("--center", {"camera.center": "0s: 0.3,0.5, 4s: 0.7,0.5"})])
    later = apply_schedules(recipe, 2.0)
    assert (later.camera.center_x, later.camera.center_y) == pytest.approx((0.5, 0.5))
    assert read(to_toml(recipe)) == recipe
    with pytest.raises(ScheduleError, match="--zoom"):
        assemble([Settings("--zoom", {"camera.zoom": "0s: 1, oops"})])


def test_variables() -> None:
    names = {"steps": "dream.steps", "layer": "dream.layers"}
    environ = {"DREAMVIDEO_STEPS": "7", "DREAMVIDEO_LAYER": "mixed3,mixed5=2", "DREAMVIDEO_PRESET": "seed", "HOME": "/"}
    recipe = assemble(from_environment(environ, names))
    assert recipe.dream.steps == 7 and recipe.dream.layers == (Layer("mixed3"), Layer("mixed5", weight=2.0))
    assert recipe.dream.normalise == "std"
    unset = {"DREAMVIDEO_STEPS": "", "DREAMVIDEO_PRESET": "", "DREAMVIDEO_LAYER": " ", "DREAMVIDEO_STEP": ""}
    assert assemble(from_environment(unset, names)) == Recipe()
    assert assemble(from_environment({"DREAMVIDEO_DRIFT": "free"}, names, others=["drift"])) == Recipe()
    with pytest.raises(ConfigError, match="'steps'"):
        from_environment({"DREAMVIDEO_STEP": "7"}, names)


def test_places_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "own"), "APPDATA": str(tmp_path / "own"), "HOME": str(tmp_path)}
    monkeypatch.setenv("HOME", str(tmp_path))
    own = user_file(environ)
    own.parent.mkdir(parents=True)
    own.write_text('preset = "seed"\n[dream]\nsteps = 1\noctaves = 1\njitter = 1\n')
    Path("dreamvideo.toml").write_text("[dream]\nsteps = 2\noctaves = 2\n")
    Path("mine.toml").write_text("[dream]\nsteps = 3\n")
    dream = assemble(from_places(environ, Path("mine.toml"))).dream
    assert (dream.normalise, dream.jitter, dream.octaves, dream.steps) == ("std", 1, 2, 3)
    with pytest.raises(InputNotFoundError):
        from_places(environ, Path("none.toml"))


def test_only_the_user_names_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dreamvideo.toml").write_text('[network]\nweights = "/tmp/evil.h5"\n')
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "APPDATA": str(tmp_path)}
    places = from_places(environ, None)
    with pytest.raises(ConfigError, match="--weights FILE"):
        assemble(places)
    assert assemble([*places, Settings("--weights", {"network.weights": "w.h5"})]).network.weights == Path("w.h5")
    trusted = from_places(environ | {"XDG_CONFIG_HOME": "/nowhere"}, Path("dreamvideo.toml"))
    assert assemble(trusted).network.weights == Path("/tmp/evil.h5")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_error(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "bom.toml").write_bytes("[dream]\r\nsteps = 3 # \xe9\r\n".encode(encoding))
    assert assemble(from_file(tmp_path / "bom.toml")).dream.steps == 3


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (ZoomConfig(fps=12, duration="1:30"), ZoomConfig(fps=Fraction(12), duration=Fraction(90))),
        (DreamConfig(steps=Fraction(3), octave_scale=Decimal("1.5")), DreamConfig(steps=3, octave_scale=1.5)),
        (ZoomConfig(fps=30000 / 1001, strength=1), ZoomConfig(fps=Fraction(30000, 1001), strength=1.0)),
        (
            ReadConfig(fps=10.0, start=0.5, width=np.int64(64)),
            ReadConfig(fps=Fraction(10), start=Fraction(1, 2), width=64),
        ),
        (ReadConfig(fps="23.976"), ReadConfig(fps=Fraction(2997, 125))),
        (DreamConfig(layers=("mixed6", Layer("mixed4"))), DreamConfig(layers=(Layer("mixed6"), Layer("mixed4")))),
        (DreamConfig(layers="mixed4:23=1.5"), DreamConfig(layers=(Layer("mixed4", 23, 1.5),))),
        (DreamConfig(octave_factors=range(-1, 1), steps=5.0), DreamConfig(octave_factors=(-1, 0), steps=5)),
        (DreamConfig(mask="m.png", guide=Path("g.png")), DreamConfig(mask=Path("m.png"), guide=Path("g.png"))),
        (WriteConfig(max_bytes="8MB"), WriteConfig(max_bytes=8_000_000)),
        (CoherenceConfig(split=10, strength=np.float32(0.5)), CoherenceConfig(split=Fraction(10), strength=0.5)),
        (DreamConfig(layers={"mixed4:23": 1.5, "mixed6": 1}), DreamConfig(layers=("mixed4:23=1.5", "mixed6"))),
        (DreamConfig(of={"starfish": 0.5}), DreamConfig(of="starfish=0.5")),
        (DreamConfig(layers=np.array(["mixed3", "mixed6"])), DreamConfig(layers=("mixed3", "mixed6"))),
        (
            DreamConfig(octave_factors=np.arange(-1, 2), steps=np.float32(7)),
            DreamConfig(octave_factors=(-1, 0, 1), steps=7),
        ),
        (ZoomConfig(fps=np.int16(12), loop=np.bool_(True)), ZoomConfig(fps=12, loop=True)),
        (ReadConfig(start=np.array(1.5), width=np.array(64)), ReadConfig(start="1.5", width=64)),
        (ReadConfig(start=timedelta(minutes=2, seconds=5)), ReadConfig(start=125)),
        (Layer("mixed4", np.int64(3), "0.5"), Layer("mixed4", 3, 0.5)),
        (Recipe(schedules={"camera.zoom": "1"}), Recipe(schedules=(("camera.zoom", "1"),))),
    ],
)
def test_dataclasses_take_what_can_be_read(given: object, meant: object) -> None:
    assert given == meant and hash(given) == hash(meant)
    for name, (kind, _) in field_types(type(meant)).items():
        if isinstance(kind, type):
            assert isinstance(getattr(given, name), (kind, NoneType))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ZoomConfig(fps="fast"), "expected a rate such as 25 or 30000/1001 for fps, got 'fast'"),
        (lambda: DreamConfig(steps=1.5), "expected a whole number for steps, got 1.5"),
        (lambda: DreamConfig(steps=True), "expected a whole number for steps, got True"),
        (lambda: DreamConfig(steps=None), "expected a whole number for steps, got None"),
        (lambda: DreamConfig(layers=(3,)), "expected a list of layers for layers, got (3,)"),
        (lambda: DreamConfig(mask=3), "expected a path for mask, got 3"),
        (lambda: DreamConfig(measure="median"), "expected one of mean_square, mean for measure, got 'median'"),
        (lambda: ReadConfig(fps=math.nan), "a rate"),
        (lambda: ReadConfig(fps="1e999999999"), "a rate such as 25"),
        (lambda: ReadConfig(start="0:1e9999999"), "seconds or M:SS"),
        (lambda: DreamConfig(layers=b"mixed6"), "a list of layers"),
        (lambda: DreamConfig(layers=3), "a list of layers"),
        (lambda: Layer("mixed4", "last"), "expected a whole number for channel, got 'last'"),
        (lambda: Layer(4), "expected text for name, got 4"),
        (lambda: Recipe(dream={"steps": 3}), "expected a DreamConfig for dream, got {'steps': 3}"),
    ],
)
def test_dataclasses_say_what_they_take(make: Callable[[], object], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make()
    assert words in str(caught.value)


def test_a_file_that_is_no_recipe(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"[dream]\n# \xe9\n")
    with pytest.raises(ConfigError, match="UTF-8"):
        from_file(tmp_path / "latin.toml")
    (tmp_path / "text.mp4").write_text("hello")
    with pytest.raises(InputError):
        from_file(tmp_path / "text.mp4")


@pytest.mark.parametrize(
    ("text", "value"), [("90", 90), ("1.5", Fraction(3, 2)), ("2:05", 125), ("1:00:00", 3600), ("7s", 7)]
)
def test_times(text: str, value: Fraction) -> None:
    assert convert(SETTINGS["read.end"], text, "--end") == value
    assert convert(SETTINGS["read.end"], "none", "--end") is None
