"""The suite runs with the kernel for each instruction set that this processor has, and without one."""

from __future__ import annotations

import pytest

from convexplorer.core.engine.kernel import library


def built() -> tuple[library.Kernel, ...]:
    """The kernels that can be used here; none where the library was not built."""
    try:
        return library.kernels(library.built_library())
    except OSError:
        return ()


KERNELS = built()


@pytest.fixture(params=["0", *([one.name for one in KERNELS] or ["kernel"])])
def engine(request, monkeypatch):
    """Which direct correlation computes: the name of an instruction set, or "0" for ONNX Runtime."""
    if request.param != "0" and not KERNELS:
        pytest.skip("the kernel was not built here")
    monkeypatch.setenv(library.SWITCH, request.param)
    return request.param


@pytest.fixture(params=[one.name for one in KERNELS] or ["kernel"])
def kernel(request, monkeypatch):
    """The kernel of each instruction set."""
    if not KERNELS:
        pytest.skip("the kernel was not built here")
    monkeypatch.setenv(library.SWITCH, request.param)
    return library.kernel()
