"""Presets against the libraries that have them, and against what their sentences promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from skimage import filters as skimage_filters

from convexplorer.core.engine.conv import correlate
from convexplorer.core.model import kernels
from convexplorer.core.model.parameters import Parameter, parameter_values
from convexplorer.core.model.presets import PRESETS
from convexplorer.errors import InvalidValueError

IMAGE = np.random.default_rng(1).random((24, 31))


def answer(key, **values):
    """What a grey preset makes of the image, with the border cut off that it cannot see."""
    return correlate(IMAGE, PRESETS[key].make(**values).weights[np.newaxis])[0]


def inner(full, border):
    return full[border:-border, border:-border]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("sobel_x", ndimage.sobel(IMAGE, axis=1)),
        ("sobel_y", ndimage.sobel(IMAGE, axis=0)),
        ("prewitt_x", ndimage.prewitt(IMAGE, axis=1)),
        ("prewitt_y", ndimage.prewitt(IMAGE, axis=0)),
        ("laplacian_4", ndimage.laplace(IMAGE)),
        # scikit-image scales its kernels to a gradient.
        ("sobel_x", 4 * skimage_filters.sobel_v(IMAGE)),
        ("prewitt_y", 3 * skimage_filters.prewitt_h(IMAGE)),
        ("scharr_x", 16 * skimage_filters.scharr_v(IMAGE)),
        ("scharr_y", 16 * skimage_filters.scharr_h(IMAGE)),
        ("box", ndimage.uniform_filter(IMAGE, 3)),
        ("sharpen", IMAGE - ndimage.laplace(IMAGE)),
        ("identity", IMAGE),
    ],
)
def test_agrees_with_scipy_and_scikit_image(key, expected):
    assert np.allclose(answer(key), inner(expected, 1), atol=1e-5)


def test_roberts_compares_diagonal_neighbours():
    assert np.allclose(answer("roberts_falling"), IMAGE[:-1, :-1] - IMAGE[1:, 1:], atol=1e-5)
    assert np.allclose(answer("roberts_rising"), IMAGE[:-1, 1:] - IMAGE[1:, :-1], atol=1e-5)


@pytest.mark.parametrize(("size", "sigma"), [(5, 1.0), (9, 1.7), (3, 0.5)])
def test_gaussians(size, sigma):
    blurred = ndimage.gaussian_filter(IMAGE, sigma, radius=size // 2)
    assert np.allclose(answer("gaussian", size=size, sigma=sigma), inner(blurred, size // 2), atol=1e-5)
    sharp = IMAGE + 1.5 * (IMAGE - blurred)
    assert np.allclose(answer("unsharp", size=size, sigma=sigma, amount=1.5), inner(sharp, size // 2), atol=1e-5)


def test_log_is_scipy_s_less_its_mean():
    impulse = np.zeros((13, 13))
    impulse[6, 6] = 1
    exact = ndimage.gaussian_laplace(impulse, 1.3, radius=6)
    assert np.allclose(kernels.laplacian_of_gaussian(13, 1.3), exact - exact.mean(), atol=1e-12)


@pytest.mark.parametrize("theta", [0.0, 30.0, 90.0, -45.0])
@pytest.mark.parametrize("phase", [0.0, 90.0, -60.0])
def test_gabor_is_scikit_image_s(theta, phase):
    # Its rows go down and its angle clockwise; it scales by the envelope's volume.
    sigma, gamma, wavelength = 2.0, 0.5, 5.0
    theirs = skimage_filters.gabor_kernel(
        1 / wavelength, np.deg2rad(-theta), sigma_x=sigma, sigma_y=sigma / gamma, n_stds=4, offset=np.deg2rad(phase)
    ).real * (2 * np.pi * sigma * sigma / gamma)
    size = 11
    rows, columns = (n // 2 for n in theirs.shape)
    assert min(rows, columns) >= size // 2
    cut = theirs[rows - size // 2 : rows + size // 2 + 1, columns - size // 2 : columns + size // 2 + 1]
    assert np.allclose(kernels.gabor(size, wavelength, theta, phase, sigma, gamma), cut, atol=1e-12)


@pytest.mark.parametrize("angle", [0, 45, 90, 135])
def test_a_line_is_answered_to_most_by_its_own_angle(angle):
    steps = {0: (0, 1), 45: (-1, 1), 90: (-1, 0), 135: (-1, -1)}
    line = np.zeros((15, 15))
    for i in range(-6, 7):
        line[7 + i * steps[angle][0], 7 + i * steps[angle][1]] = 1
    for other in steps:
        kernel = PRESETS["line"].make(angle=other).weights[np.newaxis]
        middle = correlate(line, kernel, padding="same")[0, 7, 7]
        assert middle == 6 if other == angle else middle <= 0


def test_a_gabor_answers_to_stripes_across_its_direction():
    rows, columns = np.mgrid[:40, :40]
    for theta, place in ((0, columns), (90, rows), (45, (columns - rows) / np.sqrt(2))):
        stripes = 0.5 + 0.5 * np.cos(2 * np.pi * place / 6)
        peaks = {
            other: correlate(stripes, PRESETS["gabor"].make(theta=other).weights[np.newaxis]).max()
            for other in (0, 45, 90, 135)
        }
        assert max(peaks, key=peaks.get) == theta


@pytest.mark.parametrize(
    ("key", "liked", "disliked"),
    [("red_green", (1, 0, 0), (0, 1, 0)), ("blue_yellow", (0, 0, 1), (1, 1, 0))],
)
def test_opponent_colours(key, liked, disliked):
    weights = PRESETS[key].make(size=7, sigma=2).weights[np.newaxis]
    assert weights.shape == (1, 3, 7, 7)
    for colour, value in ((liked, 1), (disliked, -1), ((1, 1, 1), 0), ((0.3, 0.3, 0.3), 0)):
        image = np.broadcast_to(np.reshape(colour, (3, 1, 1)), (3, 9, 9))
        assert np.allclose(correlate(image, weights), value, atol=1e-6)


@pytest.mark.parametrize("key", ["edge", *(k for k, one in PRESETS.items() if one.group == "Edges"), "line"])
def test_edge_filters_ignore_even_areas(key):
    weights = PRESETS[key].make().weights
    assert abs(weights.sum(dtype=np.float64)) < 1e-6 * np.abs(weights).sum()


@pytest.mark.parametrize("key", [k for k, one in PRESETS.items() if one.group in ("Smoothing", "Sharpening")])
def test_smoothing_and_sharpening_keep_even_areas(key):
    assert PRESETS[key].make().weights.sum(dtype=np.float64) == pytest.approx(1, abs=1e-6)


def test_emboss_looks_lit_from_the_upper_left():
    hill = np.zeros((9, 9))
    hill[3:6, 3:6] = 1
    lit = correlate(hill, PRESETS["emboss"].make().weights[np.newaxis], padding="same")[0]
    assert lit[2, 2] > 0.9
    assert lit[6, 6] < -0.9


def test_the_lecture_s_filter():
    assert PRESETS["edge"].make().weights.tolist() == [[[-1, -1, 1, 1]] * 4]


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_every_preset_can_be_made_at_the_ends_of_its_parameters(preset):
    assert PRESETS[preset.key] is preset
    assert preset.sentence.endswith(".")
    for values in (
        {},
        {one.name: one.low for one in preset.parameters},
        {one.name: one.high for one in preset.parameters},
    ):
        made = preset.make(**values)
        assert made.name == preset.title
        assert made.channels == preset.channels == (3 if preset.group == "Colour" else 1)
        if "size" in {one.name for one in preset.parameters}:
            assert made.size == (values.get("size", preset.parameters[0].default),) * 2
    for one in preset.parameters:
        assert one.low <= one.default <= one.high


def test_presets_of_a_group_stand_together():
    groups = [one.group for one in PRESETS.values()]
    assert sorted(set(groups), key=groups.index) == [g for i, g in enumerate(groups) if i == 0 or groups[i - 1] != g]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"size": 33}, "Size is a whole number from 3 to 31, not 33"),
        ({"size": 4.5}, "Size is a whole number from 3 to 31, not 4.5"),
        ({"sigma": 0}, "Sigma is a number from 0.1 to 15, not 0"),
        ({"sigma": float("nan")}, "Sigma is a number from 0.1 to 15, not nan"),
        ({"size": float("inf")}, "Size is a whole number from 3 to 31, not inf"),
        ({"theta": 3}, "there is no parameter theta here"),
    ],
)
def test_impossible_parameters(given, said):
    with pytest.raises(InvalidValueError) as caught:
        PRESETS["gaussian"].make(**given)
    assert str(caught.value) == said


def test_whole_parameters_arrive_as_int():
    values = parameter_values((Parameter("n", "N", 3, 1, 9, whole=True), Parameter("x", "X", 2, 0, 9)), {"n": 4.0})
    assert values == {"n": 4, "x": 2.0}
    assert [type(one) for one in values.values()] == [int, float]
