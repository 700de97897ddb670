"""Recordings that were joined: their clocks jump, although pictures and sound continue.

Every part of a transport or program stream has its own times. So such files can be concatenated, and a recorder may
reset its clock. All packets after a join are moved by one offset, so that pictures and sound stay in step.
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
"""Seconds by which decoding times within a recording step back, or leap ahead, at most."""


@dataclass(frozen=True, slots=True)
class Joins:
    """Where a file's clock jumps.

    Attributes:
        positions: byte positions at which parts begin, without the first.
        offsets: seconds to add to the times of each part; 0 for the first.
        end: end of the last packet, in seconds of the first part's clock.
    """

    positions: tuple[int, ...] = ()
    offsets: tuple[Fraction, ...] = (Fraction(0),)
    end: Fraction = Fraction(0)

    def __bool__(self) -> bool:
        return bool(self.positions)

    def offset_at(self, position: int | None) -> Fraction:
        """Seconds to add to the times of a packet at `position`."""
        return self.offsets[bisect.bisect_right(self.positions, position or 0)]


def find_joins(container: InputContainer, path: Path) -> Joins:
    """The joins of an opened file. It is scanned only if its format can have any."""
    if container.format.name not in _JOINABLE:
        return Joins()
    status = path.stat()
    return _scan(path.absolute(), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=16)
def _scan(path: Path, size: int, changed: int) -> Joins:
    """Read the packets of pictures and sound, and note where decoding times jump.

    Packets are nearly in order: the last of a part may follow the first of the next, and the first that shows a jump
        need not
    be the first of its part.
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
                # In program streams, only the first of several packets has a time and a position.
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
    """Packets up to the first that cannot be read. Damage is reported when frames are read."""
    while True:
        try:
            packet = next(packets)
        except Exception:
            return
        yield packet


class JoinedClock:
    """Times of successive frames, on the first part's clock."""

    def __init__(self, joins: Joins) -> None:
        self._joins = joins
        self._part = 0
        self._last: Fraction | None = None

    def time(self, told: Fraction) -> Fraction:
        """The time of the next frame, whose own time is `told`."""
        last, self._last = self._last, told
        jumped = last is not None and not _follows(told, last)
        if jumped and self._part + 1 < len(self._joins.offsets):
            self._part += 1
        return told + self._joins.offsets[self._part]
