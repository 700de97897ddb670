"""Threads of TensorFlow: the same number in every process of a job, else its frames would differ.

TensorFlow splits sums over its threads. So results differ a little with their number (one frame of 320x180, 3 octaves
of 3 steps, 1 to 4 threads: up to 0.0017 of a pixel's range), and feedback amplifies that. So the plan of a job fixes
the number of threads of each of its processes.
"""

from __future__ import annotations

import os
import sys

_WITHIN, _BETWEEN = "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"
"""Threads within one operation, which split its sums; and between independent operations."""


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def own_threads() -> int:
    """TensorFlow's threads in this process: as its variable says, else one per core."""
    told = os.environ.get(_WITHIN, "")
    return int(told) if told.isdecimal() and int(told) > 0 else cores()


def leave_a_core() -> None:
    """Leave one core to what runs beside the network: reading, flow and encoding.

    On two cores a film is 5 to 15 % faster so, its first frame included. Nothing changes if the number is set already,
    or TensorFlow has started.
    """
    if _WITHIN not in os.environ and "tensorflow" not in sys.modules:
        os.environ |= thread_settings(max(1, cores() - 1))


def thread_settings(threads: int) -> dict[str, str]:
    """Environment variables that set the number of threads of TensorFlow."""
    return {_WITHIN: str(threads), _BETWEEN: str(threads)}
