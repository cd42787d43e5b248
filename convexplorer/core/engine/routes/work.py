"""What a route is asked for: filters laid over an input, or over some of its nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from convexplorer.core.engine.routes.windows import input_block
from convexplorer.core.model.activations import Activation
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Prepared
from convexplorer.core.runtime.types import Pixels, ShouldStop, Values, never
from convexplorer.errors import CancelledError, InvalidValueError


@dataclass(frozen=True, eq=False)
class Work:
    """A layer's filters laid over its input, checked and in the types the routes need.

    Parameters
    ----------
    image : ndarray, shape (C, H, W)
        The input, as stored.
    weights : ndarray, shape (O, C, kh, kw), float32
        At least one filter; finite.
    bias : ndarray, shape (O,), float32
        Added to the sums.
    geometry : Geometry
        Of an (H, W) input and a (kh, kw) kernel.
    activation : Activation
        What becomes of the sums.
    should_stop : callable
        Asked now and then on the way, never within a call of ONNX Runtime.
    gain : float
        Value of a pixel = stored number × gain.
    rows, columns : range, optional
        The nodes wanted, without steps; all of them unless told otherwise.

    Raises
    ------
    InvalidValueError
        If the filters' depth is not the image's.
    """

    image: Pixels
    weights: Values
    bias: Values
    geometry: Geometry
    activation: Activation = "none"
    should_stop: ShouldStop = never
    gain: float = 1.0
    rows: range | None = None
    columns: range | None = None

    def __post_init__(self) -> None:
        if self.weights.shape[1] != len(self.image):
            raise InvalidValueError(
                "filters with {depth} planes do not fit an input of {channels} channels",
                depth=self.weights.shape[1],
                channels=len(self.image),
            )

    @classmethod
    def over(
        cls,
        prepared: Prepared,
        geometry: Geometry,
        filters: tuple[Values, Values],
        nodes: tuple[range, range],
        activation: Activation = "none",
        should_stop: ShouldStop = never,
    ) -> Work:
        """Weights and bias laid over some nodes of an input, which need not be in memory as a whole."""
        rows, columns = nodes
        if prepared.stored_array is not None:
            held = prepared.stored_array
            return cls(held, *filters, geometry, activation, should_stop, prepared.gain, rows, columns)
        block = input_block(prepared, geometry, (rows.start, rows.stop), (columns.start, columns.stop))
        return cls(block, *filters, inner(geometry, block), activation, should_stop)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(O, rows, columns) of the result."""
        rows, columns = self.nodes
        return len(self.weights), len(rows), len(columns)

    @property
    def nodes(self) -> tuple[range, range]:
        """Rows and columns of the result."""
        rows, columns = map(range, self.geometry.output)
        return self.rows or rows, self.columns or columns

    def plain(self) -> Work:
        """The same on an input of float32 in C order, of which all nodes are wanted; itself where it is just that."""
        prepared = Prepared(self.image, self.gain)
        rows, columns = self.nodes
        if (len(rows), len(columns)) == self.geometry.output:
            # The routes add the padding's zeros quicker than they are copied around the input.
            image, geometry = prepared.for_reading(), self.geometry
        else:
            image = input_block(prepared, self.geometry, (rows.start, rows.stop), (columns.start, columns.stop))
            geometry = inner(self.geometry, image)
        if image is self.image:
            return self
        return replace(self, image=image, geometry=geometry, gain=1.0, rows=None, columns=None)

    def check(self) -> None:
        """Give up if told so.

        Raises
        ------
        CancelledError
            If `should_stop` says so.
        """
        if self.should_stop():
            raise CancelledError


Route = Callable[[Work], Values]
"""Takes `Work` to its maps: (O, rows, columns) float32, a new array."""


def inner(geometry: Geometry, block: Values) -> Geometry:
    """How the windows of a geometry lie on a block of its input that brings the padding's zeros along."""
    size = block.shape[1], block.shape[2]
    return Geometry.of(size, geometry.kernel, stride=geometry.stride, dilation=geometry.dilation)
