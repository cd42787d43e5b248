"""Places the panels of a window: the maps in the middle, docks around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QVBoxLayout, QWidget

from convexplorer.gui.kit.dock_title import DockTitle
from convexplorer.gui.kit.fold import Fold
from convexplorer.gui.kit.shrinking import ShrinkingPanel
from convexplorer.gui.layers.docks import LayerDocks
from convexplorer.gui.maps.slide_bar import SlideBar

if TYPE_CHECKING:
    from convexplorer.gui.window.main_window import MainWindow

MOST_HEIGHT = 16_777_215
"""Height in pixels by which Qt says that there is no limit."""
LEAST_NETWORK = 210
"""Height in pixels in which the table of layers opens."""
LEAST_IMAGE = 120
LEAST_FILTERS = 180
LEAST_NODE = 140, 320
"""Heights in pixels below which panels cannot be made, so that what remains in sight is of use; a width, too, of one
that is wider than the docks above it may be."""


class Docks(QObject):
    """Puts the panels that a window has made into it.

    Parameters
    ----------
    window : MainWindow
        Whose panels they are; becomes the owner.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._made_room: list[QDockWidget] = []
        self._pressed = self._dragged = 0
        window.installEventFilter(self)
        window.setCentralWidget(self._centre())
        image = ShrinkingPanel(self._image_panel(), LEAST_IMAGE)
        self.image = self._dock("imageDock", self.tr("Image"), image, Qt.DockWidgetArea.LeftDockWidgetArea)
        filters = ShrinkingPanel(window.filters, LEAST_FILTERS)
        self.filters = self._dock("filterDock", self.tr("Filters"), filters, Qt.DockWidgetArea.RightDockWidgetArea)
        node = ShrinkingPanel(window.node, *LEAST_NODE)
        self.node = self._dock("nodeDock", self.tr("Node"), node, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.node.setTitleBarWidget(DockTitle(self.node, window.node.header))
        window.node.put_above(window.trail)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)  # A tab that is chosen is not seen before the others are hidden.
        self._soon.timeout.connect(self._fit_bottom)
        for signal in (window.node.heightWanted, self.node.topLevelChanged, self.node.visibilityChanged):
            signal.connect(lambda *_: self._soon.start())
        window.training.hide()
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, window.training)
        window.tabifyDockWidget(self.filters, window.training)
        self.layers = LayerDocks(window, window.exploration, window.layer_commands)
        for corner in (Qt.Corner.BottomLeftCorner, Qt.Corner.BottomRightCorner):
            window.setCorner(corner, Qt.DockWidgetArea.BottomDockWidgetArea)
        window.training.visibilityChanged.connect(self._give_side_its_height)
        self.layers.network.visibilityChanged.connect(lambda _seen: self._soon.start())
        window.setStatusBar(window.status)
        window.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowTabbedDocks)

    def _give_side_its_height(self, seen: bool) -> None:
        """Let the side reach down to the bottom while filters are trained there; else the lens has the whole width."""
        areas = Qt.DockWidgetArea
        area = areas.RightDockWidgetArea if seen else areas.BottomDockWidgetArea
        self._window.setCorner(Qt.Corner.BottomRightCorner, area)

    def _fit_bottom(self) -> None:
        """Give the lens the height that it needs, or the table of layers in its place; both can still be dragged."""
        lens, dock, network = self._window.node, self.node, self.layers.network
        placed, seen = not dock.isFloating(), not dock.visibleRegion().isEmpty()
        low = lens.folding.folded and placed and seen
        dock.widget().setMaximumHeight(lens.wanted_height() if low else MOST_HEIGHT)
        if placed and seen and not low:
            self._window.resizeDocks([dock], [self._lens_height() + self._dragged], Qt.Orientation.Vertical)
        elif not network.isFloating() and not network.visibleRegion().isEmpty() and network.height() < LEAST_NETWORK:
            self._window.resizeDocks([network], [LEAST_NETWORK], Qt.Orientation.Vertical)

    def _lens_height(self) -> int:
        """What the lens asks for, with its title."""
        return self._window.node.wanted_height() + self.node.titleBarWidget().sizeHint().height()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Remember by how much the lens was dragged: at the edges of docks it is the window that is pressed."""
        if event.type() == QEvent.Type.MouseButtonPress:
            self._pressed = self.node.height()
        elif event.type() == QEvent.Type.MouseButtonRelease:
            moved = self.node.height() != self._pressed and not self.node.isFloating()
            if moved and not self._window.node.folding.folded:
                self._dragged = self.node.height() - self._lens_height()
        return super().eventFilter(watched, event)

    def show_legend(self, *, on: bool) -> None:
        """Put the legend of what drove a node below the image, or the image's preparation again."""
        self.preparation.setVisible(not on)
        self._window.legend.setVisible(on)

    def make_room(self, *, on: bool) -> None:
        """Leave the middle to the whole network, which shows photo and sum itself; afterwards all is as before."""
        if on:
            self._made_room = [dock for dock in (self.image, self.node) if not dock.isHidden()]
        for dock in self._made_room:
            dock.setVisible(not on)

    def show_filters(self) -> None:
        """Bring the filters to the front: a page of theirs was asked for."""
        self.filters.show()
        self.filters.raise_()

    def show_node(self) -> None:
        """Bring the equation to the front of what shares its place: a node was clicked."""
        if not self.node.isHidden():  # Whoever has closed it does not want it.
            self.node.raise_()

    def open_initialiser(self) -> None:
        """Open the page of initialisations, in sight."""
        self.show_filters()
        self._window.filters.open_initialiser()

    def _centre(self) -> QWidget:
        window = self._window
        centre = QWidget(window)
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(window.message)
        column.addWidget(window.flow.stack, 1)
        column.addWidget(SlideBar(window.sliding, window))
        return centre

    def _image_panel(self) -> QWidget:
        window = self._window
        left = QWidget()
        left.setObjectName("imagePanel")
        rows = QVBoxLayout(left)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(window.image, 1)
        self.preparation = Fold("preparation", self.tr("How the picture is prepared"), window.preparation)
        self.preparation.set_line(window.preparation.summary())
        window.preparation.summarised.connect(self.preparation.set_line)
        window.preparation.refused.connect(lambda: self.preparation.set_open(on=True))
        rows.addWidget(self.preparation)
        rows.addWidget(window.legend)
        window.legend.hide()
        return left

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)
        dock.setWidget(widget)
        self._window.addDockWidget(area, dock)
        return dock
