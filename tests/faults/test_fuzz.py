"""2,000 mutated files through the command: each ends with 0, 2, 3 or 5 and one line, in time, and touches no other."""

from __future__ import annotations

import collections
import contextlib
import random
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from dreamvideo.app import app
from dreamvideo.config import Recipe
from dreamvideo.errors import DiskFullError
from dreamvideo.jobs.segments import SegmentWriter
from dreamvideo.media.frame import Frame
from dreamvideo.recipe import to_toml
from tests.clips import hue_clip, moving_clip
from tests.faults.mutants import mutated

pytestmark = pytest.mark.slow

LIMIT = 60
"""Seconds for one file; those do not count in which the process stood still."""
CHEAP = ("--steps", "0", "--octaves", "1", "--width", "64", "--height", "48", "-q")
SCHEDULE = "0s: 1, 0.2s: 1.5 smooth, 50%: 0.5 + 0.1 * sin(t * 3), 1s: 0.2"
KEYFRAMES = "0: (1.0), 3: (1.04), 10: (0.98 * cos(3.14 * t / 10))"


class TooSlowError(BaseException):
    """Raised by the alarm, wherever the command is."""


@contextlib.contextmanager
def in_time() -> Iterator[None]:
    passed = 0

    def tick(*_: object) -> None:
        nonlocal passed
        passed += 1
        if passed == LIMIT:
            raise TooSlowError

    before = signal.signal(signal.SIGALRM, tick)
    signal.setitimer(signal.ITIMER_REAL, 1, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def misspelt(text: str, chance: random.Random) -> bytes:
    """A digit or two that are others, which may still mean something, or any mutation."""
    if chance.random() < 0.5:
        return mutated(text.encode(), chance)
    changed = list(text)
    digits = [at for at, letter in enumerate(text) if letter.isdecimal()]
    for at in chance.sample(digits, 2):
        changed[at] = chance.choice("0123456789-.")
    return "".join(changed).encode()


class Bench:
    """Where mutants are tried: what they may touch is `out`, all else must stay as it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.out.mkdir()
        self.clip = hue_clip(folder / "clip.mp4", 4)
        self.victim = folder / "victim"
        self.codes: collections.Counter[int] = collections.Counter()

    def others(self) -> dict[Path, tuple[int, int]]:
        """Every file outside of `out`, by size and time of its last change."""
        found = {path: path.stat() for path in self.folder.rglob("*") if self.out not in (path, *path.parents)}
        return {path: (status.st_size, status.st_mtime_ns) for path, status in found.items() if path.is_file()}

    def run(self, *words: object) -> None:
        """Run the command, and see how it ends."""
        before = self.others()
        with in_time():
            done = CliRunner().invoke(app, [str(word) for word in words])
        assert done.exit_code in (0, 2, 3, 5), (words, done.output)
        lines = [line for line in done.stderr.splitlines() if not line.startswith("warning: ")]
        assert len(lines) == (done.exit_code in (2, 3)), done.stderr
        assert "Traceback" not in done.output and "\x1b" not in done.output
        assert self.others() == before
        self.codes[done.exit_code] += 1
        shutil.rmtree(self.out)
        self.out.mkdir()


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    import keras  # noqa: F401  # it leaves a file of its own in the home that it finds

    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    # Half of a mutant's time: the commands are the same for all, and the power stays on.
    command = typer.main.get_command(app)
    monkeypatch.setattr("typer.testing._get_command", lambda app: command)
    monkeypatch.setattr("os.fsync", lambda handle: None)
    return Bench(tmp_path)


def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)


def still(path: Path) -> Path:
    iio.imwrite(path, noise())
    return path


MEDIA: dict[str, tuple[Callable[[Path], Path], int]] = {
    "a.mp4": (lambda path: hue_clip(path, 6, audio_codec="aac"), 250),
    "a.mkv": (lambda path: moving_clip(path, seconds=0.6), 250),
    "a.webm": (lambda path: moving_clip(path, seconds=0.4), 100),
    "a.gif": (lambda path: moving_clip(path, seconds=0.6), 250),
    "a.png": (still, 200),
    "a.jpg": (still, 150),
}


@pytest.mark.parametrize("name", MEDIA)
def test_media(bench: Bench, name: str) -> None:
    make, count = MEDIA[name]
    path = make(bench.folder / name)
    original, chance = path.read_bytes(), random.Random(17)
    picture = path.suffix in (".png", ".jpg")
    keep = () if picture else ("--on-error", "keep")
    for number in range(count):
        path.write_bytes(mutated(original, chance))
        target = bench.out / ("out.png" if picture else "out.mp4")
        bench.run("image" if picture else "video", path, target, *CHEAP, *(keep if number % 2 else ()))
    print(f"{name}: {count} mutants, codes {dict(bench.codes)}")
    assert bench.codes[3] > 0


def test_settings(bench: Bench) -> None:
    """A recipe file that says everything, and one of schedules alone."""
    chance = random.Random(19)
    path = bench.folder / "recipe.toml"
    whole = to_toml(Recipe())
    schedules = f'[schedules]\n"camera.zoom" = "{SCHEDULE}"\n"coherence.strength" = "{KEYFRAMES}"\n'
    for number in range(250):
        path.write_bytes(misspelt(schedules if number % 2 else whole, chance))
        bench.run("video", bench.clip, bench.out / "out.mp4", *CHEAP, "--config", path)
    print(f"recipe files: 250 mutants, codes {dict(bench.codes)}")
    assert bench.codes[0] > 20 and bench.codes[2] > 20


def test_schedules(bench: Bench) -> None:
    chance = random.Random(23)
    for number in range(250):
        text = misspelt(KEYFRAMES if number % 2 else SCHEDULE, chance).decode("latin-1").replace("\0", "0")
        bench.run("video", bench.clip, bench.out / "out.mp4", *CHEAP, f"--zoom={text}")
    print(f"schedules: 250 mutants, codes {dict(bench.codes)}")
    assert bench.codes[0] > 20 and bench.codes[2] > 20


def test_recipes_in_pictures(bench: Bench) -> None:
    made, chance = bench.out / "made.png", random.Random(29)
    assert CliRunner().invoke(app, ["image", str(still(bench.folder / "a.png")), str(made), *CHEAP]).exit_code == 0
    original, path = made.read_bytes(), bench.folder / "made.png"
    at = original.index(b"preset") if b"preset" in original else original.index(b"dream")
    begin = max(0, at - 300)
    made.unlink()
    for _ in range(150):
        path.write_bytes(original[:begin] + mutated(original[begin : begin + 1500], chance) + original[begin + 1500 :])
        bench.run("video", bench.clip, bench.out / "out.mp4", "--recipe", path, *CHEAP)
    print(f"recipes in pictures: 150 mutants, codes {dict(bench.codes)}")


def test_jobs(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job cut off in its second segment, with any file of it damaged, resumed."""
    clip, chance = moving_clip(bench.folder / "long.mp4", rate="24", seconds=2), random.Random(31)
    usual = SegmentWriter.write

    def full(writer: SegmentWriter, frame: Frame) -> None:
        if frame.index == 30:
            raise DiskFullError("no room")
        usual(writer, frame)

    with monkeypatch.context() as patch:
        patch.setattr(SegmentWriter, "write", full)
        done = CliRunner().invoke(app, ["video", str(clip), str(bench.out / "out.mp4"), *CHEAP])
        assert done.exit_code == 4, done.output
    original = bench.folder / "original"
    (bench.out / "out.mp4.job").rename(original)
    files = sorted(path.relative_to(original) for path in original.rglob("*") if path.is_file() and path.name != "lock")
    assert len(files) >= 4, files
    for number in range(150):
        job = bench.out / "out.mp4.job"
        shutil.copytree(original, job)
        victim = job / (files[number % len(files)] if number % 2 else Path("job.json"))
        victim.write_bytes(mutated(victim.read_bytes(), chance))
        bench.run("resume", job, "-q")
    print(f"jobs: 150 mutants, codes {dict(bench.codes)}")
    assert bench.codes[0] > 20 and bench.codes[3] > 20
