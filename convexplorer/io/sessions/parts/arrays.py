"""The arrays of a session: described in the manifest, stored raw and little-endian, verified on reading."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from convexplorer.core.model.images import Image
from convexplorer.core.runtime.types import ShouldStop, never
from convexplorer.errors import CancelledError, InvalidValueError
from convexplorer.io.filters.manifest_fields import Json, Section

MAX_ARRAYS = 4096
"""Most arrays of a session."""
MAX_BYTES = 2_000_000_000
"""Most bytes of all its arrays; a zip up to there needs no extensions."""
DTYPES = ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f4", "<f8")
"""Types of numbers an array may have."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64}){0,3}")
_HASH = re.compile(r"[0-9a-f]{64}")
_MAX_AXES = 8
_PIECE = 2**22
"""Bytes that are written between two questions whether to stop."""


@dataclass(frozen=True)
class Declared:
    """What a manifest says about an array."""

    dtype: str
    shape: tuple[int, ...]
    sha256: str

    @property
    def nbytes(self) -> int:
        """Bytes of its data."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True, eq=False)
class ArrayPart:
    """An array to be written, and what the manifest will say about it."""

    data: memoryview
    declared: Declared

    @classmethod
    def of(cls, array: NDArray[Any]) -> ArrayPart:
        """Lay out an array as files have it, and hash it."""
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        data = little.reshape(-1).view(np.uint8).data
        return cls(data, Declared(little.dtype.str, array.shape, hashlib.sha256(data).hexdigest()))

    def write(self, file: IO[bytes], should_stop: ShouldStop = never) -> None:
        """Write the data piece by piece.

        Raises
        ------
        CancelledError
            If `should_stop` said so between two pieces.
        """
        for start in range(0, self.data.nbytes, _PIECE):
            if should_stop():
                raise CancelledError
            file.write(self.data[start : start + _PIECE])


_PIXELS: WeakKeyDictionary[Image, ArrayPart] = WeakKeyDictionary()
"""Hashing a large picture takes longer than writing all else; pictures never change."""


def pixels_part(image: Image) -> ArrayPart:
    """The pixels of a picture, hashed once as long as it lives."""
    if image not in _PIXELS:
        _PIXELS[image] = ArrayPart.of(image.native)
    return _PIXELS[image]


def declare(parts: Mapping[str, ArrayPart]) -> Json:
    """The manifest's description of arrays.

    Raises
    ------
    InvalidValueError
        If they are too large for a session.
    """
    if sum(part.declared.nbytes for part in parts.values()) > MAX_BYTES:
        raise InvalidValueError("the picture is too large to be kept inside; save the session beside its file")
    return {
        name: {"dtype": one.declared.dtype, "shape": list(one.declared.shape), "sha256": one.declared.sha256}
        for name, one in parts.items()
    }


def take_declared(manifest: Section) -> dict[str, Declared]:
    """Take out what a manifest says about its arrays, judged before any is read.

    Raises
    ------
    InvalidValueError
        If there are too many, their sizes are beyond the limit, or a name, type, shape or hash makes no sense.
    """
    found = manifest.section("arrays")
    if len(found.rest) > MAX_ARRAYS:
        raise InvalidValueError("it has more than {most} arrays", most=MAX_ARRAYS)
    made = {}
    for name in list(found.rest):
        if not _NAME.fullmatch(name):
            raise InvalidValueError("it has an array of the impossible name {name}", name=name)
        one = found.section(name)
        declared = Declared(one.take("dtype", str), one.take_numbers("shape", int), one.take("sha256", str))
        sensible = len(declared.shape) <= _MAX_AXES and all(0 <= size <= MAX_BYTES for size in declared.shape)
        if declared.dtype not in DTYPES or not sensible or not _HASH.fullmatch(declared.sha256):
            raise InvalidValueError("its array {name} is described wrongly", name=name)
        made[name] = declared
    if sum(one.nbytes for one in made.values()) > MAX_BYTES:
        raise InvalidValueError("its arrays are larger than {most} GB", most=MAX_BYTES // 10**9)
    return made


class Arrays:
    """The arrays of a session that is being read.

    Parameters
    ----------
    declared : mapping of str to Declared
        What the manifest says.
    read : callable
        Gives the bytes of one, by name and description; it may give fewer or others than declared.
    """

    def __init__(self, declared: Mapping[str, Declared], read: Callable[[str, Declared], bytes]) -> None:
        self._declared = dict(declared)
        self._read = read

    def take(self, name: str, dtypes: Iterable[str], judge: Callable[[tuple[int, ...]], object]) -> NDArray[Any]:
        """Read an array after its type and shape have been judged; `judge(shape)` raises if it does not fit.

        Raises
        ------
        InvalidValueError
            If there is none, it is refused, or its bytes are not those that were saved.
        """
        declared = self._declared.pop(name, None)
        if declared is None:
            raise InvalidValueError("its array {name} is missing", name=name)
        if declared.dtype not in dtypes:
            raise InvalidValueError("its array {name} is of an unfit type", name=name)
        judge(declared.shape)
        return self._array(name, declared)

    def rest(self) -> dict[str, NDArray[Any]]:
        """Read all arrays that have not been taken."""
        return {name: self._array(name, declared) for name, declared in self._declared.items()}

    def _array(self, name: str, declared: Declared) -> NDArray[Any]:
        data = self._read(name, declared)
        if len(data) != declared.nbytes or hashlib.sha256(data).hexdigest() != declared.sha256:
            raise InvalidValueError("it is damaged: its array {name} is not as it was saved", name=name)
        array = np.frombuffer(data, np.dtype(declared.dtype)).reshape(declared.shape)
        # NaN is both the least and the largest of its array; this makes no second array of that size.
        if array.dtype.kind == "f" and array.size and not np.isfinite((array.min(), array.max())).all():
            raise InvalidValueError("its array {name} holds a number that is not finite", name=name)
        return array
