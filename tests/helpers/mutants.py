"""Seeded ways to spoil valid files, and the judgement of what the program makes of them.

Where a format protects itself with checksums, many mutants get right ones again, so that the damage is seen by what
lies behind them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import re
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from convexplorer.core.learn.datasets import Dataset
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image
from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.errors import MAX_MESSAGE, ConvExplorerError
from convexplorer.io.sessions.load_save import Session
from tests.helpers.valid_files import LOADERS, Sample, png_chunk

WHOLE = (0, 1, 2, 3, 7, 8, 9, 16, 64, 255, 256, 32767, 32768, 65535, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**63)
TOKENS = (
    *("NaN", "-Infinity", "1e999", "-1e999", "1e308", "1e-400", "-0", "0", "-1", "4294967296", "9223372036854775808"),
    *("1" * 400, "1" * 5000, "true", "null", '""', "[]", "{}", '"\\ud800"', '"\\u0000\\n"', "[" * 2000, '{"a":' * 500),
    *("3.5", "65", "4097", "200000001", "'", ",", "\t", "−", "٣", "1_0", "0x1", "1e5", "O", "|O", "<U9", ">f8", "(1,)"),
)
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_STRING = re.compile(rb'"[^"\n]{0,80}"|\'[^\'\n]{0,80}\'')


def mutant(sample: Sample, others: list[Sample], rng: random.Random) -> Sample:
    """A spoilt copy of a sample: one of its files changed in one to four ways."""
    name = rng.choice(list(sample.files))
    data = sample.files[name]
    if rng.random() < 0.4 and (inner := _inside(name, data, rng)) is not None:
        return sample.with_file(name, inner)
    if rng.random() < 0.03:  # A file that is not what its name says.
        return sample.with_file(name, rng.choice(list(rng.choice(others).files.values())))
    return sample.with_file(name, _spoilt(data, rng))


def _spoilt(data: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        data = rng.choice(_WAYS)(data, rng)
    return data


def _place(data: bytes, rng: random.Random) -> int:
    """Somewhere in the data, most often near its beginning or end, where headers and directories are."""
    reach = rng.choice((32, 128, 512, len(data)))
    at = rng.randrange(min(reach, len(data)) or 1)
    return max(0, len(data) - 1 - at) if rng.random() < 0.2 else at


def _flip(data: bytes, rng: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        if made:
            made[_place(data, rng)] ^= 1 << rng.randrange(8)
    return bytes(made)


def _overwrite(data: bytes, rng: random.Random) -> bytes:
    at = _place(data, rng)
    new = rng.choice((rng.randbytes(rng.choice((1, 2, 4, 16))), b"\0" * 8, b"\xff" * 4, b"\x7f", b"\x80"))
    return data[:at] + new + data[at + len(new) :]


def _number(data: bytes, rng: random.Random) -> bytes:
    at, size = _place(data, rng), rng.choice((1, 2, 4, 4, 8))
    value = rng.choice((rng.choice(WHOLE), rng.randrange(1 << 16), len(data) + rng.randrange(-8, 8)))
    new = (value % (1 << (8 * size))).to_bytes(size, rng.choice(("little", "big")))
    return data[:at] + new + data[at + size :]


def _cut(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + (b"" if rng.random() < 0.7 else bytes(len(data) - at))


def _delete(data: bytes, rng: random.Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + data[at + rng.choice((1, 2, 4, 12, 64)) :]


def _insert(data: bytes, rng: random.Random) -> bytes:
    at, start = _place(data, rng), _place(data, rng)
    new = rng.choice((rng.randbytes(rng.choice((1, 4, 64))), data[start : start + 64], data, b"\n", b" " * 100))
    return data[:at] + new + data[at:]


def _swap(data: bytes, rng: random.Random) -> bytes:
    size = rng.choice((1, 2, 4, 12, 32))
    first, second = sorted((_place(data, rng), _place(data, rng)))
    if first + size > second:
        return data
    one, other = data[first : first + size], data[second : second + size]
    return data[:first] + other + data[first + size : second] + one + data[second + size :]


def _token(data: bytes, rng: random.Random) -> bytes:
    """Replace or double a number or string of a text."""
    found = list(rng.choice((_NUMBER, _STRING)).finditer(data[:20_000]))
    if not found:
        return _flip(data, rng)
    one = rng.choice(found)
    new = rng.choice((rng.choice(TOKENS).encode(), rng.choice(found)[0], one[0] + b":1," + one[0]))
    return data[: one.start()] + new + data[one.end() :]


_WAYS = (_flip, _flip, _overwrite, _overwrite, _number, _number, _cut, _delete, _insert, _swap, _token)


# --- behind checksums --------------------------------------------------------------------------------------------


def _inside(name: str, data: bytes, rng: random.Random) -> bytes | None:
    """Spoil what lies behind checksums, offsets or lengths, and make these right again; None if there are none."""
    for suffix, spoil in _INSIDES.items():
        if name.endswith(suffix):
            return spoil(data, rng)
    return None


def _png(data: bytes, rng: random.Random) -> bytes:
    chunks, at = [], 8
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    place = rng.randrange(len(chunks))
    kind, content = chunks[place]
    if kind == b"IDAT" and rng.random() < 0.5:
        try:
            chunks[place] = kind, zlib.compress(_spoilt(zlib.decompress(content), rng))
        except zlib.error:
            chunks[place] = kind, _spoilt(content, rng)
    elif rng.random() < 0.2:
        other = rng.choice((b"tRNS", b"PLTE", b"gAMA", b"acTL", b"fcTL", b"fdAT", b"eXIf", b"iCCP", b"zTXt", b"IDAT"))
        chunks.insert(place, (other, rng.randbytes(rng.choice((0, 1, 6, 26, 300)))))
    else:
        chunks[place] = kind, _spoilt(content, rng)
    return data[:8] + b"".join(png_chunk(*one) for one in chunks)


def _tiff(data: bytes, rng: random.Random) -> bytes:
    """Give one field of the first directory another type, count or value."""
    order = "<" if data[:2] == b"II" else ">"
    (version,) = struct.unpack_from(f"{order}H", data, 2)
    big = version == 43
    (directory,) = struct.unpack_from(f"{order}Q" if big else f"{order}I", data, 8 if big else 4)
    (fields,) = struct.unpack_from(f"{order}Q" if big else f"{order}H", data, directory)
    at = directory + (8 if big else 2) + (20 if big else 12) * rng.randrange(fields)
    made = bytearray(data)
    value = rng.choice((rng.choice(WHOLE), rng.randrange(70), len(data) + rng.randrange(-9, 9)))
    part = rng.randrange(4)
    if part == 0:
        struct.pack_into(f"{order}H", made, at + 2, rng.randrange(20))
    elif part == 1:
        struct.pack_into(f"{order}I", made, at + 4, value % 2**32)
    elif part == 2:
        struct.pack_into(
            f"{order}H", made, at, rng.choice((256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 317, 338))
        )
    else:
        struct.pack_into(f"{order}I", made, at + (12 if big else 8), value % 2**32)
    return bytes(made)


def _zip(data: bytes, rng: random.Random) -> bytes:
    """Spoil one entry, or the list of entries, of an archive that is then written anew."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        entries = [(info.filename, archive.read(info)) for info in archive.infolist()]
    manifest = next((content for name, content in entries if name == "manifest.json"), None)
    place = rng.randrange(len(entries))
    name, content = entries[place]
    spoilt = _spoilt(content, rng)
    what = rng.random()
    if what < 0.1:
        entries[place] = rng.choice(("../x", "/etc/passwd", "a" * 300, "weights", "image", "manifest.json")), content
    elif what < 0.2:
        entries.insert(place, (rng.choice((f"{name}2", name, "extra.npy")), spoilt))
    elif manifest is not None and name == "manifest.json":
        entries[place] = name, _json(content, rng) if rng.random() < 0.7 else spoilt
    elif manifest is not None:
        described = json.loads(manifest)
        one = described["arrays"][name]
        one["sha256"] = hashlib.sha256(spoilt).hexdigest()
        if rng.random() < 0.5:
            one["shape"] = [len(spoilt) // np.dtype(one["dtype"]).itemsize]
        new = json.dumps(described).encode()
        entries = [(other, new if other == "manifest.json" else old) for other, old in entries]
        entries[place] = name, spoilt
    else:
        entries[place] = name, spoilt
    file = BytesIO()
    packing = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, content in dict(entries).items():
            archive.writestr(name, content)
    return file.getvalue()


def _json(data: bytes, rng: random.Random) -> bytes:
    """Replace, remove or double one value anywhere in a tree."""
    tree = json.loads(data)
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
            places.append((node, key))
            walk(node[key])

    walk(tree)
    holder, key = rng.choice(places)
    what = rng.randrange(4)
    if what == 0:
        del holder[key]
    elif what == 1:
        source, other = rng.choice(places)
        holder[key] = json.loads(json.dumps(source[other])) if other in source or isinstance(source, list) else None
    elif what == 2 and isinstance(holder, list):
        holder.insert(key, holder[key])
    else:
        number = rng.choice((*WHOLE, -1, 0.5, -1e300))
        holder[key] = rng.choice(
            (number, number, None, True, "", "x" * 3000, "../../etc/passwd", [], {}, [[]], "\ud800")
        )
    return json.dumps(tree).encode()


def _header(data: bytes, rng: random.Random) -> bytes:
    """A header of text with its length before it: safetensors (8 bytes) and NumPy (2 behind the magic)."""
    at, size = (8, 2) if data.startswith(b"\x93NUMPY") else (0, 8)
    length = int.from_bytes(data[at : at + size], "little")
    text = data[at + size : at + size + length]
    text = _json(text, rng) if size == 8 and rng.random() < 0.6 else _token(text, rng)
    return data[:at] + len(text).to_bytes(8, "little")[:size] + text + data[at + size + length :]


def _gzip(data: bytes, rng: random.Random) -> bytes:
    return gzip.compress(_spoilt(gzip.decompress(data), rng))


_INSIDES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    ".png": _png,
    ".tif": _tiff,
    ".npz": _zip,
    ".cvx": _zip,
    ".json": _json,
    ".safetensors": _header,
    ".npy": _header,
    ".gz": _gzip,
}


