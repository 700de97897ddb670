"""The interface of encoders."""

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
    """What to encode.

    Attributes:
        draft: the file or folder to write; it is hidden until it is complete.
        size: (width, height) of every frame, in pixels.
        rate: frames per second; None: unknown.
        tick: seconds of which every time is a multiple; None: unknown.
        extras: source of chapters, subtitles and timecode.
        stream: where to write instead of a file.
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
    """A note if there is sound that the format cannot hold."""
    return [] if order.sound is None or order.form.sound is not None else [f"{order.form.name} has no sound"]


class Encoder(Protocol):
    """Encodes frames."""

    notes: list[str]

    def add(self, pixels: NDArray[np.uint8], time: Fraction, duration: Fraction | None) -> None:
        """Add a frame (H, W, 3), shown from `time` seconds on; times rise."""

    def close(self) -> None:
        """Finish the file."""

    def abort(self) -> None:
        """Close the file, in any state."""

    def verify(self) -> None:
        """Reopen the file and check it.

        Raises:
            EncodeError: it does not hold what was written.
        """


def open_encoder(order: Order) -> Encoder:
    """Open the encoder of a format."""
    module, name = (order.form.writer or "").split(":")
    return cast(Encoder, getattr(import_module(f"dreamvideo.media.{module}"), name)(order))
