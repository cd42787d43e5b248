"""A file of parts reads like the parts joined."""

from __future__ import annotations

import os
from io import BytesIO

import numpy as np

from convexplorer.io.files.spliced import open_spliced


def test_it_reads_like_a_file_with_the_same_bytes() -> None:
    rng = np.random.default_rng(1)
    whole = rng.integers(0, 256, 100_000, np.uint8).tobytes()
    parts = [b"head", slice(10, 20), b"", slice(50_000, 99_000), slice(5, 5), b"tail", slice(0, 7)]
    joined = b"".join(one if isinstance(one, bytes) else whole[one] for one in parts)
    file, expected = open_spliced(BytesIO(whole), parts), BytesIO(joined)
    assert file.read() == expected.read() == joined
    for _ in range(300):
        place, size = int(rng.integers(-3, len(joined) + 9)), int(rng.integers(0, 20_000))
        whence = int(rng.integers(0, 3))
        if whence == os.SEEK_SET:
            place = max(0, place)
        elif whence == os.SEEK_END:
            place = -min(max(0, place), len(joined))
        else:
            place = 3
        assert file.seek(place, whence) == expected.seek(place, whence)
        assert file.read(size) == expected.read(size)
        assert file.tell() == expected.tell()
