"""The receipt of a segment: its frames, files and hashes."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass

from dreamvideo.errors import RefusedError
from dreamvideo.jobs.plan import digest
from dreamvideo.media.lossless import CONTAINER

OWN_NAME = re.compile(rf"\d{{5}}-\d{{8}}-[0-9a-f]{{32}}\.({CONTAINER}|npz)")
"""Pattern of the names of a job's files."""
_SECONDS = re.compile(r"-?\d{1,20}(/[1-9]\d{0,19})?")


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that frames `first` to `stop`, exclusive, are finished.

    Attributes:
        pixels: SHA-256 of the rounded pixels.
        state: name of the file with the state after the last frame; empty at the end of a part.
        state_sha256: hash of that file; empty at the end of a part.
        times: (time, duration or None) of each frame, as text, in seconds.
    """

    plan: str
    part: int
    first: int
    stop: int
    file: str
    sha256: str
    pixels: str
    state: str
    state_sha256: str
    times: tuple[tuple[str, str | None], ...]

    def to_json(self) -> str:
        """Text of the receipt's file, which includes a hash of the rest."""
        return json.dumps({**asdict(self), "hash": digest(asdict(self))})

    @classmethod
    def from_json(cls, text: str) -> Receipt:
        """Read a receipt.

        Raises:
            ValueError: it is damaged.
            RefusedError: it names a file that is not the job's.
        """
        try:
            record = json.loads(text)
            claimed = record.pop("hash")
            record["times"] = tuple((time, duration) for time, duration in record["times"])
            receipt = cls(**record)
            intact = digest(asdict(receipt)) == claimed
            spans = [text for times in receipt.times for text in times if text is not None]
            intact = intact and all(_SECONDS.fullmatch(text) for text in spans)
        except (AttributeError, KeyError, TypeError, RecursionError) as error:
            raise ValueError("the receipt is damaged") from error
        if not intact or not spans or len(receipt.times) != receipt.stop - receipt.first:
            raise ValueError("the receipt is damaged")
        for name in (receipt.file, receipt.state):
            if name and not OWN_NAME.fullmatch(name):
                raise RefusedError(f"a receipt names {name!r}, which is no file of its job")
        return receipt
