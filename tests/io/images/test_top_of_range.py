"""White is white: for every depth and number of channels that is read, values up to the top against a second decoder.

The second decoder is Qt for PNG, tifffile for TIFF, Pillow for JPEG 2000 and SGI of 8 bits; where there is none (deep
JPEG 2000 and SGI, Netpbm) the numbers themselves, which are stored without loss, over the largest of their depth.
"""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from openjpeg.utils import encode_array
from PIL import Image as PILImage
from PySide6.QtGui import QImage

from convexplorer.io import load_image
from tests.helpers.picture_files import over_white, png, sgi

HEIGHT, WIDTH = 33, 34


def ramp(bits: int, channels: int) -> np.ndarray:
    """Numbers from 0 to the top and next to both, another ramp in each channel; opaque at the right half."""
    top = (1 << bits) - 1
    line = np.round(np.linspace(0, top, HEIGHT * WIDTH)).astype(np.uint32)
    line[:2], line[-3:] = (0, min(1, top)), (max(0, top - 1), top, top)
    planes = np.stack([np.roll(line, -7 * channel) for channel in range(channels)], -1)
    planes = planes.reshape(HEIGHT, WIDTH, channels)
    if channels in (2, 4):
        planes[:, WIDTH // 2 :, -1] = top
    return planes.astype(np.uint8 if bits <= 8 else np.uint16)


def expected(stored: np.ndarray, bits: int) -> np.ndarray:
    """Values in [0, 1] over white, in float64."""
    values = stored / ((1 << bits) - 1)
    return values if values.shape[2] in (1, 3) else over_white(values[..., :-1], values[..., -1:])


def check(path: Path, data: bytes, reference: np.ndarray, bits: int, roundings: int = 1) -> None:
    path.write_bytes(data)
    image = load_image(path)
    assert image.native.dtype == (np.uint8 if bits <= 8 else np.uint16)
    values = image.pixels.transpose(1, 2, 0)
    step = 1 / (255 if bits <= 8 else 65535)
    np.testing.assert_allclose(values, reference, atol=0.51 * roundings * step + 1e-7)
    white = np.isclose(reference, 1, rtol=0, atol=1e-9)
    assert white.any()
    assert (values[white] == 1).all()


@pytest.mark.parametrize(
    ("bits", "channels"), [(1, 1), (2, 1), (4, 1), *((bits, count) for bits in (8, 16) for count in (1, 2, 3, 4))]
)
def test_png(tmp_path: Path, bits: int, channels: int) -> None:
    stored = ramp(bits, channels)
    data = png(stored, bits)
    qt = QImage.fromData(data).convertToFormat(QImage.Format.Format_RGBA64)
    rows = np.frombuffer(qt.constBits(), np.uint16).reshape(HEIGHT, -1, 4)[:, :WIDTH] / 65535
    reference = over_white(rows[..., :3], rows[..., 3:])[..., : 1 if channels < 3 else 3]
    np.testing.assert_allclose(reference, expected(stored, bits), atol=1e-9 if bits > 8 else 0.002)
    check(tmp_path / "x.png", data, reference, bits)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "f2", "f4", "f8"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_tiff(tmp_path: Path, dtype: str, channels: int, compression: str | None) -> None:
    kind = np.dtype(dtype)
    bits = 8 * kind.itemsize if kind.kind == "u" else 0
    stored = ramp(min(bits or 16, 16), channels)
    if dtype == "u4":
        stored = stored.astype(np.uint32) * 65537
    if not bits:
        stored = (stored / 65535).astype(kind)
    file = BytesIO()
    photometric = "minisblack" if channels < 3 else "rgb"
    extra: dict[str, Any] = {"extrasamples": ["unassalpha"]} if channels in (2, 4) else {}
    pixels = stored[..., 0] if channels == 1 else stored
    tifffile.imwrite(
        file, pixels, photometric=photometric, planarconfig="contig", metadata=None, compression=compression, **extra
    )
    second = tifffile.imread(BytesIO(file.getvalue())).reshape(stored.shape).astype(np.float64)
    second /= np.iinfo(kind).max if bits else 1
    reference = over_white(second[..., :-1], second[..., -1:]) if channels in (2, 4) else second
    path = tmp_path / "x.tif"
    if bits in (8, 16):
        check(path, file.getvalue(), reference, bits)
        return
    path.write_bytes(file.getvalue())
    values = load_image(path).pixels.transpose(1, 2, 0)
    np.testing.assert_allclose(values, reference, atol=6e-4 if dtype == "f2" else 2e-7)
    assert values.max() == 1


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("bits", [8, 9, 10, 12, 15, 16])
@pytest.mark.parametrize("codec", [0, 1], ids=["j2k", "jp2"])
def test_jpeg_2000(tmp_path: Path, codec: int, bits: int, channels: int) -> None:
    stored = ramp(bits, channels)
    pixels = np.ascontiguousarray(stored[..., 0] if channels == 1 else stored)
    meaning = {1: 2, 3: 1, 4: 0}[channels]
    data = encode_array(pixels, bits_stored=bits, photometric_interpretation=meaning, codec_format=codec)
    reference = expected(stored, bits)
    if bits == 8:
        second = np.asarray(PILImage.open(BytesIO(data))).reshape(stored.shape)
        np.testing.assert_array_equal(second, stored)
    check(tmp_path / "x.jp2", data, reference, bits, roundings=2)  # Once to 16 bits, once over white.


def test_grey_and_alpha_of_deep_jpeg_2000(tmp_path: Path) -> None:
    """10 bits, written by imagecodecs 2026.3.6: 0 and 1023, the upper half opaque, the lower one 512 of 1023."""
    data = base64.b64decode(
        "AAAADGpQICANCocKAAAAFGZ0eXBqcDIgAAAAAGpwMiAAAAAtanAyaAAAABZpaGRyAAAACAAAAAgAAgkHAAAAAAAPY29scgEAAAAAABEAAADY"
        "anAyY/9P/1EALAAAAAAACAAAAAgAAAAAAAAAAAAAAAgAAAAIAAAAAAAAAAAAAgkBAQkBAf9SAAwAAAABAAAEBAAB/1wABEBQ/2QAJQABQ3Jl"
        "YXRlZCBieSBPcGVuSlBFRyB2ZXJzaW9uIDIuNS40/5AACgAAAAAAYwAB/5PfsjgRUEJ2wsOnRzgGEgT9YAAC/E5dUbVp+xHNh+bD82H5sPzY"
        "fmw/Nh+bD82H5sPzYfmw/Nh+bD82H5sPzYfmw/Nh+bD82H5sP8/MIBQAWx8enUi//9k="
    )
    rows, columns = np.mgrid[:8, :8]
    colour, alpha = np.where(columns < 4, 0.0, 1.0), np.where(rows < 4, 1.0, 512 / 1023)
    check(tmp_path / "x.jp2", data, over_white(colour, alpha)[..., np.newaxis], 16, roundings=2)


@pytest.mark.parametrize("top", [1, 15, 100, 255, 256, 1023, 4095, 65535])
@pytest.mark.parametrize(
    ("magic", "channels"),
    [("P2", 1), ("P3", 3), ("P5", 1), ("P6", 3), ("P7", 1), ("P7", 2), ("P7", 3), ("P7", 4)],
)
def test_netpbm(tmp_path: Path, magic: str, channels: int, top: int) -> None:
    stored = np.rint(ramp(16, channels) * (top / 65535)).astype(np.uint16)
    kind = np.uint8 if top < 256 else np.dtype(">u2")
    header = f"{magic}\n{WIDTH} {HEIGHT}\n{top}\n"
    body = stored.astype(kind).tobytes()
    if magic == "P7":
        header = f"P7\nWIDTH {WIDTH}\nHEIGHT {HEIGHT}\nDEPTH {channels}\nMAXVAL {top}\nENDHDR\n"
    elif magic in ("P2", "P3"):
        body = " ".join(map(str, stored.ravel())).encode()
    values = stored / top
    reference = over_white(values[..., :-1], values[..., -1:]) if channels in (2, 4) else values
    bits = 8 if top < 256 else 16
    path = tmp_path / "x.ppm"
    path.write_bytes(header.encode() + body)
    native = load_image(path).native
    assert native.dtype == (np.uint8 if bits == 8 else np.uint16)
    unit = native / np.iinfo(native.dtype).max
    # Laying over white rounds once more.
    np.testing.assert_allclose(unit, reference, rtol=0, atol=1.01 / np.iinfo(native.dtype).max)
    assert (unit[np.isclose(reference, 1, rtol=0, atol=1e-9)] == 1).all()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("bits", [8, 16])
def test_sgi(tmp_path: Path, bits: int, channels: int, packed: bool) -> None:
    stored = ramp(bits, channels)
    data = sgi(stored, bits // 8, packed=packed)
    with PILImage.open(BytesIO(data)) as second:  # It gives the high bytes.
        np.testing.assert_array_equal(np.asarray(second).reshape(stored.shape), stored >> (bits - 8))
    check(tmp_path / "x.sgi", data, expected(stored, bits), bits)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("channels", [1, 3])
def test_pfm(tmp_path: Path, channels: int, order: str) -> None:
    stored = (ramp(16, channels) / 65535).astype(np.float32)
    header = f"P{'F' if channels == 3 else 'f'}\n{WIDTH} {HEIGHT}\n{-1.0 if order == '<' else 1.0}\n"
    path = tmp_path / "x.pfm"
    path.write_bytes(header.encode() + stored[::-1].astype(f"{order}f4").tobytes())
    native = load_image(path).native
    assert native.dtype == np.float32
    np.testing.assert_array_equal(native, stored)
    if channels == 1:
        with PILImage.open(path) as second:
            np.testing.assert_array_equal(native[..., 0], np.asarray(second))


def test_palettes_of_16_bit_tiff(tmp_path: Path) -> None:
    colours = np.random.default_rng(3).integers(0, 65536, (3, 65536), dtype=np.uint16)
    colours[:, -1] = 65535
    index = ramp(16, 1)[..., 0]
    tifffile.imwrite(tmp_path / "x.tif", index, photometric="palette", colormap=colours, metadata=None)
    native = load_image(tmp_path / "x.tif").native
    np.testing.assert_array_equal(native, colours[:, index].transpose(1, 2, 0))
