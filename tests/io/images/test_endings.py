"""Broken downloads: a picture whose file ends in zeros is refused, or the zeros are told of."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image as PILImage

from convexplorer.errors import UnreadableFileError
from convexplorer.io import load_image
from tests.helpers.picture_files import sgi

NOISE = np.random.default_rng(6).integers(1, 256, (40, 60, 3), dtype=np.uint8)


def encoded(kind: str, array: np.ndarray = NOISE, **options: Any) -> bytes:
    file = BytesIO()
    PILImage.fromarray(array).save(file, kind, **options)
    return file.getvalue()


FILES = {
    "bmp": encoded("BMP"),
    "jpg": encoded("JPEG"),
    "webp": encoded("WEBP"),
    "lossless.webp": encoded("WEBP", lossless=True),
    "avif": encoded("AVIF"),
    "tif": encoded("TIFF"),
    "lzw.tif": encoded("TIFF", compression="tiff_lzw"),
    "gif": encoded("GIF"),
    "png": encoded("PNG"),
    "qoi": encoded("QOI"),
    "ppm": encoded("PPM"),
    "jp2": encoded("JPEG2000"),
    "sgi": sgi(NOISE.astype(np.uint16) * 257, 2, packed=False),
}


@pytest.mark.parametrize("name", FILES)
def test_no_picture_with_40_percent_zeros_is_shown_as_whole(tmp_path: Path, name: str) -> None:
    whole, path = FILES[name], tmp_path / f"x.{name}"
    path.write_bytes(whole)
    assert load_image(path).notes == ()
    kept = len(whole) * 6 // 10
    path.write_bytes(whole[:kept] + bytes(len(whole) - kept))
    try:
        notes = load_image(path).notes
    except UnreadableFileError:
        return
    assert notes[-1].endswith("% of the file are zeros; it may not have been copied to its end")


def test_a_picture_of_one_colour_is_not_doubted(tmp_path: Path) -> None:
    for kind in ("BMP", "TIFF", "PPM", "WEBP"):
        (tmp_path / "x").write_bytes(encoded(kind, np.zeros((40, 60, 3), np.uint8)))
        assert load_image(tmp_path / "x").notes == ()


def test_tiles_may_reach_over_the_edge(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "x.tif", NOISE, tile=(64, 64), photometric="rgb", metadata=None)
    assert load_image(tmp_path / "x.tif").notes == ()
