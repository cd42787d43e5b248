"""PNGs with much besides the picture; values are in `test_top_of_range`."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest

from convexplorer.errors import UnreadableFileError
from convexplorer.io import load_image
from tests.helpers.picture_files import chunk, png

PIXELS = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
LONG = b"no number " * 210_000
CHUNKS = {
    "iCCP": chunk(b"iCCP", b"profile\0\0" + zlib.compress(LONG)),
    "zTXt": chunk(b"zTXt", b"Comment\0\0" + zlib.compress(LONG)),
    "iTXt": chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(LONG)),
    "tEXt": chunk(b"tEXt", b"Comment\0" + LONG),
    "many": b"".join(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(LONG[:1_000_000])) for _ in range(70)),
    "of the program's own": chunk(b"vpAg", LONG),
}


@pytest.mark.parametrize("name", CHUNKS)
def test_what_is_besides_the_picture_does_not_spoil_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(png(PIXELS, 8, CHUNKS[name]))
    image = load_image(path)
    np.testing.assert_array_equal(image.native, PIXELS)
    assert image.notes == ()


def test_deep_colours_beside_much_text(tmp_path: Path) -> None:
    stored = PIXELS.astype(np.uint16) * 1000
    (tmp_path / "x.png").write_bytes(png(stored, 16, CHUNKS["iTXt"]))
    np.testing.assert_array_equal(load_image(tmp_path / "x.png").native, stored)


def test_a_file_that_ends_among_its_texts_is_cut_off(tmp_path: Path) -> None:
    whole = png(PIXELS, 8, CHUNKS["tEXt"])
    (tmp_path / "x.png").write_bytes(whole[:1_000_000])
    with pytest.raises(UnreadableFileError, match="cut off"):
        load_image(tmp_path / "x.png")
