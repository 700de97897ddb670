"""Threads of TensorFlow: as many in every process of a job, or its frames would differ.

The sums that TensorFlow adds up in pieces, one for each thread, come out a bit differently for other numbers of
threads (one frame of 320x180, 3 octaves of 3 steps, 1 to 4 threads: up to 0.0017 of a pixel's range), and feedback
lets that grow. So a job's plan says how many, and each process that works on it takes that many, however many
processes there are.
"""

from __future__ import annotations

import os

_WITHIN, _BETWEEN = "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"
"""Within one operation, which decides how sums are cut; between operations that do not wait for each other."""


def own_threads() -> int:
    """Threads that TensorFlow takes in this process: as told, or one for each core that the process may use."""
    told = os.environ.get(_WITHIN, "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def thread_settings(threads: int) -> dict[str, str]:
    """Environment of a process in which TensorFlow shall take so many threads."""
    return {_WITHIN: str(threads), _BETWEEN: str(threads)}
