"""A Dask cluster of two worker processes that loses one, has one hang, and loses its scheduler."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dreamvideo.jobs import job_folder, load_job, open_job, run_job
from tests.faults.table import Observe
from tests.toy_dreams import ROOT, Toy, hashes, plan, start_driver, survey, wait_for_frames

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'dreamvideo[cluster]'")
pytestmark = pytest.mark.slow

SHOTS = [30, 30, 30, 30, 30, 30]
SETTINGS = {"delay": 0.05, "how": None, "bad_frame": None, "once": None}
OPTIONS = ("--delay", 0.05, "--shots", *SHOTS)


@dataclass
class Nodes:
    """A scheduler and its workers, each a process group of its own, as nodes are.

    Attributes:
        address: of the scheduler.
    """

    address: str = ""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, log: Path, *command: str, ttl: str = "300s") -> None:
        settings = {**os.environ, "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": ttl}
        with log.open("wb") as file:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                stdout=file,
                stderr=file,
                start_new_session=True,
                env=settings,
            )

    def signal(self, name: str, number: signal.Signals) -> None:
        os.killpg(self.processes[name].pid, number)

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    found = Nodes()
    file = tmp_path / "scheduler.json"
    common = ("--scheduler-file", str(file), "--no-dashboard", "--host", "127.0.0.1")
    try:
        found.start("scheduler", tmp_path / "scheduler.log", "distributed.cli.dask_scheduler", *common, "--port", "0")
        for name in ("one", "two"):
            command = ("distributed.cli.dask_worker", *common, "--nthreads", "1", "--no-nanny", "--name", name)
            found.start(name, tmp_path / f"{name}.log", *command, "--local-directory", str(tmp_path / name))
        deadline = time.monotonic() + 60
        while not file.exists() or not all("Registered" in log(tmp_path, name) for name in ("one", "two")):
            assert time.monotonic() < deadline, log(tmp_path, "scheduler") + log(tmp_path, "one")
            time.sleep(0.1)
        found.address = json.loads(file.read_text())["address"]
        yield found
    finally:
        found.close()


def log(folder: Path, name: str) -> str:
    path = folder / f"{name}.log"
    return path.read_text() if path.exists() else ""


@pytest.fixture
def expected(source: Path, tmp_path: Path) -> str:
    job = open_job(plan(source), tmp_path / "inline.txt", lambda: survey(SHOTS))
    return run_job(job, Toy, hashes).read_text()


def test_a_cluster_makes_the_same_frames(nodes: Nodes, source: Path, tmp_path: Path, expected: str) -> None:
    job = open_job(plan(source), tmp_path / "out.txt", lambda: survey(SHOTS))
    assert run_job(job, Toy, hashes, scheduler=nodes.address).read_text() == expected


@pytest.mark.parametrize("name", ["one", "two"])
def test_a_node_lost_in_the_middle_costs_nothing(
    nodes: Nodes, source: Path, tmp_path: Path, expected: str, name: str, observe: Observe
) -> None:
    target = tmp_path / "out.txt"
    driver = start_driver(target, "--source", source, "--scheduler", nodes.address, *OPTIONS)
    wait_for_frames(driver, 40)
    nodes.signal(name, signal.SIGKILL)
    _, told = driver.communicate(timeout=120)
    observe("6", f"SIGKILL of node {name} of a cluster of two", (0,), driver.returncode)
    assert target.read_text() == expected, told


def test_a_worker_that_hangs_is_given_up_and_comes_too_late(
    nodes: Nodes, source: Path, tmp_path: Path, expected: str, observe: Observe
) -> None:
    target = tmp_path / "out.txt"
    driver = start_driver(target, "--source", source, "--scheduler", nodes.address, "--lease", 3, *OPTIONS)
    wait_for_frames(driver, 40)
    nodes.signal("one", signal.SIGSTOP)
    wait_for_frames(driver, 120)
    time.sleep(2)
    nodes.signal("one", signal.SIGCONT)
    _, told = driver.communicate(timeout=120)
    observe("7", "SIGSTOP of a node of a cluster, then SIGCONT", (0,), driver.returncode)
    assert target.read_text() == expected, told


def test_a_lost_scheduler_stops_the_run_and_the_job_goes_on(
    nodes: Nodes, source: Path, tmp_path: Path, expected: str, observe: Observe
) -> None:
    target = tmp_path / "out.txt"
    driver = start_driver(target, "--source", source, "--scheduler", nodes.address, *OPTIONS)
    wait_for_frames(driver, 40)
    nodes.signal("scheduler", signal.SIGKILL)
    _, told = driver.communicate(timeout=120)
    observe("8", "SIGKILL of a cluster's scheduler", (4,), driver.returncode)
    assert "is lost" in told and "Traceback" not in told
    assert run_job(load_job(job_folder(target)), Toy, hashes).read_text() == expected


def test_no_scheduler_is_one_line(source: Path, tmp_path: Path, observe: Observe) -> None:
    driver = start_driver(tmp_path / "out.txt", "--source", source, "--scheduler", "tcp://127.0.0.1:9", *OPTIONS)
    _, told = driver.communicate(timeout=60)
    observe("8", "no scheduler at the address", (4,), driver.returncode)
    assert "no Dask scheduler answers" in told and "Traceback" not in told
