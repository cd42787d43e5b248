"""Which filters are selected: one place that every panel reads, kept in step with the document."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from convexplorer.core.model.filters import Filter
from convexplorer.core.project.change import Change, Kind
from convexplorer.gui.document.document import Document


class Selection(QObject):
    """The selected rows of the edited convolution's filters, and the current one, whose weights are edited.

    It follows every change of the document: selected filters stay selected where they are moved or brought back, and
    where the current one is deleted the next takes its place. In another layer, or another project, the same rows are
    selected as far as there are so many.

    Parameters
    ----------
    document : Document
        Whose filters they are.
    parent : QObject, optional
        Qt's owner.
    """

    changed = Signal()
    """Other filters are selected, another one is current, or selected ones are in other rows."""
    currentChanged = Signal()
    """Another filter is current, or it is in another row."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._current = 0 if len(document.project.bank) else -1
        self._rows: tuple[int, ...] = (0,) if len(document.project.bank) else ()
        self._moved = self._current_moved = False
        # Before all who ask it what is selected now; the word of it goes out when they have followed as well.
        document.changes(Kind.ROWS | Kind.LAYERS | Kind.CURRENT).connect(self._follow)
        document.changed.connect(self._tell)

    @property
    def current(self) -> int:
        """Row of the current filter; −1 if there is none."""
        return self._current

    @property
    def rows(self) -> tuple[int, ...]:
        """The selected rows, from the top; the current one need not be among them."""
        return self._rows

    @property
    def filter(self) -> Filter | None:
        """The current filter."""
        bank = self._document.project.bank
        return bank[self._current] if 0 <= self._current < len(bank) else None

    def current_first(self) -> list[int]:
        """The selected rows and the current one, which comes first."""
        rows = sorted({*self._rows, self._current} - {-1})
        return sorted(rows, key=lambda row: row != self._current)

    def select(self, rows: Iterable[int], current: int | None = None) -> None:
        """Select rows; the current one is the first of them unless it is given."""
        chosen = list(rows)
        if current is None:
            current = chosen[0] if chosen else self._current
        count = len(self._document.project.bank)
        kept = tuple(sorted({row for row in chosen if 0 <= row < count}))
        current = current if 0 <= current < count else -1
        if (kept, current) != (self._rows, self._current):
            self._moved, self._current_moved = True, self._current_moved or current != self._current
            self._rows, self._current = kept, current
            if not self._document.telling:
                self._tell()

    def toggle(self, row: int) -> None:
        """Select a row or no longer, beside the others; it becomes the current one."""
        self.select(set(self._rows) ^ {row}, row)

    def _follow(self, change: Change) -> None:
        before, before_current, count = self._rows, self._current, len(change.after.bank)
        order = change.rows
        if order is None:
            now = {row: row for row in range(count)}
        else:
            now = {was: row for row, was in enumerate(order) if was is not None}
        rows = tuple(sorted(now[row] for row in self._rows if row in now))
        current = now.get(self._current, -1)
        another = order is None or current < 0
        if current < 0 and count:
            current = _nearest(now, self._current, count)
        self._rows = rows or ((current,) if current >= 0 else ())
        self._current = current
        self._current_moved |= another or before_current != current
        self._moved |= self._current_moved or before != self._rows

    def _tell(self) -> None:
        current_moved, moved = self._current_moved, self._moved
        self._current_moved = self._moved = False
        if current_moved:
            self.currentChanged.emit()
        if moved:
            self.changed.emit()


def _nearest(now: dict[int, int], gone: int, count: int) -> int:
    """What takes the place of a row that is gone: the next one that is still there, else the one before it."""
    behind = [was for was in now if was > gone]
    before = [was for was in now if was < gone]
    if behind:
        return now[min(behind)]
    return now[max(before)] if before else min(max(gone, 0), count - 1)
