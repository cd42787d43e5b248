"""Threads that compute give way to the one that draws the window."""

from __future__ import annotations

import os
import sys
import threading

STEPS = 5
"""How much nicer, in Linux's terms (19 is the nicest): a third of the processor's time beside a busy window."""

SWITCH = 0.0005
"""Seconds after which a thread that holds Python's lock gives it up to one that waits; Python's own 5 ms are felt."""


def give_way() -> None:
    """Let the calling thread, and the threads that it starts from now on, come after the others of the program.

    Only Linux has a priority for each thread that anyone may lower; elsewhere this does nothing.
    """
    if sys.platform == "linux":
        here = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, here, min(19, os.getpriority(os.PRIO_PROCESS, here) + STEPS))


def prepare() -> None:
    """Get Python ready for a window, before NumPy is imported."""
    sys.setswitchinterval(SWITCH)
    _load_numpy()


def _load_numpy() -> None:
    """Import NumPy so that the threads of its linear algebra, which start with it, give way too."""

    def load() -> None:
        give_way()
        import numpy  # noqa: F401

    thread = threading.Thread(target=load)
    thread.start()
    thread.join()
