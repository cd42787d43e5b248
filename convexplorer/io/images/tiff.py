"""Decodes TIFF: with Pillow where it keeps all bits, else strip by strip here.

Pillow reduces or refuses pictures of more than 8 bits a sample, signed or float. Of these only the strips and tiles are
decompressed by the libtiff inside Pillow. Each is passed to it as a small TIFF that declares its bytes as grey pixels;
so no more than the declared size can come out. Predictors are undone afterwards.
"""

from __future__ import annotations

import os
import struct
import zlib
from io import BytesIO
from itertools import product
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL.TiffImagePlugin import TiffImageFile

from convexplorer.core.runtime.types import ShouldStop
from convexplorer.errors import CancelledError, InvalidValueError
from convexplorer.io.arrays.pixels import (
    FIRST_PICTURE,
    OVER_WHITE,
    Decoded,
    apply_orientation,
    lay_over_white,
    strips,
    to_unit_range,
)
from convexplorer.io.files.spliced import open_spliced
from convexplorer.io.images.decoding import decode
from convexplorer.io.images.endings import ending_notes
from convexplorer.io.images.tiff_layout import DEFLATE, PALETTE, PLAIN, PREMULTIPLIED, PixelLayout, Tag
from convexplorer.io.images.tiff_pages import choose_page, header_for

_LARGEST_TILE = 1 << 24
"""Pixels by which a tile may be larger than the picture."""
_PIECE = 1 << 20
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_LARGEST_STRIP = 178_000_000
"""Bytes of a compressed strip or tile; more are too many pixels for Pillow."""


def decode_tiff(stream: IO[bytes], should_stop: ShouldStop) -> Decoded:
    """Decode the first page of a TIFF as `decoding.decode` does, with all its bits.

    Raises
    ------
    InvalidValueError
        If it is too large, cut off, or of an unusual kind.
    Exception
        Of any kind, from Pillow or NumPy, if it is damaged.
    """
    page = choose_page(stream)
    layout = PixelLayout(page.directory, stream.seek(0, os.SEEK_END))
    if layout.deep:
        pixels, notes = _colours(_samples(stream, layout, should_stop), layout, should_stop)
        pixels = apply_orientation(pixels, layout.one(Tag.ORIENTATION, 1))
    else:
        pixels, notes = _by_pillow(stream, layout, page.place, should_stop)
    return Decoded(pixels, (*page.notes, *notes, *ending_notes(stream, pixels, layout.spare)))


def _by_pillow(stream: IO[bytes], layout: PixelLayout, place: int, should_stop: ShouldStop) -> Decoded:
    """Let Pillow decode the picture whose directory is at a place."""
    if layout.compression in DEFLATE:
        for offset, count in zip(layout.offsets, layout.counts, strict=False):
            stream.seek(offset)
            _check_deflated(stream.read(count), layout.block_bytes)
    header = header_for(stream, place)
    stream.seek(0)
    if header != stream.read(len(header)):
        stream = open_spliced(stream, [header, slice(len(header), stream.seek(0, os.SEEK_END))])
    pixels, notes = decode(stream, "TIFF", should_stop)
    return Decoded(pixels, tuple(note for note in notes if note != FIRST_PICTURE))


def _samples(stream: IO[bytes], layout: PixelLayout, should_stop: ShouldStop) -> NDArray[Any]:
    """The samples of a colour and its alpha, shape (H, W, colours or one more); floats become float32."""
    stored, kept = layout.dtype, layout.used_samples
    planes, depth = (kept, 1) if layout.planar else (1, layout.samples)
    rows, columns = layout.block
    if min(rows, columns) < 1 or rows * columns > layout.height * layout.width + _LARGEST_TILE:
        raise InvalidValueError("the picture is damaged")
    down, across = range(0, layout.height, rows), range(0, layout.width, columns)
    if min(len(layout.offsets), len(layout.counts)) < planes * len(down) * len(across):
        raise InvalidValueError("the picture is cut off")
    samples = np.empty((layout.height, layout.width, kept), "f4" if stored.kind == "f" else stored.newbyteorder("="))
    places = product(range(planes), down, across)
    for (plane, top, left), offset, count in zip(places, layout.offsets, layout.counts, strict=False):
        if should_stop():
            raise CancelledError
        there = rows if layout.tiled else min(rows, layout.height - top)
        stream.seek(offset)
        raw = _unpack_block(stream, layout, count, (there, columns * depth * stored.itemsize))
        block = _undo_predictor(raw, layout.predictor, stored, depth)
        target = samples[top : top + there, left : left + columns, plane : plane + depth]
        with np.errstate(
            over="ignore", invalid="ignore"
        ):  # A float64 beyond float32 becomes infinite; `to_unit_range` deals with it.
            target[:] = block[: target.shape[0], : target.shape[1], : target.shape[2]]
    return samples


