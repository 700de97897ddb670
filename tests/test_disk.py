"""What a job takes of the disk is no more than was said before its start, and not far less."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dreamvideo.config import WriteConfig
from dreamvideo.jobs import Plan, State, job_folder, open_job, run_job
from dreamvideo.jobs.disk import needed_bytes
from dreamvideo.media import Frame, gif_writer, open_target, target
from tests.toy_dreams import RATE, plan, survey

SIZE = (128, 96)
FRAMES = 40


class Grainy:
    """Pictures as grainy as film."""

    def __init__(self, plan: Plan) -> None:
        pass

    def frames(self, stretch: range, state: State | None) -> Iterator[tuple[Frame, State]]:
        ramp = np.linspace(0.2, 0.8, SIZE[0], dtype=np.float32)[None, :, None]
        canvas = np.zeros((*SIZE[::-1], 3), np.float32)
        for index in stretch:
            grain = np.random.default_rng(index).normal(0, 0.04, (*SIZE[::-1], 3)).astype(np.float32)
            yield Frame(np.clip(ramp + grain, 0, 1), index / RATE, 1 / RATE, index), {"canvas": canvas}


@contextmanager
def encoded(plan: Plan, path: Path) -> Iterator[Any]:
    with open_target(path, plan.size, RATE, WriteConfig(), time_base=1 / RATE) as result:
        yield result


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ""])
def test_a_job_takes_the_room_that_was_said(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "source.bin").touch()
    result = tmp_path / f"out{suffix}"
    taken = 0

    def measured(usual: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            nonlocal taken
            done = usual(*arguments)
            files = [path for path in job_folder(result).rglob("*") if path.is_file()]
            taken = max(taken, sum(path.stat().st_size for path in files))
            return done

        return call

    monkeypatch.setattr(gif_writer, "encode_gif", measured(gif_writer.encode_gif))
    monkeypatch.setattr(target, "publish", measured(target.publish))
    job = open_job(plan(tmp_path / "source.bin", size=SIZE, segment=20), result, lambda: survey([FRAMES]))
    said = needed_bytes(job.plan, FRAMES, 1, suffix)
    run_job(job, Grainy, encoded)
    assert 0.3 * said < taken <= said, (taken, said)
