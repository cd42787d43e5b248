"""Pictures of every kind against the arrays they were made of, or against another decoder."""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PILImage
from PIL import ImageOps
from PySide6.QtGui import QColor, QImage, QImageReader

from convexplorer.errors import CancelledError, InvalidValueError, UnreadableFileError
from convexplorer.io import load_image
from convexplorer.io.images import load as load_module
from convexplorer.io.images.load import IMAGE_SUFFIXES, image_from_qimage, is_image_file

HEIGHT, WIDTH = 13, 21
RNG = np.random.default_rng(20)
RGBA = RNG.integers(0, 256, (HEIGHT, WIDTH, 4), dtype=np.uint8)
RGB, GREY, ALPHA = RGBA[..., :3], RGBA[..., :1], RGBA[..., 3:]
SMOOTH = np.stack(np.meshgrid(np.linspace(0, 255, 64), np.linspace(255, 0, 48)), -1)[..., [0, 1, 0]].astype(np.uint8)
DEEP = RNG.integers(0, 65536, (HEIGHT, WIDTH, 4), dtype=np.uint16)
OVER_WHITE = ("alpha over white",)


def over_white(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The definition, in float64."""
    top = np.iinfo(colour.dtype).max
    opacity = alpha.astype(np.float64) / top
    return np.floor(colour * opacity + top * (1 - opacity) + 0.5).astype(colour.dtype)


def picture(array: np.ndarray, mode: str | None = None) -> PILImage.Image:
    image = PILImage.fromarray(array[..., 0] if array.shape[2] == 1 else np.ascontiguousarray(array))
    return image.convert(mode) if mode else image


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(array: np.ndarray, *extra: bytes, interlaced: bool = False, depth: int = 16) -> bytes:
    """An encoder of its own: filter "none", whole or in the seven passes of Adam7."""
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    rows = b"".join(
        b"\0" + row.astype(">u2" if depth == 16 else "u1").tobytes()
        for top, left, down, across in passes
        for row in array[top::down, left::across]
    )
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[array.shape[2]]
    header = struct.pack(">IIBBBBB", array.shape[1], array.shape[0], depth, colour_type, 0, 0, interlaced)
    data = chunk(b"IHDR", header) + b"".join(extra) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "webp", "qoi", "sgi", "ppm", "jp2", "j2k"])
def test_rgb_comes_back_exactly(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    picture(RGB).save(path, **{"webp": {"lossless": True}}.get(suffix, {}))
    image = load_image(path)
    assert image.native.dtype == np.uint8
    np.testing.assert_array_equal(image.native, RGB)
    assert (image.name, image.path, image.notes, image.sample) == (path.name, path.resolve(), (), "")


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "gif", "sgi", "pgm", "jp2"])
def test_grey_stays_one_channel(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    picture(GREY).save(path)
    image = load_image(path)
    assert image.native.dtype == np.uint8
    np.testing.assert_array_equal(image.native, GREY)


@pytest.mark.parametrize("suffix", ["png", "tif", "webp", "qoi", "jp2"])
def test_alpha_is_laid_over_white(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    picture(RGBA).save(path, **{"webp": {"lossless": True, "exact": True}}.get(suffix, {}))
    image = load_image(path)
    np.testing.assert_array_equal(image.native, over_white(RGB, ALPHA))
    assert image.notes == OVER_WHITE


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_grey_with_alpha_stays_one_channel(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    picture(RGBA[..., 2:]).save(path)
    np.testing.assert_array_equal(load_image(path).native, over_white(RGBA[..., 2:3], ALPHA))


def test_opaque_alpha_needs_no_note(tmp_path: Path) -> None:
    opaque = np.dstack([RGB, np.full_like(GREY, 255)])
    picture(opaque).save(tmp_path / "picture.png")
    image = load_image(tmp_path / "picture.png")
    np.testing.assert_array_equal(image.native, RGB)
    assert image.notes == ()


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "pbm"])
def test_single_bits_become_black_and_white(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    bits = GREY > 127
    picture(bits).save(path)
    np.testing.assert_array_equal(load_image(path).native, bits * np.uint8(255))


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "gif"])
def test_palettes_become_colours(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    table = RNG.integers(0, 256, (256, 3), dtype=np.uint8)
    indexed = PILImage.fromarray(GREY[..., 0])
    indexed.putpalette(table.tobytes())
    indexed.save(path)
    np.testing.assert_array_equal(load_image(path).native, table[GREY[..., 0]])


@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_a_grey_palette_becomes_one_channel_and_its_clear_entry_white(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    indexed = PILImage.fromarray(GREY[..., 0] // 2)
    indexed.putpalette(np.repeat(np.arange(255, -1, -1, np.uint8), 3).tobytes())
    clear = int(GREY[3, 4, 0] // 2)
    indexed.save(path, transparency=clear)
    expected = np.where(clear == GREY // 2, 255, 255 - GREY // 2)
    image = load_image(path)
    np.testing.assert_array_equal(image.native, expected)
    assert image.notes == OVER_WHITE


@pytest.mark.parametrize(("quality", "mode"), [(95, "L"), (95, "RGB"), (20, "RGB"), (95, "CMYK"), (95, "YCbCr")])
def test_jpeg_agrees_with_another_decoder(tmp_path: Path, quality: int, mode: str) -> None:
    path = tmp_path / "picture.jpg"
    PILImage.fromarray(SMOOTH).convert(mode).save(path, quality=quality, progressive=quality == 20)
    native = load_image(path).native
    reference = np.asarray(PILImage.open(path).convert("L" if mode == "L" else "RGB"))
    np.testing.assert_array_equal(native, reference.reshape(native.shape))
    source = np.asarray(PILImage.fromarray(SMOOTH).convert("L" if mode == "L" else "RGB")).reshape(native.shape)
    assert abs(native.astype(int) - source).max() < 30


@pytest.mark.parametrize(("suffix", "options"), [("webp", {"quality": 90}), ("avif", {"quality": 90})])
def test_lossy_formats_are_close(tmp_path: Path, suffix: str, options: dict[str, int]) -> None:
    path = tmp_path / f"picture.{suffix}"
    PILImage.fromarray(SMOOTH).save(path, **options)
    native = load_image(path).native
    assert native.shape == SMOOTH.shape
    assert abs(native.astype(int) - SMOOTH).mean() < 3


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr"])
def test_colour_spaces_of_tiff_become_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "picture.tif"
    PILImage.fromarray(SMOOTH).convert(mode).save(path, compression="tiff_lzw")
    error = abs(load_image(path).native.astype(int) - SMOOTH)
    assert error.max() <= 8
    assert error.mean() < 1.5


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("interlaced", [False, True])
def test_png_of_16_bits_keeps_them(tmp_path: Path, channels: int, interlaced: bool) -> None:
    path = tmp_path / "deep.png"
    stored = DEEP[..., [3] if channels == 1 else [0, 3] if channels == 2 else range(channels)]
    path.write_bytes(png(stored, interlaced=interlaced))
    native = load_image(path).native
    colour = stored if channels in (1, 3) else over_white(stored[..., :-1], stored[..., -1:])
    assert native.dtype == np.uint16
    np.testing.assert_array_equal(native, colour)
    if channels == 3:
        qt = QImageReader(str(path)).read().convertToFormat(QImage.Format.Format_RGBX64)
        rows = np.frombuffer(qt.constBits(), np.uint16).reshape(HEIGHT, -1, 4)
        np.testing.assert_array_equal(native, rows[:, :WIDTH, :3])


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_transparent_colour_of_png_becomes_white(tmp_path: Path, channels: int, depth: int) -> None:
    path = tmp_path / "keyed.png"
    stored = (DEEP if depth == 16 else RGBA)[..., :channels]
    key = stored[5, 6]
    path.write_bytes(png(stored, chunk(b"tRNS", key.astype(">u2").tobytes()), depth=depth))
    image = load_image(path)
    expected = np.where((stored == key).all(-1, keepdims=True), np.iinfo(stored.dtype).max, stored)
    np.testing.assert_array_equal(image.native, expected)
    assert image.notes == OVER_WHITE


def test_the_transparent_grey_of_few_bits_is_scaled(tmp_path: Path) -> None:
    levels = np.arange(16, dtype=np.uint8)
    header = struct.pack(">IIBBBBB", 16, 1, 4, 0, 0, 0, 0)
    row = b"\0" + (levels[::2] << 4 | levels[1::2]).tobytes()
    chunks = chunk(b"IHDR", header), chunk(b"tRNS", b"\0\5"), chunk(b"IDAT", zlib.compress(row)), chunk(b"IEND", b"")
    (tmp_path / "four.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    expected = levels * 17
    expected[5] = 255
    np.testing.assert_array_equal(load_image(tmp_path / "four.png").native[0, :, 0], expected)


@pytest.mark.parametrize("suffix", ["png", "pgm", "jp2", "tif"])
def test_grey_of_16_bits_keeps_them(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"deep.{suffix}"
    PILImage.fromarray(DEEP[..., 0]).save(path)
    native = load_image(path).native
    assert native.dtype == np.uint16
    np.testing.assert_array_equal(native, DEEP[..., :1])


def test_pfm_is_float(tmp_path: Path) -> None:
    values = RNG.random((5, 7), dtype=np.float32)
    PILImage.fromarray(values).save(tmp_path / "picture.pfm")
    native = load_image(tmp_path / "picture.pfm").native
    assert native.dtype == np.float32
    np.testing.assert_array_equal(native[..., 0], values)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_exif_orientation_is_applied(tmp_path: Path, suffix: str, orientation: int) -> None:
    path = tmp_path / f"turned.{suffix}"
    exif = PILImage.Exif()
    exif[0x0112] = orientation
    picture(SMOOTH).save(path, exif=exif)
    with PILImage.open(path) as opened:
        expected = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
    assert expected.shape == ((64, 48, 3) if orientation > 4 else (48, 64, 3))
    native = load_image(path).native
    assert native.flags.c_contiguous
    np.testing.assert_array_equal(native, expected)


def test_damaged_exif_does_not_spoil_the_picture(tmp_path: Path) -> None:
    picture(RGB).save(tmp_path / "picture.png", exif=b"Exif\0\0II*\0\xff\xff\xff\xff nonsense")
    np.testing.assert_array_equal(load_image(tmp_path / "picture.png").native, RGB)


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "tif"])
def test_the_first_of_several_pictures_is_taken(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"several.{suffix}"
    first, second = picture(GREY), picture(255 - GREY)
    options = {"webp": {"lossless": True}}.get(suffix, {})
    first.save(path, save_all=True, append_images=[second], **options)
    image = load_image(path)
    np.testing.assert_array_equal(image.native[..., :1], GREY)
    assert image.notes == ("the first of several pictures",)


def test_contents_decide_not_the_suffix(tmp_path: Path) -> None:
    picture(RGB).save(tmp_path / "picture.png")
    (tmp_path / "picture.png").rename(tmp_path / "picture.jpg")
    np.testing.assert_array_equal(load_image(str(tmp_path / "picture.jpg")).native, RGB)


def test_lost_bits_are_told(tmp_path: Path) -> None:
    """10 bits, written by imagecodecs 2026.3.6: 16 times 0 to 63 in rows of 8."""
    data = (
        "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUEAAADrbWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAAAAAAAO"
        "cGl0bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAETAAAAKQAAAChpaW5mAAAAAAABAAAAGmluZmUCAAAAAAEAAGF2MDFDb2xvcgAA"
        "AABqaXBycAAAAEtpcGNvAAAAFGlzcGUAAAAAAAAACAAAAAgAAAAQcGl4aQAAAAADCgoKAAAADGF2MUOBIEAAAAAAE2NvbHJuY2x4AAIAAgAG"
        "gAAAABdpcG1hAAAAAAAAAAEAAQQBAoMEAAAAMW1kYXQSAAoIOAi/bwICBpAyGxICQ0qAAPIAAACQPIBAyBvhs93oj+gtXZLP/Q=="
    )
    (tmp_path / "deep.avif").write_bytes(base64.b64decode(data))
    image = load_image(tmp_path / "deep.avif")
    assert image.notes == ("more than 8 bits a channel reduced to 8",)
    assert abs(image.native[..., 0] - np.arange(64).reshape(8, 8) * 4.0).max() < 8


def test_loading_stops_when_told(tmp_path: Path) -> None:
    picture(RGB).save(tmp_path / "picture.png")
    calls = 0

    def on_third_call() -> bool:
        nonlocal calls
        calls += 1
        return calls > 3

    with pytest.raises(CancelledError):
        load_image(tmp_path / "picture.png", on_third_call)
    assert calls == 4


def test_suffixes() -> None:
    assert is_image_file("a/b/Photo.JPEG")
    assert is_image_file(Path("x.tif"))
    assert not is_image_file("x.npy")
    assert not is_image_file("png")
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in IMAGE_SUFFIXES)


F = QImage.Format


@pytest.mark.parametrize("kind", [F.Format_RGB32, F.Format_RGB888, F.Format_BGR888, F.Format_RGBX64, F.Format_RGB30])
@pytest.mark.parametrize("width", [1, 5, 8])
def test_rgb_of_qt(kind: QImage.Format, width: int) -> None:
    qimage = QImage(width, 3, kind)
    colours = RNG.integers(0, 4, (3, width, 3)) * 85
    for y, x in np.ndindex(3, width):
        qimage.setPixelColor(x, y, QColor(*colours[y, x].tolist()))
    image = image_from_qimage(qimage, "Clipboard")
    assert (image.name, image.notes, image.path) == ("Clipboard", (), None)
    deep = kind in (F.Format_RGBX64, F.Format_RGB30)
    assert image.native.dtype == (np.uint16 if deep else np.uint8)
    np.testing.assert_array_equal(image.native, colours * (257 if deep else 1))


def test_grey_of_qt_keeps_its_bits() -> None:
    qimage = QImage(5, 4, F.Format_Grayscale16)
    rows = np.frombuffer(qimage.bits(), np.uint16).reshape(4, -1)
    rows[:, :5] = DEEP[:4, :5, 0]
    native = image_from_qimage(qimage, "x").native
    assert native.dtype == np.uint16
    np.testing.assert_array_equal(native[..., 0], DEEP[:4, :5, 0])
    eight = QImage(5, 4, F.Format_Grayscale8)
    eight.fill(77)
    assert image_from_qimage(eight, "x").native.shape == (4, 5, 1)
    mono = QImage(9, 2, F.Format_Mono)
    mono.fill(1)
    mono.setColorTable([0xFF000000, 0xFFFFFFFF])
    np.testing.assert_array_equal(image_from_qimage(mono, "x").native, np.full((2, 9, 1), 255, np.uint8))


@pytest.mark.parametrize("kind", [F.Format_ARGB32, F.Format_ARGB32_Premultiplied, F.Format_RGBA64])
def test_alpha_of_qt_over_white(kind: QImage.Format) -> None:
    qimage = QImage(2, 1, kind)
    qimage.setPixelColor(0, 0, QColor(200, 100, 0, 128))
    qimage.setPixelColor(1, 0, QColor(0, 0, 0, 0))
    image = image_from_qimage(qimage, "x")
    top = 65535 if kind == F.Format_RGBA64 else 255
    expected = np.array([[[200, 100, 0], [0, 0, 0]]]) / 255 * np.array([[[128 / 255], [0]]]) + np.array(
        [[[127 / 255], [1]]]
    )
    np.testing.assert_allclose(image.native / top, expected, atol=1.5 / 255 if top == 255 else 1e-4)
    assert image.notes == OVER_WHITE


def test_an_empty_picture_of_qt_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="empty"):
        image_from_qimage(QImage(), "x")


def test_a_bitmap_whose_opacity_is_0_everywhere_is_opaque(tmp_path: Path) -> None:
    rows = np.concatenate([RGB[::-1, :, ::-1], np.zeros_like(GREY)], 2)
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    header = struct.pack("<IiiHHIIiiII", 124, WIDTH, HEIGHT, 1, 32, 3, rows.size, 0, 0, 0, 0) + masks + bytes(68)
    start = struct.pack("<2sIII", b"BM", 14 + len(header) + rows.size, 0, 14 + len(header))
    (tmp_path / "x.bmp").write_bytes(start + header + rows.tobytes())
    image = load_image(tmp_path / "x.bmp")
    np.testing.assert_array_equal(image.native, RGB)
    assert image.notes == ("opacity, which is 0 everywhere, left out",)
    rows[0, 0, 3] = 255
    (tmp_path / "x.bmp").write_bytes(start + header + rows.tobytes())
    native = load_image(tmp_path / "x.bmp").native
    np.testing.assert_array_equal(native[-1, 0], RGB[-1, 0])
    assert (native[:-1] == 255).all()


def test_a_frame_smaller_than_its_gif_lies_on_the_background(tmp_path: Path) -> None:
    # Palette blue, red, green; a screen of 10 × 8 on entry 0, and a frame of 4 × 3 in entry 1 at (3, 2).
    palette = bytes([0, 0, 255, 255, 0, 0, 0, 255, 0]) + bytes(759)
    frame = bytes.fromhex("2c03000200040003000008100003040810204080000102040810202000")
    (tmp_path / "x.gif").write_bytes(b"GIF89a" + struct.pack("<HHBBB", 10, 8, 0xF7, 0, 0) + palette + frame + b";")
    expected = np.tile(np.array([0, 0, 255], np.uint8), (8, 10, 1))
    expected[2:5, 3:7] = 255, 0, 0
    np.testing.assert_array_equal(load_image(tmp_path / "x.gif").native, expected)


@pytest.mark.parametrize(("kind", "size"), [("GIF", 64), ("JPEG", 2), ("PNG", 64), ("WEBP", 2)])
def test_sparse_files_of_many_gigabytes_are_refused_at_once(tmp_path: Path, kind: str, size: int) -> None:
    path = tmp_path / "sparse.gif"
    PILImage.fromarray(RGB).save(path, kind)
    with path.open("r+b") as file:
        file.truncate(size << 30)
    with pytest.raises(UnreadableFileError, match=rf"a {kind} file of {size}\.0 GB is too large"):
        load_image(path)


def test_a_file_that_makes_the_reader_go_on_for_ever_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_module, "_MOST_SINGLE", 1000)
    (tmp_path / "x.gif").write_bytes(b"GIF89a" + struct.pack("<HHBBB", 10, 8, 0, 0, 0) + b"\1" * 100_000)
    with pytest.raises(UnreadableFileError, match="has no end"):
        load_image(tmp_path / "x.gif")


@pytest.mark.parametrize("kind", ["QOI", "BMP"])
def test_what_is_decoded_byte_by_byte_may_be_long(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_module, "_MOST_SINGLE", 5)
    PILImage.fromarray(RGB).save(tmp_path / "x", kind)
    np.testing.assert_array_equal(load_image(tmp_path / "x").native, RGB)
