"""What is wrong with a deep JPEG 2000 is said; values are in `test_top_of_range`."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from openjpeg.utils import encode_array

from convexplorer.errors import UnreadableFileError
from convexplorer.io import load_image

STORED = np.random.default_rng(8).integers(0, 4096, (33, 34, 3), dtype=np.uint16)
WHOLE = encode_array(STORED, bits_stored=12, photometric_interpretation=1, codec_format=0)


def forged(place: int, code: str, *values: int) -> bytes:
    data = bytearray(WHOLE)
    struct.pack_into(code, data, place, *values)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (WHOLE[: len(WHOLE) // 2], "damaged or cut off"),
        (WHOLE[:40], "cut off"),
        (forged(8, ">2I", 60_000, 60_000), "60000 × 60000 pixels are too many"),
        (forged(16, ">2I", 99, 99), "the JPEG 2000 picture is damaged"),
        (forged(42, ">B", 19), "3 channels with 12, 20 bits is not read"),
        (forged(42, ">BxxBxxB", 19, 19, 19), "3 channels with 20 bits is not read"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, data: bytes, reason: str, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.j2k").write_bytes(data)
    with pytest.raises(UnreadableFileError, match=rf"^x\.j2k: .*{reason}"):
        load_image(tmp_path / "x.j2k")
    assert capfd.readouterr() == ("", "")


def test_signed_numbers_are_lifted_to_the_full_range(tmp_path: Path) -> None:
    signed = STORED[..., 0].astype(np.int16) - 2048
    signed[0, :2] = -2048, 2047
    data = encode_array(signed, bits_stored=12, photometric_interpretation=2, codec_format=0)
    (tmp_path / "x.j2k").write_bytes(data)
    native = load_image(tmp_path / "x.j2k").native[..., 0]
    np.testing.assert_array_equal(native, np.rint((signed + 2048.0) * (65535 / 4095)))
