"""What every writer of clips is given, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from dreamvideo.config import WriteConfig
from dreamvideo.media.audio import AudioSpan
from dreamvideo.media.extras import ExtrasSpan
from dreamvideo.media.formats import Format
from dreamvideo.media.geometry import Size


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be encoded.

    Attributes:
        draft: the file or folder to write, hidden until it is whole.
        form: its format.
        size: (width, height) of every frame, pixels.
        rate: frames a second, None where unknown.
        tick: seconds of which every time is a multiple, None where unknown.
        config: how to encode.
        sound: what sounds beside the frames.
        metadata: stored inside as text.
        extras: where chapters, subtitles and timecode come from.
        stream: where the bytes go instead of a file.
    """

    draft: Path
    form: Format
    size: Size
    rate: Fraction | None
    tick: Fraction | None
    config: WriteConfig
    sound: AudioSpan | None
    metadata: Mapping[str, str] | None
    extras: ExtrasSpan | None = None
    stream: BinaryIO | None = None


def silent_note(order: Order) -> list[str]:
    """What is said of sound that the format cannot hold."""
    return [] if order.sound is None or order.form.sound is not None else [f"{order.form.name} has no sound"]


class Encoder(Protocol):
    """Frames in, one result out.

    Attributes:
        notes: what was decided or left out, in plain sentences.
    """

    notes: list[str]

    def add(self, pixels: NDArray[np.uint8], time: Fraction, duration: Fraction | None) -> None:
        """Take one frame (H, W, 3), shown from `time` seconds on; times rise."""

    def close(self) -> None:
        """Finish the file."""

    def abort(self) -> None:
        """Let go of the file, whatever state it is in."""

    def verify(self) -> None:
        """Reopen the file and compare.

        Raises:
            EncodeError: it does not hold what was written.
        """


def open_encoder(order: Order) -> Encoder:
    """The writer that the format's row names."""
    module, name = (order.form.writer or "").split(":")
    return cast(Encoder, getattr(import_module(f"dreamvideo.media.{module}"), name)(order))