# --- judging -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What became of a file: the line that refused it, or "" if it was read, and the time that took."""

    refusal: str
    seconds: float


def attempt(sample: Sample, folder: Path) -> Outcome:
    """Let the program read a sample.

    Raises
    ------
    AssertionError
        If what came out is not whole, or the refusal is not one short line that names the file.
    Exception
        Of any kind that the program let through.
    """
    for name, data in sample.files.items():
        (folder / name).write_bytes(data)
    began = time.perf_counter()
    try:
        result = LOADERS[sample.loader](folder / sample.entry)
    except ConvExplorerError as error:
        taken, line = time.perf_counter() - began, str(error)
        assert line.isprintable(), line
        assert len(line) <= MAX_MESSAGE, line
        assert os.fspath(folder) not in line, line
        assert any(word in line for word in (*sample.files, "unsaved work")), line
        return Outcome(line, taken)
    taken = time.perf_counter() - began
    _check(result)
    return Outcome("", taken)


def _check(result: object) -> None:
    """What was read can be used."""
    if isinstance(result, Session):
        if result.project.image is not None:
            _check(result.project.image)
        _check(result.project.layers)
    elif isinstance(result, tuple):
        assert result
        for layer in result:
            assert isinstance(layer, ConvLayer | PoolLayer)
            if isinstance(layer, ConvLayer) and len(layer.bank):
                _check(layer.bank)
    elif isinstance(result, Dataset):
        assert np.isfinite(result.train.images).all()
        assert len(result.train.images) == len(result.train.labels)
    elif isinstance(result, Image):
        assert 0 not in result.native.shape
        assert np.isfinite(result.native[:64, :64]).all()
        assert result.native.dtype != np.float32 or (result.native.min() >= 0 and result.native.max() <= 1)
        assert all(note.isprintable() for note in result.notes)
    else:
        assert isinstance(result, FilterBank)
        assert len(result)
        assert np.isfinite(result.weights).all()
        assert np.isfinite(result.bias).all()
