"""Windows against padding and slicing with plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from convexplorer.core.engine.routes.windows import gather, node_sums, window_at
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Prepared
from convexplorer.errors import InvalidValueError


def _random_case(rng: np.random.Generator) -> tuple[Prepared, Geometry] | None:
    channels, height, width = (int(n) for n in (rng.integers(1, 4), *rng.integers(1, 30, 2)))
    padding = ["valid", "same", int(rng.integers(0, 6))][rng.integers(3)]
    try:
        geometry = Geometry.of(
            (height, width),
            (int(rng.integers(1, 9)), int(rng.integers(1, 9))),
            stride=int(rng.integers(1, 4)),
            padding=padding,
            dilation=int(rng.integers(1, 4)),
        )
    except InvalidValueError:
        return None
    return Prepared(rng.integers(0, 256, (channels, height, width), dtype=np.uint8), 1 / 255), geometry


@pytest.mark.parametrize("seed", range(120))
def test_windows_are_those_of_the_padded_input(seed: int) -> None:
    rng = np.random.default_rng(seed)
    case = _random_case(rng)
    if case is None:
        return
    prepared, geometry = case
    top, left, bottom, right = geometry.pads
    padded = np.pad(prepared.stored, ((0, 0), (top, bottom), (left, right)))
    rows, columns = (range(int(rng.integers(0, n)), n, int(rng.integers(1, 4))) for n in geometry.output)
    windows = gather(prepared, geometry, rows, columns).reshape(len(padded), *geometry.kernel, len(rows), len(columns))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            y, x = row * geometry.stride, column * geometry.stride
            expected = padded[
                :, y : y + geometry.span[0] : geometry.dilation, x : x + geometry.span[1] : geometry.dilation
            ]
            np.testing.assert_array_equal(windows[..., i, j], expected)


def test_a_node_is_the_sum_of_products_plus_bias() -> None:
    rng = np.random.default_rng(7)
    prepared = Prepared(rng.integers(0, 256, (3, 9, 11), dtype=np.uint8), 1 / 255)
    geometry = Geometry.of((9, 11), (3, 5), stride=2, padding="same")
    weights = rng.normal(size=(4, 3, 3, 5)).astype(np.float32)
    bias = rng.normal(size=4).astype(np.float32)
    window = window_at(prepared, geometry, 1, 2)
    by_hand = [
        sum(float(window[c, i, j]) * float(weights[o, c, i, j]) for c in range(3) for i in range(3) for j in range(5))
        + float(bias[o])
        for o in range(4)
    ]
    np.testing.assert_allclose(node_sums(window, weights, bias), by_hand, rtol=1e-12)
