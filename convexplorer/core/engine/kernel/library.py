"""The compiled kernel: where it lies, whether it can be used here, and its functions.

It is built when the package is installed (`source/build_hook.py`). Where it could not be built, cannot be loaded, or
is switched off by the environment (`SWITCH`), `kernel` is None and other routes compute.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from convexplorer.core.engine.kernel.source.compilers import file_name, stamp

SWITCH = "CONVEXPLORER_KERNEL"
"""Environment variable: "0" does without the kernel, the name of an instruction set takes that, a path that library."""

Ask = ctypes.CFUNCTYPE(ctypes.c_int)

DONE, STOPPED, NO_MEMORY, SPOILT = range(4)
"""What a call comes to; in the order of `kernel.h`."""

_POINTERS = "image", "weights", "bias", "maps", "floors", "figures", "highs", "lows"
_NUMBERS = (
    *("kind", "plane_step", "row_step", "column_step", "channels", "rows", "columns"),
    *("filters", "kernel_rows", "kernel_columns", "stride", "dilation", "top", "left"),
    *("first_row", "last_row", "first_column", "last_column", "map_step", "map_row_step"),
    *("peak_row", "peak_column", "peak_step_down", "peak_step_across", "peak_rows", "peak_columns"),
    *("relu", "threads"),
)


class Job(ctypes.Structure):
    """The struct of the same name in `source/kernel.h`."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in _POINTERS),
        ("should_stop", Ask),
        *((name, ctypes.c_int64) for name in _NUMBERS),
        ("gain", ctypes.c_double),
    )


Call = Callable[[Job], int]


@dataclass(frozen=True)
class Kernel:
    """The kernel for one instruction set.

    Parameters
    ----------
    name : str
        Of the instruction set: "avx512", "avx2" or "baseline".
    correlate, winograd : callable
        Do a job whose bounds have been checked, and say what it came to. They let other Python threads run.
    multiply_adds : callable
        ``multiply_adds(times)`` does so many times 10 of its vectors, for measuring the machine.
    """

    name: str
    correlate: Call
    winograd: Call
    multiply_adds: Callable[[int], object]


def built_library() -> Path:
    """Where the library lies, if it was built: in a folder of its own, where it is not taken for a module."""
    return Path(__file__).with_name("built") / file_name()


def kernels(path: Path) -> tuple[Kernel, ...]:
    """The kernels of a library that this processor can run, the fastest first.

    Raises
    ------
    OSError
        If it cannot be loaded, or is of another version.
    """
    library = ctypes.CDLL(str(path))
    try:
        library.kernel_stamp.restype = ctypes.c_char_p
        made_from = library.kernel_stamp()
    except AttributeError:
        made_from = b""
    if made_from.decode() != stamp():
        raise OSError(f"{path} is of another version")
    library.kernel_name.restype = ctypes.c_char_p
    library.kernel_name.argtypes = library.kernel_usable.argtypes = (ctypes.c_int64,)
    for function in (library.kernel_correlate, library.kernel_winograd):
        function.restype, function.argtypes = ctypes.c_int64, (ctypes.c_int64, ctypes.POINTER(Job))
    library.kernel_multiply_add.restype = ctypes.c_float
    library.kernel_multiply_add.argtypes = (ctypes.c_int64, ctypes.c_int64)
    library.kernel_usable.restype = ctypes.c_int64
    found, number = [], 0
    while (name := library.kernel_name(number)) is not None:
        if library.kernel_usable(number):
            found.append(_kernel(library, number, name.decode()))
        number += 1
    return tuple(found)


def _kernel(library: Any, number: int, name: str) -> Kernel:
    def calling(function: Any) -> Call:
        return lambda job: int(function(number, ctypes.byref(job)))

    return Kernel(
        name,
        calling(library.kernel_correlate),
        calling(library.kernel_winograd),
        lambda times: library.kernel_multiply_add(number, times),
    )


def kernel() -> Kernel | None:
    """The kernel to be used, as the environment says; None where there is none."""
    return _kernel_of(os.environ.get(SWITCH, ""))


@cache
def _kernel_of(switch: str) -> Kernel | None:
    if switch == "0":
        return None
    try:
        found = kernels(Path(switch) if os.sep in switch else built_library())
    except OSError:
        return None
    named = [one for one in found if one.name == switch]
    return next(iter(named or found), None)
