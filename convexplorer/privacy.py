"""Switches off telemetry of libraries before they are loaded, so that nothing leaves the machine.

ONNX Runtime from 1.32 on writes a device id and a database of events to the user's cache folder on Linux as soon as it
is imported, and may send them. Every entry point imports this package first, so telemetry is switched off here.
`onnxruntime` is the only function that loads the library.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

_REFUSALS = {"ORT_DISABLE_TELEMETRY": "1", "ORT_TELEMETRY_DISABLED": "1"}
"""Environment variables that ONNX Runtime reads when it is loaded; earlier versions used the second name."""


def refuse_telemetry() -> None:
    """Switch off telemetry of libraries that are loaded from now on, here and in child processes."""
    os.environ.update(_REFUSALS)


def onnxruntime() -> Any:
    """Load ONNX Runtime without telemetry, even if another program had loaded it before this package."""
    refuse_telemetry()
    import onnxruntime

    disable = getattr(onnxruntime, "disable_telemetry_events", None)  # Not in every build.
    if disable is not None:
        with suppress(Exception):  # Some builds raise an error if there is nothing to switch off.
            disable()
    return onnxruntime
