"""One interface for all results. Frames go to an encoder thread; the result is verified, then moved to its target."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from dreamvideo.config import WriteConfig
from dreamvideo.errors import EncodeError, OutputError, printable
from dreamvideo.media.audio import AudioSpan
from dreamvideo.media.drafts import draft_path, remove, sweep_drafts
from dreamvideo.media.encoder import Encoder, Order, open_encoder
from dreamvideo.media.extras import ExtrasSpan
from dreamvideo.media.formats import format_to_write
from dreamvideo.media.frame import Picture, to_uint8
from dreamvideo.media.geometry import Size
from dreamvideo.media.oneway import is_piped
from dreamvideo.media.publish import check_target, publish

_WAITING_FRAMES = 3
"""Frames that may wait for the encoder: enough to overlap, few enough for memory."""

PipedAs = Literal["y4m", "mkv"]
_Work = tuple[NDArray[np.uint8], Fraction, Fraction | None]


class Target:
    """A result in the making, hidden until it is complete.

    Leaving the `with` block verifies and publishes it; leaving by an exception removes it, unless `finish_early` was
    called.

    Attributes:
        size: (width, height) of every picture.
        frames: number of frames written.
    """

    def __init__(self, path: Path, size: Size, encoder: Encoder, draft: Path | None, overwrite: bool) -> None:
        self.path = path
        self.size = size
        self.frames = 0
        self._encoder = encoder
        self._draft = draft
        self._overwrite = overwrite
        self._ended = False
        self._error: BaseException | None = None
        self._queue: queue.Queue[_Work | None] = queue.Queue(_WAITING_FRAMES)
        self._thread = threading.Thread(target=self._encode, name="dreamvideo-encode", daemon=True)
        self._thread.start()

    @property
    def notes(self) -> list[str]:
        """What the encoder decided or left out, in plain sentences; complete when the target is finished."""
        return self._encoder.notes

    def _encode(self) -> None:
        while (work := self._queue.get()) is not None:
            if self._error is None:
                try:
                    self._encoder.add(*work)
                except BaseException as error:  # raised again in the thread that writes
                    self._error = error

    def write(self, picture: Picture | NDArray[np.uint8], time: Fraction, duration: Fraction | None = None) -> None:
        """Add a picture, shown from `time` seconds on, for `duration`; times must rise.

        Blocks while the encoder is busy.

        Args:
            picture: (H, W, 3) RGB: floats in [0, 1], or pixels of 8 bits, which must not be changed afterwards.
            time: seconds.
            duration: seconds; None: until the next picture.

        Raises:
            OutputError: the picture has another size, or an earlier one could not be encoded.
        """
        if picture.shape != (self.size[1], self.size[0], 3):
            raise OutputError(f"expected a picture of shape {(self.size[1], self.size[0], 3)}, got {picture.shape}")
        self._raise()
        rounded = picture.dtype == np.uint8
        pixels = np.asarray(picture, np.uint8) if rounded else to_uint8(np.asarray(picture, np.float32))
        self._queue.put((pixels, Fraction(time), duration))
        self.frames += 1

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def finish(self) -> Path:
        """Encode the remaining frames, verify the file, and move it to its target.

        Raises:
            OutputError: it could not be written, or does not hold what was written.
            TargetExistsError: the target has appeared in the meantime.
        """
        if self._ended:
            return self.path
        try:
            self._join()
            self._raise()
            if not self.frames:
                raise EncodeError(f"no frames were written to {printable(self.path)}")
            self._encoder.close()
            self._encoder.verify()
            if self._draft is not None:
                publish(self._draft, self.path, self._overwrite)
            self._ended = True
        except BaseException:
            self.discard()
            raise
        return self.path

    def finish_early(self) -> Path | None:
        """Publish the frames so far, on an interruption; None if there are none."""
        if not self.frames:
            self.discard()
            return None
        return self.finish()

    def discard(self) -> None:
        if self._ended:
            return
        self._ended = True
        self._join()
        self._encoder.abort()
        if self._draft is not None:
            remove(self._draft)

    def _join(self) -> None:
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def __enter__(self) -> Target:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self.finish()
        else:
            self.discard()


def open_target(
    path: Path | str,
    size: Size,
    rate: Fraction | None,
    config: WriteConfig | None = None,
    *,
    audio_from: AudioSpan | None = None,
    metadata: Mapping[str, str] | None = None,
    time_base: Fraction | None = None,
    extras_from: ExtrasSpan | None = None,
    stream: BinaryIO | None = None,
    piped_as: PipedAs = "y4m",
) -> Target:
    """Open a clip for writing: a video, a GIF, or a folder of PNGs if the name has no suffix (see `formats.py`).

    Args:
        path: the target. An existing one is kept unless `config.overwrite` is set.
        size: (width, height) of the pictures.
        rate: frames per second; None: unknown. Frames keep their own times in any case.
        metadata: text to store, unless `config.metadata` is off; see `read_metadata`.
        time_base: seconds of which every time is a multiple (`Source.time_base`). With it MP4 and MOV keep times
            exactly. Matroska and WebM round to 1 ms, GIF to 10 ms.
        extras_from: a clip whose chapters, subtitles and timecode are copied, if the format takes them.
        stream: where to write if `path` is "-"; None: standard output.
        piped_as: the format if `path` is "-": YUV4MPEG2, which is raw, silent and at one rate, or Matroska.

    Raises:
        RefusedError: the target exists, or must not be replaced.
        OutputError: the folder is missing or not writable, or the suffix cannot be written.
    """
    path, config = Path(path), config or WriteConfig()
    piped = is_piped(path)
    if piped:
        draft, form = path, format_to_write(Path(f"piped.{piped_as}"), "clip")
        stream = sys.stdout.buffer if stream is None else stream
    else:
        check_target(path, None, config.overwrite, "clip")
        sweep_drafts(path)
        draft, form, stream = draft_path(path), format_to_write(path, "clip"), None
    order = Order(
        draft=draft,
        form=form,
        size=size,
        rate=rate,
        tick=time_base,
        config=config,
        sound=audio_from if config.audio else None,
        metadata=metadata if config.metadata else None,
        extras=extras_from,
        stream=stream,
    )
    try:
        encoder = open_encoder(order)
    except BaseException:
        if not piped:
            remove(draft)
        raise
    return Target(path, size, encoder, None if piped else draft, config.overwrite)
