"""Jobs on disk: whatever happens to a run, the next one goes on, and the frames are the same."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dreamvideo.jobs.disk
import dreamvideo.jobs.finish
from dreamvideo.errors import (
    DamagedInputError,
    DiskFullError,
    InputNotFoundError,
    JobChangedError,
    JobLockedError,
    NotFiniteError,
    OutputError,
    RefusedError,
    RenderError,
    TargetExistsError,
    WorkerError,
)
from dreamvideo.jobs import Plan, Segment, Shot, fingerprint, job_folder, load_job, open_job, run_job
from dreamvideo.jobs.lock import locked
from dreamvideo.jobs.plan import canonical
from dreamvideo.jobs.receipt import Receipt
from dreamvideo.jobs.segments import SegmentWriter, read_segment
from dreamvideo.jobs.state import pack, unpack
from dreamvideo.jobs.store import Job
from dreamvideo.jobs.worker import Attempt, perform
from dreamvideo.media.frame import Frame, to_uint8
from tests.toy_dreams import RATE, SIZE, Toy, hashes, plan, start_driver, survey, wait_for_frames

LENGTHS = [13, 6, 17, 4]
FRAMES = sum(LENGTHS)
CONTENT = b"frames would be here"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.bin"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a run that nothing disturbs makes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "source.bin").write_bytes(CONTENT)
    return run(folder / "source.bin", folder / "out.txt").read_text()


def begin(source: Path, target: Path, **settings: object) -> Job:
    return open_job(plan(source, **settings), target, lambda: survey(LENGTHS))


def run(source: Path, target: Path, **settings: object) -> Path:
    return run_job(begin(source, target, **settings), Toy, hashes)


def stop_midway(source: Path, target: Path, frames: int = 26) -> Job:
    """A job that its renderer left unfinished: an input error ends a run at once, and keeps what is done."""
    job = begin(source, target)
    done = 0

    class Vanishing(Toy):
        def frames(self, stretch, state):
            nonlocal done
            for made in super().frames(stretch, state):
                if done == frames:
                    raise InputNotFoundError("the source has gone")
                done += 1
                yield made

    with pytest.raises(InputNotFoundError):
        run_job(job, Vanishing, hashes)
    return job


# A plan


def test_a_plan_survives_its_file_and_any_damage_shows(source: Path) -> None:
    whole = replace(plan(source, note="käse"), facts={"times": [1, 2]}).surveyed(survey(LENGTHS))
    text = whole.to_json()
    assert Plan.from_json(text, "job.json") == whole

    chance = random.Random(3)
    for _ in range(150):
        data = bytearray(text.encode())
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        try:
            assert Plan.from_json(data.decode(errors="replace"), "job.json") == whole  # white space only
        except (DamagedInputError, RefusedError) as error:
            assert error.exit_code in (2, 3)
    for cut in range(0, len(text) - 1, 37):
        with pytest.raises(DamagedInputError):
            Plan.from_json(text[:cut], "job.json")


@pytest.mark.parametrize("path", ["../../etc/passwd", "relative.mp4", "/tmp/../etc/passwd", "/a\0b"])
def test_a_forged_plan_leads_nowhere(source: Path, path: str) -> None:
    item = replace(fingerprint(source), path=path)
    forged = replace(plan(source).surveyed(survey(LENGTHS)), inputs={"source": item})
    with pytest.raises(RefusedError) as caught:
        Plan.from_json(forged.to_json(), "job.json")
    assert caught.value.exit_code == 2


def test_long_shots_split_into_even_parts_with_a_warm_up(source: Path) -> None:
    split = replace(plan(source), split_frames=10, warmup_frames=4).surveyed(survey([25, 8]))
    assert [(part.shot, part.first, part.stop, part.warmup) for part in split.parts] == [
        (0, 0, 8, 0),
        (0, 8, 16, 4),
        (0, 16, 25, 4),
        (1, 25, 33, 0),
    ]


def test_a_fingerprint_knows_content_and_nothing_else(tmp_path: Path) -> None:
    one, folder = tmp_path / "a", tmp_path / "folder"
    one.write_bytes(b"x" * 1000)
    before = fingerprint(one)
    one.touch()
    assert fingerprint(one) == before
    one.write_bytes(b"x" * 999 + b"y")
    assert fingerprint(one).sha256 != before.sha256
    folder.mkdir()
    (folder / "1.png").write_bytes(b"1")
    before = fingerprint(folder)
    (folder / "1.png").rename(folder / "2.png")
    assert fingerprint(folder).sha256 != before.sha256
    with pytest.raises(InputNotFoundError):
        fingerprint(tmp_path / "missing")


# State and segments


def test_state_is_exact_and_never_pickled(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).standard_normal((5, 4, 3)).astype(np.float32)
    state = unpack(pack({"file": picture, "next": 7, "phase": 0.1}))
    assert state["file"].tobytes() == picture.tobytes() and state["file"].dtype == np.float32
    assert state["next"] == 7 and state["phase"] == 0.1
    with pytest.raises(TypeError):
        pack({"code": np.array([object()])})
    evil = tmp_path / "evil.npz"
    np.savez(evil, **{"state.x": np.array([print], dtype=object)})
    with pytest.raises(ValueError, match=r"pickle|Object"):
        unpack(evil.read_bytes())


@pytest.mark.parametrize("size", [(48, 32), (37, 21), (334, 9), (640, 48), (48, 640), (4096, 2160), (1, 1), (1, 500)])
def test_a_segment_holds_the_rounded_frames_exactly(tmp_path: Path, size: tuple[int, int]) -> None:
    pictures = np.random.default_rng(1).normal(0.5, 0.4, (2, size[1], size[0], 3)).astype(np.float32)
    with SegmentWriter(tmp_path / "a.nut", Segment(0, 10, 12), size) as writer:
        for index, picture in enumerate(pictures, 10):
            writer.write(Frame(picture, index / RATE, None, index))
    read = list(read_segment(tmp_path / "a.nut"))
    assert np.array_equal(read, [to_uint8(picture) for picture in pictures])
    assert writer.pixels == hashlib.sha256(b"".join(picture.data for picture in read)).hexdigest()


@pytest.mark.parametrize(
    ("index", "shape", "value", "error"),
    [(1, (32, 48, 3), 0, RenderError), (0, (48, 32, 3), 0, RenderError), (0, (32, 48, 3), np.nan, NotFiniteError)],
)
def test_a_wrong_frame_leaves_no_segment(
    tmp_path: Path, index: int, shape: tuple[int, ...], value: float, error: type
) -> None:
    path = tmp_path / "a.nut"
    with pytest.raises(error), SegmentWriter(path, Segment(0, 0, 5), SIZE) as writer:
        writer.write(Frame(np.full(shape, value, np.float32), Fraction(0), None, index))
    assert not path.exists()


def test_the_first_of_two_attempts_counts(source: Path, tmp_path: Path) -> None:
    job = begin(source, tmp_path / "out.txt")
    segment = Segment(0, 0, 2)
    receipts = []
    for shade in (0.25, 0.75):
        with job.writer(segment) as writer:
            for index in range(2):
                writer.write(Frame(np.full((32, 48, 3), shade, np.float32), Fraction(index), None, index))
        receipts.append(job.commit(segment, writer, {"next": 2}))
    assert receipts[0] is not None and receipts[1] is None
    assert job.chain(job.plan.parts[0]) == [receipts[0]]
    assert len(list((job.path / "segments").iterdir())) == 1 and len(list((job.path / "states").iterdir())) == 1


# A whole job


def test_a_finished_job_leaves_the_result_and_nothing_else(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    seen = []
    job = begin(source, target)
    assert run_job(job, Toy, hashes, on_progress=seen.append) == target
    lines = target.read_text().splitlines()
    assert len(lines) == FRAMES
    assert [line.split()[0] for line in lines] == [str(index / RATE) for index in range(FRAMES)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.txt", "source.bin"]
    assert (seen[-1].done, seen[-1].stage) == (FRAMES, "dream")


def test_a_result_is_encoded_beside_the_dream_or_after_it_alike(source: Path, tmp_path: Path, expected: str) -> None:
    resumed = []
    stopped = stop_midway(source, tmp_path / "resumed.txt")
    assert not (stopped.path / "result").exists() or not list((stopped.path / "result").iterdir())
    assert run_job(stopped, Toy, hashes, on_progress=resumed.append).read_text() == expected
    assert [(item.done, item.stage) for item in resumed[-2:]] == [(FRAMES - 1, "encode"), (FRAMES, "encode")]

    again = run(source, tmp_path / "again.txt", bad_frame=20, how="raise", once=str(tmp_path / "once"))
    assert again.read_text() == expected


def test_frames_do_not_depend_on_where_segments_end(source: Path, tmp_path: Path, expected: str) -> None:
    for length in (1, 7, 100):
        assert run(source, tmp_path / f"{length}.txt", segment=length).read_text() == expected


def test_what_a_job_did_not_make_stays(source: Path, tmp_path: Path) -> None:
    job = begin(source, tmp_path / "out.txt")
    (job.path / "segments" / "holiday.nut").write_text("mine")
    run_job(job, Toy, hashes)
    assert (job.path / "segments" / "holiday.nut").read_text() == "mine"
    assert not (job.path / "job.json").exists()


def test_the_same_command_goes_on_without_a_second_survey(source: Path, tmp_path: Path, expected: str) -> None:
    target = tmp_path / "out.txt"
    stop_midway(source, target)
    seen = []

    def no_survey() -> None:
        raise AssertionError("surveyed again")

    run_job(open_job(plan(source), target, no_survey), Toy, hashes, on_progress=seen.append)
    assert target.read_text() == expected
    assert seen[0].done == 24  # 13 + 6 + one segment of the third shot; two frames of its next were lost


def test_a_changed_wish_or_input_is_refused_with_the_difference(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    job = stop_midway(source, target)
    with pytest.raises(
        JobChangedError, match=r"seed: 1 then, 2 now[\s\S]*settings.steps: unset then, 20 now"
    ) as caught:
        begin(source, target, seed=2, steps=20)
    assert caught.value.exit_code == 2
    with pytest.raises(JobChangedError, match=r"versions\.tensorflow"):
        other = replace(plan(source), versions={**job.plan.versions, "tensorflow": "1.0"})
        open_job(other, target, lambda: survey(LENGTHS))
    source.write_bytes(b"other frames")
    with pytest.raises(JobChangedError, match="source"):
        load_job(job.path)
    source.unlink()
    with pytest.raises(InputNotFoundError):
        load_job(job.path)


def test_a_job_of_another_version_is_refused(source: Path, tmp_path: Path) -> None:
    old = replace(plan(source), versions={**plan(source).versions, "numpy": "0.9"}).surveyed(survey(LENGTHS))
    job = Job.create(job_folder(tmp_path / "out.txt"), old)
    with pytest.raises(JobChangedError, match=r"numpy: 0\.9 then"):
        load_job(job.path)
    with pytest.raises(JobChangedError, match=r"numpy: 0\.9 then"):
        run_job(job, Toy, hashes)  # a worker looks for itself


# Moves


def test_a_job_that_moved_with_its_source_goes_on(source: Path, tmp_path: Path, expected: str) -> None:
    home, away = tmp_path / "home", tmp_path / "far" / "away"
    (home / "in").mkdir(parents=True)
    source.rename(home / "in" / "clip.bin")
    stop_midway(home / "in" / "clip.bin", home / "out.txt")
    away.parent.mkdir()
    home.rename(away)
    (home / "in").mkdir(parents=True)
    (home / "in" / "clip.bin").write_bytes(b"another file by the old name")
    seen = []
    assert run_job(load_job(away / "out.txt.job"), Toy, hashes, on_progress=seen.append).read_text() == expected
    assert seen[0].done == 24 and (away / "out.txt").exists()


def test_a_job_that_moved_without_its_source_goes_on(source: Path, tmp_path: Path, expected: str) -> None:
    job = stop_midway(source, tmp_path / "out.txt")
    (tmp_path / "far").mkdir()
    job.path.rename(tmp_path / "far" / "out.txt.job")
    job = load_job(tmp_path / "far" / "out.txt.job")
    assert run_job(job, Toy, hashes).read_text() == expected


def test_a_source_that_moved_is_known_by_its_content(source: Path, tmp_path: Path, expected: str) -> None:
    job = stop_midway(source, tmp_path / "out.txt")
    moved = source.rename(tmp_path / "renamed.bin")
    with pytest.raises(InputNotFoundError, match=r"source\.bin, the source of .*repeat"):
        load_job(job.path)
    seen = []
    assert run_job(begin(moved, tmp_path / "out.txt"), Toy, hashes, on_progress=seen.append).read_text() == expected
    assert seen[0].done == 24


def test_a_name_that_leaves_no_room_for_a_job_is_refused_in_words(source: Path, tmp_path: Path) -> None:
    assert job_folder(tmp_path / ("ü" * 123 + ".mp4")).name.endswith(".mp4.job")
    with pytest.raises(OutputError, match=r"at most 251 bytes, so that .* got 253"):
        begin(source, tmp_path / ("ü" * 124 + ".webm"))


# Damage


def test_any_damage_in_the_folder_is_made_good(source: Path, tmp_path: Path, expected: str) -> None:
    chance = random.Random(5)
    for number, kind in enumerate(["segments", "states", "receipts"] * 3):
        target = tmp_path / f"{number}.txt"
        job = stop_midway(source, target, frames=chance.choice([7, 11, 25, 32]))
        victim = chance.choice(sorted((job.path / kind).iterdir()))
        data = bytearray(victim.read_bytes())
        if number < 6:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            victim.write_bytes(data)
        else:
            victim.write_bytes(data[: len(data) // 2])
        assert run_job(load_job(job.path), Toy, hashes).read_text() == expected


def test_damage_after_the_last_look_is_named_not_encoded(
    source: Path, tmp_path: Path, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.txt"
    job = stop_midway(source, target)
    finish = dreamvideo.jobs.finish.finish

    def flip_first(job: Job, *rest: object, **options: object) -> Path:
        victim = sorted((job.path / "segments").iterdir())[3]
        data = bytearray(victim.read_bytes())
        data[len(data) // 2] ^= 4
        victim.write_bytes(data)
        return finish(job, *rest, **options)

    monkeypatch.setattr("dreamvideo.jobs.run.finish", flip_first)
    with pytest.raises(OSError, match="resume") as caught:
        run_job(job, Toy, hashes)
    assert caught.value.exit_code == 4 and not target.exists()
    monkeypatch.undo()
    assert run_job(load_job(job.path), Toy, hashes).read_text() == expected


@pytest.mark.parametrize("name", ["../../../source.bin", "/etc/passwd", "a.nut"])
def test_a_forged_receipt_leads_nowhere(source: Path, tmp_path: Path, name: str) -> None:
    job = stop_midway(source, tmp_path / "out.txt")
    path = sorted((job.path / "receipts").iterdir())[0]
    record = json.loads(path.read_text())
    del record["hash"]
    record["file"] = name
    forged = json.dumps({**record, "hash": hashlib.sha256(canonical(record)).hexdigest()})
    with pytest.raises(RefusedError):
        Receipt.from_json(forged)
    path.write_text(forged)
    with pytest.raises(RefusedError) as caught:
        run_job(load_job(job.path), Toy, hashes)
    assert caught.value.exit_code == 2
    assert source.read_bytes() == CONTENT


def test_links_inside_a_job_are_refused_or_redone(source: Path, tmp_path: Path, expected: str) -> None:
    job = stop_midway(source, tmp_path / "out.txt")
    segment = sorted((job.path / "segments").iterdir())[0]
    segment.rename(tmp_path / "moved.nut")
    segment.symlink_to(tmp_path / "moved.nut")
    assert run_job(load_job(job.path), Toy, hashes).read_text() == expected
    assert (tmp_path / "moved.nut").exists()
    job = stop_midway(source, tmp_path / "next.txt")
    (job.path / "job.json").rename(tmp_path / "elsewhere.json")
    (job.path / "job.json").symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(RefusedError):
        load_job(job.path)
    (tmp_path / "last.txt.job").symlink_to(tmp_path, target_is_directory=True)
    before = set(tmp_path.iterdir())
    with pytest.raises(RefusedError):
        begin(source, tmp_path / "last.txt")
    assert set(tmp_path.iterdir()) == before


# Locks, disks, targets


def test_a_second_driver_is_refused(source: Path, tmp_path: Path, expected: str) -> None:
    target = tmp_path / "out.txt"
    first = start_driver(target, "--source", source, "--delay", 0.1)
    wait_for_frames(first, 2)
    with pytest.raises(JobLockedError, match=f"process {first.pid} on {socket.gethostname()}") as caught:
        run_job(begin(source, target, delay=0.1, how=None, bad_frame=None, once=None), Toy, hashes)
    assert caught.value.exit_code == 2
    first.kill()
    first.communicate()
    assert first.returncode == -signal.SIGKILL
    second = start_driver(target, "--source", source, "--delay", 0.1)
    assert second.wait(120) == 0, second.stderr.read()
    second.communicate()
    assert target.read_text() == expected


def test_another_machines_lock_holds_while_it_shows_life(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text(json.dumps({"pid": 1, "host": "elsewhere.example"}))
    with pytest.raises(JobLockedError, match=r"elsewhere\.example"), locked(path):
        pass
    os.utime(path, (time.time() - 3600,) * 2)
    with locked(path):
        pass
    path.write_text("{damaged")
    with locked(path):
        pass


def test_a_disk_too_small_is_refused_before_the_start(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.txt"
    monkeypatch.setattr(dreamvideo.jobs.disk, "free_bytes", lambda path: 100_000)
    with pytest.raises(DiskFullError, match=r"0\.00 GB free.*--force") as caught:
        run(source, target)
    assert caught.value.exit_code == 4
    assert not job_folder(target).exists()
    assert run_job(begin(source, target), Toy, hashes, force=True) == target


def test_the_result_never_replaces_what_it_may_not(source: Path, tmp_path: Path, expected: str) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old")
    with pytest.raises(TargetExistsError):
        run(source, target)
    assert target.read_text() == "old"
    assert run_job(load_job(job_folder(target)), Toy, hashes, overwrite=True).read_text() == expected


def test_going_on_refuses_a_target_that_is_there_before_it_dreams(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not after hours of it; what the job itself has put there is no hindrance."""
    from dreamvideo import pipeline

    monkeypatch.setattr(pipeline, "render_job", lambda job, target, *_, **__: target)
    target = tmp_path / "out.mp4"
    stop_midway(source, target)
    assert pipeline.resume(job_folder(target)) == target
    for name in ("out.mp4", "other.mp4"):
        (tmp_path / name).write_text("mine")
        with pytest.raises(TargetExistsError, match=name):
            pipeline.resume(job_folder(target), target=tmp_path / name)
    with pytest.raises(TargetExistsError, match=r"out\.mp4"):
        pipeline.resume(job_folder(target))
    assert pipeline.resume(job_folder(target), overwrite=True) == target


