"""The image panel's picture: the input of the layer, whole or as planes, with the cursor's window on it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from convexplorer.core.engine.pictures import InputPicture
from convexplorer.core.explain.attribution import Attribution
from convexplorer.core.model.digits import pixel
from convexplorer.gui.canvas.navigator import Frame, Navigator
from convexplorer.gui.canvas.pane import Pane
from convexplorer.gui.canvas.probe import Probe
from convexplorer.gui.canvas.raster import Raster, draw, draw_marker, draw_numbers, draw_outline, draw_spot, raster_of
from convexplorer.gui.image.shares_overlay import SharesOverlay
from convexplorer.gui.kit import theme

GAP = 4
CAPTION = 18


class ImageView(Pane):
    """Draws the input; pan and zoom are the navigator's, the node is the probe's."""

    def __init__(self, navigator: Navigator, probe: Probe, parent: QWidget | None = None) -> None:
        super().__init__(navigator, probe, parent)
        self.setObjectName("imageView")
        self.setAccessibleName(self.tr("Image"))
        self.setMinimumSize(160, 64)
        # It takes what height there is: what stands below it is to be seen without scrolling if that can be.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self._picture: InputPicture | None = None
        self._rasters: list[Raster] = []
        self._stale = False
        self._hint = ""
        self._marked = QRectF()
        self._trail: list[QRectF] = []
        self._pixel = QRectF()
        self._shares: SharesOverlay | None = None
        self._places: list[tuple[int, int]] = []

    def sizeHint(self) -> QSize:
        """Room for a small picture."""
        return QSize(320, 260)

    def show_picture(self, picture: InputPicture) -> None:
        """Take the input as the worker has drawn it."""
        if picture is not self._picture:
            self._picture = picture
            rows, columns = picture.lattice
            # Blocks are means that begin at their first pixel, while a lattice's node is drawn in its middle.
            middle = (rows.step - 1) / 2, (columns.step - 1) / 2
            self._rasters = [raster_of(one, picture.lattice, origin=middle) for one in picture.colours]
            self.update()
        self.set_stale(stale=False)

    def clear(self) -> None:
        """Show no picture, since there is none."""
        self._picture, self._rasters, self._places, self._shares = None, [], [], None
        self.set_stale(stale=False)
        self.update()

    def set_stale(self, *, stale: bool) -> None:
        """Mark the picture as behind its inputs."""
        if stale != self._stale:
            self._stale = stale
            self.update()

    def set_marked(self, area: QRectF) -> None:
        """Mark what a weight multiplies, in pixels of the image; an empty rectangle marks nothing."""
        if area != self._marked:
            self._marked = area
            self.update()

    def set_trail(self, fields: list[QRectF], pixel: QRectF) -> None:
        """Outline what the earlier steps of a trace see, in pixels of the image, and the pixel that it led to."""
        if (fields, pixel) != (self._trail, self._pixel):
            self._trail, self._pixel = fields, pixel
            self.update()

    def set_attribution(self, found: Attribution | None) -> None:
        """Lay over the dimmed picture what drove a node, or nothing."""
        self._shares = None if found is None else SharesOverlay(found)
        self.update()

    def set_places(self, nodes: list[tuple[int, int]]) -> None:
        """Mark the windows of some nodes."""
        if nodes != self._places:
            self._places = nodes
            self.update()

    def set_hint(self, text: str) -> None:
        """What to say while there is no picture."""
        self._hint = text
        self.update()

    def panes(self, count: int, size: tuple[int, int]) -> list[QRectF]:
        """The rectangle of the picture, or of each plane, for an input of some size."""
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if count == 1:
            return [area]
        height, width = size
        tall = area.height() * width > area.width() * height
        panes = []
        for i in range(count):
            if tall:
                each = (area.height() - GAP * (count - 1)) / count
                pane = QRectF(area.x(), area.y() + i * (each + GAP), area.width(), each)
            else:
                each = (area.width() - GAP * (count - 1)) / count
                pane = QRectF(area.x() + i * (each + GAP), area.y(), each, area.height())
            panes.append(pane.adjusted(0, CAPTION, 0, 0))
        return panes

    def frames(self) -> list[Frame]:
        """How the input lies in each of them."""
        panes = self.panes(len(self._rasters) or 1, self._navigator.size)
        return [self._navigator.frame(pane) for pane in panes]

    def frame_at(self, point: QPointF) -> Frame | None:
        """The pane under a point."""
        if self._picture is None:
            return None
        return next((frame for frame in self.frames() if frame.pane.contains(point)), None)

    def any_frame(self) -> Frame:
        """The first pane."""
        return self.frames()[0]

    def double_clicked(self) -> None:
        """Show all of the picture."""
        self._navigator.fit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw picture, numbers and the cursor's window."""
        look = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(look.surface))
        if self._picture is None:
            painter.setPen(QColor(look.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(24, 24, -24, -24), int(flags), self._hint)
            return
        prepared = self._picture.prepared
        apart = len(self._rasters) > 1
        for i, (frame, raster) in enumerate(zip(self.frames(), self._rasters, strict=True)):
            if apart:
                painter.setPen(QColor(look.muted))
                caption = QRectF(frame.pane.x() + 2, frame.pane.y() - CAPTION, frame.pane.width(), CAPTION)
                painter.drawText(
                    caption, Qt.AlignmentFlag.AlignVCenter, (self.tr("Red"), self.tr("Green"), self.tr("Blue"))[i]
                )
            painter.setOpacity(0.45 if self._stale else 1.0)
            draw(painter, frame, raster)
            painter.setOpacity(1.0)
            if self._shares is not None:
                self._shares.draw(painter, frame, i if apart else None)
            elif self._picture.lattice[0].step == 1:
                channels = [i] if apart else list(range(prepared.shape[0]))
                draw_numbers(
                    painter, frame, raster, partial(self._values_at, channels), pixel, QColor(128, 128, 128, 90)
                )
            self._draw_window(painter, frame, QColor(theme.ON_PICTURES))

    def _values_at(self, channels: list[int], row: int, column: int) -> tuple[float, ...]:
        """Values of a pixel of the picture."""
        if self._picture is None:
            return ()
        rows, columns = self._picture.lattice
        pixel = self._picture.prepared.block(
            slice(rows[row], rows[row] + 1), slice(columns[column], columns[column] + 1)
        )
        return tuple(pixel[channels, 0, 0].tolist())

    def _draw_window(self, painter: QPainter, frame: Frame, accent: QColor) -> None:
        """Draw the strongest windows, those of a trace, the one looked at, and the input that is pointed at."""
        node, placement = self._probe.node, self._probe.placement
        if placement is None:
            return
        if self._shares is None:
            for place in self._places:
                draw_spot(painter, frame, QRectF(*placement.window(*place)), accent)
        for field in self._trail:
            draw_outline(painter, frame, field)
        if node is not None:
            window = QRectF(*placement.window(*node))
            if self._pixel.isEmpty():
                draw_marker(painter, frame, window, accent)
            else:
                draw_outline(painter, frame, window)
        for one in (self._pixel, self._marked):
            if not one.isEmpty():
                draw_marker(painter, frame, one, accent)