def _unpack_block(stream: IO[bytes], layout: PixelLayout, count: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The next `count` bytes of the file as those of one strip or tile, shape (rows, bytes of a row)."""
    rows, row_bytes = size
    if layout.compression == PLAIN:
        if count < rows * row_bytes:
            raise InvalidValueError("the picture is cut off")
        return np.frombuffer(_read_block(stream, layout, rows * row_bytes), np.uint8).reshape(rows, row_bytes)
    if rows * row_bytes > _LARGEST_STRIP:
        raise InvalidValueError(
            "a TIFF with compressed strips of {size} MB is not read; save it uncompressed", size=rows * row_bytes >> 20
        )
    packed = _read_block(stream, layout, count)
    fields = {
        Tag.WIDTH: row_bytes,
        Tag.HEIGHT: rows,
        Tag.BITS: 8,
        Tag.COMPRESSION: layout.compression,
        Tag.PHOTOMETRIC: 1,
        Tag.STRIP_OFFSETS: 0,
        Tag.SAMPLES: 1,
        Tag.STRIP_ROWS: rows,
        Tag.STRIP_BYTES: len(packed),
    }
    fields[Tag.STRIP_OFFSETS] = 8 + 2 + 12 * len(fields) + 4
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in fields.items())
    header = struct.pack("<2sHIH", b"II", 42, 8, len(fields))
    raw = np.asarray(TiffImageFile(BytesIO(header + entries + bytes(4) + packed)))
    if layout.compression in DEFLATE and zlib.adler32(raw.data) != int.from_bytes(packed[-4:], "big"):
        _check_deflated(packed, layout.block_bytes)
    return raw


def _read_block(stream: IO[bytes], layout: PixelLayout, count: int) -> bytes:
    """Read the next bytes of the file, and turn their bits if the lowest comes first."""
    data = stream.read(count)
    return data.translate(_REVERSED) if layout.reversed_bits else data


def _check_deflated(packed: bytes, most: int) -> None:
    """Verify the checksum and length of deflated data, which libtiff does not.

    zlib takes three times as long as the libdeflate inside Pillow, so it is used for this check only.
    """
    left, unpacker = most + 1, zlib.decompressobj()
    while packed and left > 0:
        left -= len(unpacker.decompress(packed, min(left, _PIECE)))
        packed = unpacker.unconsumed_tail
    if left <= 0:
        raise InvalidValueError("the TIFF picture is damaged")


def _undo_predictor(raw: NDArray[np.uint8], predictor: int, stored: np.dtype[Any], depth: int) -> NDArray[Any]:
    """Undo the predictor of one block; shape (rows, columns, depth)."""
    rows, size = raw.shape[0], stored.itemsize
    if predictor == 1:
        return raw.view(stored).reshape(rows, -1, depth)
    if predictor == 2:
        words = raw.view(stored.str[0] + f"u{size}").reshape(rows, -1, depth)
        return np.cumsum(words, axis=1, dtype=f"u{size}").view(stored.newbyteorder("="))
    if predictor == 3 and stored.kind == "f":
        sums = np.cumsum(raw.reshape(rows, -1, depth), axis=1, dtype=np.uint8)
        # A row holds all first (most significant) bytes, then all second ones, and so on.
        numbers = np.ascontiguousarray(sums.reshape(rows, size, -1).swapaxes(1, 2))
        return numbers.view(f">f{size}").reshape(rows, -1, depth)
    raise InvalidValueError("a TIFF with predictor {number} is not read; save it uncompressed", number=predictor)


def _colours(samples: NDArray[Any], layout: PixelLayout, should_stop: ShouldStop) -> Decoded:
    """Convert samples to grey or RGB over white, in a type that `Image` takes."""
    if layout.photometric == PALETTE:
        return Decoded(_apply_palette(samples, layout, should_stop), ())
    colour, alpha = samples[..., : layout.colours], samples[..., layout.colours :]
    notes: list[str] = []
    if layout.samples > layout.used_samples:
        notes.append(f"the first {layout.colours} of {layout.samples} channels")
    if samples.dtype not in (np.uint8, np.uint16):
        if samples.dtype.kind != "f":
            alpha = (alpha / np.iinfo(samples.dtype).max).astype(np.float32)
        colour, more = to_unit_range(colour, should_stop)
        notes += more
    if layout.photometric in (1, 2) and not alpha.shape[2] and layout.colours != 4:
        return Decoded(colour, tuple(notes))
    top = 1 if colour.dtype.kind == "f" else np.iinfo(colour.dtype).max
    pixels = np.empty((layout.height, layout.width, min(layout.colours, 3)), colour.dtype)
    transparent = False
    for rows in strips(layout.height, layout.width, should_stop):
        part = colour[rows] if layout.photometric in (1, 2) else top - colour[rows]
        if layout.colours == 4:
            light = part[..., :3] * (part[..., 3:] / top)
            part = (light if top == 1 else np.rint(light)).astype(colour.dtype)
        if alpha.shape[2]:
            part, clear = lay_over_white(part, alpha[rows], premultiplied=layout.alpha == PREMULTIPLIED)
            transparent |= clear
        pixels[rows] = part
    return Decoded(pixels, (*notes, OVER_WHITE) if transparent else tuple(notes))


def _apply_palette(samples: NDArray[Any], layout: PixelLayout, should_stop: ShouldStop) -> NDArray[np.uint16]:
    """Replace the numbers of a palette by its colours."""
    colours = layout.colour_map
    if samples.dtype.kind != "u" or samples.dtype.itemsize > 2:
        raise InvalidValueError("the picture is damaged")
    pixels = np.empty((layout.height, layout.width, 3), np.uint16)
    for rows in strips(layout.height, layout.width, should_stop):
        pixels[rows] = colours[samples[rows, :, 0]]
    return pixels
