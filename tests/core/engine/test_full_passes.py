"""Figures and peaks of passes through whole maps, which may be stopped and go on; with the kernel and without."""

from __future__ import annotations

import numpy as np
import pytest

from convexplorer.core.engine import conv, full_passes
from convexplorer.core.engine.conv import feature_maps
from convexplorer.core.engine.full_passes import Pass, seek_peaks
from convexplorer.core.engine.statistics import map_range
from convexplorer.core.engine.tiles import Source
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer
from convexplorer.core.model.streams import Stream
from convexplorer.core.runtime.types import never
from convexplorer.errors import CancelledError

LATTICE = range(0, 61, 7), range(5, 80, 5)


class Held(Stream):
    """An array that can be read only in parts."""

    def __init__(self, values):
        self._values = values
        super().__init__(values.shape)

    def part(self, rows, columns):
        return self._values[:, rows.start : rows.stop, columns.start : columns.stop].astype(np.float32)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    """Several pieces even of small maps."""
    monkeypatch.setattr(full_passes, "STEP_TIME", 1e3)
    monkeypatch.setattr(conv, "STRIP_BYTES", 5_000)


def a_source(*, activation="relu", streamed=False, stride=1, padding="same", dtype=np.uint8):
    rng = np.random.default_rng(1)
    stored = rng.integers(0, 256, (3, 61, 83)).astype(dtype)
    layer = ConvLayer(
        FilterBank.from_arrays(rng.standard_normal((5, 3, 4, 3)), rng.standard_normal(5)),
        stride=stride,
        padding=padding,
        activation=activation,
    )
    return Source(Prepared(Held(stored) if streamed else stored, 1 / 255), layer)


def gone_through(steps, most=10_000):
    """The result of a pass, and the shares that it told on the way; None if it has more than so many steps."""
    shares = []
    while len(shares) < most:
        try:
            shares.append(next(steps))
        except StopIteration as end:
            return end.value, shares
    return None, shares


def assert_measured(found, source, group, lattice):
    maps = feature_maps(source.prepared, source.layer, group)
    for one, values, noise in zip(found, maps, source.noise.floors[list(group)], strict=True):
        exact = map_range(values, noise)
        assert (one.figures.low, one.figures.high) == pytest.approx((exact.low, exact.high), abs=1e-5)
        assert one.figures.mean == pytest.approx(exact.mean, abs=1e-5)
        # Sums that are within rounding of the floor may fall on either side of it.
        assert one.figures.active == pytest.approx(exact.active, abs=2 / values.size)
        if lattice:
            assert np.allclose(one.peaks, expected_peaks(values, lattice), atol=1e-5)


def expected_peaks(values, lattice):
    down, across = lattice
    blocks = [[values[i : i + down.step, j : j + across.step] for j in across] for i in down]
    return [[block.flat[np.abs(block).argmax()] for block in row] for row in blocks]


@pytest.mark.parametrize("activation", ["relu", "none", "tanh"])
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("lattice", [None, LATTICE])
def test_a_pass_measures_whole_maps(engine, activation, streamed, lattice):
    source = a_source(activation=activation, streamed=streamed)
    found, shares = gone_through(Pass(source, [4, 0, 2], lattice).run(never))
    assert len(shares) > 2
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert_measured(found, source, [4, 0, 2], lattice)


@pytest.mark.parametrize(("stride", "padding"), [(1, "valid"), (2, 3)])
@pytest.mark.parametrize("streamed", [False, True])
def test_peaks_alone_are_sought_in_their_blocks(engine, stride, padding, streamed):
    source = a_source(activation="none", stride=stride, padding=padding, streamed=streamed)
    rows, columns = source.geometry.output
    lattice = range(6, rows - 4, 6), range(8, columns - 5, 4)
    found, _ = gone_through(seek_peaks(source, [1, 3], lattice, never))
    maps = feature_maps(source.prepared, source.layer, [1, 3])
    for peaks, values in zip(found, maps, strict=True):
        assert np.allclose(peaks, expected_peaks(values, lattice), atol=1e-5)


def test_a_pass_goes_on_where_it_was(engine, monkeypatch):
    source = a_source()
    begun = Pass(source, [0, 1, 2, 3], LATTICE)
    _, shares = gone_through(begun.run(never), most=2)
    one = source.layer.bank[2]
    bank = source.layer.bank.with_filters({2: one.with_weights(one.weights + 1)})
    edited = Source(source.prepared, ConvLayer(bank, padding="same"))
    assert begun.narrow(edited, [1, 2, 3, 4], LATTICE)
    assert begun.group == [1, 3]
    found, rest = gone_through(begun.run(never))
    assert min(rest) > max(shares)
    assert_measured(found, edited, [1, 3], LATTICE)


def test_a_pass_of_something_else_does_not_go_on():
    source = a_source()
    begun = Pass(source, [0, 1], LATTICE)
    assert not begun.narrow(a_source(), [0, 1], LATTICE)
    assert not begun.narrow(Source(source.prepared, ConvLayer(source.layer.bank, padding=1)), [0, 1], LATTICE)
    assert not begun.narrow(source, [0, 1], None)
    assert not begun.narrow(source, [2, 3], LATTICE)


def test_a_pass_stops_between_maps_and_what_is_torn_begins_anew(monkeypatch):
    monkeypatch.setenv("CONVEXPLORER_KERNEL", "0")
    source = a_source()
    asked = []

    def stop_within_the_first_strip():
        asked.append(1)
        return len(asked) > 4

    begun = Pass(source, [0, 1, 2], LATTICE)
    with pytest.raises(CancelledError):
        gone_through(begun.run(stop_within_the_first_strip))
    assert not begun.narrow(source, [0, 1, 2], LATTICE)


def test_maps_without_numbers_are_measured_too(engine):
    source = a_source(dtype=np.float32)
    source.prepared.stored[0, 10, 10] = np.inf
    source.prepared.stored[1, 40, 60] = np.nan
    found, _ = gone_through(Pass(source, range(5), None).run(never))
    maps = feature_maps(source.prepared, source.layer, range(5))
    for one, values in zip(found, maps, strict=True):
        exact = map_range(values)
        assert (one.figures.low, one.figures.high) == (exact.low, exact.high)
        assert one.figures.active == pytest.approx(exact.active, abs=0.02)