def test_a_kill_between_publishing_and_the_end_is_recognised(
    source: Path, tmp_path: Path, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At whichever file or folder the removal of the job was cut off, nothing is dreamed again, nor refused."""

    class Killed(BaseException):
        pass

    class Idle(Toy):
        def frames(self, stretch: range, state: object) -> Any:
            raise AssertionError("dreamed again")

    target, whole = tmp_path / "out.txt", tmp_path / "whole"
    run_job(begin(source, target), Toy, hashes, keep=True)
    job_folder(target).rename(whole)
    for steps in itertools.count():
        shutil.copytree(whole, job_folder(target))
        done = 0

        def cut_off(usual: Any) -> Any:
            def removes(path: Path, *arguments: object, **named: object) -> None:
                nonlocal done
                done += 1
                if done > steps:  # noqa: B023
                    raise Killed
                usual(path, *arguments, **named)

            return removes

        with monkeypatch.context() as patch:
            patch.setattr(Path, "unlink", cut_off(Path.unlink))
            patch.setattr(Path, "rmdir", cut_off(Path.rmdir))
            with contextlib.suppress(Killed):
                load_job(job_folder(target)).remove()
        if not job_folder(target).exists():
            break
        if any(job_folder(target).iterdir()):
            assert run_job(begin(source, target), Idle, hashes).read_text() == expected
        else:
            job_folder(target).rmdir()
    assert done > 20


# Kills and signals


def kill_and_resume(source: Path, tmp_path: Path, expected: str, times: int, *options: object) -> int:
    """Kill drivers at random moments until one finishes, over and over; returns how many were killed."""
    chance = random.Random(7)
    killed = 0
    for attempt in itertools.count():
        if killed >= times:
            return killed
        target = tmp_path / f"{attempt}.txt"
        while not target.exists() and killed < times:
            driver = start_driver(target, "--source", source, "--delay", 0.01, *options)
            try:
                driver.communicate(timeout=chance.uniform(0.3, 2.5))
            except subprocess.TimeoutExpired:
                driver.kill()
                driver.communicate()
                killed += 1
        driver = start_driver(target, "--source", source, "--delay", 0.01, *options)
        if not target.exists() or job_folder(target).exists():
            assert driver.wait(60) == 0, driver.stderr.read()
        else:
            driver.kill()
        driver.communicate()
        assert target.read_text() == expected
    raise AssertionError("unreachable")


def test_kills_at_random_moments_change_nothing(source: Path, tmp_path: Path, expected: str) -> None:
    assert kill_and_resume(source, tmp_path, expected, 4) >= 4


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_stops_after_the_frame_at_hand(
    source: Path, tmp_path: Path, expected: str, number: signal.Signals, code: int
) -> None:
    target = tmp_path / "out.txt"
    driver = start_driver(target, "--source", source, "--delay", 0.1, "--segment", 100)
    wait_for_frames(driver, 3)
    driver.send_signal(number)
    _, told = driver.communicate(timeout=30)
    assert driver.returncode == code
    assert "dreamvideo resume" in told
    job = Job.load(job_folder(target))
    assert 3 <= job.chain(job.plan.parts[0])[0].stop < LENGTHS[0]  # the segment so far counts
    assert run_job(load_job(job.path), Toy, hashes).read_text() == expected


def test_a_second_signal_stops_at_once(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    driver = start_driver(target, "--source", source, "--delay", 20)
    while not list((job_folder(target) / "beats").glob("*")):
        time.sleep(0.02)
    time.sleep(0.3)
    driver.send_signal(signal.SIGINT)
    time.sleep(0.3)
    driver.send_signal(signal.SIGINT)
    before = time.monotonic()
    driver.communicate(timeout=30)
    assert driver.returncode == 130 and time.monotonic() - before < 10
    assert load_job(job_folder(target)).sweep() == 0
    assert not list((job_folder(target) / "segments").iterdir())


def test_a_task_of_an_earlier_run_does_nothing(source: Path, tmp_path: Path) -> None:
    job = begin(source, tmp_path / "out.txt")
    job.begin_run("ours")
    outcome = perform(Attempt("00000-late", str(job.path), job.hash, "theirs", 0, Toy))
    assert outcome.error is None and not job.chain(job.plan.parts[0])


def test_a_frame_that_cannot_be_made_is_named(source: Path, tmp_path: Path) -> None:
    job = begin(source, tmp_path / "out.txt", how="nan", bad_frame=15)
    with pytest.raises(
        WorkerError, match=r"failed 3 times.*shot 2 \(frames 13 to 18\): frame 15.*3 of 4 parts"
    ) as caught:
        run_job(job, Toy, hashes)
    assert caught.value.exit_code == 4
    assert [len(job.chain(part)) > 0 for part in job.plan.parts] == [True, False, True, True]


def test_shots_leave_no_gaps(source: Path) -> None:
    with pytest.raises(ValueError, match="starts at frame 5"):
        replace(plan(source), shots=(Shot(0, 5), Shot(6, 9)))
