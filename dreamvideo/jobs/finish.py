"""The last step: encode every segment in order, once, and put the result in place."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from fractions import Fraction
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dreamvideo.errors import OutputError
from dreamvideo.jobs.fingerprint import fingerprint
from dreamvideo.jobs.parts import Part
from dreamvideo.jobs.plan import Plan
from dreamvideo.jobs.receipt import Receipt
from dreamvideo.jobs.seams import joined
from dreamvideo.jobs.segments import disk_errors, read_segment
from dreamvideo.jobs.store import MARK, RESULT, Job
from dreamvideo.media.durable import write_durably
from dreamvideo.media.frame import Frame, Picture, to_picture, to_uint8
from dreamvideo.media.publish import publish


class ResultWriter(Protocol):
    """What takes the finished frames; `media.open_target` gives one."""

    def write(self, pixels: NDArray[np.uint8], time: Fraction, duration: Fraction | None) -> object:
        """Take the next frame: its pixels, (H, W, 3) RGB, and its times in seconds."""
        ...


ResultOpener: TypeAlias = Callable[[Plan, Path], AbstractContextManager[ResultWriter]]


def finish(
    job: Job, target: Path, open_result: ResultOpener, *, overwrite: bool, on_frame: Callable[[int], None]
) -> Path:
    """Encode the job's frames and publish them as `target`.

    The result is made inside the job's folder and known by its content before it is moved out, so that a
    kill between the move and the end of the job is recognised.

    Args:
        job: all of its parts are complete.
        target: where the result goes, on the file system of the job.
        open_result: opens the encoder on a path.
        overwrite: whether a file at `target` may be replaced.
        on_frame: told how many frames are encoded; what it raises ends the work.

    Raises:
        TargetExistsError: there is something at `target` that may not be replaced.
        OutputError: a segment, the result or the target did not check out.
    """
    made = result_path(job, target)
    if is_finished(job, target):
        return target
    known = _known(job)
    if known is None or not made.exists() or fingerprint(made).sha256 != known:
        with open_afresh(job, made, open_result) as result:
            for count, frame in enumerate(frames(job), 1):
                result.write(to_uint8(frame.picture), frame.time, frame.duration)
                on_frame(count)
        mark_made(job, made)
    publish(made, target, overwrite)
    return target


def result_path(job: Job, target: Path) -> Path:
    """Where the result is made, before it is moved to its target."""
    return job.path / RESULT / target.name


def open_afresh(job: Job, made: Path, open_result: ResultOpener) -> AbstractContextManager[ResultWriter]:
    """Open the encoder, and remove what an earlier run has left of a result."""
    shutil.rmtree(made.parent, ignore_errors=True)
    made.parent.mkdir(exist_ok=True)
    return open_result(job.plan, made)


def mark_made(job: Job, made: Path) -> None:
    """Note that the result is whole, and its content."""
    (job.path / MARK).unlink(missing_ok=True)
    with disk_errors(job.path):
        write_durably(job.path / MARK, _mark(job, fingerprint(made).sha256))


def frames(job: Job) -> Iterator[Frame]:
    """All frames of a job in the order of the result, as they were rounded, k / 255; mixed where two parts meet.

    Raises:
        OutputError: a segment is damaged or missing; the next run makes it again.
    """
    chains = {part.index: _complete_chain(job, part) for part in job.parts}
    if job.plan.backwards:
        return _backwards(job, [receipt for chain in chains.values() for receipt in chain])
    return joined(job.parts, lambda part: _frames_of(job, chains[part.index]), job.plan.size, job.plan.seed)


def done_frames(job: Job) -> Iterator[Frame]:
    """Frames of a stopped job in order, up to the first that is missing; backwards, from the last that was made."""
    if job.plan.backwards:
        return _backwards(job, [receipt for part in job.parts for receipt in job.chain(part)])
    return joined(job.parts, lambda part: _frames_of(job, job.chain(part)), job.plan.size, job.plan.seed)


def _frames_of(job: Job, chain: Sequence[Receipt]) -> Iterator[Frame]:
    for receipt in chain:
        for index, (picture, times) in enumerate(zip(_pictures(job, receipt), receipt.times, strict=True)):
            yield _frame(picture, times, receipt.first + index)


def _backwards(job: Job, receipts: Sequence[Receipt]) -> Iterator[Frame]:
    times = (span for receipt in receipts for span in receipt.times)
    pictures = (picture for receipt in reversed(receipts) for picture in _pictures(job, receipt))
    for index, (picture, span) in enumerate(zip(pictures, times, strict=True)):
        yield _frame(picture, span, index)


def _frame(picture: Picture, times: tuple[str, str | None], index: int) -> Frame:
    time, span = times
    return Frame(picture, Fraction(time), None if span is None else Fraction(span), index)


def _complete_chain(job: Job, part: Part) -> list[Receipt]:
    chain = job.chain(part)
    if not chain or chain[-1].stop != part.stop:
        raise OutputError(f"frames of shot {part.shot + 1} are missing; go on with: dreamvideo resume {job.path}")
    return chain


def _pictures(job: Job, receipt: Receipt) -> Iterator[Picture]:
    """A segment's pictures, in the order of the result; backwards, all of it is held at once."""
    digest = hashlib.sha256()
    path = job.segment_path(receipt)
    held = []
    count = 0
    for pixels in read_segment(path):
        count += 1
        digest.update(pixels.data)
        if job.plan.backwards:
            held.append(pixels)
        else:
            yield to_picture(pixels)
    if count != receipt.stop - receipt.first or digest.hexdigest() != receipt.pixels:
        raise OutputError(f"{path} is damaged; go on with: dreamvideo resume {job.path}")
    yield from map(to_picture, reversed(held))


def is_finished(job: Job, target: Path) -> bool:
    """Whether the job's result is at the target: a kill came between the move and the end of the job."""
    known = _known(job)
    return known is not None and target.exists() and fingerprint(target).sha256 == known


def _mark(job: Job, content: str) -> bytes:
    return json.dumps({"plan": job.hash, "sha256": content}).encode()


def _known(job: Job) -> str | None:
    """The content of the result that this plan made, if it is made."""
    try:
        mark = json.loads((job.path / MARK).read_bytes())
        return str(mark["sha256"]) if mark["plan"] == job.hash else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
