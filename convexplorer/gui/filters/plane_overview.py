"""All planes of a filter at a glance: small pictures, with bars for their strength and for what they add to a node."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QEvent, QModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from convexplorer.core.engine.colour import LINES, Scale, colour
from convexplorer.gui.canvas.thumbnails import HAIRLINE, fit_into
from convexplorer.gui.filters.plane_model import PlaneListModel
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.fields.model_index import Index

SMALLEST, LARGEST = 18, 40
"""Side of a picture in pixels."""
COMFORTABLE = 26
"""Side of a picture in which a pattern can be made out."""
BAR = 3
"""Height of a bar."""
GAP = 4
"""Between two planes."""
BARS = 2 * (BAR + 1)


class _Sized(QStyledItemDelegate):
    """Makes items as large as the grid; the view draws them itself."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:
        view = option.widget
        return view.gridSize() if isinstance(view, QListView) else QSize(LARGEST, LARGEST)


class PlaneOverview(QListView):
    """A grid of planes, as large as all of them fit; a click or the arrow keys choose one.

    Parameters
    ----------
    model : PlaneListModel
        The planes.
    parent : QWidget, optional
        Qt's owner.
    """

    planeChosen = Signal(int)
    """The user chose a plane."""

    def __init__(self, model: PlaneListModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("planeOverview")
        self.setAccessibleName(self.tr("Planes of the selected filter"))
        self._planes = model
        self._choosing = True
        self.setModel(model)
        self.setItemDelegate(_Sized(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setStyleSheet("QListView { background: transparent; }")
        model.modelReset.connect(self._fit)
        self.selectionModel().currentChanged.connect(self._choose)

    def show_plane(self, plane: int | None) -> None:
        """Mark a plane without choosing it."""
        if plane is None or not self._planes.rowCount():
            return
        self._choosing = False
        self.setCurrentIndex(self._planes.index(self._planes.row_of(plane)))
        self._choosing = True
        self.viewport().update()

    def event(self, event: QEvent) -> bool:
        """Keep the keys that turn planes from being taken as shortcuts of the window."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and _turns(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page Up and Page Down turn one plane, as in the table."""
        if not _turns(event) or not self._planes.rowCount():
            super().keyPressEvent(event)
            return
        step = 1 if event.key() == Qt.Key.Key_PageDown else -1
        row = (self.currentIndex().row() + step) % self._planes.rowCount()
        self.setCurrentIndex(self._planes.index(row))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the pictures as large as fits."""
        self._fit()
        super().resizeEvent(event)

    def height_for(self, width: int) -> int:
        """The height at which all planes are seen well, in a width."""
        return _rows(width, COMFORTABLE, self._planes.rowCount()) * (COMFORTABLE + BARS + GAP)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all planes in one go: asking a delegate for one after the other takes twice as long."""
        look, planes = theme.current(), self._planes
        frames, tracks, strengths = [], [], []
        parts: tuple[list[QRectF], list[QRectF]] = ([], [])
        painter = QPainter(self.viewport())
        current = self.currentIndex().row()
        for row in range(planes.rowCount()):
            index = planes.index(row)
            rect = self.visualRect(index)
            if not rect.intersects(event.rect()):
                continue
            if row == current:
                painter.fillRect(rect, QColor(look.selected))
                painter.setPen(QPen(QColor(look.accent), 2))
                painter.drawRect(rect.adjusted(1, 0, -1, -1))
            side = rect.width() - GAP - 2
            image, strength, part = planes.facts(row)
            picture = fit_into(image.size(), QRect(rect.x() + GAP // 2 + 1, rect.y() + 2, side, side))
            painter.drawImage(picture, image)
            frames.append(picture.adjusted(-1, -1, 0, 0))
            bar = QRectF(rect.x() + GAP // 2 + 1, rect.y() + side + 4, side, BAR)
            tracks.append(bar)
            strengths.append(QRectF(bar.x(), bar.y(), side * strength, BAR))
            if part:
                left = bar.x() + side / 2 * (1 + min(part, 0.0))
                parts[part > 0].append(QRectF(left, bar.y() + BAR + 1, max(abs(part) * side / 2, 1.0), BAR))
        painter.setPen(HAIRLINE)
        painter.drawRects(frames)
        painter.setPen(Qt.PenStyle.NoPen)
        for rects, tone in (
            (tracks, QColor(look.line)),
            (strengths, QColor(look.muted)),
            (parts[0], _tone(positive=False, dark=look.dark)),
            (parts[1], _tone(positive=True, dark=look.dark)),
        ):
            painter.setBrush(tone)
            painter.drawRects(rects)

    def sizeHint(self) -> QSize:
        """Room for a few planes."""
        return QSize(3 * (LARGEST + GAP), 2 * (LARGEST + BARS + GAP))

    def minimumSizeHint(self) -> QSize:
        """Room for two planes beside each other."""
        return QSize(2 * (LARGEST + GAP), LARGEST + BARS + GAP)

    def _fit(self) -> None:
        count, room = self._planes.rowCount(), self.maximumViewportSize()
        side = LARGEST
        while side > SMALLEST and _rows(room.width(), side, count) * (side + BARS + GAP) > room.height():
            side -= 1
        fits = _rows(room.width(), side, count) * (side + BARS + GAP) <= room.height()
        # Where a scroll bar may appear, the view leaves room for it even if it is not there.
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if fits else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        if policy != self.verticalScrollBarPolicy():
            self.setVerticalScrollBarPolicy(policy)
            self.scheduleDelayedItemsLayout()
        grid = QSize(side + GAP, side + BARS + GAP)
        if grid != self.gridSize():
            self.setGridSize(grid)

    def _choose(self, index: QModelIndex) -> None:
        self.viewport().update()
        if self._choosing and index.isValid():
            self.planeChosen.emit(self._planes.plane_at(index.row()))


@lru_cache(maxsize=4)
def _tone(*, positive: bool, dark: bool) -> QColor:
    """The colour of what is added or taken away: blue or red."""
    return QColor(*colour(0.8 if positive else -0.8, Scale(-1.0, 1.0, LINES, dark)))


def _rows(width: int, side: int, count: int) -> int:
    # One pixel less: a row that is filled exactly is one too full for the view.
    return -(-count // max(1, (width - 1) // (side + GAP)))


def _turns(event: QKeyEvent) -> bool:
    plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return plain and event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
