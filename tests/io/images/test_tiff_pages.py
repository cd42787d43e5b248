"""Which picture of a TIFF is shown, what is said of it, and directories that say too little."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from convexplorer.errors import UnreadableFileError
from convexplorer.io import load_image

RNG = np.random.default_rng(30)
LARGE = RNG.integers(0, 65536, (40, 50), dtype=np.uint16)
SMALL = RNG.integers(0, 256, (8, 10, 3), dtype=np.uint8)
THUMBNAIL = 1
NEW_SUBFILE, PHOTOMETRIC, COMPRESSION, FILL_ORDER, COUNTS, FORMAT = 254, 262, 259, 266, 279, 339


def patched(path: Path, tag: int, value: int, page: int = 0) -> None:
    """Change the value of a field in place."""
    with tifffile.TiffFile(path) as file:
        field = file.pages[page].tags[tag]
        place, size = field.valueoffset, field.dtype.value
    data = bytearray(path.read_bytes())
    struct.pack_into("<H" if size == 3 else "<I", data, place, value)
    path.write_bytes(data)


def without(path: Path, tag: int) -> None:
    """Turn a field into one that nobody knows."""
    data = bytearray(path.read_bytes())
    (directory,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, directory)
    places = [directory + 2 + 12 * index for index in range(count)]
    (place,) = (place for place in places if struct.unpack_from("<H", data, place)[0] == tag)
    struct.pack_into("<H", data, place, 65000)
    path.write_bytes(data)


def with_field(path: Path, array: np.ndarray, tag: int, value: int) -> None:
    """Write a picture with a field that tifffile would not write."""
    placeholder = 65000
    extra: list[Any] = [(placeholder, 3, 1, value)]
    tifffile.imwrite(path, array, photometric="minisblack", extratags=extra, metadata=None)
    old, new = (struct.pack("<HHI", one, 3, 1) for one in (placeholder, tag))
    assert path.read_bytes().count(old) == 1
    path.write_bytes(path.read_bytes().replace(old, new))


def test_the_picture_behind_a_thumbnail_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    for large in (LARGE, np.repeat((LARGE >> 8).astype(np.uint8)[..., np.newaxis], 3, 2)):
        with tifffile.TiffWriter(path) as file:
            file.write(SMALL, photometric="rgb", subfiletype=THUMBNAIL, metadata=None)
            file.write(large, photometric="rgb" if large.ndim == 3 else "minisblack", metadata=None)
        image = load_image(path)
        np.testing.assert_array_equal(image.native, large.reshape(image.native.shape))
        assert image.notes == ("the full picture, not the thumbnail that comes before it",)


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_a_picture_below_the_thumbnail_is_shown(tmp_path: Path, byteorder: str) -> None:
    path = tmp_path / "x.dng"
    with tifffile.TiffWriter(path, byteorder=byteorder) as file:
        file.write(SMALL, photometric="rgb", subfiletype=THUMBNAIL, subifds=1, metadata=None)
        file.write((LARGE >> 8).astype(np.uint8), photometric="minisblack", metadata=None)
    image = load_image(path)
    np.testing.assert_array_equal(image.native[..., 0], LARGE >> 8)
    assert image.notes == ("the full picture, not the thumbnail that comes before it",)


def test_a_thumbnail_whose_picture_cannot_be_found_is_called_one(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "x.tif", SMALL, photometric="rgb", subfiletype=THUMBNAIL, metadata=None)
    image = load_image(tmp_path / "x.tif")
    np.testing.assert_array_equal(image.native, SMALL)
    assert image.notes == ("only a thumbnail; the picture itself is not read",)


def test_of_a_raw_photograph_the_largest_preview_is_shown(tmp_path: Path) -> None:
    preview = RNG.integers(0, 256, (16, 20, 3), dtype=np.uint8)
    with tifffile.TiffWriter(tmp_path / "x.dng") as file:
        file.write(SMALL, photometric="rgb", subfiletype=THUMBNAIL, subifds=2, metadata=None)
        file.write(LARGE, photometric="cfa", extratags=[(33421, 3, 2, (2, 2)), (33422, 1, 4, bytes(4))], metadata=None)
        file.write(preview, photometric="rgb", subfiletype=THUMBNAIL, metadata=None)
    image = load_image(tmp_path / "x.dng")
    np.testing.assert_array_equal(image.native, preview)
    assert image.notes == ("the preview of a raw photograph, which itself is not read",)


def test_slices_that_only_a_comment_counts_are_told_of(tmp_path: Path) -> None:
    stack = np.stack([LARGE, LARGE[::-1], LARGE // 2])
    comment = "ImageJ=1.54f\nimages=3\nslices=3\nloop=false\n"
    tifffile.imwrite(tmp_path / "x.tif", LARGE, photometric="minisblack", description=comment, metadata=None)
    with (tmp_path / "x.tif").open("ab") as file:
        file.write(stack[1:].tobytes())
    image = load_image(tmp_path / "x.tif")
    np.testing.assert_array_equal(image.native[..., 0], LARGE)
    assert image.notes == ("the first of 3 slices",)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("count", ["missing", 0, 10**6])
def test_sizes_of_plain_strips_follow_from_the_rows(tmp_path: Path, count: int | str, dtype: type) -> None:
    path, stored = tmp_path / "x.tif", LARGE.astype(dtype)
    tifffile.imwrite(path, stored, photometric="minisblack", metadata=None)
    if isinstance(count, int):
        patched(path, COUNTS, count)
    else:
        without(path, COUNTS)
    np.testing.assert_array_equal(load_image(path).native[..., 0], stored)


def test_a_packed_strip_of_unknown_size_ends_where_the_file_does(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, LARGE, photometric="minisblack", compression="zlib", metadata=None)
    patched(path, COUNTS, 0)
    np.testing.assert_array_equal(load_image(path).native[..., 0], LARGE)


def test_an_undefined_sample_format_is_unsigned(tmp_path: Path) -> None:
    with_field(tmp_path / "x.tif", LARGE, FORMAT, 4)
    np.testing.assert_array_equal(load_image(tmp_path / "x.tif").native[..., 0], LARGE)


def test_bits_in_reverse_order(tmp_path: Path) -> None:
    reverse = np.array([int(f"{byte:08b}"[::-1], 2) for byte in range(256)], np.uint8)
    stored = reverse[LARGE.view(np.uint8)].view(np.uint16)
    with_field(tmp_path / "x.tif", stored, FILL_ORDER, 2)
    np.testing.assert_array_equal(load_image(tmp_path / "x.tif").native[..., 0], LARGE)


@pytest.mark.parametrize(
    ("tag", "value", "reason"),
    [
        (COMPRESSION, 34712, "compressed by JPEG 2000 is not read"),
        (COMPRESSION, 34887, "compressed by LERC is not read"),
        (COMPRESSION, 34933, "compressed by PNG is not read"),
        (COMPRESSION, 50001, "compressed by WebP is not read"),
        (COMPRESSION, 50002, "compressed by JPEG XL is not read"),
        (COMPRESSION, 12345, "compressed by method 12345 is not read"),
        (PHOTOMETRIC, 32803, "with raw sensor data is not read"),
        (PHOTOMETRIC, 8, "with Lab colours is not read"),
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_is_not_read_is_named(tmp_path: Path, tag: int, value: int, reason: str, dtype: type) -> None:
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, np.stack([LARGE] * 3, -1).astype(dtype), photometric="rgb", metadata=None)
    patched(path, tag, value)
    with pytest.raises(UnreadableFileError, match=rf"^x\.tif: a TIFF {reason}"):
        load_image(path)


def test_16_bits_compressed_as_jpeg_are_not_called_damaged(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "x.tif", LARGE, photometric="minisblack", metadata=None)
    patched(tmp_path / "x.tif", COMPRESSION, 7)
    with pytest.raises(UnreadableFileError, match="16 bits compressed by JPEG is not read"):
        load_image(tmp_path / "x.tif")
