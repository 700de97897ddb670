"""A job's folder: the plan, and segments that count once their receipt is linked into place."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from dreamvideo.errors import DamagedInputError, InputNotFoundError, RefusedError
from dreamvideo.jobs.fingerprint import Fingerprint
from dreamvideo.jobs.parts import Part, Segment
from dreamvideo.jobs.plan import Plan
from dreamvideo.jobs.receipt import OWN_NAME, Receipt
from dreamvideo.jobs.segments import SegmentWriter, disk_errors
from dreamvideo.jobs.state import State, pack, unpack
from dreamvideo.media.durable import flush, write_durably, write_once
from dreamvideo.media.lossless import CONTAINER

PLAN = "job.json"
RESULT = "result"
"""Folder in which the result is made, before it is moved to its target."""
MARK = "result.json"
"""Names the plan and the content of the finished result."""
FOLDERS = ("segments", "states", "receipts", "beats")
_PLAN_BYTES = 256 << 20


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise RefusedError(f"{path} is a symbolic link, which a job never makes")


class Job:
    """A job on disk."""

    def __init__(self, path: Path, plan: Plan) -> None:
        self.path = path
        self.plan = plan
        self.parts = plan.parts
        self.hash = plan.hash

    @classmethod
    def create(cls, path: Path, plan: Plan) -> Job:
        """Create the folder. The plan is written last, and makes it a job."""
        plan = replace(plan, home=str(path))
        _refuse_link(path)
        with disk_errors(path):
            for name in FOLDERS:
                (path / name).mkdir(parents=True, exist_ok=True)
            write_once(path / PLAN, plan.to_json().encode())
        return cls(path, plan)

    @classmethod
    def load(cls, path: Path) -> Job:
        """Read a job.

        Raises:
            InputNotFoundError: there is no job.
            DamagedInputError: its plan is damaged.
            RefusedError: it leads outside its folder.
        """
        file = path / PLAN
        if not file.is_file():
            raise InputNotFoundError(f"no job at {path}: expected a folder that holds {PLAN}")
        for place in (path, *(path / name for name in (PLAN, "lock", "run", RESULT, *FOLDERS))):
            _refuse_link(place)
        if file.stat().st_size > _PLAN_BYTES:
            raise DamagedInputError(f"{file} is damaged; delete its folder and start again")
        plan = Plan.from_json(file.read_bytes().decode(errors="replace"), str(file))
        for name in FOLDERS:
            (path / name).mkdir(exist_ok=True)
        return cls(path, plan)

    def relocate(self, inputs: Mapping[str, Fingerprint]) -> None:
        """Record new paths of the folder and of its inputs; their content is the same."""
        self.plan = replace(self.plan, inputs=dict(inputs), home=str(self.path))
        draft = self.path / f".{uuid.uuid4().hex}.tmp"
        with disk_errors(draft):
            write_durably(draft, self.plan.to_json().encode())
            draft.replace(self.path / PLAN)

    @property
    def begun(self) -> bool:
        """Whether any segment is finished."""
        return any((self.path / "receipts").glob("*"))

    def new_name(self, part: int, frame: int, suffix: str) -> str:
        """A unique file name."""
        return f"{part:05d}-{frame:08d}-{uuid.uuid4().hex}.{suffix}"

    def writer(self, segment: Segment) -> SegmentWriter:
        """Open the writer of an attempt at a segment."""
        path = self.path / "segments" / self.new_name(segment.part, segment.first, CONTAINER)
        return SegmentWriter(path, segment, self.plan.size)

    def commit(self, segment: Segment, writer: SegmentWriter, state: State) -> Receipt | None:
        """Publish a finished segment and the state after it.

        Returns:
            Its receipt; None if another attempt was first. Then this one is removed.
        """
        stop = segment.first + len(writer.times)
        state_name, state_hash = "", ""
        if stop < self.parts[segment.part].stop:
            data = pack(state)
            state_name, state_hash = self.new_name(segment.part, stop, "npz"), hashlib.sha256(data).hexdigest()
            with disk_errors(self.path / "states" / state_name):
                write_durably(self.path / "states" / state_name, data)
        receipt = Receipt(
            plan=self.hash,
            part=segment.part,
            first=segment.first,
            stop=stop,
            file=writer.path.name,
            sha256=file_hash(writer.path),
            pixels=writer.pixels,
            state=state_name,
            state_sha256=state_hash,
            times=tuple((str(time), None if span is None else str(span)) for time, span in writer.times),
        )
        with disk_errors(self.path / "receipts"):
            flush(writer.path.parent)
            won = write_once(self._receipt_path(segment.part, segment.first), receipt.to_json().encode())
        if won:
            return receipt
        self.segment_path(receipt).unlink(missing_ok=True)
        self.drop_state(receipt)
        return None

    def chain(self, part: Part, *, verify: bool = False) -> list[Receipt]:
        """Valid receipts of a part, from its first frame on, without a gap; `verify` compares the hashes of its files.

        Raises:
        """
        found: list[Receipt] = []
        cursor = part.first
        while cursor < part.stop and (receipt := self._receipt(part, cursor, verify)) is not None:
            found.append(receipt)
            cursor = receipt.stop
        return found

    def repair(self, part: Part) -> list[Receipt]:
        """Remove a part's damaged receipts, and all after them. If its state is lost, the part starts again.

        Returns:
            The receipts that are left.
        """
        found = self.chain(part, verify=True)
        if found and found[-1].stop < part.stop and self.state_after(found[-1]) is None:
            found = []
        names = {self._receipt_path(part.index, receipt.first).name for receipt in found}
        for path in (self.path / "receipts").glob(f"{part.index:05d}-*.json"):
            if path.name not in names:
                path.unlink(missing_ok=True)
        return found

    def _receipt(self, part: Part, first: int, verify: bool) -> Receipt | None:
        path = self._receipt_path(part.index, first)
        if path.is_symlink() or not path.is_file():
            return None
        try:
            receipt = Receipt.from_json(path.read_bytes().decode())
        except ValueError as error:
            if isinstance(error, RefusedError):
                raise
            return None
        ours = receipt.plan == self.hash and receipt.part == part.index and receipt.first == first
        ours = ours and receipt.stop <= part.stop
        return receipt if ours and self._intact(self.segment_path(receipt), receipt.sha256, verify) else None

    def _intact(self, path: Path, expected: str, verify: bool) -> bool:
        if path.is_symlink() or not path.is_file():
            return False
        return not verify or file_hash(path) == expected

    def state_after(self, receipt: Receipt) -> State | None:
        """The state that the next segment starts from; None if it is lost."""
        path = self.path / "states" / receipt.state
        if not receipt.state or path.is_symlink() or not path.is_file():
            return None
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != receipt.state_sha256:
            return None
        return unpack(data)

    def drop_state(self, receipt: Receipt) -> None:
        """Delete a state that is no longer needed."""
        if receipt.state:
            (self.path / "states" / receipt.state).unlink(missing_ok=True)

    def segment_path(self, receipt: Receipt) -> Path:
        """The segment's file of a receipt."""
        return self.path / "segments" / receipt.file

    def sweep(self) -> int:
        """Repair every part, and remove the files of attempts without a receipt.

        Returns:
            Number of finished frames.
        """
        chains = [chain for part in self.parts if (chain := self.repair(part))]
        segments = {receipt.file for chain in chains for receipt in chain}
        states = {chain[-1].state for chain in chains}
        for folder, kept in (("segments", segments), ("states", states), ("beats", set[str]())):
            for path in (self.path / folder).iterdir():
                if path.name not in kept and (folder == "beats" or OWN_NAME.fullmatch(path.name)):
                    path.unlink(missing_ok=True)
        return sum(chain[-1].stop - chain[0].first for chain in chains)

    def begin_run(self, name: str) -> None:
        """Name the current run; workers of earlier runs stop at their next frame."""
        draft = self.path / f".{uuid.uuid4().hex}.tmp"
        with disk_errors(draft):
            write_durably(draft, name.encode())
            draft.replace(self.path / "run")

    def end_run(self) -> None:
        """Make workers stop after their current frame."""
        (self.path / "run").unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the job. Files that it did not make stay, and then its folder, too.

        The mark of the result goes last, so that a half-removed job is not started again.
        """
        shutil.rmtree(self.path / RESULT, ignore_errors=True)
        for path in (*self._own_files(), self.path / "run", self.path / PLAN, self.path / "lock"):
            path.unlink(missing_ok=True)
        for name in FOLDERS:
            with contextlib.suppress(OSError):
                (self.path / name).rmdir()
        (self.path / MARK).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.path.rmdir()

    def _own_files(self) -> Iterator[Path]:
        for name in FOLDERS:
            for path in (self.path / name).iterdir():
                if name in ("receipts", "beats") or OWN_NAME.fullmatch(path.name):
                    yield path

    def _receipt_path(self, part: int, first: int) -> Path:
        return self.path / "receipts" / f"{part:05d}-{first:08d}.json"


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
