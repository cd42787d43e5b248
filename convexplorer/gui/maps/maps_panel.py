"""The maps: the grid of all, or one of them large; or the parts of one filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from convexplorer.core.engine.live import MapPictures
from convexplorer.core.engine.statistics import Histogram, MapRange
from convexplorer.core.model.filters import FilterBank
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.kit.drop_frame import DropFrame
from convexplorer.gui.maps.caption_bar import CaptionBar
from convexplorer.gui.maps.map_cell import MapCell
from convexplorer.gui.maps.map_focus import MapFocus
from convexplorer.gui.maps.map_grid import MapGrid


class MapsPanel(QWidget):
    """Shows what the worker makes, in the grid and in the large view."""

    viewChanged = Signal()
    """What can be seen has changed."""
    menuRequested = Signal(int, object)
    dragRequested = Signal(int)
    comparisonClosed = Signal()
    """All filters are wanted again."""

    def __init__(self, exploration: Exploration, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selection = exploration.selection
        self.grid = MapGrid(exploration, self)
        self.large = MapFocus(exploration.navigator, exploration.probe, self)
        self.setFocusProxy(self.grid)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self.large)
        self._caption = CaptionBar(self)
        self._caption.closed.connect(self.comparisonClosed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._caption)
        layout.addWidget(self._stack, 1)
        self._welcome = DropFrame(self)
        self._large: MapCell | None = None
        self.grid.viewChanged.connect(self.viewChanged)
        self.grid.focusRequested.connect(self.focus_map)
        self.grid.menuRequested.connect(self.menuRequested)
        self.grid.dragRequested.connect(self.dragRequested)
        self.large.menuRequested.connect(self.menuRequested)
        self.large.closed.connect(self.show_all)
        self._selection.currentChanged.connect(self._show_current)

    @property
    def focused(self) -> int | None:
        """The filter whose map is shown large, wherever it has been moved; None while all are shown."""
        return None if self._large is None else self._large.index

    def focus_map(self, index: int) -> None:
        """Show one map large."""
        cell = self._cell(index)
        if cell is None:
            return
        self._enlarge(cell)
        self._stack.setCurrentWidget(self.large)
        self.large.canvas.setFocus()

    def _enlarge(self, cell: MapCell) -> None:
        self._large = cell
        self._refresh_large()
        self.viewChanged.emit()

    def show_all(self) -> None:
        """Go back to the grid."""
        self._large = None
        self._stack.setCurrentWidget(self.grid)
        self.grid.setFocus()
        self.viewChanged.emit()

    def set_comparison(self, caption: str) -> None:
        """Show parts of one filter, under a caption that says what they are; "" ends that."""
        self._caption.set_text(caption)
        self.grid.set_selectable(selectable=not caption)
        if self.focused is not None:
            self.show_all()

    def set_welcome(self, *, on: bool) -> None:
        """Frame the maps while something that can be opened is carried over the window."""
        if on != self._welcome.isVisibleTo(self):
            self._welcome.setGeometry(self.rect())
            self._welcome.setVisible(on)
            self._welcome.raise_()

    def visible_indices(self) -> tuple[int, ...]:
        """Filters whose maps can be seen."""
        return self.grid.visible_indices() if self.focused is None else (self.focused,)

    def pane(self) -> QRectF:
        """The rectangle of a map; in the grid all are alike."""
        return self.grid.first_pane() if self.focused is None else self.large.canvas.pane()

    def set_bank(
        self, bank: FilterBank, makers: FilterBank | None = None, order: Sequence[int | None] | None = None
    ) -> None:
        """Follow the project's filters (`MapCells.set_bank`); the large map goes with its filter."""
        large = self._large
        self.grid.set_bank(bank, makers, order)
        if large is not None and not any(cell is large for cell in self.grid.cells):
            # Its filter is gone or off: the one that is selected now takes its place.
            self._large = self._cell(self._selection.current) if self.grid.selectable else None
            if self._large is None:
                self.show_all()
            else:
                self.viewChanged.emit()
        self._refresh_large()

    def forget_pictures(self) -> None:
        """There are no maps any more."""
        self.grid.forget_pictures()
        self._refresh_large()

    def show_pictures(self, made: MapPictures) -> None:
        """Take maps from the worker."""
        self.grid.show_pictures(made)
        self.large.set_stale(stale=False)
        self._refresh_large()

    def show_ranges(self, ranges: Mapping[int, MapRange]) -> None:
        """Take figures from the worker."""
        self.grid.show_ranges(ranges)
        self._refresh_large()

    def show_histogram(self, histogram: Histogram) -> None:
        """Take a histogram from the worker."""
        self.large.show_histogram(histogram)

    def show_node(self, values: Mapping[int, float]) -> None:
        """Take the value of the cursor's node on every map."""
        self.grid.show_node(values)
        self.large.canvas.update()

    def set_places(self, index: int | None, nodes: list[tuple[int, int]]) -> None:
        """Ring some nodes of one map: where it is strongest."""
        self.grid.show_places(index, nodes)
        self.large.canvas.update()

    def set_stale(self, *, stale: bool) -> None:
        """Mark what is shown as behind its inputs."""
        self.grid.set_stale(stale=stale)
        self.large.set_stale(stale=stale)

    def set_reveal(self, node: tuple[int, int] | None) -> None:
        """Show the maps only up to a node, or whole."""
        self.grid.set_reveal(node)
        self.large.canvas.reveal = node
        self.large.canvas.update()

    def _show_current(self) -> None:
        """Where a map is shown large, show that of the current filter."""
        cell = self._cell(self._selection.current)
        if self._large is not None and self.grid.selectable and cell is not None:
            self._enlarge(cell)

    def _cell(self, index: int) -> MapCell | None:
        return next((cell for cell in self.grid.cells if cell.index == index), None)

    def _refresh_large(self) -> None:
        if self._large is not None:
            self.large.show_cell(self._large)
