"""Schedules: the notations, exact values, faults that name key and column, and nothing but ScheduleError."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dreamvideo.config import CameraConfig, Layer, Recipe, Word, ZoomConfig
from dreamvideo.errors import ScheduleError
from dreamvideo.schedule import (
    LayerSchedule,
    Schedule,
    WordSchedule,
    apply_schedules,
    check_schedules,
    is_timed,
    point_schedules,
    schedule_knots,
)


@pytest.mark.parametrize(
    ("text", "t", "expected"),
    [
        ("1.5", 7.0, 1.5),
        ("0s: 1, 4s: 1.5 smooth, 8s: 1", 2.0, 1.25),
        ("0s: 1, 4s: 1.5 smooth, 8s: 1", 1.0, 1 + 0.5 * (3 / 16 - 2 / 64)),
        ("0s: 1, 4s: 1.5 smooth, 8s: 1", 6.0, 1.25),
        ("0s: 1, 4s: 1.5 smooth, 8s: 1", 99.0, 1.0),
        ("0: (1.0), 60: (1.04)", 1.25, 1.02),  # frames, at 24 a second
        ("2s: 3, 4s: 5", 0.0, 3.0),  # no key at 0
        ("4s: 5, 2s: 3", 3.0, 4.0),  # in any order
        ("0%: 0, 50%: 1, 100%: 0", 2.5, 0.5),  # of 10 seconds
        ("0:(1), (max_f):(3)", 239 / 48, 2.0),
        ("0s: 1, 2s: 5 hold", 1.99, 1.0),
        ("0s: 1, 2s: 5 hold", 2.0, 5.0),
        ("0s: 0, 2s: 4 ease-in", 1.0, 1.0),
        ("0s: 0, 2s: 4 ease-out", 1.0, 3.0),
        ("0s: max(1, 2), 2s: min(4, 9, 6)", 1.0, 3.0),  # commas in brackets
        ("1.2 + 0.6*bass", 0.0, 1.5),
        ("sin(pi*t/2) + cos(0) - abs(-2) * 2**3 / 4 % 3", 1.0, 1.0),
        ("-2**2 + 2**-1 + --3", 0.0, -0.5),
        ("0: (1.0025+0.002*sin(1.25*3.14*t/30))", 2.0, 1.0025 + 0.002 * math.sin(1.25 * 3.14 * 48 / 30)),
        ("0s: t, 4s: 10", 2.0, 6.0),
        (".5e1 + 1.e-1", 0.0, 5.1),
        ("floor(2.7) + ceil(0.2) + tan(0) + sqrt(16) + exp(0) + log(1) + arctan2(0, 1)", 0.0, 8.0),
        ("(t >= 2) + 2 * (t < 2) + 4 * (t == 2) + 8 * (t != 2) + 16 * (t <= 2) + 32 * (t > 2)", 2.0, 21.0),
        ("1 + (t > 1) & (t < 3) | 0", 2.0, 1.0),  # & and | bind tighter than comparisons, looser than +
        ("~(t > 1) + 5", 2.0, 5.0),
        ("where(t > 0, 1 / t, 7)", 0.0, 7.0),
        ("t / max_f", 239 / 24, 1 / 24),
    ],
)
def test_values(text: str, t: float, expected: float) -> None:
    assert Schedule.parse(text, fps=24, duration=10).at(t, {"bass": 0.5}) == pytest.approx(expected, abs=1e-12)


def in_deforum(keys: dict[int, float | Callable[[int], float]], count: int) -> list[float]:
    """Values frame by frame as Deforum has them: numbers go straight to the next key, an expression holds until it."""
    values = [math.nan] * count
    rule: float | Callable[[int], float] = 0.0
    for frame in range(count):
        if frame in keys:
            rule = keys[frame]
            values[frame] = rule(frame) if callable(rule) else rule
        elif callable(rule):
            values[frame] = rule(frame)
    known = [frame for frame, value in enumerate(values) if not math.isnan(value)]
    return [float(value) for value in np.interp(range(count), known, [values[frame] for frame in known])]


@pytest.mark.parametrize("fps", [10, 24, Fraction(30_000, 1001)])
@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("0:(1.04)", {0: 1.04}),
        ('{"0": "(1.0)", "30": "(1.02)", "max_f-19": "(0.99)",}', {0: 1.0, 30: 1.02, 100: 0.99}),
        (
            "0:(1.02+0.02*sin(2*3.14*t/15)),\n 45:(where((t%30)<4, 1.06, 1.01)),\n 90: (1.01), 110: (1+0.1*t/max_f)",
            {
                0: lambda t: 1.02 + 0.02 * math.sin(2 * 3.14 * t / 15),
                45: lambda t: 1.06 if t % 30 < 4 else 1.01,
                90: 1.01,
                110: lambda t: 1 + 0.1 * t / 119,
            },
        ),
        (
            # As pages show it: odd spaces, a minus and quotes of their own, a key twice, commas too many.
            "`\u201c0\u201d:\u00a0(1.01\u22120.01*sin(t/7) % 0.005),, 40\uff1a (1.5), 40: (1.02),\n,`",
            {0: lambda t: 1.01 - math.fmod(0.01 * math.sin(t / 7), 0.005), 40: 1.02},
        ),
        (
            "\n0:(1.0)  20:(1.01)\n40: (1.02);60:(1+t/1000) | 80:(where((t > 9) | (t < 1), 1.01,\n 2)) max_f-9: (1) ;",
            {0: 1.0, 20: 1.01, 40: 1.02, 60: lambda t: 1 + t / 1000, 80: lambda t: 1.01, 110: 1.0},
        ),
        (
            ", ".join(f"{frame}: ({1 + frame % 7 / 100})" for frame in range(5000)),
            dict(enumerate([1 + f % 7 / 100 for f in range(120)])),
        ),
        (
            "0: (1 + 0.05*(abs(sin(t/20))**4) + (t>=60)/100)",
            {0: lambda t: 1 + 0.05 * abs(math.sin(t / 20)) ** 4 + (t >= 60) / 100},
        ),
    ],
)
def test_deforums_schedules_mean_what_they_mean_there(
    text: str, keys: dict[int, float | Callable[[int], float]], fps: Fraction | int
) -> None:
    recipe = Recipe(schedules=(("camera.rotate", text), ("camera.zoom", text)))
    expected = in_deforum(keys, 120)
    for frame, value in enumerate(expected):
        there = apply_schedules(recipe, frame / float(fps), fps=float(fps), duration=120 / float(fps)).camera
        assert there.zoom == pytest.approx(value ** float(fps))
        assert there.rotate == pytest.approx(value * fps)


def test_an_easing_that_is_written_counts_in_frames_too() -> None:
    assert Schedule.parse("0: (t), 24: (10) linear", fps=24).at(0.5) == pytest.approx(11.0)
    assert Schedule.parse("0: (t), 24: (10)", fps=24).at(0.5) == pytest.approx(12.0)


@pytest.mark.parametrize(
    ("text", "key", "column"),
    [
        ("0s: 1, 4s: 1.5 smoth", "4s", 16),
        ("0s: 1, 4s: ", "4s", 11),
        ("0s: 1, 4x: 2", "4x", 9),
        ("0s: 1, 4s: (2", "4s", 14),
        ("0s: 1, 4s: 2 + foo", "4s", 16),
        ("0s: 1, 4s: exec(1)", "4s", 12),
        ("0s: 1, 4s: sin(1, 2)", "4s", 12),
        ("0s: 1, 4s: 2, 6s: 1 +", "6s", 22),
        ("0s: 1, 4s: __import__", "4s", 12),
        ("0s: 1, 4s: 1.real", "4s", 14),
        ("0s: 1, 0s: 2", "0s", 8),
    ],
)
def test_fault_names_key_and_column(text: str, key: str, column: int) -> None:
    with pytest.raises(ScheduleError) as caught:
        Schedule.parse(text)
    assert repr(key) in str(caught.value)
    assert f"column {column}:" in str(caught.value)


@pytest.mark.parametrize("text", ["1/0", "2 % 0", "9**9**9", "(0-1)**0.5", "1e999", "bass", "sin(1e308*10)"])
def test_no_finite_value(text: str) -> None:
    with pytest.raises(ScheduleError):
        Schedule.parse(text).at(0.0)


def test_percent_needs_a_duration() -> None:
    with pytest.raises(ScheduleError, match="duration"):
        Schedule.parse("50%: 1")


@settings(deadline=None)
@given(
    st.one_of(st.text(max_size=60), st.text('0123456789.+-*/%(),:<=>&|~"{}st maxincobewhr_', max_size=60)),
    st.floats(0, 100),
)
@example("(" * 2000 + "1" + ")" * 2000, 0.0)
@example("-" * 1999 + "1", 0.0)
@example("2" + "**2" * 600, 0.0)
@example("1," * 40_000, 0.0)
@example("0s: " + "1+" * 60_000, 0.0)
@example("-1e308s: 1e308, 1e308s: -1e308", 0.0)
def test_nothing_but_schedule_error(text: str, t: float) -> None:
    bands = dict.fromkeys(("bass", "mid", "treble", "loudness"), 0.3)
    for parse in (Schedule.parse, LayerSchedule.parse):
        try:
            value = parse(text, fps=30, duration=5)
        except ScheduleError:
            continue
        if isinstance(value, Schedule):
            try:
                assert math.isfinite(value.at(t, bands))
            except ScheduleError:
                continue


def test_layers_fade_into_one_another() -> None:
    layers = LayerSchedule.parse("0s: mixed3 + mixed4:7=2, 4s: mixed4:7 smooth")
    assert layers.at(0) == (Layer("mixed3"), Layer("mixed4", 7, 2.0))
    assert layers.at(2) == (Layer("mixed3", None, 0.5), Layer("mixed4", 7, 1.5))
    assert layers.at(9) == (Layer("mixed4", 7),)
    with pytest.raises(ScheduleError, match=r"'4s'.*column 16"):
        LayerSchedule.parse("0s: mixed3, 4s:mixed4:x")


def test_apply_to_a_recipe() -> None:
    recipe = Recipe(
        schedules=(
            ("camera.zoom", "0s: 1, 4s: 3"),
            ("camera.center", "0s: 0.3,0.5, 4s: 0.7,max(0.1, 0.2) smooth"),
            ("dream.steps", "0s: 1, 4s: 4"),
            ("coherence.blend", "0.2 + loudness/2"),
            ("layers", "0s: mixed3, 4s: mixed6"),
        ),
        zoom=ZoomConfig(duration=Fraction(4)),
    )
    there = apply_schedules(recipe, 2.0, {"loudness": 1.0})
    assert there.camera == CameraConfig(zoom=2.0, center_x=0.5, center_y=0.35)
    assert (there.dream.steps, there.coherence.blend) == (2, 0.7)
    assert there.dream.layers == (Layer("mixed3", None, 0.5), Layer("mixed6", None, 0.5))
    assert there.schedules == recipe.schedules
    assert schedule_knots(recipe) == (0.0, 4.0)


@pytest.mark.parametrize(
    ("setting", "text", "expected"),
    [
        ("camera.zoom", "0s: 1, 4s: -1", "camera.*3.000 s|at 3.000 s.*zoom factor"),
        ("camera.still", "1", "can be scheduled"),
        ("camera.center", "0.5", "x,y"),
        ("camera.zoom", "1 + bass", "music"),
        ("camera.zoom", "0: (1), 60: (1.5)", "a frame"),
    ],
)
def test_faults_show_before_any_work(setting: str, text: str, expected: str) -> None:
    recipe = Recipe(schedules=((setting, text),))
    with pytest.raises(ScheduleError, match=expected):
        check_schedules(recipe, (0.0, 3.0), lambda t: {})


def test_points_are_two_schedules() -> None:
    assert [setting for setting, _ in point_schedules("camera.pan", "1,2")] == ["camera.pan_x", "camera.pan_y"]
    x, y = (Schedule.parse(text) for _, text in point_schedules("camera.center", "0s: 0.3,0.5, 4s: (0.7,0.5) smooth"))
    assert (x.at(0), y.at(4)) == (0.3, 0.5)


@pytest.mark.parametrize(
    "text",
    [
        '{"0": "starfish", "48": "castle"}',
        "0: starfish, max_f: castle",
        "\u201c0\u201d: starfish, 100%: castle",
        "0: (starfish) | 48: (castle)",
        "0: starfish\n48: castle\n",
    ],
)
def test_words_that_are_pasted_are_schedules_too(text: str) -> None:
    assert is_timed(text)
    words = WordSchedule.parse(text, fps=24, duration=49 / 24)
    assert words.at(0) == (Word("starfish"),) and words.at(49 / 24) == (Word("castle"),)
    assert {word.name for word in words.at(1)} == {"starfish", "castle"}
    assert not is_timed("starfish, castle=0.5")
