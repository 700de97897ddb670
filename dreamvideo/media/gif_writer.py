"""Encode GIF with ffmpeg's palette filters, from a lossless spool, at centisecond times that do not drift.

A palette of the whole clip needs all frames before the first can be encoded, so they are spooled losslessly to a
temporary file: memory stays constant, and a size budget can try several settings.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreamvideo.config import WriteConfig
from dreamvideo.errors import EncodeError
from dreamvideo.media.geometry import Size, even
from dreamvideo.media.metadata import append_gif_comment, pack
from dreamvideo.media.publish import writing
from dreamvideo.media.safety import open_container, printable

SHORTEST_DELAY = 2
"""Centiseconds: browsers take anything shorter for 10."""
_LARGEST_SIDE = 65_535
_TRIES = 7
_NARROWEST = 64
"""Pixels of width below which a size budget gives up."""
_GOOD_ENOUGH = 0.85
"""Part of the budget that a result should at least use."""
_BYTES_BY_AREA = 0.95
"""Measured on dreamed clips: a GIF's bytes grow as its area to about this power."""
_NO_SPACE = "No space left on device"


@dataclass(frozen=True, slots=True)
class _Look:
    """How a GIF is made of the spool."""

    size: Size
    every: int = 1
    colors: int = 256


class GifEncoder:
    """Frames in, one endlessly looping GIF out.

    Attributes:
        notes: what was left out or chosen, in plain sentences.
    """

    def __init__(
        self, part: Path, size: Size, rate: Fraction | None, config: WriteConfig, metadata: Mapping[str, str] | None
    ) -> None:
        if max(size) > _LARGEST_SIDE:
            raise EncodeError(f"expected a GIF of at most {_LARGEST_SIDE} pixels a side, got {size[0]}x{size[1]}")
        self._part = part
        self._size = size
        self._config = config
        self._metadata = metadata
        self._usual = 1 / rate if rate else Fraction(1, 10)
        self._times: list[int] = []
        self._end = 0
        self._dropped = 0
        self._kept = _Look(size)
        self.notes: list[str] = []
        self._spool = part.with_suffix(".spool.mkv")
        self._palette = part.with_suffix(".palette.png")
        with writing(part):
            self._open_spool()

    def _open_spool(self) -> None:
        import av

        self._container = av.open(f"file:{self._spool.absolute()}", "w", format="matroska")
        self._stream: Any = self._container.add_stream(
            "ffv1", rate=100, options={"level": "3", "slices": "4", "threads": "auto"}
        )
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "bgr0"
        self._stream.codec_context.time_base = self._stream.time_base = Fraction(1, 100)

    def add(self, pixels: NDArray[np.uint8], time: Fraction, duration: Fraction | None) -> None:
        """Spool one frame (H, W, 3). Times are rounded one by one, so their errors do not add up."""
        import av

        start = Fraction(0) if not self._times else self._origin
        if not self._times:
            self._origin = time
            start = time
        at = round((time - start) * 100)
        self._end = max(at + SHORTEST_DELAY, round((time - start + (duration or self._usual)) * 100))
        if self._times and at - self._times[-1] < SHORTEST_DELAY:
            self._dropped += 1
            return
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="bgr0")
        frame.pts, frame.time_base = at, Fraction(1, 100)
        self._times.append(at)
        with writing(self._part):
            self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Make the GIF, within the size budget where there is one."""
        with writing(self._part):
            self._container.mux(self._stream.encode(None))
            self._container.close()
        if self._dropped:
            self.notes.append(f"a GIF shows at most 50 frames a second: {self._dropped} frames were left out")
        try:
            if self._config.max_bytes is None:
                self._make(self._kept)
            else:
                self._fit(self._config.max_bytes)
        finally:
            self._clean()

    def _fit(self, budget: int) -> None:
        """Lower rate and colours a little, then the size as far as it takes, until the file fits and uses the budget."""
        look, length = self._kept, self._make(self._kept)
        if length <= budget:
            return
        every, colors = self._thinned(budget / length)
        low, high = 0.0, 1.0
        scale = 1.0 if (every, colors) != (1, 256) else (budget / length) ** (0.5 / _BYTES_BY_AREA)
        best: tuple[int, _Look] | None = None
        for _ in range(_TRIES):
            look = _Look(
                (even(self._size[0] * scale), even(self._size[1] * scale)) if scale < 1 else self._size, every, colors
            )
            length = self._make(look)
            if length <= budget:
                low = scale
                best = max(best or (0, look), (length, look), key=lambda made: made[0])
                if length >= _GOOD_ENOUGH * budget or scale >= 1:
                    break
            else:
                high = scale
            guess = scale * (0.96 * budget / length) ** (0.5 / _BYTES_BY_AREA)
            scale = guess if low < guess < high else (low + high) / 2
            if high * self._size[0] < _NARROWEST and best is None:
                break
        if best is None:
            raise EncodeError(
                f"no GIF of {budget:,} bytes can be made of this clip; {length:,} bytes is as small as it gets: trim it or raise the budget"
            )
        if look != best[1]:
            length = self._make(best[1])
        look = self._kept
        rate = Fraction(100 * len(self._chosen_times(every)), max(1, self._end))
        self.notes.append(
            f"to fit {budget:,} bytes: {look.size[0]}x{look.size[1]} pixels, {float(rate):.3g} frames a second, "
            f"{look.colors} colours, {self._part.stat().st_size:,} bytes"
        )

    def _thinned(self, ratio: float) -> tuple[int, int]:
        """(take every nth frame, colours) for a budget that is `ratio` of the full file: what the eye misses least goes first."""
        rate = 100 * len(self._times) / max(1, self._end)
        aim, colors = (25, 256) if ratio > 0.6 else (17, 128) if ratio > 0.25 else (12.5, 96)
        return max(1, int(rate / aim + 0.35)), colors

    def _chosen_times(self, every: int) -> list[int]:
        return self._times[::every]

    def _make(self, look: _Look) -> int:
        """Encode the spool; returns the file's length in bytes."""
        steps = [f"select=not(mod(n\\,{look.every}))"] if look.every > 1 else []
        steps += [f"scale={look.size[0]}:{look.size[1]}:flags=area"] if look.size != self._size else []
        chosen = ",".join(steps) or "null"
        last_delay = self._end - self._chosen_times(look.every)[-1]
        out = [
            "-fps_mode",
            "passthrough",
            "-loop",
            "0",
            "-final_delay",
            str(last_delay),
            "-f",
            "gif",
            self._name(self._part),
        ]
        spool = ["-i", self._name(self._spool)]
        if self._config.gif_palette == "frame":
            graph = f"[0:v]{chosen},split[a][b];[a]palettegen=max_colors={look.colors}:stats_mode=single:reserve_transparent=0[p];[b][p]paletteuse=new=1:dither=sierra2_4a"
            self._run([*spool, "-filter_complex", graph, *out])
        else:
            # Two passes: in one, ffmpeg would hold the whole clip in memory while the palette is counted.
            self._run(
                [
                    *spool,
                    "-vf",
                    f"{chosen},palettegen=max_colors={look.colors}:stats_mode=diff",
                    "-frames:v",
                    "1",
                    "-update",
                    "1",
                    self._name(self._palette),
                ]
            )
            graph = f"[0:v]{chosen}[a];[a][1:v]paletteuse=dither=sierra2_4a:diff_mode=rectangle"
            self._run([*spool, "-i", self._name(self._palette), "-filter_complex", graph, *out])
        self._kept = look
        if self._metadata:
            with writing(self._part):
                append_gif_comment(self._part, pack(self._metadata))
        return self._part.stat().st_size

    def _name(self, path: Path) -> str:
        return f"file:{path.absolute()}"

    def _run(self, arguments: list[str]) -> None:
        import imageio_ffmpeg

        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-loglevel", "error", "-y", *arguments]
        with writing(self._part):
            result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if result.returncode != 0:
                text = result.stderr.decode(errors="replace").strip()
                if _NO_SPACE in text:
                    raise OSError(28, _NO_SPACE)
                raise EncodeError(
                    f"{printable(self._part)} cannot be written: {printable((text.splitlines() or ['ffmpeg failed'])[-1])}"
                )

    def _clean(self) -> None:
        self._spool.unlink(missing_ok=True)
        self._palette.unlink(missing_ok=True)

    def abort(self) -> None:
        """Let go of the spool and remove it."""
        try:
            self._container.close()
        except (OSError, ValueError, RuntimeError):
            pass  # the spool is removed anyway
        self._clean()

    def verify(self) -> None:
        """Reopen the file and compare every frame's time.

        Raises:
            EncodeError: it does not hold what was written.
        """
        expected = self._chosen_times(self._kept.every)
        with open_container(self._part) as container:
            stream = container.streams.video[0]
            times = []
            for frame in container.decode(stream):
                times.append(round(frame.pts * frame.time_base * 100))
                if (frame.width, frame.height) != self._kept.size:
                    raise EncodeError(
                        f"expected frames of {self._kept.size} in {printable(self._part)}, found {frame.width}x{frame.height}"
                    )
        if times != expected:
            raise EncodeError(
                f"{len(expected)} frames were written to {printable(self._part)}, {len(times)} can be read back at their times"
            )
