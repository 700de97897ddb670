"""Recordings that were joined end to end: their clocks jump, and pictures and sound go on together all the same.

Transport and program streams carry times of their own in every part, so that files of them can simply
be appended to each other, or a recorder's clock be set anew in the middle. All packets behind a join are moved by one
offset, sound and pictures alike, so that they stay in step.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreamvideo.media.clock import seconds
from dreamvideo.media.safety import open_container, reading
from dreamvideo.media.streams import choose_sound, moving_streams

if TYPE_CHECKING:
    from av import Packet
    from av.container import InputContainer

_JOINABLE = ("mpegts", "mpeg")
_BACK, _AHEAD = Fraction(1, 5), Fraction(10)
"""Seconds by which decoding times never step back within a recording, and by which they do not leap ahead."""


@dataclass(frozen=True, slots=True)
class Joins:
    """Where a file's clock jumps.

    Attributes:
        positions: bytes into the file at which a part begins, but for the first.
        offsets: seconds to add to the times of each part, the first one's 0 among them.
        end: seconds on the first part's clock at which the last packet ends.
    """

    positions: tuple[int, ...] = ()
    offsets: tuple[Fraction, ...] = (Fraction(0),)
    end: Fraction = Fraction(0)

    def __bool__(self) -> bool:
        return bool(self.positions)

    def offset_at(self, position: int | None) -> Fraction:
        """Seconds to add to the times of a packet that lies at `position`."""
        return self.offsets[bisect.bisect_right(self.positions, position or 0)]


def find_joins(container: InputContainer, path: Path) -> Joins:
    """The joins of an opened file; only such files are read through that can have any."""
    if container.format.name not in _JOINABLE:
        return Joins()
    status = path.stat()
    return _scan(path.absolute(), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=16)
def _scan(path: Path, size: int, changed: int) -> Joins:
    """Read the packets of pictures and sound and note where decoding times jump.

    Packets come in nearly the order of the file: the last of a part may come after the first of the next, and the
    first that shows a jump need not be the first of its part.
    """
    positions: list[int] = []
    offsets = [Fraction(0)]
    ends: dict[int, Fraction] = {}
    end = Fraction(0)
    with open_container(path) as container, reading(path):
        sound = choose_sound(container)
        watched = [*moving_streams(container)[:1], *([] if sound is None else [sound])]
        for packet in _whole(container.demux(watched)):
            behind = ends.get(packet.stream.index)
            length = seconds(packet.duration or 0, packet.time_base)
            if packet.dts is None or packet.pos is None:
                # Program streams give a time, and a place in the file, to the first of several packets alone.
                if behind is not None and packet.size:
                    ends[packet.stream.index] = behind + length
                    end = max(end, behind + length)
                continue
            told = seconds(packet.dts, packet.time_base)
            part = bisect.bisect_right(positions, packet.pos)
            if behind is not None and not _follows(told + offsets[part], behind):
                if part < len(positions) and _follows(told + offsets[part + 1], behind):
                    positions[part] = packet.pos
                else:
                    positions.append(packet.pos)
                    offsets.append(end - told)
                part = bisect.bisect_right(positions, packet.pos)
            told += offsets[part]
            ends[packet.stream.index] = told + length
            end = max(end, ends[packet.stream.index])
    return Joins(tuple(positions), tuple(offsets), end)


def _follows(time: Fraction, last: Fraction) -> bool:
    return last - _BACK <= time <= last + _AHEAD


def _whole(packets: Iterator[Packet[Any]]) -> Iterator[Packet[Any]]:
    """Packets up to where the file cannot be read on; whether that is damage is found out when frames are read."""
    while True:
        try:
            packet = next(packets)
        except Exception:
            return
        yield packet


class JoinedClock:
    """Times of frames that come out of a decoder one after the other, on the first part's clock."""

    def __init__(self, joins: Joins) -> None:
        self._joins = joins
        self._part = 0
        self._last: Fraction | None = None

    def time(self, told: Fraction) -> Fraction:
        """The time of the next frame, which says `told`."""
        last, self._last = self._last, told
        jumped = last is not None and not _follows(told, last)
        if jumped and self._part + 1 < len(self._joins.offsets):
            self._part += 1
        return told + self._joins.offsets[self._part]
