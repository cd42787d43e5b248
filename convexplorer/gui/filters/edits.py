"""What can be done with the selected filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication

from convexplorer.core.model import transforms
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.project.change import Kind
from convexplorer.core.project.project import add_filters, duplicate_filters, remove_filters, with_bank
from convexplorer.gui.document.document import Document
from convexplorer.gui.document.selection import Selection
from convexplorer.gui.filters.list_model import FilterListModel
from convexplorer.gui.filters.weights.clipboard_blocks import clipboard_block, new_filters
from convexplorer.io.arrays.text import format_block


class FilterEdits(QObject):
    """Changes the filters that are selected.

    Parameters
    ----------
    document : Document
        Where the filters are, and where edits go.
    model : FilterListModel
        Moves rows.
    selection : Selection
        Which rows are selected.
    parent : QObject, optional
        Qt's owner.
    """

    changed = Signal()
    """Which commands are possible may have changed."""
    message = Signal(str)
    """One line: why something could not be done."""
    renameRequested = Signal()
    presetsRequested = Signal()
    banksRequested = Signal()

    def __init__(
        self,
        document: Document,
        model: FilterListModel,
        selection: Selection,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._model = model
        self._selection = selection
        selection.changed.connect(self.changed)
        document.changes(Kind.ROWS | Kind.KERNEL | Kind.LAYERS | Kind.CURRENT).connect(self._follow)

    def rows(self) -> list[int]:
        """The selected rows from the top; the current one where none is selected."""
        rows, current = self._selection.rows, self._selection.current
        return list(rows) if rows else [current] if current >= 0 else []

    def select(self, rows: Sequence[int]) -> None:
        """Select rows; the first becomes the current one."""
        self._selection.select(rows)

    @Slot()
    def _follow(self) -> None:
        self.changed.emit()

    @property
    def bank(self) -> FilterBank:
        """All filters of the edited layer."""
        return self._document.project.bank

    def can_move(self, step: int) -> bool:
        """Whether the selected filters are not at the end already, up (−1) or down (1)."""
        rows, count = self.rows(), len(self.bank)
        at_end = range(len(rows)) if step < 0 else range(count - len(rows), count)
        return bool(rows) and rows != list(at_end)

    def place(self) -> int:
        """Where a new filter goes: behind the selected ones, else to the end."""
        rows = self.rows()
        return rows[-1] + 1 if rows else len(self._document.project.bank)

    def tell_padding(self, before: FilterBank) -> None:
        """Say it where filters that were there became larger because others came."""
        size = self._document.project.bank.size
        if before and before.size != size:
            text = self.tr("All filters are {0} × {1} now; those that were there are padded with zeros")
            self.message.emit(text.format(*size))

    def _insert(self, label: str, filters: Sequence[Filter]) -> None:
        at, before = self.place(), self._document.project.bank
        self._document.apply(label, add_filters(self._document.project, at, filters))
        self.select(range(at, at + len(filters)))
        self.tell_padding(before)

    def add(self) -> None:
        """Put a filter of zeros behind the selected ones."""
        bank = self._document.project.bank
        self._insert(self.tr("New filter"), [Filter(np.zeros(bank.shape, np.float32), name=f"Filter {len(bank) + 1}")])

    def duplicate(self) -> None:
        """Put a copy behind each selected filter."""
        rows = self.rows()
        label = self.tr("Duplicate filter") if len(rows) == 1 else self.tr("Duplicate filters")
        self._document.apply(label, duplicate_filters(self._document.project, rows))
        self.select([row + before + 1 for before, row in enumerate(rows)])

    def delete(self) -> None:
        """Take the selected filters out."""
        rows = self.rows()
        label = self.tr("Delete filter") if len(rows) == 1 else self.tr("Delete filters")
        self._document.apply(label, remove_filters(self._document.project, rows))

    def toggle(self) -> None:
        """Switch the selected filters on, or off if all are on."""
        project, rows = self._document.project, self.rows()
        on = not all(project.bank[row].enabled for row in rows)
        changes = {row: replace(project.bank[row], enabled=on) for row in rows}
        label = self.tr("Switch filters on") if on else self.tr("Switch filters off")
        self._document.apply(label, with_bank(project, project.bank.with_filters(changes)))

    def move(self, step: int) -> None:
        """Move the selected filters up (−1) or down (1)."""
        rows = self.rows()
        self._model.move(rows, max(rows[0] - 1, 0) if step < 0 else rows[-1] + 2)

    def transform(self, label: str, transform: transforms.Transform) -> None:
        """Change the weights of the selected filters, as a step with this name."""
        bank = transforms.transform_filters(self.bank, self.rows(), transform)
        if bank != self.bank:
            self._document.apply(label, with_bank(self._document.project, bank))

    def ask_presets(self) -> None:
        """Open the page of presets."""
        self.presetsRequested.emit()

    def ask_banks(self) -> None:
        """Open the page of banks."""
        self.banksRequested.emit()

    def rename(self) -> None:
        """Edit the name of the current filter."""
        self.renameRequested.emit()

    def copy(self) -> None:
        """Put the weights on the clipboard."""
        planes = [self._document.project.bank[row].weights for row in self.rows()]
        QGuiApplication.clipboard().setText(format_block(np.concatenate(planes)))

    def paste(self) -> None:
        """Make filters of the numbers on the clipboard."""
        bank = self._document.project.bank
        self._insert(self.tr("Paste filters"), new_filters(clipboard_block(), bank.channels, len(bank) + 1))
