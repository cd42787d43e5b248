"""Settings of all computation: number of threads, and compute device."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from convexplorer.errors import UnavailableError

CPU = "cpu"
"""The device that is always there; others are named in `core.engine.routes.devices`."""


def usable_threads() -> int:
    """Hardware threads that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def physical_cores() -> int:
    """Cores that this process may use; two hardware threads of one core share its arithmetic units."""
    if not hasattr(os, "sched_getaffinity"):
        return usable_threads()
    usable = os.sched_getaffinity(0)
    try:
        return len({Path(f"/sys/devices/system/cpu/cpu{n}/topology/core_cpus_list").read_text() for n in usable})
    except OSError:
        return len(usable)


def _warn(error: UnavailableError) -> None:
    warnings.warn(str(error), RuntimeWarning, stacklevel=2)


@dataclass
class ComputeSettings:
    """Settings of the engine. A change takes effect at the next call.

    Parameters
    ----------
    threads : int
        Threads that compute at once, one for each physical core unless told otherwise. `use_threads` sets it, since
        NumPy's linear algebra must be told too.
    device : str
        Where ONNX Runtime computes: `CPU`, or the key of one of `devices.DEVICES`.
    device_failed : callable
        Called when a device failed, in the thread that used it. The processor has taken over by then.
    """

    threads: int = field(default_factory=physical_cores)
    device: str = CPU
    device_failed: Callable[[UnavailableError], object] = _warn


settings = ComputeSettings()
"""The settings of the program."""


def use_threads(count: int | None = None) -> None:
    """Set the number of threads of our own pools, ONNX Runtime and NumPy's linear algebra.

    Only one of the three runs within a piece of work, so together they are no more than `count`.

    Parameters
    ----------
    count : int, optional
        At most the hardware threads there are; None is one for each physical core.
    """
    from threadpoolctl import ThreadpoolController

    settings.threads = physical_cores() if count is None else max(1, min(count, usable_threads()))
    # Libraries without such a setting (Accelerate on macOS) are not found; they choose by themselves.
    ThreadpoolController().limit(limits=settings.threads, user_api="blas")
