"""The docks that tell about layers: a layer beside a dense one, and the network in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDockWidget, QWidget

from convexplorer.gui.kit.lazy_dock import LazyDock
from convexplorer.gui.kit.status import BUSY

if TYPE_CHECKING:
    from convexplorer.gui.dense.presenter import ComparePresenter
    from convexplorer.gui.window.main_window import MainWindow


class LayerDocks(QObject):
    """Puts the docks into a window, behind those whose places they share, and opens them."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.network = LazyDock("networkDock", self.tr("Network"), self._make_network, window)
        self._put(self.network, Qt.DockWidgetArea.BottomDockWidgetArea, "nodeDock")
        self.compare = LazyDock("compareDock", self.tr("Dense or convolutional"), self._make_compare, window)
        self._put(self.compare, Qt.DockWidgetArea.RightDockWidgetArea, "filterDock")
        self.compare_presenter: ComparePresenter | None = None

    def open(self, key: str) -> None:
        """Show what an action asks for (`layer_commands.PANELS`)."""
        {"networkTable": self.network, "compareDense": self.compare}[key].open()

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

        table = NetworkTable(self._window.document)
        table.layerChosen.connect(self._window.layer_commands.select)
        table.copied.connect(self._window.message.say)
        return table

    def _make_compare(self) -> QWidget:
        from convexplorer.gui.dense.panel import ComparePanel
        from convexplorer.gui.dense.presenter import ComparePresenter

        window, panel = self._window, ComparePanel()
        made = ComparePresenter(window.exploration, panel, self)
        made.failed.connect(window.complain)
        made.worked.connect(lambda text: window.status.set_work("compare", text, BUSY))
        window.status.cancelled.connect(made.session.cancel)
        self.compare_presenter = made
        return panel
