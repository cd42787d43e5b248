"""TIFF of many layouts against the arrays that tifffile, Pillow or Qt wrote."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image as PILImage
from PySide6.QtGui import QImage, QImageWriter

from convexplorer.errors import UnreadableFileError
from convexplorer.io import load_image

HEIGHT, WIDTH = 35, 50
RNG = np.random.default_rng(21)
DEEP = RNG.integers(0, 65536, (HEIGHT, WIDTH, 4), dtype=np.uint16)
UNIT = RNG.random((HEIGHT, WIDTH, 4))


def mapped(values: np.ndarray) -> np.ndarray:
    """The stated rule, in float64."""
    values = values.astype(np.float64)
    return (values - values.min()) / (values.max() - values.min())


def written(path: Path, array: np.ndarray, **options: Any) -> Path:
    photometric = "rgb" if array.ndim == 3 and array.shape[-1] in (3, 4) else "minisblack"
    tifffile.imwrite(path, array, **{"photometric": photometric, "metadata": None, **options})
    return path


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rowsperstrip": 4},
        {"tile": (16, 32)},
        {"compression": "zlib"},
        {"compression": "zlib", "rowsperstrip": 8, "predictor": True},
        {"compression": "zlib", "tile": (32, 16), "predictor": True},
        {"compression": "lzma", "rowsperstrip": 16},
    ],
    ids=str,
)
@pytest.mark.parametrize("channels", [1, 3])
def test_16_bits_in_every_layout(tmp_path: Path, channels: int, options: dict[str, Any], byteorder: str) -> None:
    stored = DEEP[..., 0] if channels == 1 else DEEP[..., :3]
    image = load_image(written(tmp_path / "x.tif", stored, byteorder=byteorder, **options))
    assert image.native.dtype == np.uint16
    assert image.native.dtype.isnative
    np.testing.assert_array_equal(image.native, stored.reshape(image.native.shape))
    assert image.notes == ()


@pytest.mark.parametrize("options", [{}, {"tile": (16, 16)}, {"rowsperstrip": 9, "compression": "zlib"}], ids=str)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_planes_stored_apart(tmp_path: Path, dtype: type, options: dict[str, Any]) -> None:
    stored = (UNIT[..., :3] * (1 if dtype == np.float32 else 255)).astype(dtype)
    path = written(tmp_path / "x.tif", stored.transpose(2, 0, 1), photometric="rgb", planarconfig="separate", **options)
    native = load_image(path).native
    assert native.dtype == dtype
    np.testing.assert_array_equal(native, stored)


def test_bigtiff(tmp_path: Path) -> None:
    path = written(tmp_path / "x.tif", DEEP[..., :3], bigtiff=True)
    np.testing.assert_array_equal(load_image(path).native, DEEP[..., :3])


def test_lzw_of_16_bit_rgb(tmp_path: Path) -> None:
    qimage = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGBX64)
    rows = np.frombuffer(qimage.bits(), np.uint16).reshape(HEIGHT, -1, 4)
    rows[:, :WIDTH] = DEEP
    writer = QImageWriter(str(tmp_path / "x.tif"))
    writer.setCompression(1)
    assert writer.write(qimage)
    with tifffile.TiffFile(tmp_path / "x.tif") as file:
        assert file.pages[0].compression == 5
    np.testing.assert_array_equal(load_image(tmp_path / "x.tif").native, DEEP[..., :3])


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("predictor", [1, 2, 3])
def test_float_with_predictors(tmp_path: Path, compression: str, predictor: int) -> None:
    stored = UNIT[..., 0].astype(np.float32)
    PILImage.fromarray(stored).save(tmp_path / "x.tif", compression=compression, tiffinfo={317: predictor})
    np.testing.assert_array_equal(load_image(tmp_path / "x.tif").native[..., 0], stored)


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_float_predictor_of_rgb(tmp_path: Path, order: str) -> None:
    stored = UNIT[..., :3].astype(np.float32)
    planes = stored.astype(">f4").view(np.uint8).reshape(HEIGHT, WIDTH * 3, 4).swapaxes(1, 2)
    pixels = planes.reshape(HEIGHT, -1, 3)
    differences = np.diff(pixels, axis=1, prepend=np.zeros((HEIGHT, 1, 3), np.uint8))
    disguised = np.ascontiguousarray(differences).reshape(HEIGHT, -1).view(order + "f4").reshape(stored.shape)
    path = written(tmp_path / "x.tif", disguised, compression="zlib", byteorder=order, extratags=[(65000, 3, 1, 3)])
    placeholder, predictor = (struct.pack(order + "HHI", tag, 3, 1) for tag in (65000, 317))
    assert path.read_bytes().count(placeholder) == 1
    path.write_bytes(path.read_bytes().replace(placeholder, predictor))
    np.testing.assert_array_equal(load_image(path).native, stored)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_float_in_the_unit_range_stays(tmp_path: Path, dtype: type) -> None:
    stored = UNIT[..., :3].astype(dtype)
    image = load_image(written(tmp_path / "x.tif", stored))
    assert image.native.dtype == np.float32
    np.testing.assert_array_equal(image.native, stored.astype(np.float32))
    assert image.notes == ()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.int16, np.int32, np.uint32])
@pytest.mark.parametrize("channels", [1, 3])
def test_other_ranges_are_mapped(tmp_path: Path, channels: int, dtype: type) -> None:
    low, high = (-(10**9), 2 * 10**9) if np.dtype(dtype).itemsize >= 4 else (-100, 90)
    low = 5 if dtype == np.uint32 else low
    stored = (low + UNIT[..., :channels] * (high - low)).astype(dtype).squeeze()
    image = load_image(written(tmp_path / "x.tif", stored))
    assert image.native.dtype == np.float32
    assert (image.native.min(), image.native.max()) == (0, 1)
    np.testing.assert_allclose(image.native, mapped(stored).reshape(image.native.shape), atol=1e-7)
    assert len(image.notes) == 1
    assert image.notes[0].startswith("values ")
    assert "-" not in image.notes[0].replace("e-", "")


def test_a_mask_of_0_and_1_stays(tmp_path: Path) -> None:
    stored = (UNIT[..., 0] > 0.5).astype(np.int32)
    image = load_image(written(tmp_path / "x.tif", stored))
    np.testing.assert_array_equal(image.native[..., 0], stored)
    assert image.notes == ()


def test_one_value_everywhere(tmp_path: Path) -> None:
    image = load_image(written(tmp_path / "x.tif", np.full((4, 5), 7, np.float32)))
    np.testing.assert_array_equal(image.native, np.zeros((4, 5, 1)))
    assert image.notes == ("values 7 to 7 mapped to 0 to 1",)


def test_what_is_not_finite_is_replaced(tmp_path: Path) -> None:
    stored = UNIT[..., 0].astype(np.float32)
    stored[0, :3] = np.nan, np.inf, -np.inf
    image = load_image(written(tmp_path / "x.tif", stored))
    finite = stored[np.isfinite(stored)]
    np.testing.assert_array_equal(image.native[0, :3, 0], [finite.min(), finite.max(), finite.min()])
    np.testing.assert_array_equal(image.native[1:, :, 0], stored[1:])
    assert image.notes == ("values that are not finite: 3, replaced",)
    with pytest.raises(UnreadableFileError, match=r"y\.tif: none of its values is a finite number"):
        load_image(written(tmp_path / "y.tif", np.full((3, 3), np.nan, np.float32)))
    huge = load_image(written(tmp_path / "z.tif", np.array([[0, 0.5, 1e300]])))
    np.testing.assert_array_equal(huge.native[..., 0], [[0, 0.5, 0.5]])


@pytest.mark.parametrize("dtype", [np.uint16, np.float32, np.uint32])
@pytest.mark.parametrize("extra", ["unassalpha", "assocalpha"])
def test_alpha(tmp_path: Path, extra: str, dtype: type) -> None:
    top = 1.0 if dtype == np.float32 else np.iinfo(dtype).max
    colour, alpha = UNIT[..., :3].copy(), UNIT[..., 3:]
    colour[0, 0], colour[0, 1] = 0, 1
    stored = np.concatenate([colour * alpha if extra == "assocalpha" else colour, alpha], 2) * top
    if extra == "assocalpha" and dtype == np.uint32:
        return  # Mapping lowest to highest and multiplied alpha do not go together.
    image = load_image(written(tmp_path / "x.tif", stored.astype(dtype), extrasamples=[extra]))
    values = image.native / (65535 if dtype == np.uint16 else 1)
    np.testing.assert_allclose(values, colour * alpha + 1 - alpha, atol=4e-5)
    assert image.notes[-1] == "alpha over white"


def test_white_is_zero(tmp_path: Path) -> None:
    path = written(tmp_path / "x.tif", DEEP[..., 0], photometric="miniswhite")
    np.testing.assert_array_equal(load_image(path).native[..., 0], 65535 - DEEP[..., 0])


def test_cmyk_of_16_bits(tmp_path: Path) -> None:
    path = written(tmp_path / "x.tif", DEEP, photometric="separated")
    cmyk = DEEP / 65535
    expected = np.rint((1 - cmyk[..., :3]) * (1 - cmyk[..., 3:]) * 65535)
    assert load_image(path).native.dtype == np.uint16
    assert abs(load_image(path).native - expected).max() <= 1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_of_many_channels_gives_the_first(tmp_path: Path, dtype: type) -> None:
    stored = DEEP[..., [0, 1, 2, 3, 0]].astype(dtype)
    image = load_image(written(tmp_path / "x.tif", stored, planarconfig="contig"))
    np.testing.assert_array_equal(image.native[..., 0], stored[..., 0])
    assert image.notes == ("the first 1 of 5 channels",)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_first_page_is_taken(tmp_path: Path, dtype: type) -> None:
    pages = DEEP.transpose(2, 0, 1).astype(dtype)
    image = load_image(written(tmp_path / "x.tif", pages))
    np.testing.assert_array_equal(image.native[..., 0], pages[0])
    assert image.notes == ("the first of several pictures",)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(tmp_path: Path, orientation: int) -> None:
    extra = [(274, 3, 1, orientation, True)]
    stored = DEEP[..., 0]
    turned = np.rot90(stored, {3: 2, 4: 2, 5: 3, 6: 3, 7: 1, 8: 1}.get(orientation, 0))
    if orientation in (2, 4, 5, 7):
        turned = np.fliplr(turned)
    deep = load_image(written(tmp_path / "x.tif", stored, extratags=extra)).native
    np.testing.assert_array_equal(deep[..., 0], turned)
    plain = load_image(written(tmp_path / "y.tif", stored.astype(np.uint8), extratags=extra)).native
    np.testing.assert_array_equal(plain[..., 0], turned.astype(np.uint8))


@pytest.mark.parametrize("options", [{}, {"tile": (16, 16)}, {"compression": "zlib"}], ids=str)
def test_8_bits_stay(tmp_path: Path, options: dict[str, Any]) -> None:
    stored = DEEP[..., :3].astype(np.uint8)
    native = load_image(written(tmp_path / "x.tif", stored, **options)).native
    assert native.dtype == np.uint8
    np.testing.assert_array_equal(native, stored)


def test_jpeg_inside(tmp_path: Path) -> None:
    smooth = np.stack(np.meshgrid(np.linspace(0, 255, 64), np.linspace(255, 0, 48)), -1)[..., [0, 1, 0]]
    PILImage.fromarray(smooth.astype(np.uint8)).save(tmp_path / "x.tif", compression="jpeg", quality=95)
    assert abs(load_image(tmp_path / "x.tif").native - smooth).max() < 12


@pytest.mark.parametrize(
    ("array", "options", "reason"),
    [
        (UNIT[..., :3].astype(np.complex64), {}, "samples"),
        (DEEP[..., 0].astype(np.uint64), {}, "samples"),
        (DEEP[..., :3], {"photometric": "cielab"}, "Lab colours"),
        (DEEP[..., :3].astype(np.uint8), {"photometric": "cielab"}, "Lab colours"),
    ],
)
def test_unusual_kinds_are_refused(tmp_path: Path, array: np.ndarray, options: dict[str, Any], reason: str) -> None:
    path = written(tmp_path / "x.tif", array, **{"photometric": "minisblack", **options})
    with pytest.raises(UnreadableFileError, match=rf"^x\.tif: .*{reason}"):
        load_image(path)
