"""Nothing that a person does here is told to anybody: libraries that would are silenced before they are loaded.

ONNX Runtime from 1.32 on keeps a device id and a database of events in the user's cache folder on Linux, as soon as it
is imported, and may send them. Every way into the program imports this package first, so this is the one place where
that is refused; `onnxruntime` is the one place where the library is loaded.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

_REFUSALS = {"ORT_DISABLE_TELEMETRY": "1", "ORT_TELEMETRY_DISABLED": "1"}
"""What ONNX Runtime reads when it is loaded; the second one is the name that earlier versions had."""


def refuse_telemetry() -> None:
    """Tell libraries that are loaded from now on, here and in child processes, to keep no record and send nothing."""
    os.environ.update(_REFUSALS)


def onnxruntime() -> Any:
    """Load ONNX Runtime, silenced also where somebody else's program had loaded it before this package."""
    refuse_telemetry()
    import onnxruntime

    disable = getattr(onnxruntime, "disable_telemetry_events", None)  # Not in every build.
    if disable is not None:
        with suppress(Exception):  # Where there is nothing to switch off, some builds complain.
            disable()
    return onnxruntime
