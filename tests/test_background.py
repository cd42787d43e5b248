"""Threads that compute give way to the window's, and only they."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from convexplorer.background import STEPS, SWITCH, give_way

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority for each thread")


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_only_the_calling_thread_and_those_it_starts_give_way() -> None:
    before, found = niceness(), []

    def compute() -> None:
        give_way()
        started = threading.Thread(target=lambda: found.append(niceness()))
        started.start()
        started.join()

    thread = threading.Thread(target=compute)
    thread.start()
    thread.join()
    assert found == [min(19, before + STEPS)]
    assert niceness() == before


def test_the_threads_of_linear_algebra_give_way() -> None:
    code = """
import os, sys
import convexplorer.gui
assert 'numpy' in sys.modules
mine = os.getpriority(os.PRIO_PROCESS, 0)
others = [int(one) for one in os.listdir("/proc/self/task") if int(one) != os.getpid()]
print(all(os.getpriority(os.PRIO_PROCESS, one) > mine for one in others))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


def test_threads_take_turns_quickly() -> None:
    code = "import sys, convexplorer.gui; print(sys.getswitchinterval())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) == pytest.approx(SWITCH)
