"""Types that every room uses: arrays of pixels and of values, and the question whether to stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]
"""Pixels as they are stored: uint8, uint16 or float32."""
Values = NDArray[np.float32]
"""Values for computation."""
Doubles = NDArray[np.float64]
"""Values where float32 is not exact enough."""
ShouldStop = Callable[[], bool]
"""Long work calls it between two steps, and raises `CancelledError` if it returns True."""


def never() -> bool:
    """The `ShouldStop` of work that nobody interrupts."""
    return False
