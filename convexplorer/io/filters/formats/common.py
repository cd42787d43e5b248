"""Shared by all filter formats: limits, layouts, and the checks of arrays that become a bank."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import IO, Any, Literal, NamedTuple

from numpy.typing import NDArray

from convexplorer.core.model.filters import MAX_FILTERS, FilterBank
from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays.text import MAX_CHARACTERS

MAX_SIDE = 63
"""Largest kernel height and width in a file."""
MAX_CHANNELS = 4096
"""Most planes of a filter in a file."""
MAX_NUMBERS = 64_000_000
"""Most weights in a file."""
MAX_NAME = 1000
"""Longest name of a filter in a file, in characters."""

FORMAT = "convexplorer-filters"
"""Value of the field "format" in formats that have one."""
VERSION = "1.0"
"""Version of the format, major.minor. Readers refuse another major version, and ignore additions of a newer minor."""

WeightLayout = Literal["OIHW", "HWIO"]
"""Order of the axes of 4-D weights: filters O, channels I, rows H, columns W."""
LAYOUTS: tuple[WeightLayout, ...] = ("OIHW", "HWIO")


class Parsed(NamedTuple):
    """What a file holds.

    Attributes
    ----------
    bank : FilterBank
        Its filters.
    doubtful : bool
        Whether the meaning of the four axes is a guess: nobody told it, and the other layout is possible too.
    """

    bank: FilterBank
    doubtful: bool = False


def check_layout(layout: str) -> WeightLayout:
    """Make sure that a layout is known.

    Raises
    ------
    InvalidValueError
        If it is not one of `LAYOUTS`.
    """
    for known in LAYOUTS:
        if layout == known:
            return known
    raise InvalidValueError("the layout is OIHW or HWIO, not {layout}", layout=layout)


def check_shape(shape: Sequence[int], layout: WeightLayout | None = None) -> None:
    """Check the shape of an array of weights before memory is taken for it.

    Parameters
    ----------
    shape : sequence of int
        (kh, kw), (O, kh, kw), or four axes in the order of `layout`.
    layout : WeightLayout, optional
        What four axes mean, where somebody chose that; by default they are (O, C, kh, kw), of which there is no doubt.

    Raises
    ------
    InvalidValueError
        If it is not the shape of filters, or beyond the limits.
    """
    if not 2 <= len(shape) <= 4 or 0 in shape:
        raise InvalidValueError("an array of shape {shape} does not hold filters", shape=_times(shape))
    problem = _beyond(_oihw(shape, layout or "OIHW"))
    if problem is None:
        return
    other: WeightLayout = "HWIO" if layout == "OIHW" else "OIHW"
    if layout and len(shape) == 4 and _beyond(_oihw(shape, other)) is None:
        raise InvalidValueError(
            "read as {layout}, the shape {shape} makes no sense; its layout seems to be {other}",
            layout=layout,
            shape=_times(shape),
            other=other,
        )
    template, most = problem
    raise InvalidValueError(template, shape=_times(shape), most=most)


def is_doubtful(shape: Sequence[int]) -> bool:
    """Whether four axes that nobody explained can as well be (rows, columns, channels, filters), Keras' order.

    Kernels are square far more often than not, so that reading counts if it gives square ones, or if (O, C, kh, kw)
    gives none; but 1 × 1 only in the latter case.
    """
    if len(shape) != 4 or _beyond(_oihw(shape, "OIHW")) or _beyond(_oihw(shape, "HWIO")):
        return False
    rows, columns, height, width = shape
    return height != width or (rows == columns and rows > 1)


def parse(
    weights: NDArray[Any],
    layout: WeightLayout | None,
    bias: NDArray[Any] | None = None,
    names: Sequence[str] | None = None,
) -> Parsed:
    """Make the bank of a file's arrays (`make_bank`); without a layout as OIHW, where that is doubtful with a note."""
    return Parsed(
        make_bank(weights, layout or "OIHW", bias, names), doubtful=layout is None and is_doubtful(weights.shape)
    )


