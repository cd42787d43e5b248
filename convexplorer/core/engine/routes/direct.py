"""Correlation by the kernel of our own (`core.engine.kernel`): directly, or by Winograd's transform."""

from __future__ import annotations

from convexplorer.core.engine.kernel.call import Found, Order, run, run_winograd
from convexplorer.core.engine.kernel.library import Kernel, kernel
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.model.activations import Activation, activate
from convexplorer.core.runtime.result_memory import results
from convexplorer.core.runtime.types import Values

MEASURED: tuple[Activation, ...] = "none", "relu"
"""Activations after which the kernel can gather figures: sums as they are, and ReLU."""


def by_kernel(work: Work) -> Values:
    """Sums of products, straight from the stored numbers."""
    maps = results.empty(work.shape)
    run(_kernel(), _order(work), maps)
    return _activated(work, maps)


def by_winograd(work: Work) -> Values:
    """3 × 3 windows by a quarter of the multiplications; directly after all where a pixel is not finite."""
    maps = results.empty(work.shape)
    if not run_winograd(_kernel(), _order(work), maps):
        run(_kernel(), _order(work), maps)
    return _activated(work, maps)


def measure(work: Work, found: Found) -> None:
    """Gather figures and peaks of maps that are written nowhere."""
    run(_kernel(), _order(work), None, found)


def _order(work: Work) -> Order:
    rows, columns = work.nodes
    relu = work.activation == "relu"
    return Order(work.image, work.gain, work.weights, work.bias, work.geometry, rows, columns, relu, work.should_stop)


def _activated(work: Work, maps: Values) -> Values:
    return maps if work.activation == "relu" else activate(maps, work.activation)


def _kernel() -> Kernel:
    found = kernel()
    if found is None:
        raise RuntimeError("there is no kernel; the choice of the route should have known")
    return found
