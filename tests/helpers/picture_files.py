"""Encoders of picture files for tests, so that what is read was written by another hand."""

from __future__ import annotations

import struct
import zlib

import numpy as np


def over_white(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The definition, for values in [0, 1]."""
    return colour * alpha + (1 - alpha)


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(array: np.ndarray, depth: int, *extra: bytes) -> bytes:
    """A PNG of an array (H, W, C), not filtered; `extra` are chunks before the pixels."""
    height, width, channels = array.shape
    if depth < 8:
        bits = np.unpackbits(array.astype(np.uint8)[..., np.newaxis], axis=-1)[..., 8 - depth :]
        rows = np.packbits(bits.reshape(height, -1), axis=1)
    else:
        rows = array.astype(">u2" if depth == 16 else "u1").reshape(height, -1).view(np.uint8)
    body = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, depth, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    chunks = [chunk(b"IHDR", header), *extra, chunk(b"IDAT", zlib.compress(body)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def sgi(array: np.ndarray, size: int, *, packed: bool) -> bytes:
    """An SGI picture of an array (H, W, C) with 1 or 2 bytes a number; packed rows mix runs and literals."""
    height, width, channels = array.shape
    dimensions = 2 if channels == 1 else 3
    header = struct.pack(">HBBHHHHII", 0x01DA, packed, size, dimensions, width, height, channels, 0, 1)
    header += bytes(512 - len(header))
    kind = np.dtype(f">u{size}")
    rows = array[::-1].transpose(2, 0, 1).reshape(-1, width).astype(kind)
    if not packed:
        return header + rows.tobytes()
    data, starts, lengths = b"", [], []
    for row in rows:
        half = width // 2
        words = [0x80 | half, *row[:half].tolist()]
        for value in row[half:].tolist():
            words += [1, value]
        encoded = np.array([*words, 0], kind).tobytes()
        starts.append(512 + 8 * len(rows) + len(data))
        lengths.append(len(encoded))
        data += encoded
    return header + struct.pack(f">{2 * len(rows)}I", *starts, *lengths) + data
