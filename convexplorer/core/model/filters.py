"""Filters and banks of filters: immutable values, and the pure edits that make new ones.

A filter is an array (C, kh, kw) of weights, one plane per input channel, with a bias. It is applied as
cross-correlation, what deep learning calls convolution. All filters of a bank share one shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convexplorer.errors import InvalidValueError

MAX_KERNEL = 31
"""Largest kernel height and width an edit in the window may ask for."""
MAX_FILTERS = 4096
"""Most filters a bank may hold."""

Weights = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Filter:
    """One filter: what a node multiplies its window with.

    Parameters
    ----------
    weights : array_like, shape (C, kh, kw) or (kh, kw)
        Finite numbers; kept as read-only float32.
    bias : float
        Added to the weighted sum; kept rounded to float32.
    name : str
        What the list and file names show.
    enabled : bool
        Whether its map is computed and shown.

    Raises
    ------
    InvalidValueError
        If the shape is not that of a filter or a number is not finite.
    """

    weights: Weights
    bias: float = 0.0
    name: str = "Filter"
    enabled: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", frozen_weights(self.weights))
        with np.errstate(over="ignore", invalid="ignore"):
            bias = float(np.float32(self.bias))
        if not np.isfinite(bias):
            raise InvalidValueError("the bias of {name} is not a finite number", name=self.name)
        object.__setattr__(self, "bias", bias)

    @property
    def channels(self) -> int:
        """Number of planes C."""
        return int(self.weights.shape[0])

    @property
    def size(self) -> tuple[int, int]:
        """Kernel height and width."""
        return int(self.weights.shape[1]), int(self.weights.shape[2])

    def __eq__(self, other: object) -> bool:
        """Equal in every stored bit."""
        if not isinstance(other, Filter):
            return NotImplemented
        return self is other or (
            (self.bias, self.name, self.enabled) == (other.bias, other.name, other.enabled)
            and self.weights.shape == other.weights.shape
            and self.weights.tobytes() == other.weights.tobytes()
        )

    __hash__ = None  # type: ignore[assignment]

    def with_weights(self, weights: ArrayLike) -> Filter:
        """The same filter with other weights."""
        return replace(self, weights=np.asarray(weights, np.float32))


def frozen_weights(weights: ArrayLike) -> Weights:
    """A read-only float32 copy of shape (C, kh, kw).

    Raises
    ------
    InvalidValueError
        If the weights are no rectangle of numbers, or one of them is not finite.
    """
    try:
        given = np.asarray(weights)
    except ValueError:
        raise InvalidValueError("the rows of a filter have different lengths") from None
    if given.dtype.kind not in "fiub":
        raise InvalidValueError("weights must be numbers")
    with np.errstate(over="ignore", invalid="ignore"):
        array = np.array(given, dtype=np.float32, order="C")
    if array.ndim == 2:
        array = array[np.newaxis]
    if array.ndim != 3 or 0 in array.shape:
        raise InvalidValueError("a filter has shape (channels, height, width), not {shape}", shape=given.shape)
    if not np.isfinite(array).all():
        raise InvalidValueError("a weight is not a finite number")
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class FilterBank(Sequence[Filter]):
    """The filters of one convolutional layer, all of one shape (C, kh, kw).

    A bank is a sequence of `Filter`. An empty bank keeps the shape its next filter will have.

    Raises
    ------
    InvalidValueError
        If the filters do not share one shape, or there are too many.
    """

    filters: tuple[Filter, ...]
    empty_shape: tuple[int, int, int] = field(default=(1, 3, 3))

    def __post_init__(self) -> None:
        object.__setattr__(self, "filters", tuple(self.filters))
        if len(self.filters) > MAX_FILTERS:
            raise InvalidValueError("a bank holds at most {most} filters", most=MAX_FILTERS)
        shapes = {one.weights.shape for one in self.filters}
        if len(shapes) > 1:
            texts = ", ".join(" × ".join(map(str, one)) for one in sorted(shapes))
            raise InvalidValueError("all filters of a bank share one shape, these have {shapes}", shapes=texts)
        if shapes:
            object.__setattr__(self, "empty_shape", shapes.pop())

    @classmethod
    def from_arrays(
        cls,
        weights: ArrayLike,
        bias: ArrayLike | None = None,
        names: Iterable[str] | None = None,
    ) -> FilterBank:
        """Make a bank from weights (O, C, kh, kw), (O, kh, kw) or (kh, kw), bias (O,) and names.

        Raises
        ------
        InvalidValueError
            If shapes disagree or a number is not finite.
        """
        array = np.asarray(weights)
        if array.ndim == 2:
            array = array[np.newaxis, np.newaxis]
        elif array.ndim == 3:
            array = array[:, np.newaxis]
        if array.ndim != 4 or 0 in array.shape:
            raise InvalidValueError(
                "weights have shape (filters, channels, height, width), not {shape}", shape=array.shape
            )
        count = array.shape[0]
        if count > MAX_FILTERS:
            raise InvalidValueError("a bank holds at most {most} filters", most=MAX_FILTERS)
        with np.errstate(invalid="ignore"):  # A signalling NaN, which is refused below.
            biases = np.zeros(count) if bias is None else np.asarray(bias, dtype=np.float64)
        labels = [f"Filter {i + 1}" for i in range(count)] if names is None else list(names)
        if biases.shape != (count,) or len(labels) != count:
            raise InvalidValueError(
                "{count} filters need {count} biases and names, not {biases} and {names}",
                count=count,
                biases=biases.size,
                names=len(labels),
            )
        return cls(tuple(map(Filter, array, biases.tolist(), labels)))

    @overload
    def __getitem__(self, index: int) -> Filter: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Filter, ...]: ...
    def __getitem__(self, index: int | slice) -> Filter | tuple[Filter, ...]:
        return self.filters[index]

    def __len__(self) -> int:
        return len(self.filters)

    def __iter__(self) -> Iterator[Filter]:
        return iter(self.filters)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FilterBank):
            return NotImplemented
        return self.filters == other.filters and self.shape == other.shape

    __hash__ = None  # type: ignore[assignment]

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, kh, kw) of every filter."""
        return self.empty_shape

    @property
    def channels(self) -> int:
        """Number of planes C of every filter."""
        return self.empty_shape[0]

    @property
    def size(self) -> tuple[int, int]:
        """Kernel height and width."""
        return self.empty_shape[1:]

    @property
    def weights(self) -> Weights:
        """All weights, shape (O, C, kh, kw)."""
        if not self.filters:
            return np.empty((0, *self.shape), np.float32)
        return np.stack([one.weights for one in self.filters])

    @property
    def bias(self) -> NDArray[np.float32]:
        """All biases, shape (O,)."""
        return np.array([one.bias for one in self.filters], np.float32)

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in order."""
        return tuple(one.name for one in self.filters)

    def with_filters(self, changes: dict[int, Filter]) -> FilterBank:
        """The bank with some filters replaced, by index. The others are shared with this bank."""
        return FilterBank(tuple(changes.get(i, one) for i, one in enumerate(self.filters)), self.empty_shape)

    def subset(self, indices: Iterable[int]) -> FilterBank:
        """The bank of some filters, in the order given."""
        return FilterBank(tuple(self.filters[i] for i in indices), self.empty_shape)

    def with_size(self, height: int, width: int) -> FilterBank:
        """Every kernel cropped or padded with zeros about its centre (`resize_weights`)."""
        _check_size(height, width)
        return FilterBank(
            tuple(one.with_weights(resize_weights(one.weights, height, width)) for one in self),
            (self.channels, height, width),
        )

    def with_channels(self, channels: int) -> FilterBank:
        """Every filter spread to, or gathered from, another number of channels (`spread_channels`)."""
        return FilterBank(
            tuple(one.with_weights(spread_channels(one.weights, channels)) for one in self),
            (channels, *self.size),
        )

    def with_inserted(self, at: int, added: Iterable[Filter]) -> FilterBank:
        """The bank with filters put in before position `at`.

        Filters of another kernel size or depth are fitted: the kernels of all grow to the larger height and
        width, padded with zeros about the centre, and the added ones take the bank's number of channels.
        """
        new = [one.with_weights(spread_channels(one.weights, self.channels)) for one in added]
        height = max([self.size[0] if self.filters else 1, *(one.size[0] for one in new)])
        width = max([self.size[1] if self.filters else 1, *(one.size[1] for one in new)])
        old = self.filters if self.size == (height, width) else self.with_size(height, width).filters
        fitted = (one.with_weights(resize_weights(one.weights, height, width)) for one in new)
        return FilterBank((*old[:at], *fitted, *old[at:]), (self.channels, height, width))


def plane_magnitudes(weights: Weights) -> NDArray[np.float64]:
    """Σ|w| of each plane of a filter (C, kh, kw), shape (C,).

    It bounds what a plane adds to a node whose inputs lie within ±1.
    """
    magnitudes: NDArray[np.float64] = np.abs(weights).sum(axis=(1, 2), dtype=np.float64)
    return magnitudes


def strongest_plane(weights: Weights) -> int:
    """The first plane with the largest Σ|w|."""
    return int(np.argmax(plane_magnitudes(weights)))


def resize_weights(weights: Weights, height: int, width: int) -> Weights:
    """Crop or zero-pad the last two axes to (height, width), keeping the centre.

    If an odd number of rows is added or removed, the extra row is at the end, as in "same" padding. Growing and then
    shrinking gives back the original weights.
    """
    for axis, new in ((-2, height), (-1, width)):
        old = weights.shape[axis]
        if new > old:
            before = (new - old) // 2
            widths: list[tuple[int, int]] = [(0, 0)] * weights.ndim
            widths[axis] = (before, new - old - before)
            weights = np.pad(weights, widths)
        elif new < old:
            start = (old - new) // 2
            keep: list[Any] = [slice(None)] * weights.ndim
            keep[axis] = slice(start, start + new)
            weights = weights[tuple(keep)]
    return weights


def spread_channels(weights: Weights, channels: int) -> Weights:
    """Give a filter (C, kh, kw) another number of planes.

    A single plane is copied to every channel, so typed numbers stay as they are. Several planes become one by their
    mean; so going from one plane to three and back changes nothing. Between other depths the mean plane is copied.
    """
    if weights.shape[0] == channels:
        return weights
    plane = weights[:1] if weights.shape[0] == 1 else weights.mean(axis=0, keepdims=True, dtype=np.float64)
    return np.repeat(plane.astype(np.float32), channels, axis=0)


def _check_size(height: int, width: int) -> None:
    if not (1 <= height <= MAX_KERNEL and 1 <= width <= MAX_KERNEL):
        raise InvalidValueError(
            "a kernel has 1 to {most} rows and columns, not {height} × {width}",
            most=MAX_KERNEL,
            height=height,
            width=width,
        )
