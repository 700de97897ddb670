"""Work in a thread: one piece at a time, ended when nobody listens."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from dreamvideo.errors import RenderError
from dreamvideo.studio.actions import Report
from dreamvideo.studio.work import Worker


def test_work_comes_one_after_the_other_and_ends_when_nobody_listens() -> None:
    worker, running, most = Worker(), [0], [0]

    def work(tell: Callable[[int], None], stop: threading.Event) -> int:
        running[0] += 1
        most[0] = max(most[0], running[0])
        for number in range(1000):
            tell(number)
            if stop.wait(0.001):
                break
        running[0] -= 1
        return number

    stops = [threading.Event() for _ in range(3)]
    runs = [worker.reports(lambda tell, stop=stop: work(tell, stop), stop) for stop in stops]
    first, second, third = (threading.Thread(target=next, args=(run,)) for run in runs)
    first.start()
    first.join()
    second.start()
    runs[0].close()
    second.join()
    assert most == [1] and stops[0].is_set()
    third.start()
    worker.end(5)
    third.join()
    assert running == [0] and all(stop.is_set() for stop in stops)
    for run in runs:
        run.close()


def test_errors_of_the_work_come_through() -> None:
    def fail(tell: Callable[[Report], None]) -> Report:
        raise RenderError("no")

    with pytest.raises(RenderError, match="no"):
        list(Worker().reports(fail, threading.Event()))
