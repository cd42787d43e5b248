"""What the picture of the whole network shows, and where it is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage

from convexplorer.core.engine.overview import SmallMaps
from convexplorer.core.model.placement import Placement


@dataclass(frozen=True)
class LayerFace:
    """How a layer looks.

    Parameters
    ----------
    layer : int
        Which layer of the stack.
    title, size : str
        What it is called; its filters and the shape of its maps.
    names : tuple of str
        What its maps are called.
    patterns : tuple of QImage or None
        Its filters; None where a map has none of its own.
    placement : Placement
        Where its nodes lie over the image.
    """

    layer: int
    title: str
    size: str
    names: tuple[str, ...]
    patterns: tuple[QImage | None, ...]
    placement: Placement


@dataclass(frozen=True)
class Followed:
    """The node that is looked at and what flows into it.

    Parameters
    ----------
    layer, map : int
        Which map is selected.
    node : (int, int) or None
        Row and column of the node, if one is looked at.
    below : int
        The layer that it reads; −1 for the image.
    amounts : dict of int to float
        What each map of that layer gives to its sum.
    texts : dict of int to str
        The same as it is printed.
    field : QRectF
        What the node sees of the image; empty if there is no node.
    """

    layer: int = -1
    map: int = -1
    node: tuple[int, int] | None = None
    below: int = -1
    amounts: dict[int, float] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    field: QRectF = field(default_factory=QRectF)


@dataclass(frozen=True)
class Shown:
    """All that is drawn: faces of the layers, small maps as pictures, the photo, and the node followed."""

    photo: QImage | None = None
    image_size: tuple[int, int] = (1, 1)
    faces: tuple[LayerFace, ...] = ()
    maps: dict[int, SmallMaps] = field(default_factory=dict)
    pictures: dict[int, tuple[QImage, ...]] = field(default_factory=dict)
    followed: Followed = field(default_factory=Followed)
    hovered: tuple[int, int] | None = None
    stale: bool = False

    def face(self, layer: int) -> LayerFace | None:
        """How a layer looks; None if it is not there."""
        return next((one for one in self.faces if one.layer == layer), None)


@dataclass(frozen=True)
class Sight:
    """Where the scene lies in the widget: its scale, and where its corner is."""

    scale: float
    origin: QPointF

    def to_scene(self, point: QPointF) -> QPointF:
        """A point of the widget in the scene."""
        return (point - self.origin) / self.scale

    def to_widget(self, area: QRectF) -> QRectF:
        """A rectangle of the scene in the widget."""
        return QRectF(
            self.origin.x() + area.x() * self.scale,
            self.origin.y() + area.y() * self.scale,
            area.width() * self.scale,
            area.height() * self.scale,
        )
