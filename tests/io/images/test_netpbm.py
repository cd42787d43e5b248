"""Netpbm's headers, comments and plain numbers, and what is wrong with them; values are in `test_top_of_range`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from convexplorer.errors import CancelledError, UnreadableFileError
from convexplorer.io import load_image


def read(path: Path, data: bytes) -> np.ndarray:
    path.write_bytes(data)
    return load_image(path).native


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"P2 2 1 255 7 9", [[7, 9]]),
        (b"P2\n# a comment\n2 # width\n1\n255\n# here\n7 # seven\n9\n# the end", [[7, 9]]),
        (b"P2\r\n2 1\r\n255\r\n7\r\n9\r\n", [[7, 9]]),
        (b"P1 3 2 101\n0 1 0", [[0, 255, 0], [255, 0, 255]]),
        (b"P1 3 2\n1 0 1 0 1 0", [[0, 255, 0], [255, 0, 255]]),
        (b"P4 3 2\n\xa0\x5f", [[0, 255, 0], [255, 0, 255]]),
        (b"P5\n#c\n2 1 255\n\n\t", [[10, 9]]),
        (b"P5 2 1 10\n\x05\xff", [[128, 255]]),  # Beyond the top is the top.
        (b"P7\n# c\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 1\nTUPLTYPE BLACKANDWHITE\nENDHDR\n\0\1", [[0, 255]]),
    ],
)
def test_headers_and_numbers(tmp_path: Path, data: bytes, expected: list[list[int]]) -> None:
    np.testing.assert_array_equal(read(tmp_path / "x.pnm", data)[..., 0], expected)


def test_megabytes_of_comments_are_passed_over(tmp_path: Path) -> None:
    comments = b"# nothing to see here, and no number such as 7\n" * 60_000
    np.testing.assert_array_equal(read(tmp_path / "x.ppm", b"P3 1 1 255\n1 " + comments + b"2\n3\n"), [[[1, 2, 3]]])
    (tmp_path / "y.ppm").write_bytes(b"P3\n" + comments + b"1 1 255 1 2 3")
    with pytest.raises(UnreadableFileError, match="header of the picture is too long"):
        load_image(tmp_path / "y.ppm")


@pytest.mark.parametrize("at", [0, 5, 9])
def test_numbers_that_lie_across_the_pieces_of_a_file(tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convexplorer.io.images.netpbm._PIECE", 10 + at)
    numbers = np.arange(400).reshape(20, 20) * 160
    text = " ".join(map(str, numbers.ravel())).replace("800 ", "800 # 5 6 7 8 9 10 11 12\n")
    native = read(tmp_path / "x.pgm", b"P2 20 20 65535\n" + text.encode())
    np.testing.assert_array_equal(native[..., 0], numbers)
    bits = numbers % 3 == 0
    native = read(tmp_path / "x.pbm", b"P1 20 20\n" + "".join("01"[int(bit)] for bit in bits.ravel()).encode())
    np.testing.assert_array_equal(native[..., 0], np.where(bits, 0, 255))


def test_reading_numbers_can_be_stopped(tmp_path: Path) -> None:
    (tmp_path / "x.pgm").write_bytes(b"P2 1500 2000 255\n" + b"1 " * 3_000_000)
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 4

    with pytest.raises(CancelledError):
        load_image(tmp_path / "x.pgm", stop)
    assert asked == 5


def test_a_second_picture_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "x.pgm").write_bytes(b"P5 2 1 255\n\1\2" + b"P5 2 1 255\n\3\4")
    assert load_image(tmp_path / "x.pgm").notes == ("the first of several pictures",)


def test_colour_pfm_is_upside_down_in_its_file(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((3, 2, 3), np.float32)
    native = read(tmp_path / "x.pfm", b"PF\n2 3\n-1.0\n" + values[::-1].astype("<f4").tobytes())
    np.testing.assert_array_equal(native, values)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"P6 2 2 255\n" + bytes(11), "cut off"),
        (b"P6 60000 60000 255\n", "pixels are too many"),
        (b"P6 20000 9000 255\n" + bytes(99), "cut off"),
        (b"P2 2 2 255 1 2 3", "cut off"),
        (b"P2 2 1 255 1 x", "damaged"),
        (b"P2 2 1 255 1 1234567", "damaged"),
        (b"P1 2 1 1 2", "damaged"),
        (b"P5 2 1 70000\n" + bytes(9), "makes no sense"),
        (b"P5 2 1 0\n" + bytes(9), "makes no sense"),
        (b"P5 -2 1 255\n" + bytes(9), "makes no sense"),
        (b"P5 " + b"9" * 100, "makes no sense"),
        (b"P5 0 1 255\n", "empty"),
        (b"Pf 1 1 nan\n" + bytes(4), "makes no sense"),
        (b"Pf 1 1 one\n" + bytes(4), "makes no sense"),
        (b"P7\nWIDTH 2\nHEIGHT 1\nDEPTH 5\nMAXVAL 255\nENDHDR\n" + bytes(10), "PAM of 5 channels is not read"),
        (b"P7\nWIDTH 2\nHEIGHT 1\nMAXVAL 255\nENDHDR\n" + bytes(10), "makes no sense"),
        (b"P7\nWIDTH 2\n", "cut off"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "x.pnm").write_bytes(data)
    with pytest.raises(UnreadableFileError, match=rf"^x\.pnm: .*{reason}"):
        load_image(tmp_path / "x.pnm")
