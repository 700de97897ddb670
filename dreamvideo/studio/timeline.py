"""The time line: cuts, schedules, and loudness of the music."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path

from dreamvideo.config import Recipe
from dreamvideo.errors import ConfigError, DreamVideoError
from dreamvideo.schedule import SETTINGS, Schedule
from dreamvideo.schedule.music import BANDS, Music
from dreamvideo.studio.choices import CONTROLS, Slider

WIDTH, HEIGHT = 600, 110
_POINTS = 241
"""Points of a curve."""
VARIES = "camera.zoom"
"""First setting for keys."""


@dataclass(frozen=True, slots=True)
class Line:
    """What to draw.

    Attributes:
        fps: frames per second, for keys in frames.
        cuts: seconds at which shots begin; None: unknown.
    """

    duration: float
    fps: float
    cuts: tuple[float, ...] | None = None
    schedules: tuple[tuple[str, str], ...] = ()
    music: Path | None = None


def read_lines(text: str | None) -> dict[str, str]:
    """Read schedules, one a line: `camera.zoom = 0s: 1, 4s: 1.5 smooth`.

    Raises:
        ConfigError: a line is invalid.
    """
    found = {}
    for line in (text or "").splitlines():
        setting, sign, schedule = line.partition("=")
        if not line.strip():
            continue
        if not sign or setting.strip() not in SETTINGS or not schedule.strip():
            raise ConfigError(
                f"expected SETTING = SCHEDULE, such as camera.zoom = 0s: 1, 4s: 1.5, got {line.strip()!r}"
            )
        found[setting.strip()] = schedule.strip()
    return found


def with_key(text: str | None, setting: str, time: float, value: float, easing: str) -> str:
    """The page's schedules with one more key; a key at the same time is replaced."""
    lines = read_lines(text)
    keys = dict(_keys(lines.get(setting, "")))
    keys[f"{round(time, 1):g}s"] = f"{round(value, 3):g}" + ("" if easing == "linear" else f" {easing}")
    ordered = sorted(keys.items(), key=lambda key: float(key[0].removesuffix("s")))
    lines[setting] = ", ".join(f"{at}: {what}" for at, what in ordered)
    return "\n".join(f"{name} = {schedule}" for name, schedule in lines.items())


def _keys(schedule: str) -> Iterator[tuple[str, str]]:
    """The keys of a schedule that are plain numbers at seconds."""
    for part in schedule.split(","):
        at, colon, what = part.partition(":")
        try:
            float(at.strip().removesuffix("s"))
        except ValueError:
            continue
        if colon and what.strip():
            yield f"{float(at.strip().removesuffix('s')):g}s", what.strip()


def span(setting: str) -> tuple[float, float]:
    """Smallest and largest value of a setting on the time line."""
    for control in CONTROLS.values():
        if control.key == setting and isinstance(control, Slider):
            return control.low, control.high
    return {"dream.jitter": (0.0, 64.0), "camera.pan_x": (-1.0, 1.0), "camera.pan_y": (-1.0, 1.0)}.get(
        setting, (0.0, 1.0)
    )


@lru_cache(maxsize=16)
def timeline_html(line: Line) -> str:
    """A time line as a picture, with a text for screen readers."""
    if line.duration <= 0:
        return ""
    bands = _levels(line.music)
    parts = [*_bands(line, bands), *_cuts(line)]
    said, legend = [], []
    for number, (setting, text) in enumerate(line.schedules):
        parts += _curve(line, setting, text, number, bands)
        said.append(f"{setting} {text}")
        legend.append(f'<span class="c{number % 4}">{escape(setting)}</span>')
    cuts = _cuts_said(line.cuts)
    words = f"Time line of {line.duration:.1f} seconds{cuts and ', '}{cuts}; {'; '.join(said) or 'nothing changes'}"
    hint = "" if said else '<span class="hint">Click here to set a key</span>'
    return (
        f'<div class="line"><svg class="timeline" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(words)}">{"".join(parts)}</svg>{hint}</div><div class="scale"><span>0 s</span>'
        f'<span>{cuts}</span><span>{line.duration:.1f} s</span></div><div class="legend">{"".join(legend)}</div>'
    )


def _cuts_said(cuts: Sequence[float] | None) -> str:
    if cuts is None:
        return ""
    return f"{len(cuts)} cut{'s' * (len(cuts) > 1)}" if cuts else "no cuts"


def _cuts(line: Line) -> Iterator[str]:
    for at in line.cuts or ():
        x = at / line.duration * WIDTH
        title = f"<title>a cut at {at:.2f} s</title>"
        yield f'<line class="cut" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{HEIGHT}">{title}</line>'


def _curve(line: Line, setting: str, text: str, number: int, bands: Music | None) -> Iterator[str]:
    """A setting over time, and its keys; nothing if it cannot be read."""
    try:
        schedule = Schedule.parse(text, fps=line.fps, duration=line.duration)
        times = [line.duration * step / (_POINTS - 1) for step in range(_POINTS)]
        values = [schedule.at(t, _heard(bands, t)) for t in times]
        knots = [(t, schedule.at(t, _heard(bands, t))) for t in schedule.knots if 0 <= t <= line.duration]
    except DreamVideoError:
        return
    low, high = span(setting)
    low, high = min(low, *values), max(high, *values)

    def place(t: float, value: float) -> tuple[float, float]:
        return t / line.duration * WIDTH, HEIGHT - 6 - (value - low) / (high - low) * (HEIGHT - 12)

    points = " ".join("{:.1f},{:.1f}".format(*place(t, value)) for t, value in zip(times, values, strict=True))
    yield f'<polyline class="curve c{number % 4}" points="{points}"><title>{escape(setting)}</title></polyline>'
    for t, value in knots:
        x, y = place(t, value)
        title = f"<title>{value:g} at {t:g} s</title>"
        # A point with a round pen, since a circle would be stretched.
        yield f'<path class="key c{number % 4}" d="M{x:.1f} {y:.1f}h0">{title}</path>'


def _bands(line: Line, bands: Music | None) -> Iterator[str]:
    """Bass, mid and treble, one above the other."""
    if bands is None:
        return
    names = [name for name in BANDS if name != "loudness"]
    row = HEIGHT / len(names)
    for number, name in enumerate(names):
        floor = HEIGHT - number * row
        hill = [
            (step / (_POINTS - 1) * WIDTH, floor - 0.9 * row * bands.at(line.duration * step / (_POINTS - 1))[name])
            for step in range(_POINTS)
        ]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in [(0, floor), *hill, (WIDTH, floor)])
        yield f'<polygon class="band {name}" points="{points}"><title>{name}</title></polygon>'


def _heard(bands: Music | None, t: float) -> Mapping[str, float]:
    return {} if bands is None else bands.at(t)


@lru_cache(maxsize=2)
def _levels(path: Path | None) -> Music | None:
    """The loudness of a track; None if there is none, or it cannot be read, which a try reports."""
    try:
        return None if path is None else Music.read(path)
    except DreamVideoError:
        return None


def line_of(recipe: Recipe, duration: float, fps: float, cuts: Sequence[float] | None, music: Path | None) -> Line:
    """What to draw of a recipe."""
    schedules = tuple((name, text) for name, text in recipe.schedules if name in SETTINGS)
    return Line(duration, fps, None if cuts is None else tuple(cuts), schedules, music)
