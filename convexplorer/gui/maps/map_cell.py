"""One activation map as it is drawn: in the grid and, large, on its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QRegion

from convexplorer.core.engine.pictures import MapPicture
from convexplorer.core.engine.statistics import MapRange
from convexplorer.core.model.digits import Digits, digits_of
from convexplorer.core.model.filters import Filter
from convexplorer.core.model.placement import Placement
from convexplorer.gui.canvas.navigator import Frame
from convexplorer.gui.canvas.raster import Raster, draw, draw_marker, draw_numbers, draw_spot, raster_of
from convexplorer.gui.canvas.thumbnails import paint_pattern, pattern
from convexplorer.gui.kit import theme

HEADER = 28
STALE = 0.4

LEAST_NAME = 64
"""Width in pixels that the numbers beside a filter's name leave it, if it has need of them."""


@dataclass(eq=False)
class MapCell:
    """What one cell shows; pictures come from the worker, the filter from the project.

    `maker` is the filter whose pattern stands beside the name: `filter` itself, unless that only hands a map on.
    """

    index: int
    filter: Filter
    maker: Filter | None = None
    picture: MapPicture | None = None
    placement: Placement | None = None
    figures: MapRange | None = None
    node_value: float | None = None
    places: list[tuple[int, int]] = field(default_factory=list)
    _raster: Raster | None = None
    _drawn: MapPicture | None = None
    _pattern: tuple[Filter, QImage] | None = None

    def is_behind(self) -> bool:
        """Whether the picture is not that of the filter as it is now."""
        return self.picture is not None and self.picture.tile.filter is not self.filter

    def raster(self) -> Raster | None:
        """The picture, each node drawn over the middle of its window."""
        if self.picture is not self._drawn and self.picture is not None and self.placement is not None:
            tile, (top, left), pitch = self.picture.tile, self.placement.corner, self.placement.pitch
            # A peak stands for the nodes from its lattice's node on, while a single node is drawn in its middle.
            moved = pitch * (tile.lattice[0].step - 1) / 2 if tile.peaks else 0.0
            self._raster = raster_of(
                self.picture.colours, tile.lattice, pitch=pitch, origin=(top + moved, left + moved)
            )
            self._drawn = self.picture
        return self._raster

    def forget(self) -> None:
        """Let go of the picture, and of the memory it takes."""
        self.picture = self._drawn = self._raster = None

    def node_area(self, node: tuple[int, int]) -> QRectF:
        """The square of a node, in pixels of the image."""
        return QRectF() if self.placement is None else QRectF(*self.placement.square(*node))

    def draw_map(
        self,
        painter: QPainter,
        frame: Frame,
        node: tuple[int, int] | None,
        *,
        stale: bool,
        reveal: tuple[int, int] | None = None,
    ) -> None:
        """Draw the map, its numbers when there is room, and the node looked at.

        With `reveal`, only nodes up to that one are shown: rows above it, and its row as far as it goes.
        """
        look = theme.current()
        painter.fillRect(frame.pane, QColor(look.surface))
        raster = self.raster()
        if raster is None or self.picture is None:
            return
        painter.save()
        if reveal is not None:
            painter.setClipRegion(self._passed_region(frame, reveal))
        painter.setOpacity(STALE if stale else 1.0)
        draw(painter, frame, raster)
        painter.setOpacity(1.0)
        if self.picture.tile.lattice[0].step == 1:
            draw_numbers(
                painter,
                frame,
                raster,
                self.picture.tile.at,
                self.digits.value,
                QColor(128, 128, 128, 90),
            )
        painter.restore()
        for place in self.places:
            draw_spot(painter, frame, self.node_area(place), QColor(theme.ON_PICTURES))
        if node is not None:
            draw_marker(painter, frame, self.node_area(node), QColor(theme.ON_PICTURES))

    def _passed_region(self, frame: Frame, reveal: tuple[int, int]) -> QRegion:
        """Where the nodes lie that the sliding window has passed, this one too."""
        if self.placement is None:
            return QRegion()
        first, here = self.node_area((0, 0)), self.node_area(reveal)
        last = self.node_area((0, self.placement.output[1] - 1))
        above = QRectF(first.left(), first.top(), last.right() - first.left(), here.top() - first.top())
        beside = QRectF(first.left(), here.top(), here.right() - first.left(), here.height())
        return QRegion(frame.to_screen(above).toAlignedRect()) | QRegion(frame.to_screen(beside).toAlignedRect())

    def draw_header(self, painter: QPainter, area: QRectF, font: QFont, *, current: bool) -> None:
        """Thumbnail, name, and the range or the cursor's value at the right."""
        look = theme.current()
        side = area.height() - 6
        maker = self.maker or self.filter
        if self._pattern is None or self._pattern[0] is not maker:
            self._pattern = (maker, pattern(maker))
        paint_pattern(painter, QRectF(area.x(), area.y() + 3, side, side).toRect(), self._pattern[1])
        strong = QFont(font)
        strong.setWeight(QFont.Weight.DemiBold)
        room = area.adjusted(side + 8, 0, -2, 0)
        named = min(QFontMetricsF(strong).horizontalAdvance(self.filter.name), LEAST_NAME)
        metrics = QFontMetricsF(font)
        for text in self.right_texts():
            right = metrics.horizontalAdvance(text)
            if right + 8 + named <= room.width():
                painter.setFont(font)
                painter.setPen(QColor(look.accent if self.node_value is not None else look.muted))
                painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
                room.setWidth(room.width() - right - 8)
                break
        painter.setPen(QColor(look.text))
        painter.setFont(strong if current else font)
        name = painter.fontMetrics().elidedText(self.filter.name, Qt.TextElideMode.ElideLeft, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)

    def right_texts(self) -> list[str]:
        """The cursor's value if there is one, else the map's range; then the latter in fewer words, for less room."""
        write = self.digits.value
        if self.node_value is not None:
            return [write(self.node_value)]
        if self.figures is None or self.is_behind():
            return ["…"]
        low, high = self.figures.low, self.figures.high
        return [self.digits.bounds(low, high)] if low else [self.digits.bounds(low, high), f"≤ {write(high)}"]

    @property
    def digits(self) -> Digits:
        """How the map's values are printed."""
        return digits_of(self.maker or self.filter)
