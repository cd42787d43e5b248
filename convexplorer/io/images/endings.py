"""Detects files that end in zeros, as after an unfinished copy or download."""

from __future__ import annotations

import os
from typing import IO

from convexplorer.core.runtime.types import Pixels

_FEWEST = 64
_SHARE = 8
"""Zeros are told of from `_FEWEST` bytes on, if they are more than one in `_SHARE`."""
_PIECE = 1 << 20


def ending_notes(stream: IO[bytes], pixels: Pixels, spare: int = 0) -> tuple[str, ...]:
    """Notes on the end of a decoded file: none, or how much of it is zeros.

    A picture may be black at its end, so this is no reason to refuse it. One of a single colour is not doubted.

    Parameters
    ----------
    stream : binary file
        A file of a kind without a mark at its end.
    pixels : ndarray, shape (H, W, C)
        What it was decoded to.
    spare : int
        Bytes at the end that hold no pixel and are usually zeros.
    """
    size = stream.seek(0, os.SEEK_END)
    zeros = size - last_byte(stream)
    if zeros <= spare or zeros < max(_FEWEST, size // _SHARE) or (pixels == pixels[:1, :1]).all():
        return ()
    return (f"the last {100 * zeros // size} % of the file are zeros; it may not have been copied to its end",)


def last_byte(stream: IO[bytes]) -> int:
    """Where a file ends, zeros at its end not counted."""
    place = stream.seek(0, os.SEEK_END)
    nothing = bytes(_PIECE)
    while place > 0:
        start = max(0, place - _PIECE)
        stream.seek(start)
        piece = stream.read(place - start)
        if piece != nothing[: len(piece)]:  # A hundred times as fast as `rstrip`.
            return start + len(piece.rstrip(b"\0"))
        place = start
    return 0
