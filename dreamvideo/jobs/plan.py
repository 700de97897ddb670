"""The plan of a job: all that determines its frames."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from dreamvideo.errors import ConfigError, DamagedInputError, RefusedError
from dreamvideo.jobs.fingerprint import Fingerprint
from dreamvideo.jobs.parts import Part, Shot, Splitting
from dreamvideo.jobs.threads import own_threads
from dreamvideo.version import __version__, versions_of

Json: TypeAlias = Any
Kind = Literal["video", "zoom"]

FORMAT = 5
MOST_PIXELS = 1 << 16
"""Largest width and height."""
MOST_PARTS = 1_000_000
DECIDING_PACKAGES = ("av", "keras", "numpy", "opencv-python", "tensorflow")


@dataclass(frozen=True, slots=True)
class Survey:
    """What a first reading of the source found.

    Attributes:
        shots: consecutive frame ranges, starting at 0.
        facts: JSON for the renderer, such as frame times. It is not compared when a job is resumed.
    """

    shots: Sequence[Shot]
    facts: Mapping[str, Json] = field(default_factory=dict)


def versions() -> dict[str, str]:
    """Versions of the packages that determine the frames; imports none of them."""
    return {"dreamvideo": __version__, **versions_of(DECIDING_PACKAGES)}


def version_changes(plan: Plan) -> list[str]:
    """Packages whose version differs from the plan, one line each."""
    here = versions()
    return [
        f"{name}: {then} then, {here.get(name, 'none')} now"
        for name, then in plan.versions.items()
        if here.get(name, "none") != then
    ]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that determines the frames of a job.

    Attributes:
        inputs: role -> input file: "source", "guide", "mask", ...
        weights: SHA-256 of the network's weights.
        segment_frames: frames per segment: the most that a kill can lose.
        split_frames, overlap_frames, warmup_frames: see `Splitting`.
        threads: threads of TensorFlow in each process; frames depend on it (see `threads.py`).
        backwards: whether the result shows the frames in reverse order.
        shots, facts: from the survey.
        home: absolute path of the job's folder; empty before it exists.
    """

    kind: Kind
    inputs: Mapping[str, Fingerprint]
    size: tuple[int, int]
    settings: Mapping[str, Json]
    seed: int = 0
    weights: str = ""
    segment_frames: int = 24
    split_frames: int | None = None
    overlap_frames: int = 0
    warmup_frames: int = 0
    threads: int = field(default_factory=own_threads)
    backwards: bool = False
    versions: Mapping[str, str] = field(default_factory=versions)
    shots: tuple[Shot, ...] = ()
    facts: Mapping[str, Json] = field(default_factory=dict)
    home: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ConfigError(f"expected a job of kind {' or '.join(get_args(Kind))}, got {self.kind!r}")
        if min(self.segment_frames, self.threads) < 1:
            raise ConfigError("expected segments of at least one frame, and a thread")
        if not self.splitting.sound or (self.backwards and self.split_frames is not None):
            raise ConfigError(
                "expected splits of at least one frame and two overlaps, of shots that are played forwards,"
                f" got {self.splitting}"
            )
        expected = 0
        for shot in self.shots:
            if shot.first != expected or shot.stop <= shot.first:
                raise ConfigError(f"expected a shot that starts at frame {expected}, got {shot.first} to {shot.stop}")
            expected = shot.stop

    @property
    def frames(self) -> int:
        """Number of frames of the result."""
        return self.shots[-1].stop if self.shots else 0

    @property
    def rendered(self) -> int:
        """Number of frames that are rendered and stored; shared frames count twice."""
        return sum(part.stop - part.first for part in self.parts)

    @property
    def splitting(self) -> Splitting:
        return Splitting(self.split_frames, self.overlap_frames, self.warmup_frames)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts, which may be rendered in any order."""
        return self.splitting.parts(self.shots)

    def surveyed(self, survey: Survey) -> Plan:
        """The plan with the results of the survey."""
        if not survey.shots:
            raise ConfigError("expected at least one shot, got none")
        return replace(self, shots=tuple(survey.shots), facts=dict(survey.facts))

    def possible_paths(self, name: str, folder: Path) -> list[Path]:
        """Possible paths of an input if the job's folder is `folder`: the same relative path, then the absolute one."""
        then = Path(self.inputs[name].path)
        if self.home in ("", str(folder)):
            return [then]
        return [Path(os.path.normpath(folder / os.path.relpath(then, self.home))), then]

    @property
    def hash(self) -> str:
        """SHA-256 of all that determines the frames; paths do not matter."""
        record = asdict(self)
        del record["home"]
        for item in record["inputs"].values():
            del item["path"]
        return digest(record)

    def to_json(self) -> str:
        """Text of `job.json`, which includes a hash of the rest."""
        record = asdict(self)
        return json.dumps({"format": FORMAT, **record, "hash": digest(record)}, allow_nan=False, indent=1)

    @classmethod
    def from_json(cls, text: str, where: str) -> Plan:
        """Read `job.json`; `where` is its name, for messages.

        Raises:
            DamagedInputError: it is cut off or altered.
            RefusedError: it has another format, or a path that is not plain and absolute.
        """
        damaged = f"{where} is damaged; delete its folder and start again"
        try:
            record = json.loads(text)
            made_by, claimed = record.pop("format"), record.pop("hash")
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
            raise DamagedInputError(damaged) from error
        if made_by != FORMAT:
            raise RefusedError(f"{where}: expected a job of format {FORMAT}, got {made_by!r}: made by another version")
        try:
            record["inputs"] = {name: Fingerprint(**value) for name, value in record["inputs"].items()}
            record["shots"] = tuple(Shot(**shot) for shot in record["shots"])
            record["size"] = tuple(record["size"])
            plan = cls(**record)
            intact = digest(asdict(plan)) == claimed
        except (ConfigError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise DamagedInputError(damaged) from error
        if not intact or not _sound(plan):
            raise DamagedInputError(damaged)
        for name, item in plan.inputs.items():
            if not os.path.isabs(item.path) or ".." in Path(item.path).parts or "\0" in item.path:
                raise RefusedError(f"{where}: expected a plain absolute path for the {name}, got {item.path!r}")
        return plan


def _sound(plan: Plan) -> bool:
    """Whether all numbers are within reason: the hash reveals accidents, not attacks."""
    numbers = [*plan.size, plan.seed, plan.threads, plan.segment_frames, plan.split_frames or 1]
    numbers += [plan.overlap_frames, plan.warmup_frames]
    numbers += [number for shot in plan.shots for number in (shot.first, shot.stop)]
    texts = [plan.home, *(text for item in plan.inputs.values() for text in (item.path, item.sha256))]
    whole = all(type(number) is int and 0 <= number < 2**63 for number in numbers)
    if not whole or not all(isinstance(text, str) for text in texts) or len(plan.size) != 2 or not plan.shots:
        return False
    return max(plan.size) <= MOST_PIXELS and plan.frames // (plan.split_frames or plan.frames) <= MOST_PARTS


def digest(record: Json) -> str:
    """SHA-256 of JSON, in hex."""
    return hashlib.sha256(canonical(record)).hexdigest()


def canonical(value: Json) -> bytes:
    """JSON in a canonical form, for hashing."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def differences(then: Plan, now: Plan) -> list[str]:
    """What differs between a job's plan and a new one, one line each.

    Shots and facts follow from the rest, threads may differ, and files may be elsewhere.
    """
    before, after = _flat(then), _flat(now)
    return [
        f"{name}: {before.get(name, 'unset')} then, {after.get(name, 'unset')} now"
        for name in sorted(before.keys() | after.keys())
        if before.get(name, "unset") != after.get(name, "unset")
    ]


def _flat(plan: Plan) -> dict[str, str]:
    record = json.loads(canonical(asdict(plan)))
    del record["shots"], record["facts"], record["threads"], record["home"]
    for item in record["inputs"].values():
        del item["path"]
    return dict(_leaves(record, ""))


def _leaves(value: Json, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{name}.{key}" if name else key)
    else:
        yield name, json.dumps(value)
