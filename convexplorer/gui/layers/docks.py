"""The docks that tell about layers: a layer beside a dense one, and the network in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.kit.lazy_dock import LazyDock
from convexplorer.gui.kit.status import BUSY
from convexplorer.gui.layers.commands import LayerCommands

if TYPE_CHECKING:
    from convexplorer.gui.dense.presenter import ComparePresenter


class LayerDocks(QObject):
    """Puts the docks into a window, behind those whose places they share, and opens them.

    Parameters
    ----------
    window : QMainWindow
        Where they are put; becomes the owner.
    exploration : Exploration
        What they tell about.
    commands : LayerCommands
        Looks at a layer that is chosen.
    """

    def __init__(self, window: QMainWindow, exploration: Exploration, commands: LayerCommands) -> None:
        super().__init__(window)
        self._window = window
        self._exploration = exploration
        self._commands = commands
        self.network = LazyDock("networkDock", self.tr("Network"), self._make_network, window)
        self._put(self.network, Qt.DockWidgetArea.BottomDockWidgetArea, "nodeDock")
        self.compare = LazyDock("compareDock", self.tr("Dense or convolutional"), self._make_compare, window)
        self._put(self.compare, Qt.DockWidgetArea.RightDockWidgetArea, "filterDock")
        self.compare_presenter: ComparePresenter | None = None

    def open(self, key: str) -> None:
        """Show what an action asks for , by the key of its action."""
        {"networkTable": self.network, "compareDense": self.compare}[key].open()

    def cancel(self) -> None:
        """Stop a test that takes long."""
        if self.compare_presenter is not None:
            self.compare_presenter.session.cancel()

    def close(self) -> None:
        """Stop what computes for them."""
        if self.compare_presenter is not None:
            self.compare_presenter.close()

    def _put(self, dock: LazyDock, area: Qt.DockWidgetArea, beside: str) -> None:
        # Hidden first: a dock that is hidden among tabs leaves its tab behind, wherever it was.
        dock.hide()
        self._window.addDockWidget(area, dock)
        for other in self._window.findChildren(QDockWidget, beside):
            self._window.tabifyDockWidget(other, dock)

    def _make_network(self) -> QWidget:
        from convexplorer.gui.layers.network_table import NetworkTable

        table = NetworkTable(self._exploration.document)
        table.layerChosen.connect(self._commands.select)
        table.copied.connect(self._exploration.said)
        return table

    def _make_compare(self) -> QWidget:
        from convexplorer.gui.dense.panel import ComparePanel
        from convexplorer.gui.dense.presenter import ComparePresenter

        exploration, panel = self._exploration, ComparePanel()
        made = ComparePresenter(exploration, panel, self)
        made.failed.connect(exploration.failed)
        made.worked.connect(lambda text: exploration.worked.emit("compare", text, BUSY))
        self.compare_presenter = made
        return panel
