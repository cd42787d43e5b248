"""What can be done with filters: the records of the commands, when each is possible, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication

from convexplorer.core.model import transforms
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.project.change import Kind
from convexplorer.core.project.project import add_filters, duplicate_filters, remove_filters, with_bank
from convexplorer.errors import ConvExplorerError
from convexplorer.gui.document.document import Document
from convexplorer.gui.document.selection import Selection
from convexplorer.gui.filters.list_model import FilterListModel
from convexplorer.gui.filters.weights.clipboard_blocks import clipboard_block, new_filters
from convexplorer.gui.kit.actions import ActionSpec
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.fields.typed_text import take_typed
from convexplorer.gui.kit.translation import QT_TRANSLATE_NOOP
from convexplorer.io.arrays.text import format_block

FILTER_ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "addFilter",
        QT_TRANSLATE_NOOP("actions", "&New filter"),
        QT_TRANSLATE_NOOP("actions", "Add a filter of zeros, to be filled in by hand"),
        "Ctrl+Shift+N",
        "add",
    ),
    ActionSpec(
        "presets",
        QT_TRANSLATE_NOOP("actions", "&Preset…"),
        QT_TRANSLATE_NOOP("actions", "Add or put in a well-known filter, and set its parameters"),
        "Ctrl+Shift+P",
        "preset",
    ),
    ActionSpec(
        "banks",
        QT_TRANSLATE_NOOP("actions", "&Bank…"),
        QT_TRANSLATE_NOOP("actions", "Replace all filters by a well-known bank or by random ones, or add these"),
        "Ctrl+Shift+B",
        "bank",
    ),
    ActionSpec(
        "duplicateFilters",
        QT_TRANSLATE_NOOP("actions", "&Duplicate"),
        QT_TRANSLATE_NOOP("actions", "Put a copy behind each selected filter"),
        "Ctrl+D",
        "duplicate",
    ),
    ActionSpec(
        "deleteFilters",
        QT_TRANSLATE_NOOP("actions", "De&lete"),
        QT_TRANSLATE_NOOP(
            "actions", "Remove the selected filters, and the planes of the next layer that read their maps"
        ),
        "Ctrl+Del",
        "delete",
    ),
    ActionSpec(
        "renameFilter",
        QT_TRANSLATE_NOOP("actions", "Rena&me"),
        QT_TRANSLATE_NOOP("actions", "Rename the selected filter"),
        "F2",
        "rename",
    ),
    ActionSpec(
        "toggleFilters",
        QT_TRANSLATE_NOOP("actions", "S&witch on or off"),
        QT_TRANSLATE_NOOP("actions", "Show or hide the maps of the selected filters"),
    ),
    ActionSpec(
        "moveFiltersUp",
        QT_TRANSLATE_NOOP("actions", "Move &up"),
        QT_TRANSLATE_NOOP("actions", "Move the selected filters up"),
        "Alt+Up",
        "up",
    ),
    ActionSpec(
        "moveFiltersDown",
        QT_TRANSLATE_NOOP("actions", "Move d&own"),
        QT_TRANSLATE_NOOP("actions", "Move the selected filters down"),
        "Alt+Down",
        "down",
    ),
    ActionSpec(
        "copyFilters",
        QT_TRANSLATE_NOOP("actions", "&Copy as text"),
        QT_TRANSLATE_NOOP("actions", "Copy the selected filters as tab-separated text"),
    ),
    ActionSpec(
        "pasteFilters",
        QT_TRANSLATE_NOOP("actions", "P&aste as new filters"),
        QT_TRANSLATE_NOOP("actions", "Add filters from matrices on the clipboard"),
    ),
    ActionSpec(
        "negate",
        QT_TRANSLATE_NOOP("actions", "Ne&gate"),
        QT_TRANSLATE_NOOP("actions", "Change the sign of every weight"),
        "",
        "negate",
    ),
    ActionSpec(
        "transpose",
        QT_TRANSLATE_NOOP("actions", "&Transpose"),
        QT_TRANSLATE_NOOP("actions", "Swap rows and columns"),
        "",
        "transpose",
    ),
    ActionSpec(
        "rotate",
        QT_TRANSLATE_NOOP("actions", "&Rotate"),
        QT_TRANSLATE_NOOP("actions", "Turn by 90° anticlockwise"),
        "",
        "rotate",
    ),
    ActionSpec(
        "flipHorizontal",
        QT_TRANSLATE_NOOP("actions", "Flip &horizontally"),
        QT_TRANSLATE_NOOP("actions", "Swap left and right"),
        "",
        "flip-horizontal",
    ),
    ActionSpec(
        "flipVertical",
        QT_TRANSLATE_NOOP("actions", "Flip &vertically"),
        QT_TRANSLATE_NOOP("actions", "Swap top and bottom"),
        "",
        "flip-vertical",
    ),
    ActionSpec(
        "normalise",
        QT_TRANSLATE_NOOP("actions", "Normali&se"),
        QT_TRANSLATE_NOOP("actions", "Scale the weights to the sum 1"),
        "",
        "normalise",
    ),
    ActionSpec(
        "zeroMean",
        QT_TRANSLATE_NOOP("actions", "Zero m&ean"),
        QT_TRANSLATE_NOOP("actions", "Subtract the mean, so that the weights sum to 0"),
        "",
        "zero-mean",
    ),
    ActionSpec(
        "zero", QT_TRANSLATE_NOOP("actions", "&Zero"), QT_TRANSLATE_NOOP("actions", "Set every weight to 0"), "", "zero"
    ),
    ActionSpec(
        "sameChannels",
        QT_TRANSLATE_NOOP("actions", "Same &for all channels"),
        QT_TRANSLATE_NOOP("actions", "Give every channel the mean of the planes"),
        "",
        "same-channels",
    ),
)
"""The commands, in the order of a menu."""

_SPECS = {spec.key: spec for spec in FILTER_ACTIONS}
_TRANSFORMS: dict[str, transforms.Transform] = {
    "negate": transforms.negate,
    "transpose": transforms.transpose,
    "rotate": transforms.rotate_90,
    "flipHorizontal": transforms.flip_horizontally,
    "flipVertical": transforms.flip_vertically,
    "normalise": transforms.normalise_sum,
    "zeroMean": transforms.subtract_mean,
    "zero": transforms.zero,
    "sameChannels": transforms.same_for_all_channels,
}

FILTER_MENU: tuple[str, ...] = (
    *("addFilter", "presets", "banks", "-"),
    *("duplicateFilters", "deleteFilters", "renameFilter", "toggleFilters", "-"),
    *("moveFiltersUp", "moveFiltersDown", "-", "copyFilters", "pasteFilters", "-"),
    *("negate", "transpose", "rotate", "flipHorizontal", "flipVertical", "-"),
    *("normalise", "zeroMean", "zero", "sameChannels"),
)
"""The keys of `FILTER_ACTIONS` as a menu; "-" is a line."""


class FilterCommands(QObject):
    """Runs the commands on the filters that are selected.

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
        self._runs: dict[str, Callable[[], None]] = {
            "addFilter": self._add,
            "presets": self.presetsRequested.emit,
            "banks": self.banksRequested.emit,
            "duplicateFilters": self._duplicate,
            "deleteFilters": self._delete,
            "renameFilter": self.renameRequested.emit,
            "toggleFilters": self._toggle,
            "moveFiltersUp": lambda: self._move(-1),
            "moveFiltersDown": lambda: self._move(1),
            "copyFilters": self._copy,
            "pasteFilters": self._paste,
        }
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

    def enabled(self, key: str) -> bool:
        """Whether a command is possible now."""
        if key in ("addFilter", "presets", "banks", "pasteFilters"):
            return True
        rows, bank = self.rows(), self._document.project.bank
        if not rows:
            return False
        if key == "moveFiltersUp":
            return rows != list(range(len(rows)))
        if key == "moveFiltersDown":
            return rows != list(range(len(bank) - len(rows), len(bank)))
        return key != "sameChannels" or bank.channels > 1

    def run(self, key: str) -> None:
        """Do it, if it is possible, with what is being typed already taken."""
        take_typed()
        if not self.enabled(key):
            return
        try:
            if key in self._runs:
                self._runs[key]()
            else:
                self._transform(key)
        except ConvExplorerError as error:
            self.message.emit(error_text(error))

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

    def _add(self) -> None:
        bank = self._document.project.bank
        self._insert(self.tr("New filter"), [Filter(np.zeros(bank.shape, np.float32), name=f"Filter {len(bank) + 1}")])

    def _duplicate(self) -> None:
        rows = self.rows()
        label = self.tr("Duplicate filter") if len(rows) == 1 else self.tr("Duplicate filters")
        self._document.apply(label, duplicate_filters(self._document.project, rows))
        self.select([row + before + 1 for before, row in enumerate(rows)])

    def _delete(self) -> None:
        rows = self.rows()
        label = self.tr("Delete filter") if len(rows) == 1 else self.tr("Delete filters")
        self._document.apply(label, remove_filters(self._document.project, rows))

    def _toggle(self) -> None:
        project, rows = self._document.project, self.rows()
        on = not all(project.bank[row].enabled for row in rows)
        changes = {row: replace(project.bank[row], enabled=on) for row in rows}
        label = self.tr("Switch filters on") if on else self.tr("Switch filters off")
        self._document.apply(label, with_bank(project, project.bank.with_filters(changes)))

    def _move(self, step: int) -> None:
        rows = self.rows()
        self._model.move(rows, max(rows[0] - 1, 0) if step < 0 else rows[-1] + 2)

    def _transform(self, key: str) -> None:
        project = self._document.project
        bank = transforms.transform_filters(project.bank, self.rows(), _TRANSFORMS[key])
        if bank != project.bank:
            label = QCoreApplication.translate("actions", _SPECS[key].text).replace("&", "")
            self._document.apply(label, with_bank(project, bank))

    def _copy(self) -> None:
        planes = [self._document.project.bank[row].weights for row in self.rows()]
        QGuiApplication.clipboard().setText(format_block(np.concatenate(planes)))

    def _paste(self) -> None:
        bank = self._document.project.bank
        self._insert(self.tr("Paste filters"), new_filters(clipboard_block(), bank.channels, len(bank) + 1))
