"""Write a folder of numbered PNGs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from dreamvideo.errors import EncodeError, printable
from dreamvideo.media.encoder import Order, silent_note
from dreamvideo.media.publish import FRAME_NAME, writing
from dreamvideo.media.stills import encode_pixels, still_size


class FolderEncoder:
    """Writes 000000.png, 000001.png, ...; the first holds the metadata."""

    def __init__(self, order: Order) -> None:
        self._draft = draft = order.draft
        self._size = order.size
        self._metadata = order.metadata
        self._count = 0
        self.notes = silent_note(order)
        with writing(draft):
            draft.mkdir()

    def add(self, pixels: NDArray[np.uint8], time: Fraction, duration: Fraction | None) -> None:
        """Write a frame (H, W, 3). A folder does not store times."""
        name = self._draft / FRAME_NAME.format(self._count)
        encode_pixels(name, pixels, self._metadata if self._count == 0 else None)
        self._count += 1

    def close(self) -> None:
        """Do nothing: each file is complete already."""

    def abort(self) -> None:
        """Do nothing: no file is open."""

    def verify(self) -> None:
        """Count the files, and check the size of the first and the last.

        Raises:
            EncodeError: files are missing, or have another size.
        """
        names = sorted(self._draft.glob("*.png"))
        if len(names) != self._count:
            raise EncodeError(f"{self._count} frames were written to {printable(self._draft)}, {len(names)} are there")
        for name in {*names[:1], *names[-1:]}:
            if still_size(name, 2**62) != self._size:
                raise EncodeError(f"expected a picture of {self._size[0]}x{self._size[1]} in {printable(name)}")
