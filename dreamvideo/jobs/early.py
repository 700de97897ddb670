"""Encode the result while its frames are made, if one process makes all of them in order.

Encoding runs beside the dream, and no frame is read back. The segments are written all the same: a run that was stopped
continues from them, and `finish` encodes its result at the end. Both results are equal.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from dreamvideo.jobs.finish import ResultOpener, ResultWriter, mark_made, open_afresh, result_path
from dreamvideo.jobs.store import Job
from dreamvideo.media.frame import Frame


class EarlyResult:
    """Encodes a job's frames as they are made.

    After a frame out of order, such as of a second attempt at a part, nothing more is encoded. Leaving the `with` block
    finishes the result if it is whole, and removes it otherwise.

    Args:
        job: the job.
        target: where the result will go.
        open_result: opens the encoder.
    """

    def __init__(self, job: Job, target: Path, open_result: ResultOpener) -> None:
        self._job = job
        self._made = result_path(job, target)
        self._open_result = open_result
        self._stack = ExitStack()
        self._writer: ResultWriter | None = None
        self._due = 0
        plan = job.plan
        self._in_order = not plan.backwards and not any(part.shared for part in job.parts)

    def write(self, frame: Frame, pixels: NDArray[np.uint8]) -> None:
        """Encode a frame, if it is the next of the result.

        Raises:
            OutputError: it cannot be encoded.
        """
        if not self._in_order or frame.index != self._due:
            self._in_order = False
            return
        if self._writer is None:
            self._writer = self._stack.enter_context(open_afresh(self._job, self._made, self._open_result))
        self._writer.write(pixels, frame.time, frame.duration)
        self._due += 1

    def __enter__(self) -> EarlyResult:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._in_order and self._due == self._job.plan.frames:
            self._stack.close()
            mark_made(self._job, self._made)
        else:
            self._stack.__exit__(_Incomplete, _Incomplete(), None)


class _Incomplete(Exception):
    """What the encoder is told where its result is not whole, so that it removes it."""
