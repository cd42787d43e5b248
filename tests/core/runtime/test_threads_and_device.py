"""One number of threads for everything that computes."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from convexplorer.core.engine.conv import correlate
from convexplorer.core.engine.kernel.library import SWITCH
from convexplorer.core.engine.routes import devices, onnx
from convexplorer.core.engine.routes import fft as by_transforms
from convexplorer.core.runtime.threads_and_device import physical_cores, settings, usable_threads, use_threads


@pytest.fixture(autouse=True)
def _as_before():
    yield
    use_threads()


def blas_threads():
    return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]


def test_there_is_a_thread_for_each_core_unless_told_otherwise():
    assert 1 <= physical_cores() <= usable_threads() <= os.cpu_count()
    use_threads(1)
    use_threads()
    assert settings.threads == physical_cores()
    assert set(blas_threads()) <= {physical_cores()}


def test_no_more_threads_than_the_machine_has_and_at_least_one():
    use_threads(10_000)
    assert settings.threads == usable_threads()
    use_threads(0)
    assert settings.threads == 1


def test_the_setting_reaches_linear_algebra():
    if not blas_threads():
        pytest.skip("this NumPy's linear algebra shares the cores out by itself")
    use_threads(1)
    assert set(blas_threads()) == {1}


@pytest.mark.parametrize("count", [1, usable_threads()])
def test_the_setting_reaches_onnx_runtime(monkeypatch, count):
    monkeypatch.setenv(SWITCH, "0")
    opened = []

    def open_session(*args):
        opened.append(open_(*args))
        return opened[-1]

    open_ = devices.open_session
    monkeypatch.setattr(devices, "open_session", open_session)
    onnx._session.cache_clear()
    use_threads(count)
    correlate(np.ones((3, 400, 500)), np.ones((8, 3, 5, 5)))
    assert [one.get_session_options().intra_op_num_threads for one in opened] == [count]


@pytest.mark.parametrize("count", [1, usable_threads()])
def test_the_setting_reaches_our_own_threads_whose_transforms_start_no_others(monkeypatch, count):
    from scipy import fft

    monkeypatch.setenv(SWITCH, "0")
    pools, workers = [], set()

    class Pool(ThreadPoolExecutor):
        def __init__(self, most):
            super().__init__(most)
            pools.append(most)

        def map(self, function, *args):
            def watched(*values):
                workers.add(fft.get_workers())
                return function(*values)

            return super().map(watched, *args)

    monkeypatch.setattr(by_transforms, "ThreadPoolExecutor", Pool)
    use_threads(count)
    correlate(np.ones((1, 400, 500)), np.ones((2, 1, 31, 31)))
    assert pools == [count]
    assert workers == {1}
