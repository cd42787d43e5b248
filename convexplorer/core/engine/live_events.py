"""What is asked of the live engine, and what it answers step by step."""

from __future__ import annotations

from dataclasses import dataclass

from convexplorer.core.engine.lattice import View
from convexplorer.core.engine.pictures import InputPicture, InputView, Look, MapPicture
from convexplorer.core.engine.statistics import Histogram, MapRange
from convexplorer.core.engine.strongest import Place
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Image, Preparation, Prepared
from convexplorer.core.model.layers import ConvLayer, Layer
from convexplorer.core.model.placement import Placement
from convexplorer.core.model.receptive import ReceptiveField
from convexplorer.core.runtime.types import Values


@dataclass(frozen=True, eq=False)
class MapsJob:
    """A frozen order for maps: everything they follow from; `before` are the layers between image and `layer`."""

    image: Image
    preparation: Preparation
    before: tuple[Layer, ...]
    layer: ConvLayer
    view: View
    input_view: InputView
    look: Look


@dataclass(frozen=True, eq=False)
class InputReady:
    """The layer's input is there; every map that follows belongs to it.

    Parameters
    ----------
    prepared : Prepared
        What the layer reads: the image, or the maps that leave the layer before.
    geometry : Geometry
        How its windows lie on that.
    image : Prepared
        The prepared image.
    below : ReceptiveField
        What each pixel or node that the layer reads sees of the image.
    placement : Placement
        Where the layer's own nodes lie over the image.
    pooled : Prepared or None
        Where `prepared` has left a pooling, what that pooling read.
    """

    prepared: Prepared
    geometry: Geometry
    image: Prepared
    below: ReceptiveField
    placement: Placement
    pooled: Prepared | None = None


@dataclass(frozen=True, eq=False)
class MapPictures:
    """Maps ready to be drawn, in the order of the view's indices.

    Parameters
    ----------
    pictures : list of MapPicture
        Those in view.
    placement : Placement
        Where their nodes lie over the image.
    kept : frozenset of int
        All maps whose pictures are still kept, in view or not; whoever shows them lets go of the others.
    """

    pictures: list[MapPicture]
    placement: Placement
    kept: frozenset[int]


@dataclass(frozen=True, eq=False)
class Ranges:
    """Figures of the whole maps known so far, by index; `done` of `total` filters have theirs, `renewed` just now."""

    ranges: dict[int, MapRange]
    done: float
    total: int
    renewed: frozenset[int] = frozenset()


@dataclass(frozen=True, eq=False)
class Strongest:
    """Where the map of one filter is strongest, with what the windows see there.

    Parameters
    ----------
    index : int
        The filter.
    places : list of Place
        Strongest first (`core.engine.strongest`).
    patches : list of ndarray, shape (C, kh, kw)
        Inputs under each one's window.
    total_equal : int
        Nodes that share the largest value.
    """

    index: int
    places: list[Place]
    patches: list[Values]
    total_equal: int


MapEvent = InputReady | InputPicture | MapPictures | Ranges | Histogram | Strongest
