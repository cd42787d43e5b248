"""The grid of activation maps: one cell a filter, all with one pan, zoom and cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from convexplorer.core.engine.live import MapPictures
from convexplorer.core.engine.statistics import MapRange
from convexplorer.core.model.filters import FilterBank
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.canvas.navigator import Frame
from convexplorer.gui.canvas.pane import navigate
from convexplorer.gui.canvas.pane_mouse import PaneMouse
from convexplorer.gui.kit import theme
from convexplorer.gui.maps.cells import MapCells
from convexplorer.gui.maps.grid_layout import GridLayout, arrange
from convexplorer.gui.maps.map_cell import HEADER, MapCell
from convexplorer.gui.maps.map_tip import map_tip


class MapGrid(QAbstractScrollArea):
    """Draws all maps in one widget, so that hundreds of them stay fluid.

    Parameters
    ----------
    exploration : Exploration
        The shared pan, zoom, cursor, node and selected filters; the current filter's map is the chosen one.
    parent : QWidget, optional
        Qt's owner.
    """

    viewChanged = Signal()
    """Other cells are in view, or they have another size."""
    focusRequested = Signal(int)
    """A map is to be shown large."""
    menuRequested = Signal(int, object)
    """A context menu for a map at a global position."""
    dragRequested = Signal(int)
    """A map is being dragged out by its header."""

    def __init__(self, exploration: Exploration, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        navigator, probe, selection = exploration.navigator, exploration.probe, exploration.selection
        self.setObjectName("mapGrid")
        self.setAccessibleName(self.tr("Activation maps"))
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.setMinimumSize(240, 160)
        self._navigator = navigator
        self._selection = selection
        self._probe = probe
        self._mouse = PaneMouse(self.viewport(), navigator, probe, self._frame_at)
        self._reveal_to: tuple[int, int] | None = None
        self._cells = MapCells()
        self._layout = GridLayout(0, 1, 1.0, HEADER, 1.0, 0.0)
        self._cell_width = 0
        self._stale = False
        self.selectable = True
        self._hint = ""
        self._pressed_header: int | None = None
        self._pressed_at = QPointF()
        navigator.changed.connect(self._arrange)
        probe.changed.connect(self.viewport().update)
        selection.changed.connect(self._selection_changed)
        self.verticalScrollBar().valueChanged.connect(self._follow_scrolling)

    # --- what is shown -------------------------------------------------------------------------------------------

    def set_bank(
        self, bank: FilterBank, makers: FilterBank | None = None, order: Sequence[int | None] | None = None
    ) -> None:
        """Show a cell for every filter that is on (`MapCells.set_bank`); pictures stay until newer ones come."""
        moved, changed = self._cells.set_bank(bank, makers, order)
        if moved:
            self._arrange()
        self._renew_headers(changed)

    def show_pictures(self, made: MapPictures) -> None:
        """Take maps as the worker has drawn them."""
        self._renew(self._cells.show_pictures(made))
        self.set_stale(stale=False)

    def forget_pictures(self) -> None:
        """There are no maps any more."""
        self._cells.forget_pictures()
        self.viewport().update()

    def show_ranges(self, ranges: Mapping[int, MapRange]) -> None:
        """Take the figures of whole maps."""
        self._renew_headers(self._cells.show_ranges(ranges))

    def show_node(self, values: Mapping[int, float]) -> None:
        """Take the value of the cursor's node on every map; empty when there is no cursor."""
        self._renew_headers(self._cells.show_node(values))

    def show_places(self, index: int | None, nodes: list[tuple[int, int]]) -> None:
        """Ring some nodes of one map, and none on the others."""
        self._renew(self._cells.show_places(index, nodes))

    def set_stale(self, *, stale: bool) -> None:
        """Mark the maps as behind their inputs."""
        if stale != self._stale:
            self._stale = stale
            self.viewport().update()

    def set_selectable(self, *, selectable: bool) -> None:
        """Whether cells stand for rows of the filter list, and choose them when clicked."""
        self.selectable = selectable
        self.viewport().update()

    def set_reveal(self, node: tuple[int, int] | None) -> None:
        """Show the maps only up to a node, or whole."""
        self._reveal_to = node
        self.viewport().update()

    def set_hint(self, text: str) -> None:
        """What to say when there is no map."""
        self._hint = text
        self.viewport().update()

    @property
    def cell_width(self) -> int:
        """Width of the maps; 0 fits them to the window."""
        return self._cell_width

    def set_cell_width(self, width: int) -> None:
        """Make cells this wide; 0 fits them to the window."""
        self._cell_width = width
        self._arrange()

    @property
    def cells(self) -> list[MapCell]:
        """The cells, in the order of their filters."""
        return self._cells.cells

    # --- geometry ------------------------------------------------------------------------------------------------

    def visible_indices(self) -> tuple[int, ...]:
        """Filters whose maps can be seen."""
        places = self._layout.in_view(self._offset, self.viewport().height())
        return tuple(self.cells[place].index for place in places)

    def first_pane(self) -> QRectF:
        """The rectangle of the first map; all are alike."""
        return self._layout.pane(0, self._offset)

    def cell_rect(self, place: int) -> QRectF:
        """The rectangle of a cell in the viewport."""
        return self._layout.cell(place, self._offset)

    def _renew(self, places: list[int]) -> None:
        """Draw cells again, and no others."""
        for place in places:
            self.viewport().update(self.cell_rect(place).toAlignedRect().adjusted(-4, -4, 4, 4))

    def _renew_headers(self, places: list[int]) -> None:
        """Draw what stands above maps again, and not the maps."""
        for place in places:
            rect = self.cell_rect(place)
            self.viewport().update(QRectF(rect.x(), rect.y(), rect.width(), HEADER).toAlignedRect())

    @property
    def _offset(self) -> float:
        return float(self.verticalScrollBar().value())

    def _arrange(self) -> None:
        height, width = self._navigator.size
        view = self.viewport().size()
        bar = self.verticalScrollBar()
        shape = height / width, HEADER, self._cell_width
        self._layout = layout = arrange(len(self.cells), view.width(), view.height(), *shape)
        bar.setPageStep(view.height())
        bar.setSingleStep(max(20, int(layout.row_height / 3)))
        bar.setRange(0, max(0, int(layout.height - view.height() + 0.5)))
        self.viewport().update()
        self.viewChanged.emit()

    def _follow_scrolling(self) -> None:
        self.viewport().update()
        self.viewChanged.emit()

    def _place_at(self, point: QPointF) -> int | None:
        for place in self._layout.in_view(self._offset, self.viewport().height()):
            if self.cell_rect(place).contains(point):
                return place
        return None

    def _frame_at(self, point: QPointF) -> Frame | None:
        place = self._place_at(point)
        if place is None:
            return None
        frame = self._navigator.frame(self._layout.pane(place, self._offset))
        return frame if frame.pane.contains(point) else None

    def _selection_changed(self) -> None:
        for place, cell in enumerate(self.cells):
            if cell.index == self._selection.current:
                self._reveal(place)
        self.viewport().update()

    def _reveal(self, place: int) -> None:
        rect, bar = self.cell_rect(place), self.verticalScrollBar()
        if rect.top() < 0:
            bar.setValue(int(bar.value() + rect.top() - 8))
        elif rect.bottom() > self.viewport().height():
            bar.setValue(int(bar.value() + rect.bottom() - self.viewport().height() + 8))

    # --- events --------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Room for a few maps."""
        return QSize(640, 520)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Lay out anew."""
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cells in view."""
        look = theme.current()
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), QColor(look.window))
        if not self.cells:
            painter.setPen(QColor(look.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(32, 32, -32, -32), int(flags), self._hint)
            return
        current = self._selection.current if self.selectable else -1
        for place in self._layout.in_view(self._offset, self.viewport().height()):
            cell, rect = self.cells[place], self.cell_rect(place)
            header, pane = QRectF(rect.x(), rect.y(), rect.width(), HEADER), rect.adjusted(0, HEADER, 0, 0)
            chosen = cell.index == current
            if event.region().intersects(header.toAlignedRect()):
                cell.draw_header(painter, header, self.font(), current=chosen)
            if event.region().intersects(pane.toAlignedRect()):
                frame = self._navigator.frame(pane)
                cell.draw_map(painter, frame, self._probe.node, stale=self._stale, reveal=self._reveal_to)
            if chosen:
                painter.setPen(QPen(QColor(look.accent), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(pane.adjusted(-2, -2, 2, 2), 3, 3)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a map; then pan, or drag it out by its header."""
        place = self._place_at(event.position())
        if place is None:
            return
        index = self.cells[place].index
        self._choose(index, beside=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        if self._frame_at(event.position()) is None and event.button() == Qt.MouseButton.LeftButton:
            self._pressed_header, self._pressed_at = index, event.position()
        else:
            self._mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, move the cursor, or begin to drag a map out."""
        if self._pressed_header is not None:
            if (event.position() - self._pressed_at).manhattanLength() > 8:
                index, self._pressed_header = self._pressed_header, None
                self.dragRequested.emit(index)
            return
        self._mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Pin a node, or end a pan."""
        self._pressed_header = None
        self._mouse.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show a map large."""
        self._probe.let_go()
        place = self._place_at(event.position())
        if place is not None:
            self.focusRequested.emit(self.cells[place].index)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the map under the mouse, or with the chosen one."""
        place = self._place_at(QPointF(event.pos()))
        if place is not None:
            self.menuRequested.emit(self.cells[place].index, event.globalPos())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom; but scroll when there is more than fits, unless Ctrl is down or the maps are zoomed."""
        zooms = event.modifiers() & Qt.KeyboardModifier.ControlModifier or self.verticalScrollBar().maximum() == 0
        if zooms and self._mouse.wheel(event):
            return
        super().wheelEvent(event)
        self._mouse.hover(event.position())

    def leaveEvent(self, _event: QEvent) -> None:
        """Take the cursor away."""
        self._mouse.leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return shows the chosen map large; arrows move a pinned node, pan when zoomed, or choose; + − 0 zoom."""
        if self._probe.key(event):
            return
        row = self._selection.current
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row >= 0:
            self.focusRequested.emit(row)
            return
        if self.cells and navigate(self._navigator, self._navigator.frame(self.first_pane()), event):
            return
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._layout.columns,
            Qt.Key.Key_Down: self._layout.columns,
        }
        step = steps.get(Qt.Key(event.key()))
        places = [place for place, cell in enumerate(self.cells) if cell.index == row]
        if step is None or not places:
            super().keyPressEvent(event)
            return
        place = min(max(places[0] + step, 0), len(self.cells) - 1)
        self._choose(self.cells[place].index)

    def _choose(self, index: int, *, beside: bool = False) -> None:
        if not self.selectable:
            return
        if beside:
            self._selection.toggle(index)
        else:
            self._selection.select([index])

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell in a tooltip over its head what a cell shows; over a map it would cover the neighbours."""
        if isinstance(event, QHelpEvent):
            at = QPointF(event.pos())
            place = self._place_at(at) if self._frame_at(at) is None else None
            QToolTip.showText(event.globalPos(), "" if place is None else map_tip(self.cells[place]), self.viewport())
            return True
        return super().viewportEvent(event)
