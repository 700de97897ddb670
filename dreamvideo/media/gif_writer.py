"""Write GIFs, with times in centiseconds that do not drift.

A palette for the whole clip needs all frames before the first can be encoded. So frames are spooled losslessly to a
temporary file. Memory stays constant, and a size budget can try several settings.
"""

from __future__ import annotations

import math
from contextlib import suppress
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from dreamvideo.errors import EncodeError, printable
from dreamvideo.media.clock import seconds
from dreamvideo.media.comments import append_gif_comment, pack
from dreamvideo.media.drafts import target_name
from dreamvideo.media.encoder import Order, silent_note
from dreamvideo.media.geometry import even
from dreamvideo.media.gif_palette import GifEncoding, encode_gif
from dreamvideo.media.lossless import CONTAINER, add_lossless, lossless_frame
from dreamvideo.media.publish import writing
from dreamvideo.media.safety import open_container

SHORTEST_DELAY = 2
"""Centiseconds. Browsers show shorter ones for 10."""
_TICKS = 100
"""Ticks of a GIF per second."""
_LARGEST_SIDE = 65_535
_TRIES = 6
_NARROWEST = 64
"""Least width in pixels that a size budget leads to."""
_AIM, _GOOD_ENOUGH = 0.96, 0.85
"""Fractions of the budget: the target of each try, and the least use that ends the search."""
_BYTES_BY_AREA = 0.95
"""Exponent of the growth of a GIF with its area."""
_LEVELS = ((0.6, 25, 256), (0.25, 17, 128), (0.06, 12.5, 96), (0, 8, 48))
"""(least budget as a fraction of the full size, frames per second, colours): least visible changes first."""


class GifEncoder:
    def __init__(self, order: Order) -> None:
        if max(order.size) > _LARGEST_SIDE:
            raise EncodeError(
                f"expected a GIF of at most {_LARGEST_SIDE} pixels a side, got {order.size[0]}x{order.size[1]}"
            )
        self._draft = draft = order.draft
        self._size = size = order.size
        self._config = order.config
        self._metadata = order.metadata
        self._usual = 1 / order.rate if order.rate else Fraction(1, 10)
        self._origin: Fraction | None = None
        self._times: list[int] = []
        self._end = 0
        self._dropped = 0
        self._kept = GifEncoding(size)
        self.notes = silent_note(order)
        self._spool = draft.with_suffix(f".spool.{CONTAINER}")
        with writing(draft):
            self._open_spool()

    def _open_spool(self) -> None:
        import av

        self._container = av.open(f"file:{self._spool.absolute()}", "w", format=CONTAINER)
        self._stream = add_lossless(self._container, self._size, _TICKS)

    def add(self, pixels: NDArray[np.uint8], time: Fraction, duration: Fraction | None) -> None:
        """Spool a frame (H, W, 3). Times are rounded one by one, so that errors do not add up."""
        # A GIF begins with its first frame, at 0.
        self._origin = time if self._origin is None else self._origin
        at = round((time - self._origin) * 100)
        self._end = max(at + SHORTEST_DELAY, round((time - self._origin + (duration or self._usual)) * 100))
        if self._times and at - self._times[-1] < SHORTEST_DELAY:
            self._dropped += 1
            return
        frame = lossless_frame(pixels, at, _TICKS)
        self._times.append(at)
        with writing(self._draft):
            self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Encode the GIF, within the size budget if there is one."""
        with writing(self._draft):
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
            self._spool.unlink(missing_ok=True)

    def _fit(self, budget: int) -> None:
        """Reduce frame rate and colours a little, then the size, until the file fits the budget and uses it well."""
        full = self._make(self._kept)
        if full <= budget:
            return
        ratio = budget / full
        for enough, rate, colors in _LEVELS:
            if ratio < enough:
                continue
            encoding = self._largest(budget, self._every(rate), colors)
            if encoding is not None:
                break
        else:
            raise EncodeError(
                f"no GIF of {budget:,} bytes can be made of this clip, which takes {full:,} bytes at full size: "
                "trim it, or raise the budget"
            )
        if encoding != self._kept:
            self._make(encoding)
        rate_kept = 100 * len(self._times[:: encoding.every]) / max(1, self._end)
        self.notes.append(
            f"to fit {budget:,} bytes: {encoding.size[0]}x{encoding.size[1]} pixels, {rate_kept:.3g} frames a second, "
            f"{encoding.colors} colours, {self._draft.stat().st_size:,} bytes"
        )

    def _largest(self, budget: int, every: int, colors: int) -> GifEncoding | None:
        """The largest size found that fits, by guesses from the growth of bytes with area; None if none does."""
        width, height = self._size
        floor = min(1.0, _NARROWEST / width)
        low, high, scale = 0.0, math.inf, 1.0
        best: tuple[int, GifEncoding] | None = None
        for _ in range(_TRIES):
            size = self._size if scale >= 1 else (even(width * scale), even(height * scale))
            encoding = GifEncoding(size, every, colors)
            length = self._make(encoding)
            if length <= budget:
                best = (length, encoding) if best is None or length > best[0] else best
                low = scale
                if scale >= 1 or length >= _GOOD_ENOUGH * budget:
                    break
            else:
                high = scale
                if scale <= floor:
                    break
            guess = scale * (_AIM * budget / length) ** (0.5 / _BYTES_BY_AREA)
            scale = guess if low < guess < high else (low + min(high, 1.0)) / 2
            scale = min(1.0, max(floor, scale))
        return None if best is None else best[1]

    def _every(self, rate: float) -> int:
        """Take every nth frame for about `rate` frames per second."""
        return max(1, int(100 * len(self._times) / max(1, self._end) / rate + 0.35))

    def _make(self, encoding: GifEncoding) -> int:
        """Encode the spool; returns the file's size in bytes."""
        last_delay = self._end - self._times[:: encoding.every][-1]
        encode_gif(self._spool, self._draft, encoding, self._config.gif_palette, last_delay)
        self._kept = encoding
        with writing(self._draft):
            if self._metadata:
                append_gif_comment(self._draft, pack(self._metadata))
            return self._draft.stat().st_size

    def abort(self) -> None:
        """Close and remove the spool."""
        # The spool is removed anyway.
        with suppress(Exception):
            self._container.close()
        self._spool.unlink(missing_ok=True)

    def verify(self) -> None:
        """Reopen the file, and compare every frame's time and size.

        Raises:
            EncodeError: they differ.
        """
        name = printable(target_name(self._draft))
        expected = self._times[:: self._kept.every]
        with open_container(self._draft) as container:
            stream = container.streams.video[0]
            times = []
            for frame in container.decode(stream):
                times.append(round(seconds(frame.pts or 0, frame.time_base) * 100))
                if (frame.width, frame.height) != self._kept.size:
                    raise EncodeError(
                        f"expected frames of {self._kept.size} in {name}, found {frame.width}x{frame.height}"
                    )
        if times != expected:
            raise EncodeError(
                f"{len(expected)} frames were written to {name}, {len(times)} can be read back at their times"
            )