def make_bank(
    weights: NDArray[Any],
    layout: WeightLayout = "OIHW",
    bias: NDArray[Any] | None = None,
    names: Sequence[str] | None = None,
) -> FilterBank:
    """Make the bank of a file's arrays.

    Raises
    ------
    InvalidValueError
        If shapes disagree, a number is not finite, or a name is no text.
    """
    check_shape(weights.shape, layout)
    if weights.ndim == 4 and layout == "HWIO":
        weights = weights.transpose(3, 2, 0, 1)
    bank = FilterBank.from_arrays(weights, bias, names)
    check_names(bank.names)
    return bank


def check_bank(bank: FilterBank) -> None:
    """Check that a bank could be read again once it is written.

    Raises
    ------
    InvalidValueError
        If it is empty or beyond the limits.
    """
    if not bank:
        raise InvalidValueError("there are no filters to save")
    check_shape((len(bank), *bank.shape))
    check_names(bank.names)


def check_names(names: Sequence[str]) -> None:
    """Make sure that names are texts of a sensible length.

    Raises
    ------
    InvalidValueError
        If one is not.
    """
    for number, name in enumerate(names, 1):
        if len(name) > MAX_NAME:
            raise InvalidValueError("the name of filter {number} is longer than {most}", number=number, most=MAX_NAME)
        try:
            name.encode()
        except UnicodeEncodeError:
            raise InvalidValueError("the name of filter {number} is not valid text", number=number) from None


def check_version(format_id: object, version: object, expected: str = FORMAT) -> None:
    """Refuse what another program, or a later major version of this one, wrote.

    Raises
    ------
    InvalidValueError
        If the format is not the one expected, or its version not one with the major number of `VERSION`.
    """
    if format_id != expected:
        raise InvalidValueError("this is not a file of filters (its format is not {format})", format=expected)
    major, point, minor = version.partition(".") if isinstance(version, str) else ("", "", "")
    if not (major.isdecimal() and point and minor.isdecimal()):
        raise InvalidValueError("its version is missing or makes no sense")
    if major != VERSION.partition(".")[0]:
        raise InvalidValueError(
            "it is of version {version}, this program reads {known}; an update may help", version=version, known=VERSION
        )


def read_text(file: IO[bytes]) -> str:
    """Read a whole file as UTF-8.

    Raises
    ------
    InvalidValueError
        If it is too long, or is not text in UTF-8.
    """
    data = file.read(MAX_CHARACTERS + 1)
    if len(data) > MAX_CHARACTERS:
        raise InvalidValueError("it is too long for text; the limit is {most} MB", most=MAX_CHARACTERS // 2**20)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidValueError("this is not text, or not in UTF-8") from error
    if "\0" in text:
        raise InvalidValueError("this is not text, or not in UTF-8")
    return text


def write_text(file: IO[bytes], pieces: Iterable[str]) -> None:
    """Write a text, made piece by piece, as UTF-8.

    Raises
    ------
    InvalidValueError
        If it is so long that it could not be read again.
    """
    size = 0
    for piece in pieces:
        data = piece.encode()
        size += len(data)
        if size > MAX_CHARACTERS:
            raise InvalidValueError("these are too many numbers for text; save them as .npz or .safetensors")
        file.write(data)


def _oihw(shape: Sequence[int], layout: WeightLayout) -> tuple[int, int, int, int]:
    if len(shape) == 4:
        first, second, third, fourth = shape
        return (fourth, third, first, second) if layout == "HWIO" else (first, second, third, fourth)
    return (shape[0] if len(shape) == 3 else 1), 1, shape[-2], shape[-1]


def _beyond(shape: tuple[int, int, int, int]) -> tuple[str, int] | None:
    """Message and number of the first limit that a shape (O, C, kh, kw) is beyond, or None."""
    filters, channels, height, width = shape
    for size, most, template in (
        (filters, MAX_FILTERS, "the shape {shape} is of more than {most} filters"),
        (channels, MAX_CHANNELS, "the shape {shape} is of filters with more than {most} planes"),
        (max(height, width), MAX_SIDE, "the shape {shape} is of kernels larger than {most} × {most}"),
        (math.prod(shape), MAX_NUMBERS, "the shape {shape} is of more than {most} numbers"),
    ):
        if size > most:
            return template, most
    return None


def _times(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape)) or "()"
