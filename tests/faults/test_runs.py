"""Drivers that are killed, stopped, starved of room and fed with damaged jobs: `pytest -m slow tests/faults`."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dreamvideo.config import WriteConfig
from dreamvideo.errors import DiskFullError, DreamVideoError
from dreamvideo.jobs import Plan, job_folder, load_job, open_job, run_job
from dreamvideo.media import open_target
from tests.clips import decoded
from tests.faults.mutants import mutated
from tests.faults.table import Observe
from tests.toy_dreams import RATE, Toy, hashes, plan, start_driver, survey, wait_for_frames

pytestmark = pytest.mark.slow

LENGTHS = [13, 6, 17, 4]


@pytest.fixture
def expected(source: Path, tmp_path: Path) -> str:
    return run_job(begin(source, tmp_path / "undisturbed.txt"), Toy, hashes).read_text()


def begin(source: Path, target: Path, **settings: Any) -> Any:
    return open_job(plan(source, **settings), target, lambda: survey(LENGTHS))


@pytest.mark.parametrize(("workers", "kills"), [((), 50), (("--workers", 2), 25)], ids=["inline", "two workers"])
def test_kills_at_random_moments(
    source: Path, tmp_path: Path, expected: str, workers: tuple[object, ...], kills: int, observe: Observe
) -> None:
    """Each kill is followed by a resume that may be killed, too; whatever gets through has the same frames."""
    chance = random.Random(11)
    options = ("--source", source, "--delay", 0.02, *workers)
    killed = finished = 0
    target = tmp_path / "0.txt"
    while killed < kills:
        driver = start_driver(target, *options)
        try:
            driver.communicate(timeout=chance.uniform(0.2, 6.0 if workers else 3.5))
            assert driver.returncode == 0
        except subprocess.TimeoutExpired:
            driver.kill()
            driver.communicate()
            killed += 1
        if target.exists() and not job_folder(target).exists():
            assert target.read_text() == expected
            finished += 1
            target = tmp_path / f"{finished}.txt"
    if not target.exists() or job_folder(target).exists():
        driver = start_driver(target, *options)
        _, told = driver.communicate(timeout=120)
        observe("1", f"{killed} kills of the driver at random moments, then resume", (0,), driver.returncode)
        assert driver.returncode == 0, told
        assert target.read_text() == expected


@contextmanager
def video(plan: Plan, path: Path) -> Iterator[Any]:
    with open_target(path, plan.size, RATE, WriteConfig(), time_base=1 / RATE) as target:
        yield target


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ""])
def test_an_encoded_result_is_the_same_after_a_crash(source: Path, tmp_path: Path, suffix: str) -> None:
    whole, broken = tmp_path / f"whole{suffix}", tmp_path / f"broken{suffix}"
    run_job(begin(source, whole), Toy, video)
    driver = start_driver(broken, "--source", source, "--delay", 0.05)
    wait_for_frames(driver, 22)
    driver.kill()
    driver.communicate()
    run_job(load_job(job_folder(broken)), Toy, video)
    assert not job_folder(broken).exists()
    if suffix:
        assert len(decoded(whole)) == sum(LENGTHS) and decoded(broken) == decoded(whole)
    else:
        frames = sorted(path.name for path in whole.iterdir())
        assert len([name for name in frames if name.endswith(".png")]) == sum(LENGTHS)
        assert all((whole / name).read_bytes() == (broken / name).read_bytes() for name in frames if ".png" in name)


@pytest.mark.parametrize(
    ("row", "number", "code"), [("2", signal.SIGINT, 130), ("4", signal.SIGTERM, 143), ("4", signal.SIGHUP, 129)]
)
@pytest.mark.parametrize("workers", [(), ("--workers", 2)], ids=["inline", "two workers"])
def test_signals(
    source: Path,
    tmp_path: Path,
    expected: str,
    row: str,
    number: signal.Signals,
    code: int,
    workers: tuple[object, ...],
    observe: Observe,
) -> None:
    target = tmp_path / "out.txt"
    driver = start_driver(target, "--source", source, "--delay", 0.1, *workers)
    wait_for_frames(driver, 3)
    os.killpg(driver.pid, number)
    _, told = driver.communicate(timeout=60)
    observe(row, f"{number.name}, {'two workers' if workers else 'inline'}", (code,), driver.returncode)
    assert "dreamvideo resume" in told and "Traceback" not in told
    assert run_job(load_job(job_folder(target)), Toy, hashes).read_text() == expected


def test_two_signals(source: Path, tmp_path: Path, observe: Observe) -> None:
    target = tmp_path / "out.txt"
    driver = start_driver(target, "--source", source, "--delay", 20, "--workers", 2)
    while len(list((job_folder(target) / "beats").glob("*"))) < 2:
        time.sleep(0.05)
    for _ in range(2):
        os.killpg(driver.pid, signal.SIGINT)
        time.sleep(0.5)
    _, told = driver.communicate(timeout=10)
    observe("3", "SIGINT twice, frames of 20 s", (130,), driver.returncode)
    assert "Traceback" not in told
    assert load_job(job_folder(target)).sweep() == 0


@pytest.mark.parametrize(
    ("row", "how", "once", "code"),
    [
        ("5", "kill", True, 0),
        ("7", "stop", True, 0),
        ("9", "raise", False, 4),
        ("9", "kill", False, 4),
        ("41", "nan", False, 4),
    ],
)
def test_workers_in_trouble(
    source: Path, tmp_path: Path, expected: str, row: str, how: str, once: bool, code: int, observe: Observe
) -> None:
    target = tmp_path / "out.txt"
    marker = ("--once", tmp_path / "happened") if once else ()
    options = ("--workers", 2, "--how", how, "--bad-frame", 15, "--lease", 6, *marker)
    driver = start_driver(target, "--source", source, *options)
    _, told = driver.communicate(timeout=120)
    what = {"kill": "SIGKILL of a worker", "stop": "SIGSTOP of a worker", "raise": "an exception", "nan": "NaN"}[how]
    observe(row, f"{what} at a frame, {'once' if once else 'always'}", (code,), driver.returncode)
    assert "Traceback" not in told
    if code == 0:
        assert target.read_text() == expected
    else:
        assert "shot 2 (frames 13 to 18)" in told and "3 of 4 parts are done" in told


def test_two_drivers(source: Path, tmp_path: Path, observe: Observe) -> None:
    target = tmp_path / "out.txt"
    first = start_driver(target, "--source", source, "--delay", 0.2)
    wait_for_frames(first, 1)
    second = start_driver(target, "--source", source, "--delay", 0.2)
    _, told = second.communicate(timeout=60)
    first.kill()
    first.communicate()
    observe("10", "a second driver on one job", (2,), second.returncode)
    assert f"process {first.pid}" in told


def test_a_changed_wish(source: Path, tmp_path: Path, observe: Observe) -> None:
    target = tmp_path / "out.txt"
    begin(source, target)
    driver = start_driver(target, "--source", source, "--segment", 9)
    _, told = driver.communicate(timeout=60)
    observe("19", "resumed with other settings", (2,), driver.returncode)
    assert "segment_frames: 5 then, 9 now" in told


@contextmanager
def small_disk(path: Path, size: str) -> Iterator[Path]:
    """A file system of `size`, which only root can make."""
    path.mkdir()
    if os.getuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path]).returncode:
        pytest.skip("only root may mount a small file system")
    try:
        yield path
    finally:
        subprocess.run(["umount", path], check=True)


@pytest.mark.parametrize("workers", [(), ("--workers", 2)], ids=["inline", "two workers"])
def test_a_full_disk_keeps_the_job_whole(
    source: Path, tmp_path: Path, expected: str, workers: tuple[object, ...], observe: Observe
) -> None:
    with small_disk(tmp_path / "small", "120k") as disk:
        driver = start_driver(disk / "out.txt", "--source", source, *workers)
        _, told = driver.communicate(timeout=60)
        observe("12", "a disk too small at the start", (4,), driver.returncode)
        assert "--force" in told
        driver = start_driver(disk / "out.txt", "--source", source, "--force", *workers)
        _, told = driver.communicate(timeout=60)
        observe("11", f"a disk that fills up, {'two workers' if workers else 'inline'}", (4,), driver.returncode)
        assert "no room left" in told and "bytes free" in told and "Traceback" not in told
        job = load_job(job_folder(disk / "out.txt"))
        done = job.sweep()
        assert 0 < done < sum(LENGTHS)
        shutil.copytree(job.path, tmp_path / "out.txt.job")
    assert run_job(load_job(tmp_path / "out.txt.job"), Toy, hashes).read_text() == expected


def test_a_disk_that_fills_up_while_encoding(source: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", "1m") as disk:
        target = disk / "out.mp4"
        job = open_job(plan(source), target, lambda: survey(LENGTHS))

        @contextmanager
        def filling(plan: Plan, path: Path) -> Iterator[Any]:
            """A result whose disk fills up at its twelfth frame, when two segments of five are kept."""
            numbers = itertools.count(1)

            class Filling:
                def write(self, *frame: Any) -> None:
                    if next(numbers) == 12:
                        room = os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize
                        (disk / "ballast").write_bytes(b"\0" * (room - 8192))
                    result.write(*frame)

            with video(plan, path) as result:
                yield Filling()

        with pytest.raises(DiskFullError):
            run_job(job, Toy, filling, force=True)
        assert not target.exists()
        (disk / "ballast").unlink()
        assert run_job(load_job(job.path), Toy, video, force=True) == target
        assert len(decoded(target)) == sum(LENGTHS)


def test_fuzzed_jobs_end_in_one_line_or_the_same_frames(
    source: Path, tmp_path: Path, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any byte of any file of a job may be wrong, or missing: 300 mutants."""
    monkeypatch.setattr("os.fsync", lambda handle: None)  # the power stays on
    pristine = begin(source, tmp_path / "out.txt")
    done = 0

    class Vanishing(Toy):
        def _mishap(self, segment: object, index: int) -> None:
            nonlocal done
            done += 1
            if done > 28:
                raise DiskFullError("no room")

    with pytest.raises(DiskFullError):
        run_job(pristine, Vanishing, hashes)
    original = tmp_path / "original"
    pristine.path.rename(original)
    files = sorted(path.relative_to(original) for path in original.rglob("*") if path.is_file() and path.name != "lock")
    chance = random.Random(13)
    codes: dict[int, int] = {}
    before = set(tmp_path.iterdir())
    for number in range(300):
        folder = tmp_path / "fuzz.txt.job"
        shutil.copytree(original, folder)
        victim = folder / (Path("job.json") if number % 4 == 0 else chance.choice(files))
        victim.write_bytes(mutated(victim.read_bytes(), chance))
        try:
            assert run_job(load_job(folder), Toy, hashes).read_text() == expected
            code = 0
        except DreamVideoError as error:
            assert str(error)
            code = error.exit_code
        codes[code] = codes.get(code, 0) + 1
        shutil.rmtree(folder, ignore_errors=True)
        (tmp_path / "fuzz.txt").unlink(missing_ok=True)
        assert set(tmp_path.iterdir()) == before
    assert codes.keys() <= {0, 2, 3} and codes[0] >= 200 and codes[3] >= 50, codes


def test_forged_jobs(source: Path, tmp_path: Path, observe: Observe) -> None:
    """The hash shows accidents; ill will can compute it, and must meet other walls."""
    job = begin(source, tmp_path / "out.txt")
    item = replace(job.plan.inputs["source"], path=f"{tmp_path}/x/../source.bin")
    (job.path / "job.json").write_text(replace(job.plan, inputs={"source": item}).to_json())
    driver = start_driver(tmp_path / "out.txt")
    _, told = driver.communicate(timeout=60)
    observe("S5", "a job file with ../", (2,), driver.returncode)
    assert "plain absolute path" in told

    (job.path / "job.json").write_text(json.dumps(json.loads(job.plan.to_json()))[:-40])
    driver = start_driver(tmp_path / "out.txt")
    _, told = driver.communicate(timeout=60)
    observe("17", "a job file cut off", (3,), driver.returncode)
    assert "is damaged" in told

    driver = start_driver(tmp_path / "next.txt", "--source", source, "--scheduler", "tcp://10.1.2.3:8786")
    _, told = driver.communicate(timeout=60)
    observe("S7", "a scheduler elsewhere, without TLS", (2,), driver.returncode)
