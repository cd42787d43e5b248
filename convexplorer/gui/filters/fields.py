"""Name, place and bias of the selected filter."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from convexplorer.core.model.filters import Filter
from convexplorer.core.project.project import with_filter
from convexplorer.errors import ConvExplorerError
from convexplorer.gui.document.document import Document
from convexplorer.gui.document.live_edit import LiveEdit
from convexplorer.gui.filters.list import LONGEST_NAME
from convexplorer.gui.filters.list_model import clean_name
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.fields.number_edit import NumberField
from convexplorer.gui.kit.fields.undo_keys import UndoKeys


class FilterFields(QWidget):
    """A row of fields; what is entered goes to the document.

    Parameters
    ----------
    document : Document
        Where edits go.
    parent : QWidget, optional
        Qt's owner.
    """

    message = Signal(str)
    """One line: why something was not taken; empty when it no longer holds."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._biases = LiveEdit(document)
        self._row = -1
        self._filter: Filter | None = None
        self._subject: tuple[int, ...] = ()

        self.name = QLineEdit(self)
        self.name.setObjectName("filterName")
        self.name.setAccessibleName(self.tr("Name of the filter"))
        self.name.setToolTip(self.tr("Name of the filter; its map and its files are called so"))
        self.name.setMaxLength(LONGEST_NAME)
        UndoKeys(self.name)
        self.name.installEventFilter(self)
        self.name.editingFinished.connect(self._rename)

        self.bias = NumberField(self)
        self.bias.setObjectName("filterBias")
        self.bias.setAccessibleName(self.tr("Bias"))
        self.bias.set_tip(self.tr("Added to the weighted sum of every node. Type a number, or use ↑ ↓ and the wheel"))
        self.bias.setFixedWidth(64)
        self.bias.entered.connect(self._set_bias)
        self.bias.nudged.connect(self._nudge_bias)
        self.bias.complained.connect(self.message)

        self.place = QLabel(self)
        self.place.setObjectName("filterPlace")
        self.place.setProperty("tone", "muted")
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.name, 1)
        row.addWidget(self.place)
        row.addWidget(_caption(self.tr("&Bias"), self.bias, self))
        row.addWidget(self.bias)

    def show_filter(self, row: int, one: Filter | None) -> None:
        """Show the filter in a row of the bank, or none."""
        project = self._document.project
        subject = project.edited_index, len(project.layers), len(project.bank), row
        if subject != self._subject:  # What is being typed was for another filter.
            self._subject = subject
            self._filter = None
            self.bias.setModified(False)
        if one is None or self._filter is None or one.name != self._filter.name:
            self.name.setText("" if one is None else one.name)
            self.name.setModified(False)
        self._row, self._filter = row, one
        for field in (self.name, self.bias):
            field.setEnabled(one is not None)
        self.bias.set_value(0.0 if one is None else one.bias)
        self.place.setText("" if one is None else self.tr("{0} of {1}").format(row + 1, len(project.bank)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc in the name goes back to what it was."""
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key()
        if pressed == Qt.Key.Key_Escape and self.name.isModified() and self._filter is not None:
            self.name.setText(self._filter.name)
            self.name.selectAll()
            return True
        return super().eventFilter(watched, event)

    def _rename(self) -> None:
        if self._filter is None or not self.name.isModified():
            return
        self.name.setModified(False)
        before = self._filter.name
        try:
            name = clean_name(self.name.text())
        except ConvExplorerError as error:
            self.message.emit(error_text(error))
            name = before
        self.name.setText(name)
        if name != before:
            self._document.apply(self.tr("Rename filter"), with_filter(self._document.project, self._row, name=name))

    def _set_bias(self, value: float) -> None:
        if self._filter is not None and value != self._filter.bias:
            self._document.apply(self.tr("Edit bias"), with_filter(self._document.project, self._row, bias=value))

    def _nudge_bias(self, value: float, burst: int) -> None:
        self._try(
            lambda: self._biases.apply(
                self.tr("Edit bias"),
                (self._row, burst),
                lambda project: with_filter(project, self._row, bias=value),
            )
        )

    def _try(self, edit: Callable[[], None]) -> None:
        try:
            edit()
        except ConvExplorerError as error:
            self.message.emit(error_text(error))


def _caption(text: str, buddy: QWidget | None, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setProperty("tone", "muted")
    if buddy is not None:
        label.setBuddy(buddy)
    return label
