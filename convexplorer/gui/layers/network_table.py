"""The network as a table: sizes, receptive fields and costs of every layer, to be read, chosen from and copied."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableView, QToolButton, QVBoxLayout, QWidget

from convexplorer.core.project.change import Change, Kind
from convexplorer.core.project.project import Project
from convexplorer.gui.document.document import Document
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.help_button import HelpButton
from convexplorer.gui.kit.translation import with_count
from convexplorer.gui.layers.network_model import NetworkColumn, NetworkModel

ROW = 26
"""Height of a row in pixels."""
WIDEST = 800
"""Largest width: farther apart, a name and its numbers are no longer seen as one row."""


class NetworkTable(QWidget):
    """Follows the document while it can be seen."""

    layerChosen = Signal(int)
    """A layer is to be looked at."""
    copied = Signal(str)
    """A line that says what is on the clipboard now."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("networkTable")
        self._document = document
        self.model = NetworkModel(self)
        self.view = QTableView(self)
        self.view.setObjectName("networkView")
        self.view.setAccessibleName(self.tr("Layers of the network with their figures"))
        self.view.setModel(self.model)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setShowGrid(False)
        self.view.setMaximumWidth(WIDEST)
        self.view.setTabKeyNavigation(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(ROW)
        self.view.verticalHeader().setMinimumSectionSize(ROW)
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(NetworkColumn.LAYER, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        self.view.selectionModel().currentRowChanged.connect(self._choose)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.view)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_rows)
        self.button = QToolButton(self)
        self.button.setObjectName("networkCopy")
        self.button.setIcon(theme.icon("copy"))
        self.button.setText(self.tr("Copy table"))
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setToolTip(self.tr("Copy the whole table as tab-separated text; Ctrl+C copies the selected rows"))
        self.button.clicked.connect(self.copy_all)
        self._lay_out()
        document.changes(Kind.STACK | Kind.INPUT | Kind.CURRENT).connect(self._follow)

    def _lay_out(self) -> None:
        help_ = HelpButton(self._help_text(), "networkHelp", self)
        side = QVBoxLayout()
        side.setSpacing(4)
        side.addWidget(help_, 0, Qt.AlignmentFlag.AlignRight)
        side.addWidget(self.button)
        side.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(self.view, 1)
        row.addLayout(side)
        row.addStretch(0)

    def _help_text(self) -> str:
        return self.tr(
            "Each row is a layer and what it makes of what reaches it. A node of a deeper layer sees more of the "
            "image: its receptive field grows by every window it looks through, and neighbours lie further apart by "
            "every stride. Point at a number to see how it comes about. Click a row to look at that layer."
        )

    def copy_rows(self) -> None:
        """Put the selected rows on the clipboard, with the titles."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        if rows:
            QGuiApplication.clipboard().setText(self.model.text_of(rows))
            self.copied.emit(with_count(self.tr("%n row(s) copied", "", len(rows)), len(rows)))

    def copy_all(self) -> None:
        """Put the whole table on the clipboard."""
        QGuiApplication.clipboard().setText(self.model.text_of())
        self.copied.emit(self.tr("Table copied"))

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what changed while it was hidden."""
        super().showEvent(event)
        self._show(self._document.project)

    def _follow(self, change: Change) -> None:
        if self.isVisible():
            self._show(change.after)

    def _show(self, project: Project) -> None:
        shape = project.input_shape
        if shape is None:
            return
        self.model.show_network(project.layers, shape)
        selection, row = self.view.selectionModel(), project.shown_index + 1
        if selection.currentIndex().row() != row or not selection.isRowSelected(row, QModelIndex()):
            flags = QItemSelectionModel.SelectionFlag
            selection.setCurrentIndex(self.model.index(row, 0), flags.ClearAndSelect | flags.Rows)

    def _choose(self, current: QModelIndex, _previous: QModelIndex) -> None:
        layer = self.model.layer_of(current.row())
        if layer is not None and layer != self._document.project.shown_index:
            self.layerChosen.emit(layer)
