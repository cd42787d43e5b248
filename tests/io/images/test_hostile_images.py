"""Files that are not what they say: one line each, nothing printed, nothing started, nothing large allocated."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
import tracemalloc
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from openjpeg.utils import encode_array
from PIL import Image as PILImage

from convexplorer.core.model.images import Image
from convexplorer.errors import MAX_MESSAGE, UnreadableFileError
from convexplorer.io import load_image
from tests.helpers.picture_files import sgi

RNG = np.random.default_rng(22)
GRADIENT = np.stack(np.meshgrid(np.arange(60), np.arange(40)), -1)[..., [0, 1, 0]].astype(np.uint8) * 4
NOISE = RNG.integers(0, 256, (40, 60, 3), dtype=np.uint8)
DEEP = RNG.integers(0, 65536, (40, 60, 3), dtype=np.uint16)


def encoded(kind: str, array: np.ndarray = NOISE, **options: Any) -> bytes:
    file = BytesIO()
    PILImage.fromarray(array).save(file, kind, **options)
    return file.getvalue()


def tiff(array: np.ndarray = DEEP, **options: Any) -> bytes:
    file = BytesIO()
    tifffile.imwrite(file, array, photometric="rgb", metadata=None, **options)
    return file.getvalue()


FILES = {
    "png": encoded("PNG"),
    "deep png": encoded("PNG", DEEP[..., 0]),
    "gif": encoded("GIF"),
    "bmp": encoded("BMP"),
    "jpeg": encoded("JPEG"),
    "progressive jpeg": encoded("JPEG", progressive=True),
    "webp": encoded("WEBP"),
    "lossless webp": encoded("WEBP", lossless=True),
    "avif": encoded("AVIF", GRADIENT),
    "jpeg 2000": encoded("JPEG2000"),
    "deep jpeg 2000": encode_array(DEEP, photometric_interpretation=1, codec_format=1),
    "ppm": encoded("PPM"),
    "deep ppm": b"P6 60 40 65535\n" + DEEP.astype(">u2").tobytes(),
    "pfm": b"PF 60 40 -1\n" + (DEEP / np.float32(65535)).astype("<f4").tobytes(),
    "qoi": encoded("QOI"),
    "sgi": encoded("SGI"),
    "deep sgi": sgi(DEEP, 2, packed=False),
    "deep packed sgi": sgi(DEEP, 2, packed=True),
    "tiff": encoded("TIFF"),
    "lzw tiff": encoded("TIFF", compression="tiff_lzw"),
    "jpeg tiff": encoded("TIFF", compression="jpeg"),
    "deflate tiff": encoded("TIFF", compression="tiff_adobe_deflate"),
    "deep tiff": tiff(),
    "deep deflate tiff": tiff(compression="zlib", rowsperstrip=8),
    "deep tiled tiff": tiff(tile=(16, 16)),
    "float tiff": tiff(DEEP.astype(np.float32)),
}


def read(path: Path, data: bytes) -> Image:
    path.write_bytes(data)
    return load_image(path)


def refusal(path: Path) -> str:
    """The one line that refuses a file."""
    with pytest.raises(UnreadableFileError) as caught:
        load_image(path)
    line = str(caught.value)
    assert len(line) <= MAX_MESSAGE
    assert line.startswith(path.name)
    assert "\n" not in line
    assert str(path.parent) not in line
    return line


@pytest.mark.parametrize("kind", FILES)
def test_truncated_files_are_refused(tmp_path: Path, kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    path, whole = tmp_path / "cut.bin", FILES[kind]
    native = read(path, whole).native
    # What is cut off last is padding or an end mark in some formats; without it every pixel is still there.
    for cut in [1, 2, 5, 12, *np.linspace(20, len(whole) - 1, 25).astype(int).tolist()]:
        try:
            image = read(path, whole[:-cut])
        except UnreadableFileError:
            refusal(path)
        else:
            assert cut < 10
            np.testing.assert_array_equal(image.native, native)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", FILES)
def test_damaged_files_give_a_picture_or_one_line(tmp_path: Path, kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "hit.bin"
    for seed in range(60):
        rng = np.random.default_rng(seed)
        data = bytearray(FILES[kind])
        # Most damage in the header, where it changes what is declared.
        for at in rng.integers(0, min(len(data), 300) if seed % 3 else len(data), 1 + seed % 4):
            data[at] = rng.integers(0, 256)
        try:
            read(path, bytes(data))
        except UnreadableFileError:
            refusal(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", ["png", "deep png", "deflate tiff", "deep deflate tiff"])
def test_what_has_checksums_is_compared_with_them(tmp_path: Path, kind: str) -> None:
    whole, path = FILES[kind], tmp_path / "hit.bin"
    if "png" in kind:
        start = whole.index(b"IDAT") + 4
        stop = start + int.from_bytes(whole[start - 8 : start - 4], "big")
    else:
        with tifffile.TiffFile(BytesIO(whole)) as file:
            page = file.pages[0]
            start, stop = page.dataoffsets[-1], page.dataoffsets[-1] + page.databytecounts[-1]
    # The last bytes are behind the last row: a decoder that stops there sees nothing of it.
    for at in [*range(start, stop, 97), *range(stop - 8, stop)]:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1 :])
        refusal(path)


@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "QOI"])
def test_files_that_end_in_zeros(tmp_path: Path, kind: str) -> None:
    # Pillow decodes QOI in Python, slowly, and its end mark does not depend on the size.
    height, width, side = (160, 170, 100) if kind == "QOI" else (400, 500, 1000)
    whole = encoded(kind, RNG.integers(0, 256, (height, width, 3), dtype=np.uint8))
    (tmp_path / "cut.bin").write_bytes(whole[:-70_000] + bytes(70_000))
    assert "cut off" in refusal(tmp_path / "cut.bin")
    read(tmp_path / "even.bin", encoded(kind, np.zeros((side, side, 3), np.uint8)))


def test_what_is_no_file(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "missing.png")
    (tmp_path / "folder.png").mkdir()
    assert "is a folder" in refusal(tmp_path / "folder.png")
    (tmp_path / "empty.png").touch()
    assert "is empty" in refusal(tmp_path / "empty.png")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX file types")
def test_what_is_no_ordinary_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    refusal(tmp_path / "pipe.png")
    refusal(Path("/dev/null"))
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    refusal(tmp_path / "loop.png")


@pytest.mark.parametrize(
    "data",
    [
        b"hello, this is text\n" * 10,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
        b"%PDF-1.7\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"PK\3\4" + bytes(60),
        bytes(1000),
        b"\x89PNG",
    ],
)
def test_what_is_no_picture(tmp_path: Path, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def started(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", started)
    (tmp_path / "picture.png").write_bytes(data)
    assert "not a picture" in refusal(tmp_path / "picture.png")


def test_a_long_and_hostile_name_stays_one_line(tmp_path: Path) -> None:
    path = tmp_path / ("a\nb" + "c" * 200 + ".png")
    path.write_bytes(b"text")
    with pytest.raises(UnreadableFileError) as caught:
        load_image(path)
    assert len(str(caught.value)) <= MAX_MESSAGE
    assert "\n" not in str(caught.value)


def png_header(width: int, height: int, depth: int = 8) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    chunks = b""
    for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")):
        chunks += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(
    "data",
    [
        png_header(40_000, 40_000),
        png_header(20_000, 20_000, 16),
        png_header(33_000, 10),
        FILES["gif"][:6] + struct.pack("<HH", 65535, 65535) + FILES["gif"][10:],
        re.sub(rb"(\xff\xc0...)....", lambda found: found[1] + b"\xff\xdc" * 2, FILES["jpeg"], flags=re.DOTALL),
        FILES["bmp"][:18] + struct.pack("<ii", 60_000, 60_000) + FILES["bmp"][26:],
        b"P5 90000 90000 255\n" + bytes(100),
        b"qoif" + struct.pack(">II", 50_000, 50_000) + b"\3\0" + bytes(100),
        FILES["sgi"][:6] + struct.pack(">HH", 50_000, 50_000) + FILES["sgi"][10:],
    ],
    ids=["png", "deep png", "wide png", "gif", "jpeg", "bmp", "pgm", "qoi", "sgi"],
)
def test_declared_sizes_are_judged_before_decoding(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(data)
    assert re.search("pixels are too many|too many pixels", refusal(path))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_tiff_that_declares_too_much(tmp_path: Path, dtype: type) -> None:
    data = tiff(np.zeros((40, 61, 3), dtype))
    field = struct.pack("<HHII", 256, 4, 1, 61)
    short = struct.pack("<HHIHH", 256, 3, 1, 61, 0)
    assert data.count(field) + data.count(short) == 1
    huge = struct.pack("<HHII", 256, 4, 1, 60_000)
    (tmp_path / "bomb.tif").write_bytes(data.replace(field, huge).replace(short, huge))
    assert "pixels are too many" in refusal(tmp_path / "bomb.tif")


def test_a_strip_cannot_unpack_to_more_than_declared(tmp_path: Path) -> None:
    whole = tiff(np.zeros((4, 61, 3), np.uint16), compression="zlib")
    bomb = zlib.compress(bytes(30_000_000))
    with tifffile.TiffFile(BytesIO(whole)) as file:
        tags = file.pages[0].tags
        offset, count = tags["StripOffsets"], tags["StripByteCounts"]
    data = bytearray(whole)
    struct.pack_into("<I", data, offset.valueoffset, len(data))
    struct.pack_into("<I", data, count.valueoffset, len(bomb))
    (tmp_path / "bomb.tif").write_bytes(bytes(data) + bomb)
    tracemalloc.start()
    assert "damaged" in refusal(tmp_path / "bomb.tif")
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_pages_that_lead_back_to_themselves(tmp_path: Path) -> None:
    data = bytearray(tiff())
    (directory,) = struct.unpack_from("<I", data, 4)
    (fields,) = struct.unpack_from("<H", data, directory)
    struct.pack_into("<I", data, directory + 2 + 12 * fields, directory)
    image = read(tmp_path / "loop.tif", bytes(data))
    np.testing.assert_array_equal(image.native, DEEP)


def test_no_decoder_that_starts_programs_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(FILES["png"])
    code = (
        "import sys; from convexplorer.io import load_image; load_image(sys.argv[1]);"
        "names = ('PIL.EpsImagePlugin', 'skimage', 'scipy', 'PySide6', 'tifffile');"
        "sys.exit(', '.join(name for name in names if name in sys.modules) or None)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
