"""Run attempts on a Dask cluster. Frames and states stay on storage that all workers share.

A local cluster, to try it:

    dask scheduler --host 127.0.0.1 &
    dask worker --nthreads 1 --nworkers 2 tcp://127.0.0.1:8786

One worker per GPU: `CUDA_VISIBLE_DEVICES=0 dask worker --nthreads 1 ADDRESS`. Anyone who can reach a scheduler can run
code on its workers. So a scheduler on another machine must use TLS (distributed.comm.tls in Dask's configuration).
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import sys
import time
from typing import Any
from urllib.parse import urlsplit

from dreamvideo.errors import ConfigError, MissingExtraError, RefusedError, WorkerError
from dreamvideo.jobs.threads import thread_settings
from dreamvideo.jobs.worker import Attempt, Outcome, perform, record
from dreamvideo.networks.quiet import hush_tensorflow

GRACE = 10.0
"""Seconds to wait for a lost scheduler."""
ENCRYPTED = ("tls", "wss")
OPEN = ("tcp", "ws")


class Cluster:
    """Workers of a Dask scheduler. Dask moves attempts of workers that died; receipts keep what was finished."""

    def __init__(self, address: str) -> None:
        self._address = checked_address(address)
        try:
            import distributed
        except ImportError as error:
            raise MissingExtraError("a scheduler needs Dask: pip install 'dreamvideo[cluster]'") from error
        self._dask: Any = distributed
        try:
            self._client = distributed.Client(self._address, timeout=GRACE, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise WorkerError(f"no Dask scheduler answers at {self._address}: {error}") from error
        self._futures: dict[str, Any] = {}
        self._lost_since: float | None = None

    @property
    def slots(self) -> int:
        """Threads of all workers that the scheduler has now."""
        with contextlib.suppress(Exception):
            return max(1, int(sum(self._client.nthreads().values())))
        return 1

    def submit(self, attempt: Attempt) -> None:
        """Submit an attempt to the scheduler."""
        try:
            self._futures[attempt.name] = self._client.submit(
                _perform, attempt, key=f"dreamvideo-{attempt.name}", pure=False
            )
        except Exception as error:
            raise self._lost() from error

    def as_completed(self, timeout: float) -> list[Outcome]:
        """Outcomes that have arrived.

        Raises:
            WorkerError: the scheduler was lost, and did not come back.
        """
        self._check_scheduler()
        with contextlib.suppress(Exception):  # a timeout, or a state that is handled below
            self._dask.wait(list(self._futures.values()), timeout=timeout, return_when="FIRST_COMPLETED")
        if self._client.status != "running":
            time.sleep(timeout)
            return []
        ended = [name for name, future in self._futures.items() if future.done()]
        return [self._outcome(name, self._futures.pop(name)) for name in ended]

    def _outcome(self, name: str, future: Any) -> Outcome:
        try:
            return Outcome(**future.result(timeout=GRACE))
        except Exception as error:
            return Outcome(name, "WorkerError", f"{type(error).__name__}: {error}")

    def _check_scheduler(self) -> None:
        if self._client.status == "running":
            self._lost_since = None
            return
        self._lost_since = self._lost_since or time.monotonic()
        if self._client.status == "closed" or time.monotonic() - self._lost_since > GRACE:
            raise self._lost()

    def _lost(self) -> WorkerError:
        return WorkerError(f"the Dask scheduler at {self._address} is lost; what was finished is kept: resume the job")

    def cancel(self, attempt: Attempt) -> None:
        """Cancel an attempt, and remove the worker that hangs in it from the scheduler."""
        future = self._futures.pop(attempt.name, None)
        if future is None:
            return
        with contextlib.suppress(Exception):
            hung = [worker for worker, keys in self._client.processing().items() if future.key in keys]
            future.cancel(force=True)
            for worker in hung:
                self._client.run_on_scheduler(_forget_worker, worker=worker)

    def close(self) -> None:
        """Cancel all attempts and disconnect."""
        with contextlib.suppress(Exception):
            self._client.cancel(list(self._futures.values()), force=True)
        with contextlib.suppress(Exception):
            self._client.close(timeout=GRACE)


def checked_address(address: str) -> str:
    """Check a scheduler's address.

    Raises:
        ConfigError: it is no address.
        RefusedError: it is on another machine and not encrypted.
    """
    full = address if "://" in address else f"tcp://{address}"
    try:
        parts = urlsplit(full)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"expected an address such as tcp://127.0.0.1:8786, got {address!r}") from error
    if parts.scheme not in ENCRYPTED + OPEN or not host or port is None:
        raise ConfigError(f"expected an address such as tcp://127.0.0.1:8786, got {address!r}")
    if parts.scheme in OPEN and not _on_this_machine(host, port):
        raise RefusedError(
            f"{address} is on another machine and not encrypted, so anyone on the way could run code on the workers;"
            " expected tls://HOST:PORT"
        )
    return full


def _on_this_machine(host: str, port: int) -> bool:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return all(ipaddress.ip_address(str(item[4][0]).split("%")[0]).is_loopback for item in found)


def _perform(attempt: Attempt) -> dict[str, object]:
    if "tensorflow" not in sys.modules:
        os.environ.update(thread_settings(attempt.threads))
        hush_tensorflow()
    return record(perform(attempt))


async def _forget_worker(dask_scheduler: Any, worker: str) -> None:
    await dask_scheduler.remove_worker(address=worker, stimulus_id="dreamvideo-hung")
