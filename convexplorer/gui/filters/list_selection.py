"""The list's selection as Qt's views know it, kept equal to the one that all panels share."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QObject, Slot

from convexplorer.gui.document.document import Document
from convexplorer.gui.document.selection import Selection
from convexplorer.gui.filters.list_model import FilterListModel


class ListSelection(QItemSelectionModel):
    """Passes on what is selected in the list, and selects there what was selected elsewhere.

    While rows come, go or move, Qt's own rules for that are not heeded: the shared selection says what is selected.

    Parameters
    ----------
    model : FilterListModel
        The rows.
    document : Document
        Tells when rows are on the move.
    selection : Selection
        What is shared.
    parent : QObject
        Qt's owner.
    """

    def __init__(self, model: FilterListModel, document: Document, selection: Selection, parent: QObject) -> None:
        super().__init__(model, parent)
        self._document = document
        self._shared = selection
        self._taking = False
        self.selectionChanged.connect(self._pass_on)
        self.currentRowChanged.connect(self._pass_on)
        selection.changed.connect(self._take)
        document.changed.connect(self._take)
        self._take()

    @Slot()
    def _pass_on(self) -> None:
        if not self._taking and not self._document.telling:
            self._shared.select(self._chosen_rows(), self.currentIndex().row())

    def _chosen_rows(self) -> set[int]:
        parts = self.selection().toList()  # selectedIndexes() would ask for the flags of every cell.
        return {row for part in parts for row in range(part.top(), part.bottom() + 1)}

    @Slot()
    def _take(self) -> None:
        rows, current, model = set(self._shared.rows), self._shared.current, self.model()
        self._taking = True
        try:
            if self.currentIndex().row() != current:
                self.setCurrentIndex(model.index(current, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
            if self._chosen_rows() != rows:
                chosen = QItemSelection()
                for row in rows:
                    chosen.select(model.index(row, 0), model.index(row, 0))
                flags = QItemSelectionModel.SelectionFlag
                self.select(chosen, flags.ClearAndSelect | flags.Rows)
        finally:
            self._taking = False
