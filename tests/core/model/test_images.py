"""`Image` and its preparation against scikit-image, Pillow and plain NumPy."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from PIL import Image as PILImage
from skimage.color import rgb2gray

from convexplorer.core.model.images import MAX_PIXELS, MAX_SIDE, Image, Preparation, check_dimensions
from convexplorer.core.model.preparation import GreyMethod
from convexplorer.errors import CancelledError, InvalidValueError

RNG = np.random.default_rng(10)
RGB = RNG.integers(0, 256, (37, 53, 3), dtype=np.uint8)
TOPS = {np.uint8: 255, np.uint16: 65535, np.float32: 1}
GREY: dict[GreyMethod, tuple[float, float, float]] = {
    "rec601": (0.299, 0.587, 0.114),
    "rec709": (0.2125, 0.7154, 0.0721),
    "mean": (1 / 3, 1 / 3, 1 / 3),
    "red": (1, 0, 0),
    "green": (0, 1, 0),
    "blue": (0, 0, 1),
}


def stored(dtype: type, channels: int = 3) -> np.ndarray:
    values = RNG.random((37, 53, channels), dtype=np.float32)
    return values if dtype == np.float32 else (values * TOPS[dtype]).astype(dtype)


@pytest.mark.parametrize("dtype", TOPS)
@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_are_channels_first_in_the_unit_range(dtype: type, channels: int) -> None:
    native = stored(dtype, channels)
    pixels = Image(native).pixels
    assert (pixels.dtype, pixels.shape) == (np.float32, (channels, 37, 53))
    np.testing.assert_allclose(pixels, native.transpose(2, 0, 1).astype(np.float64) / TOPS[dtype], rtol=2e-7)
    assert Image(np.full((2, 2), TOPS[dtype], dtype)).pixels.max() == 1


@pytest.mark.parametrize("dtype", TOPS)
@pytest.mark.parametrize("method", GREY)
def test_grey_is_the_sum_that_its_method_says(dtype: type, method: GreyMethod) -> None:
    native = stored(dtype)
    grey = Image(native).prepare(Preparation(grey=True, scale=1, grey_method=method)).values()
    assert grey.shape == (1, 37, 53)
    np.testing.assert_allclose(grey[0], native.astype(np.float64) / TOPS[dtype] @ GREY[method], atol=1e-6)


def test_grey_is_that_of_pillow_unless_told_otherwise() -> None:
    grey = Image(RGB).prepare(Preparation(grey=True, scale=1)).values()
    # Pillow rounds to whole levels.
    np.testing.assert_allclose(grey[0] * 255, np.asarray(PILImage.fromarray(RGB).convert("L")), atol=0.51)


@pytest.mark.parametrize("dtype", TOPS)
def test_grey_of_rec_709_is_that_of_scikit_image(dtype: type) -> None:
    native = stored(dtype)
    grey = Image(native).prepare(Preparation(grey=True, scale=1, grey_method="rec709")).values()
    np.testing.assert_allclose(grey[0], rgb2gray(native.astype(np.float64) / TOPS[dtype]), atol=1e-6)


@pytest.mark.parametrize("method", GREY)
def test_grey_of_a_colourless_picture_is_the_picture(method: GreyMethod) -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    prepared = Image(levels.repeat(3, axis=2)).prepare(Preparation(grey=True, scale=1, grey_method=method))
    np.testing.assert_array_equal(prepared.stored[0], levels[..., 0])


def test_a_method_that_is_not_known() -> None:
    with pytest.raises(InvalidValueError, match="grey is made by one of rec601, rec709"):
        Preparation(grey_method="hsv")  # type: ignore[arg-type]


@pytest.mark.parametrize("method", GREY)
def test_grey_in_several_strips(method: GreyMethod) -> None:
    native = RNG.integers(0, 256, (60, 30_000, 3), dtype=np.uint8)
    grey = Image(native).prepare(Preparation(grey=True, scale=1, grey_method=method)).values()
    np.testing.assert_allclose(grey[0], native @ np.array(GREY[method]) / 255, atol=1e-6)


@pytest.mark.parametrize("scale", [0.3, 0.5, 1.7])
@pytest.mark.parametrize("grey", [True, False])
def test_resizing_is_antialiased_as_pillow_does_it(grey: bool, scale: float) -> None:
    values = Image(RGB).prepare(Preparation(grey=grey, scale=scale)).values()
    size = round(53 * scale), round(37 * scale)
    assert values.shape == (1 if grey else 3, size[1], size[0])
    planes = [RGB @ np.array(GREY["rec601"])] if grey else RGB.transpose(2, 0, 1)
    for plane, resized in zip(planes, values, strict=True):
        expected = PILImage.fromarray(np.asarray(plane, np.float32)).resize(size, PILImage.Resampling.BILINEAR)
        np.testing.assert_allclose(resized, np.asarray(expected) / 255, atol=1e-5)


def test_reducing_by_a_whole_number_keeps_the_mean() -> None:
    flat = Image(np.full((30, 40, 3), 77, np.uint8)).prepare(Preparation(grey=False, scale=0.1)).values()
    np.testing.assert_allclose(flat, 77 / 255, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pixels_keep_their_type_until_they_are_read(dtype: type) -> None:
    native = stored(dtype)
    prepared = Image(native).prepare(Preparation(grey=False, scale=1))
    assert prepared.stored.dtype == dtype
    assert np.shares_memory(prepared.stored, native)
    block = prepared.block(slice(3, 20, 4), slice(10, 12))
    assert (block.dtype, block.shape) == (np.float32, (3, 5, 2))
    np.testing.assert_array_equal(block, prepared.values()[:, 3:20:4, 10:12])


def test_a_grey_picture_in_rgb_has_three_equal_planes_without_copies() -> None:
    prepared = Image(stored(np.uint8, 1)).prepare(Preparation(grey=False, scale=1))
    assert prepared.shape == (3, 37, 53)
    assert prepared.stored.strides[0] == 0
    assert (prepared.values() == prepared.values()[0]).all()


def test_numbers_can_stay_as_stored() -> None:
    prepared = Image(RGB).prepare(Preparation(grey=False, scale=1, unit_range=False))
    np.testing.assert_array_equal(prepared.values(), RGB.transpose(2, 0, 1))
    assert (prepared.gain, prepared.top) == (1, 255)


def test_images_are_read_only_and_frozen() -> None:
    image = Image(RGB)
    with pytest.raises(ValueError, match="read-only"):
        image.native[0, 0, 0] = 1
    with pytest.raises(FrozenInstanceError):
        image.name = "x"  # type: ignore[misc]
    assert RGB.flags.writeable
    assert Image(RGB[..., 0]).native.shape == (37, 53, 1)
    assert (image.height, image.width, image.channels) == (37, 53, 3)


@pytest.mark.parametrize(
    "native",
    [np.zeros((2, 2, 2), np.uint8), np.zeros((0, 2, 3), np.uint8), np.zeros(4, np.uint8), np.zeros((2, 2), np.float64)],
)
def test_other_shapes_and_types_are_refused(native: np.ndarray) -> None:
    with pytest.raises(InvalidValueError):
        Image(native)


@pytest.mark.parametrize("scale", [0, -1, 17, float("nan"), float("inf")])
def test_impossible_sizes_are_refused(scale: float) -> None:
    with pytest.raises(InvalidValueError):
        Preparation(scale=scale)


def test_sizes_have_limits() -> None:
    check_dimensions(MAX_SIDE, MAX_PIXELS // MAX_SIDE)
    with pytest.raises(InvalidValueError, match="too many"):
        check_dimensions(MAX_SIDE + 1, 1)
    with pytest.raises(InvalidValueError, match="too many"):
        check_dimensions(MAX_SIDE, MAX_PIXELS // MAX_SIDE + 1)
    with pytest.raises(InvalidValueError, match="too many"):
        Image(np.broadcast_to(np.uint8(0), (4000, 4000))).prepare(Preparation(scale=16))
    assert Preparation(scale=0.001).size(10, 20) == (1, 1)


def test_preparation_stops_when_told() -> None:
    with pytest.raises(CancelledError):
        Image(RGB).prepare(Preparation(grey=True, scale=1), lambda: True)
    with pytest.raises(CancelledError):
        Image(RGB).prepare(Preparation(grey=False, scale=0.5), lambda: True)
