"""Palettes and scales: even, honest about zero and ends, and readable."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from convexplorer.core.engine.colour import (
    CLIPPED_HIGH,
    CLIPPED_LOW,
    DARK_ZERO,
    DIVERGING,
    FORMER_NAMES,
    LIGHT_ZERO,
    SEQUENTIAL,
    Scale,
    colour,
    colourise,
    ink,
    palette,
    positions,
    rounded_up,
    scale_for,
    weight_scale,
)

SHADES = [(name, False) for name in (*SEQUENTIAL, *DIVERGING)] + [(name, True) for name in DIVERGING]


def lightness(rgb):
    """CIE L* of colours (n, 3)."""
    return rgb2lab(rgb[np.newaxis] / 255)[0, :, 0]


def parts(name):
    """Red, green and blue of "rrggbb"."""
    return tuple(int(name[i : i + 2], 16) for i in (0, 2, 4))


@pytest.mark.parametrize("name", SEQUENTIAL)
def test_sequential_palettes_grow_lighter_evenly(name):
    values = lightness(palette(name))
    assert values.shape == (256,)
    assert (np.diff(values) > -0.5).all()
    assert values[-1] - values[0] > 60
    smooth = np.diff(values[::16])
    assert smooth.max() < 3 * np.median(smooth)


@pytest.mark.parametrize(("name", "dark"), [shade for shade in SHADES if shade[0] in DIVERGING])
def test_diverging_palettes_have_zero_in_the_middle_and_grow_away_from_it(name, dark):
    colours = palette(name, dark=dark)
    negative, positive = DIVERGING[name]
    outermost = (negative[-1], positive[0]) if dark else (negative[0], positive[-1])
    assert tuple(colours[127]) == parts(DARK_ZERO if dark else LIGHT_ZERO)
    assert tuple(colours[0]) == parts(outermost[0])
    assert tuple(colours[254]) == tuple(colours[255]) == parts(outermost[1])
    lab = rgb2lab(colours[np.newaxis] / 255)[0]
    for arm in (lab[127::-1], lab[127:255]):
        away = deltaE_ciede2000(arm, arm[:1])
        assert (np.diff(away) > 0).all()
        assert away[-1] > 50
        # Darker and darker on a light ground, lighter and lighter on a dark one; 8-bit colours are coarse.
        steps = np.diff(arm[:, 0]) if dark else -np.diff(arm[:, 0])
        assert (steps > -0.2).all()
    # Values of equal size stand out about equally.
    assert np.abs(lab[126::-1, 0] - lab[128:255, 0]).max() < 18


@pytest.mark.parametrize(("name", "dark"), SHADES)
def test_no_colour_of_a_palette_is_a_mark(name, dark):
    lab = rgb2lab(palette(name, dark=dark)[np.newaxis] / 255)[0]
    for mark in (CLIPPED_LOW, CLIPPED_HIGH):
        other = rgb2lab(np.reshape(parts(mark), (1, 1, 3)) / 255)[0]
        assert deltaE_ciede2000(lab, other).min() > 12


def test_palettes_are_shared_and_read_only():
    assert palette("magma") is palette("magma")
    with pytest.raises(ValueError, match="read-only"):
        palette("magma")[0] = 0


@pytest.mark.parametrize("name", SEQUENTIAL)
def test_ends_of_a_sequential_scale(name):
    scale = Scale(-1.0, 3.0, name)
    assert positions([-9, -1, 1, 3, 9], scale).tolist() == [0, 0, 128, 255, 255]
    assert colour(-1, scale) == parts(SEQUENTIAL[name][0])
    assert colour(3, scale) == parts(SEQUENTIAL[name][-1])


@pytest.mark.parametrize("name", DIVERGING)
def test_ends_and_zero_of_a_signed_scale(name):
    for reach in (1e-20, 0.1, 7.0, 1e20):
        scale = Scale(-reach, reach, name)
        assert scale.signed
        assert positions(np.float32([-2, -1, 0, 1, 2]) * np.float32(reach), scale).tolist() == [0, 0, 127, 254, 254]
    values = np.linspace(-1, 1, 999, dtype=np.float32)
    index = positions(values, Scale(-1, 1, name)).astype(int)
    assert np.array_equal(index + index[::-1], np.full(999, 254))
    assert (np.diff(index) >= 0).all()


def test_scales_show_a_range_whole():
    names = {"sequential": "magma", "diverging": "blue–red"}
    assert scale_for(-1, 3, signed=True, **names) == Scale(-3, 3, "blue–red")
    assert scale_for(0.5, 3, signed=False, **names) == Scale(0, 3, "magma")
    assert scale_for(-2, 3, signed=False, **names) == Scale(-2, 3, "magma")
    assert scale_for(0, 0, signed=True, dark=True, **names) == Scale(-1, 1, "blue–red", dark=True)
    assert scale_for(0, 0, signed=False, **names) == Scale(0, 1, "magma")
    assert weight_scale([[-0.5, 0.2]]) == Scale(-0.5, 0.5, "grey")
    assert weight_scale(np.zeros((1, 3, 3))) == Scale(-1, 1, "grey")


def test_the_classic_grey_figure_has_black_lowest_and_white_highest():
    scale = weight_scale([[-1, -1, 1, 1]])
    assert colour(-1, scale) == (0, 0, 0)
    assert colour(1, scale) == (255, 255, 255)


# Deuteranopia at severity 1 (Machado, Oliveira & Fernandes 2009), on linear red, green and blue.
DEUTERANOPE = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]


def seen_by_deuteranope(rgb):
    """CIELAB of what a deuteranope sees of an sRGB colour."""
    encoded = np.asarray(rgb) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(DEUTERANOPE) @ linear, 0, 1)
    return rgb2lab(np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", DIVERGING)
def test_a_deuteranope_tells_the_signs_apart(name, dark):
    scale = Scale(-1, 1, name, dark)
    for value, apart in ((0.25, 25), (1, 35)):
        low, high = (seen_by_deuteranope(colour(x, scale)) for x in (-value, value))
        assert np.linalg.norm(low - high) > apart


def test_a_palette_that_is_gone_has_another_in_its_place():
    assert set(FORMER_NAMES) & set(DIVERGING) == set()
    assert set(FORMER_NAMES.values()) <= set(DIVERGING)


def test_the_sign_of_a_weight_survives_a_print_in_grey():
    low, zero, high = (colour(x, weight_scale([-2, 2])) for x in (-2, 0, 2))
    assert low == (0, 0, 0)
    assert high == (255, 255, 255)
    assert zero[0] == zero[1] == zero[2]
    assert 80 < zero[0] < 140


def test_colours_are_packed_and_change_no_value():
    values = np.random.default_rng(1).standard_normal((20, 30)).astype(np.float32)
    before = values.copy()
    for scale in (Scale(-1, 1, "blue–red", dark=True), Scale(0, 1, "viridis")):
        packed = colourise(values, scale)
        assert np.array_equal(values, before)
        assert packed.dtype == np.uint32
        assert (packed >> 24 == 255).all()
        unpacked = np.stack([packed >> shift & 255 for shift in (16, 8, 0)], axis=-1)
        assert np.array_equal(unpacked[3, 4], colour(float(values[3, 4]), scale))
        assert np.array_equal(unpacked, palette(scale.palette, dark=scale.dark)[positions(values, scale)])


def test_values_beyond_the_scale_are_marked_and_ends_are_not():
    scale = Scale(-1, 2, "magma")
    low, high = (0xFF000000 | int(mark, 16) for mark in (CLIPPED_LOW, CLIPPED_HIGH))
    marked = colourise([-1.1, -1, 0, 2, 2.1], scale, mark_clipped=True)
    plain = colourise([-1.1, -1, 0, 2, 2.1], scale)
    assert (marked[0], marked[4]) == (low, high)
    assert np.array_equal(marked[1:4], plain[1:4])
    assert plain[0] == plain[1]
    assert plain[3] == plain[4]


@pytest.mark.parametrize(("name", "dark"), SHADES)
def test_ink_can_be_read_on_every_colour(name, dark):
    for rgb in palette(name, dark=dark):
        luminances = [luminance(tuple(int(c) for c in rgb)), luminance(ink(tuple(int(c) for c in rgb)))]
        assert (max(luminances) + 0.05) / (min(luminances) + 0.05) >= 4.5


def luminance(rgb):
    """WCAG 2 relative luminance, from its text."""
    linear = [(c / 255 / 12.92) if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("value", "expected"), [(1.0, 1), (1.001, 2), (3, 5), (5.1, 10), (0.012, 0.02), (7e-9, 1e-8), (0, 1), (-3, 1)]
)
def test_numbers_are_rounded_up_to_round_ones(value: float, expected: float) -> None:
    assert rounded_up(value) == pytest.approx(expected)
