"""Copy chapters, subtitles and timecode of a clip.

Nothing is converted: what a container does not take is left out, with a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreamvideo.errors import InputError, printable
from dreamvideo.media.clock import seconds
from dreamvideo.media.formats import Format
from dreamvideo.media.joins import find_joins
from dreamvideo.media.safety import open_container, reason_of
from dreamvideo.media.streams import moving_streams, zero_time

if TYPE_CHECKING:
    from av import Packet
    from av.container import InputContainer, OutputContainer

_MILLISECOND = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class ExtrasSpan:
    """The part of a clip whose chapters, subtitles and timecode are copied.

    Attributes:
        start: time in the clip, in seconds, of the result's time 0.
        end: time in the clip, in seconds, of the result's end; None: the clip's end.
    """

    path: Path
    start: Fraction = Fraction(0)
    end: Fraction | None = None


class Extras:
    """Copies chapters, subtitles and timecode into a container whose header is not written yet."""

    def __init__(
        self, span: ExtrasSpan, source: InputContainer, target: OutputContainer, form: Format, notes: list[str]
    ) -> None:
        self._span = span
        self._source = source
        self._target = target
        self._origin = zero_time(source) + span.start
        self._packets: Iterator[Packet[Any]] | None = None
        self._held: Packet[Any] | None = None
        self._copies: dict[int, Any] = {}
        self._lasts: dict[int, int] = {}
        if find_joins(source, span.path):
            notes.append("chapters, subtitles and timecode are left out: the source's clock jumps")
            return
        self._copy_chapters(form, notes)
        self._copy_timecode(form, notes)
        self._add_subtitles(form, notes)

    @classmethod
    def open(cls, span: ExtrasSpan, target: OutputContainer, form: Format, notes: list[str]) -> Extras | None:
        """The extras of a clip; None for an image sequence, and, with a note, if they cannot be read."""
        try:
            source = open_container(span.path)
        except InputError:
            return None  # an image sequence
        try:
            return cls(span, source, target, form, notes)
        except Exception as error:
            source.close()
            notes.append(f"chapters, subtitles and timecode are left out: {reason_of(error)}")
            return None

    def _copy_chapters(self, form: Format, notes: list[str]) -> None:
        found = self._source.chapters()
        if found and not form.chapters:
            notes.append(f"{form.name} has no chapters: {len(found)} are left out")
            return
        kept: list[dict[str, Any]] = []
        last = None if self._span.end is None else self._span.end - self._span.start
        for chapter in found:
            tick = Fraction(chapter["time_base"] or _MILLISECOND)
            begin, end = (chapter[name] * tick - self._origin for name in ("start", "end"))
            begin, end = max(begin, Fraction(0)), end if last is None else min(end, last)
            if end > begin:
                moved = {"start": int(begin / _MILLISECOND), "end": int(end / _MILLISECOND), "time_base": _MILLISECOND}
                kept.append({"id": len(kept) + 1, **moved, "metadata": dict(chapter["metadata"])})
        if kept:
            self._target.set_chapters(kept)  # type: ignore[arg-type]

    def _copy_timecode(self, form: Format, notes: list[str]) -> None:
        tracks = [*moving_streams(self._source)[:1], *self._source.streams.data]
        tags = [track.metadata for track in tracks] + [self._source.metadata]
        found = next((tag[name] for tag in tags for name in ("timecode", "TIMECODE") if name in tag), None)
        if found is None:
            return
        if not form.timecode:
            notes.append(f"{form.name} has no timecode: {printable(found)} is left out")
        elif self._span.start:
            notes.append(f"the timecode {printable(found)} is left out: the result begins later than its source")
        else:
            self._target.streams.video[0].metadata["timecode"] = found

    def _add_subtitles(self, form: Format, notes: list[str]) -> None:
        tracks = self._source.streams.subtitles
        left = []
        for track in tracks:
            name = "unknown" if track.codec_context is None else track.codec_context.codec.canonical_name
            if name in form.subtitles:
                copy = self._target.add_stream_from_template(track)
                copy.metadata.update(track.metadata)
                self._copies[track.index] = copy
            else:
                left.append(printable(name))
        if left:
            notes.append(f"{form.name} does not take subtitles in {', '.join(dict.fromkeys(left))}: they are left out")
        if self._copies:
            self._packets = self._source.demux([track for track in tracks if track.index in self._copies])

    def write_until(self, time: Fraction) -> None:
        """Write the subtitles that begin before `time` seconds of the result."""
        while self._packets is not None:
            packet, self._held = self._held, None
            if packet is None:
                packet = next(self._packets, None)
            if packet is None:
                self._packets = None
                return
            if packet.pts is None or not packet.size:
                continue
            begin = seconds(packet.pts, packet.time_base) - self._origin
            if begin >= time:
                self._held = packet
                return
            self._write(packet, begin)

    def _write(self, packet: Packet[Any], begin: Fraction) -> None:
        tick = packet.time_base or _MILLISECOND
        early = max(0, round(-begin / tick))
        if early and early >= (packet.duration or 0):
            return
        index = packet.stream.index
        packet.pts = packet.dts = max(0, round(begin / tick))
        if packet.duration:
            packet.duration -= early
        if packet.pts < self._lasts.get(index, 0):
            return
        self._lasts[index] = packet.pts
        packet.stream = self._copies[index]
        self._target.mux(packet)

    def finish(self, end: Fraction) -> None:
        """Write what begins before `end` seconds of the result, and close the source."""
        self.write_until(end)
        self.close()

    def close(self) -> None:
        """Close the source."""
        self._packets = None
        self._source.close()
