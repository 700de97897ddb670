"""Parse the keys of a schedule: their times, easings and values as text. Other modules interpret the values."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

from dreamvideo.errors import ConfigError, ScheduleError
from dreamvideo.schedule.expression import Expression

MAX_KEYS = 20_000
"""Most keys of a schedule: enough for one at each frame of a song, as tools that analyse sound write them."""
MAX_LENGTH = 1_000_000
"""Most characters of a schedule: enough for `MAX_KEYS` keys."""

MAX_SECONDS = 1e7
"""Largest distance of a key from 0, in seconds: about four months, so that times stay exact to far below a frame."""

EASINGS: Mapping[str, Callable[[float], float]] = {
    "linear": lambda u: u,
    "smooth": lambda u: u * u * (3 - 2 * u),
    "ease-in": lambda u: u * u,
    "ease-out": lambda u: u * (2 - u),
    "hold": lambda u: 0.0,
}
"""Easings by name: from the fraction of the time between two keys to the fraction of the way, both from 0 to 1."""
_EASING = re.compile(rf"(?<=[\s)])({'|'.join(EASINGS)})\s*$")
_UNIT = re.compile(r"(.*?)(s|%)?\s*$", re.S)
_MARKS = {
    **dict.fromkeys(map(ord, "\"'`\u2018\u2019\u201c\u201d\u00a0\u200b\u202f\ufeff"), " "),
    **dict.fromkeys(map(ord, "\u2212\u2013"), "-"),
    **{0xFF08: "(", 0xFF09: ")", 0xFF0C: ",", 0xFF1A: ":"},
}
"""Typographic characters, as copied from web pages -> plain ones. Quotes and unusual spaces become spaces."""
_BETWEEN = re.compile(r"(?<![-+*/\s;|])[\s;|]+(?=(?:\d[\w.]*\s*%?|max_f[^,:;()]*):)")
"""Separators between two keys that are accepted in place of a comma."""


@dataclass(frozen=True, slots=True)
class Item:
    """One key as written."""

    position: str
    column: int
    value: str
    value_column: int
    easing: str
    eased: bool
    """Whether the easing was written."""


@contextmanager
def naming(item: Item) -> Iterator[None]:
    """Add the key to the message of an error."""
    try:
        yield
    except ConfigError as error:
        where = "" if isinstance(error, ScheduleError) else f"column {item.value_column}: "
        raise ScheduleError(f"key {item.position!r}: {where}{error}") from error


def split_commas(text: str) -> list[tuple[str, int]]:
    """Split at the commas outside brackets; returns each part with the index of its first character."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and depth <= 0:
            parts.append((text[start:place], start))
            start = place + 1
    return [*parts, (text[start:], start)]


def read_keys(text: str) -> list[Item]:
    """Split a schedule into its keys, in the order written. A value alone is a key at 0 s.

    Quotes, braces around the whole and empty parts between commas are ignored, so that text copied from JSON works. A
    new line, a space, a semicolon or a bar before a key counts as a comma.
    """
    if len(text) > MAX_LENGTH:
        raise ScheduleError(f"expected a schedule of at most {MAX_LENGTH} characters, got {len(text)}")
    text = _without_marks(text)
    keys: list[list[tuple[str, int]]] = []
    for part, start in split_commas(text):
        if not part.strip():
            continue
        if ":" in part or not keys:
            keys.append([(part, start)])
        else:
            keys[-1].append((part, start))
    if not keys:
        raise ScheduleError("column 1: expected a value, got nothing")
    if len(keys) > MAX_KEYS:
        raise ScheduleError(f"expected at most {MAX_KEYS} keys, got {len(keys)}")
    # Only a single value may have no time.
    items = []
    for parts in keys:
        start = parts[0][1]
        whole = text[start : parts[-1][1] + len(parts[-1][0])]
        position, colon, value = whole.partition(":") if ":" in parts[0][0] else ("0s", "", whole)
        if not colon and len(keys) > 1:
            raise ScheduleError(f"column {start + 1}: expected TIME: VALUE, got {whole.strip()!r}")
        items.append(_read_key(position, start, value, start + len(whole) - len(value)))
    return items


def _without_marks(text: str) -> str:
    """Replace ignored characters by spaces, so that columns stay the same."""
    text = text.translate(_MARKS).rstrip()
    if text.lstrip().startswith("{") and text.endswith("}"):
        text = text[:-1].replace("{", " ", 1).rstrip()
    return _BETWEEN.sub(lambda found: ",".ljust(len(found[0])), text.rstrip(",;| \n\t"))


def _read_key(position: str, start: int, value: str, value_start: int) -> Item:
    if not value.strip():
        raise ScheduleError(f"key {position.strip()!r}, column {value_start + 1}: expected a value, got nothing")
    column = start + 1 + len(position) - len(position.lstrip())
    easing = _EASING.search(value)
    if easing is None:
        return Item(position.strip(), column, value, value_start + 1, "linear", False)
    return Item(position.strip(), column, value[: easing.start()], value_start + 1, easing[1], True)


def timed_keys(text: str, fps: float, duration: float | None) -> tuple[list[tuple[float, Item]], bool]:
    """The keys sorted by time, in seconds; and whether all of them are written in frames."""
    keys, in_frames = [], True
    for item in read_keys(text):
        with naming(item):
            time, frames = _seconds(item, fps, duration)
        keys.append((time, item))
        in_frames = in_frames and frames
    keys.sort(key=lambda key: key[0])
    if in_frames:  # of keys at one frame the last counts, as in Deforum
        keys = list({round(time, 9): (time, item) for time, item in keys}.values())
    for (earlier, _), (later, item) in pairwise(keys):
        if later - earlier < 1e-9:
            raise ScheduleError(f"key {item.position!r}, column {item.column}: expected one key at a time, got two")
    return keys, in_frames


def _seconds(item: Item, fps: float, duration: float | None) -> tuple[float, bool]:
    match = _UNIT.match(item.position)
    number, unit = match.groups() if match else (item.position, None)
    if duration is None and (unit == "%" or "max_f" in number):
        raise ScheduleError(f"column {item.column}: expected a time in seconds, since no duration is known")
    length = 0.0 if duration is None else duration
    value = Expression.parse(number, ("max_f",), item.column).at({"max_f": last_frame(fps, length)})
    time = value if unit == "s" else value / 100 * length if unit == "%" else value / fps
    if abs(time) > MAX_SECONDS:
        raise ScheduleError(f"column {item.column}: expected a time within {MAX_SECONDS:g} seconds, got {time:g}")
    return time, unit is None


def last_frame(fps: float, duration: float) -> float:
    """Number of the last frame, counted from 0: Deforum's `max_f`."""
    return max(0.0, round(duration * fps) - 1.0)


def between(times: Sequence[float], easings: Sequence[str], t: float) -> tuple[int, int, float]:
    """Indices of the keys before and after `t`, and the eased position between them, 0 to 1."""
    after = bisect_right(times, t)
    if after in (0, len(times)):
        index = 0 if after == 0 else after - 1
        return index, index, 0.0
    before = after - 1
    way = (t - times[before]) / (times[after] - times[before])
    return before, after, EASINGS[easings[after]](way)
