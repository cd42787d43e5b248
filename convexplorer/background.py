"""Lowers the priority of threads that compute, so that the window stays responsive."""

from __future__ import annotations

import os
import sys
import threading

STEPS = 5
"""Added to the nice value on Linux. Beside a busy window, such a thread gets about a third of the processor."""

SWITCH = 0.0005
"""Seconds after which a thread gives Python's lock to a waiting one. The default, 5 ms, makes the window stutter."""


def give_way() -> None:
    """Lower the priority of the calling thread, and of the threads that it starts from now on.

    Only Linux lets every program do this for a single thread; elsewhere nothing happens.
    """
    if sys.platform == "linux":
        here = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, here, min(19, os.getpriority(os.PRIO_PROCESS, here) + STEPS))


def prepare() -> None:
    """Set up Python's threads for a window. Call it before NumPy is imported."""
    sys.setswitchinterval(SWITCH)
    _load_numpy()


def _load_numpy() -> None:
    """Import NumPy in a thread of low priority, which the threads of its linear algebra inherit."""

    def load() -> None:
        give_way()
        import numpy  # noqa: F401

    thread = threading.Thread(target=load)
    thread.start()
    thread.join()
