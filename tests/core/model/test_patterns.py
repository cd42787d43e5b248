"""Every pattern does what its docstring says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import correlate2d

from convexplorer.core.model import patterns
from convexplorer.core.model.images import Image


def test_the_binary_grid_under_the_line_filter() -> None:
    nodes = correlate2d(patterns.BINARY_GRID.astype(float), patterns.LINE_FILTER.astype(float), "valid")
    assert set(np.unique(patterns.BINARY_GRID)) == {0, 1}
    assert set(np.unique(patterns.LINE_FILTER)) == {-1, 1}
    assert nodes.shape == (4, 4)
    assert nodes[0, 0] == 0
    assert nodes[0, 1] == -2
    assert nodes.max() == 3 == patterns.LINE_FILTER.clip(min=0).sum()
    assert np.argwhere(nodes == 3).tolist() == [[1, 2], [3, 0]]


def test_the_constants_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        patterns.BINARY_GRID[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        patterns.LINE_FILTER[0, 0] = 1


def test_step_edges() -> None:
    vertical = patterns.step_edges("vertical")
    assert vertical.shape == (256, 256)
    assert (vertical == vertical[0]).all()
    levels = vertical[0, 16::32].astype(int)
    np.testing.assert_array_equal(levels[::2] + levels[1::2], 255)
    np.testing.assert_allclose((levels[1::2] - levels[::2]) / 255, [1, 1 / 2, 1 / 4, 1 / 8], atol=0.004)
    np.testing.assert_array_equal(patterns.step_edges("horizontal"), vertical.T)
    diagonal = patterns.step_edges("diagonal")
    np.testing.assert_array_equal(diagonal, diagonal.T)
    np.testing.assert_array_equal(diagonal[1:, :-1], diagonal[:-1, 1:])
    assert set(np.unique(diagonal)) == set(np.unique(vertical))


def test_zone_plate_reaches_nyquist_at_the_sides() -> None:
    plate = patterns.zone_plate(256)
    np.testing.assert_allclose(plate, plate[::-1], atol=1e-6)
    np.testing.assert_allclose(plate, plate.T, atol=1e-6)
    middle = plate[128].astype(float)
    # Near the side neighbours alternate between dark and light; near the middle they hardly differ.
    steps = np.diff(middle)
    assert (np.sign(steps[-9:-1]) == -np.sign(steps[-8:])).all()
    assert abs(steps[124:131]).max() < 0.05


def test_checkerboard() -> None:
    board = patterns.checkerboard(8, 2)
    assert board[0].tolist() == [0, 0, 255, 255, 0, 0, 255, 255]
    np.testing.assert_array_equal(board[2], 255 - board[0])


def test_gradient_is_even() -> None:
    ramp = patterns.gradient()
    assert (ramp[0, 0], ramp[-1, -1]) == (0, 1)
    np.testing.assert_allclose(np.diff(ramp, axis=1), 1 / 511, rtol=1e-3)


def test_impulse_gives_the_turned_filter() -> None:
    weights = np.arange(12.0).reshape(3, 4)
    nodes = correlate2d(patterns.impulse() / 255, weights, "valid")
    nonzero = nodes[14:17, 13:17]
    np.testing.assert_array_equal(nonzero, weights[::-1, ::-1])
    assert nodes.sum() == weights.sum()


def test_siemens_star() -> None:
    star = patterns.siemens_star(256, 12)
    angle = np.arange(0, 2 * np.pi, 0.001)
    ring = star[(127.5 + 100 * np.sin(angle)).astype(int), (127.5 + 100 * np.cos(angle)).astype(int)]
    assert (np.diff(np.sign(ring.astype(int) - 128)) != 0).sum() == 24
    np.testing.assert_array_equal(star, star[::-1])


@pytest.mark.parametrize(("row", "angle"), list(enumerate((0, 45, 90, 135))))
@pytest.mark.parametrize(("column", "period"), list(enumerate((32, 16, 8, 4))))
def test_sine_gratings_have_the_stated_periods_and_directions(row: int, angle: int, column: int, period: int) -> None:
    tile = patterns.sine_gratings(512)[128 * row : 128 * (row + 1), 128 * column : 128 * (column + 1)]
    spectrum = abs(np.fft.fft2(tile - tile.mean(), (1024, 1024)))
    vertical, horizontal = np.fft.fftfreq(1024)[list(np.unravel_index(spectrum.argmax(), spectrum.shape))]
    assert np.hypot(vertical, horizontal) == pytest.approx(1 / period, abs=0.003)
    assert np.rad2deg(np.arctan2(vertical, horizontal)) % 180 == pytest.approx(angle, abs=3)


def test_colour_bars() -> None:
    bars = patterns.colour_bars()[100, 32::64].tolist()
    assert bars == [
        [255, 255, 255], [255, 255, 0], [0, 255, 255], [0, 255, 0], [255, 0, 255], [255, 0, 0], [0, 0, 255], [0, 0, 0],
    ]  # fmt: skip


def test_noise_is_the_same_for_the_same_seed() -> None:
    np.testing.assert_array_equal(patterns.noise(seed=3), patterns.noise(seed=3))
    assert (patterns.noise(seed=3) != patterns.noise(seed=4)).mean() > 0.9


@pytest.mark.parametrize(
    "make",
    [patterns.zone_plate, patterns.gradient, patterns.sine_gratings, patterns.siemens_star, patterns.colour_bars,
     patterns.checkerboard, patterns.impulse, patterns.noise],
)  # fmt: skip
def test_patterns_are_images_in_the_unit_range(make: object) -> None:
    pixels = Image(make()).pixels  # type: ignore[operator]
    assert pixels.min() >= 0
    assert pixels.max() <= 1
    assert np.ptp(pixels) > 0.99
