"""Kinds of JPEG, and files whose end is missing."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PILImage

from convexplorer.errors import UnreadableFileError
from convexplorer.io import load_image

NOISE = np.random.default_rng(5).integers(0, 256, (70, 90, 3), dtype=np.uint8)


def jpeg(array: np.ndarray = NOISE, **options: object) -> bytes:
    file = BytesIO()
    PILImage.fromarray(array).save(file, "JPEG", **options)
    return file.getvalue()


def refusal(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(UnreadableFileError) as caught:
        load_image(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("marker", "bits", "reason"),
    [
        (b"\xff\xc1", 12, "a JPEG picture of 12 bits is not read"),
        (b"\xff\xf7", 8, "JPEG-LS pictures are not read"),
        (b"\xff\xc3", 8, "lossless JPEG pictures are not read"),
    ],
)
def test_kinds_that_are_not_read_are_named(tmp_path: Path, marker: bytes, bits: int, reason: str) -> None:
    data = bytearray(jpeg())
    at = data.index(b"\xff\xc0")
    data[at : at + 2] = marker
    data[at + 4] = bits
    assert reason in refusal(tmp_path / "x.jpg", bytes(data))


@pytest.mark.parametrize("array", [NOISE, NOISE[..., 0]], ids=["rgb", "grey"])
@pytest.mark.parametrize("behind", [b"", bytes(5000)], ids=["nothing", "zeros"])
def test_a_picture_that_lacks_its_end_mark_only_is_read(tmp_path: Path, array: np.ndarray, behind: bytes) -> None:
    whole = jpeg(array)
    (tmp_path / "x.jpg").write_bytes(whole)
    expected = load_image(tmp_path / "x.jpg").native
    (tmp_path / "x.jpg").write_bytes(whole[:-2] + behind)
    np.testing.assert_array_equal(load_image(tmp_path / "x.jpg").native, expected)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_picture_whose_rest_is_zeros_is_refused(tmp_path: Path, share: float, progressive: bool) -> None:
    whole = jpeg(progressive=progressive)
    kept = int(len(whole) * share)
    assert "cut off" in refusal(tmp_path / "x.jpg", whole[:kept] + bytes(len(whole) - kept))


def test_zeros_in_the_rest_are_seen_behind_a_thumbnail_too(tmp_path: Path) -> None:
    exif = b"Exif\0\0" + jpeg(NOISE[:16, :16])  # Has an end mark of its own.
    whole = jpeg(exif=exif)
    assert whole.count(b"\xff\xd9") >= 2
    kept = len(whole) * 2 // 3
    assert "cut off" in refusal(tmp_path / "x.jpg", whole[:kept] + bytes(len(whole) - kept))


def test_padding_behind_the_end_mark_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(jpeg() + bytes(9000))
    image = load_image(tmp_path / "x.jpg")
    assert (image.native.shape, image.notes) == (NOISE.shape, ())


def test_a_picture_of_endless_scans_is_refused(tmp_path: Path) -> None:
    whole = jpeg(progressive=True)
    at = whole.rindex(b"\xff\xda")
    scan = whole[at:-2]
    assert "too many scans" in refusal(tmp_path / "x.jpg", whole[:at] + scan * 600 + b"\xff\xd9")
