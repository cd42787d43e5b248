"""Correlation of little work by one matrix product: needs nothing beyond NumPy."""

from __future__ import annotations

import numpy as np

from convexplorer.core.engine.routes.windows import gather
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.model.activations import activate
from convexplorer.core.model.images import Prepared
from convexplorer.core.runtime.result_memory import results
from convexplorer.core.runtime.types import Values

RUN = 576
"""Most products summed in one go. Sums of equal terms, as of a box filter on an even sky, are rounded to one side every
time: measured, up to n · 1.4 · 10⁻⁸ of the sum. Runs of this length, and then their sums, keep the promised 10⁻⁵."""
BAND = 1 << 18
"""Numbers in the matrix of windows that is multiplied at once (1 MB, so that it stays in the cache)."""
SERIAL = 1 << 18
"""Multiplications of a product up to which OpenBLAS starts no threads, which for little work cost more than they gain:
measured for 384 × 256 pixels and four 4 × 4 filters, 36 ms instead of 1.4."""


def by_gemm(work: Work) -> Values:
    """Weights (O, C·kh·kw) @ windows (C·kh·kw, nodes), a band of rows at a time."""
    work = work.plain()
    count, height, width = work.shape
    flat = work.weights.reshape(count, -1)
    source = Prepared(work.image)
    maps = results.empty(work.shape)
    row = flat.shape[1] * width
    rows = max(1, BAND // row)
    if count * row <= SERIAL:
        rows = min(rows, SERIAL // (count * row))
    for start in range(0, height, rows):
        work.check()
        band = range(start, min(start + rows, height))
        sums = weighted_sums(flat, gather(source, work.geometry, band, range(width)))
        sums += work.bias[:, np.newaxis]
        maps[:, start : band.stop] = activate(sums, work.activation).reshape(count, len(band), width)
    return maps


def weighted_sums(flat: Values, windows: Values) -> Values:
    """The matrix product flat (O, K) @ windows (K, nodes), summed in runs."""
    # Inputs may be infinite: those that leave a layer of huge weights.
    with np.errstate(over="ignore", invalid="ignore"):
        sums = flat[:, :RUN] @ windows[:RUN]
        for start in range(RUN, len(windows), RUN):
            sums += flat[:, start : start + RUN] @ windows[start : start + RUN]
    return sums
