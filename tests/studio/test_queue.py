"""The queue: one try after the other, in the order that one sees and changes; what lies on disk is the truth."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dreamvideo.errors import RenderError
from dreamvideo.studio.queue import Queue
from dreamvideo.studio.tries import Extent, Report, Try, name_of, saved
from tests.studio.page import CLIP, SMALL, Gate


def a_try(folder: Path, extent: Extent = "whole", at: float = 0.0, number: int = 0) -> Try:
    name = name_of(CLIP, SMALL, extent, f"out{number}.mp4", at)
    target = folder / name / f"out{number}.mp4"
    return Try(folder / name, extent, "video", CLIP, SMALL, target, at, {"look": "eyes"}, 1000.0 + number)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def queue(gate: Gate) -> Iterator[Queue]:
    made = Queue(gate)
    yield made
    made.end(10)


def names(queue: Queue) -> list[str]:
    return [made.target.name.removesuffix(".mp4") for made, _ in queue.line]


def wait_for(queue: Queue, made: Try, status: str) -> None:
    end = time.monotonic() + 10
    while (found := queue.find(made.name)) is None or found[1].status != status:
        assert time.monotonic() < end, found
        time.sleep(0.005)


def test_renders_wait_and_can_be_moved_and_taken_out(queue: Queue, gate: Gate, tmp_path: Path) -> None:
    tries = [a_try(tmp_path, number=number) for number in range(5)]
    queue.put(tries[0])
    wait_for(queue, tries[0], "running")
    for made in tries[1:]:
        queue.put(made)
    assert names(queue) == ["out0", "out1", "out2", "out3", "out4"]
    queue.move(tries[3].name, -1)
    queue.move(tries[1].name, 1)
    queue.move(tries[0].name, 1)  # runs already
    assert names(queue) == ["out0", "out3", "out1", "out2", "out4"]
    queue.stop(tries[2].name)
    queue.put(tries[4])  # waits already
    short = a_try(tmp_path, "trial", number=9)
    queue.put(short)
    assert names(queue) == ["out0", "out9", "out3", "out1", "out4"]
    for _ in range(5):
        gate.let()
    wait_for(queue, tries[4], "done")
    assert gate.done == [made.name for made in (tries[0], short, tries[3], tries[1], tries[4])]
    queue.put(tries[4])
    assert not queue.line  # it is there: the same wish has the same result
    tries[4].target.unlink()
    queue.put(tries[4])
    assert names(queue) == ["out4"]


def test_what_runs_is_stopped_and_goes_on(queue: Queue, gate: Gate, tmp_path: Path) -> None:
    made = a_try(tmp_path)
    queue.put(made)
    wait_for(queue, made, "running")
    queue.forget(made.name)
    queue.stop(made.name)
    wait_for(queue, made, "stopped")
    queue.go_on(made.name)
    gate.let()
    wait_for(queue, made, "done")
    queue.go_on(made.name)
    assert not queue.line
    queue.forget(made.name)
    assert queue.find(made.name) is None and not made.folder.exists()


def test_trouble_is_a_line_and_the_next_one_runs(tmp_path: Path, caplog: Any) -> None:
    raised = [RenderError(f"{CLIP.path} is no good"), ZeroDivisionError("no")]
    gate = Gate()

    def perform(*given: Any) -> Report:
        if raised:
            raise raised.pop(0)
        return gate(*given)

    queue = Queue(perform)
    tries = [a_try(tmp_path, number=number) for number in range(3)]
    gate.let()
    with caplog.at_level(logging.ERROR):
        for made in tries:
            queue.put(made)
        wait_for(queue, tries[2], "done")
    told = [queue.find(made.name) for made in tries[:2]]
    assert [found[1].words for found in told if found] == ["-clip.mp4 is no good", "a bug: ZeroDivisionError: no"]
    assert "Traceback" in caplog.text
    queue.end(10)


def test_the_background_waits_for_the_queue(gate: Gate, tmp_path: Path) -> None:
    left = [3]

    def idle(busy: Callable[[], bool]) -> bool:
        left[0] -= 1
        return left[0] > 0

    queue = Queue(gate, idle=idle)
    made = a_try(tmp_path)
    with queue._changed:  # both at once
        queue.wake()
        queue.put(made)
    wait_for(queue, made, "running")
    assert left == [3]
    gate.let()
    wait_for(queue, made, "done")
    end = time.monotonic() + 10
    while left[0] and time.monotonic() < end:
        time.sleep(0.005)
    assert left == [0]
    queue.end(10)


def test_tries_are_found_on_disk(gate: Gate, tmp_path: Path) -> None:
    queue = Queue(gate)
    done, cut, waiting = (a_try(tmp_path, number=number) for number in range(3))
    queue.put(done)
    gate.let()
    wait_for(queue, done, "done")
    queue.put(cut)
    wait_for(queue, cut, "running")
    (cut.folder / f"{cut.target.name}.job").mkdir()
    queue.put(waiting)
    (tmp_path / "stray").mkdir()
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "try.json").write_text('{"scope": "whole"')
    found = saved(tmp_path)  # as if the power went
    queue.end(10)
    assert [made for made, _ in found] == [done, cut, waiting]
    assert [told.status for _, told in found] == ["done", "stopped", "stopped"]
    assert found[0][1].file == done.target and found[0][1].words == "9 frames"
    again = Queue(gate, found)
    assert [made for made, _ in again.tries] == [waiting, cut, done]
    again.go_on(cut.name)
    gate.let()
    (cut.folder / f"{cut.target.name}.job").rmdir()
    wait_for(again, cut, "done")
    again.end(10)
