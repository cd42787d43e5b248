"""One pan and zoom, one cursor: shared by the image and all maps."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QPointF, QRectF, Signal

MAX_PIXEL = 160.0
"""Largest size of one input pixel on the screen, in screen pixels."""
LARGEST_ZOOM = 1e5
"""Largest zoom that is taken from elsewhere; `MAX_PIXEL` ends zooming long before."""
STEP = 1.25
"""Factor of one notch of the wheel."""


@dataclass(frozen=True)
class Frame:
    """How input coordinates lie in one pane of the window.

    Parameters
    ----------
    pane : QRectF
        The pane, in its widget's coordinates.
    height, width : int
        Size of the input in pixels.
    scale : float
        Screen pixels per input pixel.
    top, left : float
        Input coordinates at the pane's corner; pixel (0, 0) reaches from 0 to 1.
    """

    pane: QRectF
    height: int
    width: int
    scale: float
    top: float
    left: float

    def to_screen(self, area: QRectF) -> QRectF:
        """Where a rectangle of the input (x, y, width, height in pixels) lies in the widget."""
        return QRectF(
            self.pane.x() + (area.x() - self.left) * self.scale,
            self.pane.y() + (area.y() - self.top) * self.scale,
            area.width() * self.scale,
            area.height() * self.scale,
        )

    def to_input(self, point: QPointF) -> tuple[float, float]:
        """Row and column of the input under a point of the widget, perhaps outside of it."""
        return (
            (point.y() - self.pane.y()) / self.scale + self.top,
            (point.x() - self.pane.x()) / self.scale + self.left,
        )

    @property
    def rows(self) -> tuple[float, float]:
        """Input rows in view, from and to."""
        return max(0.0, self.top), min(float(self.height), self.top + self.pane.height() / self.scale)

    @property
    def columns(self) -> tuple[float, float]:
        """Input columns in view, from and to."""
        return max(0.0, self.left), min(float(self.width), self.left + self.pane.width() / self.scale)


class Navigator(QObject):
    """What part of the input is looked at, and where the cursor is.

    Zoom is relative to "all of it fits", so that panes of different sizes show the same.
    """

    changed = Signal()
    """Zoom, centre or the input's size."""
    cursorChanged = Signal()
    """The point under the mouse, in any view."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.size = (1, 1)
        self.zoom = 1.0
        self.centre = (0.5, 0.5)
        self.cursor: tuple[float, float] | None = None

    def set_size(self, height: int, width: int) -> None:
        """Take another input; a picture of the same proportions keeps its pan and zoom."""
        if (height, width) == self.size:
            return
        old = self.size[0] / self.size[1]
        self.size = (height, width)
        if abs(height / width / old - 1) > 0.02:
            self.zoom, self.centre = 1.0, (0.5, 0.5)
        self.set_cursor(None)
        self.changed.emit()

    def frame(self, pane: QRectF, size: tuple[int, int] | None = None) -> Frame:
        """How the input, or one of another size, lies in a pane."""
        height, width = size or self.size
        fit = min(pane.width() / width, pane.height() / height)
        scale = max(1e-6, min(fit * self.zoom, max(MAX_PIXEL, fit)))
        row = _keep_inside(self.centre[0] * height, pane.height() / scale, height)
        column = _keep_inside(self.centre[1] * width, pane.width() / scale, width)
        return Frame(pane, height, width, scale, row - pane.height() / scale / 2, column - pane.width() / scale / 2)

    def zoom_at(self, frame: Frame, point: QPointF, factor: float) -> None:
        """Zoom in or out about a point of a pane, which stays where it is."""
        height, width = self.size
        fit = min(frame.pane.width() / width, frame.pane.height() / height)
        zoom = min(max(frame.scale * factor / fit, 1.0), max(MAX_PIXEL / fit, 1.0))
        row, column = frame.to_input(point)
        scale = fit * zoom
        middle = frame.pane.center()
        self._look_at(zoom, row + (middle.y() - point.y()) / scale, column + (middle.x() - point.x()) / scale, frame)

    def pan(self, frame: Frame, delta: QPointF) -> None:
        """Move by a distance on the screen."""
        middle = frame.pane.center()
        row, column = frame.to_input(middle - delta)
        self._look_at(self.zoom, row, column, frame)

    def fit(self) -> None:
        """Show all of it."""
        self.zoom, self.centre = 1.0, (0.5, 0.5)
        self.changed.emit()

    def show(self, zoom: float, centre: tuple[float, float]) -> None:
        """Look at a point of the input, given in heights and widths of it, at a zoom of 1 or more."""
        self.zoom = min(max(zoom, 1.0), LARGEST_ZOOM)
        self.centre = (min(max(centre[0], 0.0), 1.0), min(max(centre[1], 0.0), 1.0))
        self.changed.emit()

    def set_cursor(self, point: tuple[float, float] | None) -> None:
        """Put the cursor on a point of the input (row, column), or take it away."""
        inside = point is not None and 0 <= point[0] < self.size[0] and 0 <= point[1] < self.size[1]
        new = point if inside else None
        if new != self.cursor:
            self.cursor = new
            self.cursorChanged.emit()

    def _look_at(self, zoom: float, row: float, column: float, frame: Frame) -> None:
        height, width = self.size
        scale = min(frame.pane.width() / width, frame.pane.height() / height) * zoom
        self.zoom = zoom
        self.centre = (
            _keep_inside(row, frame.pane.height() / scale, height) / height,
            _keep_inside(column, frame.pane.width() / scale, width) / width,
        )
        self.changed.emit()


def _keep_inside(centre: float, seen: float, size: int) -> float:
    """The nearest centre at which no empty border shows, or the middle where all is seen."""
    if seen >= size:
        return size / 2
    return min(max(centre, seen / 2), size - seen / 2)
