"""The page of banks: they replace all filters or are added, and random ones are drawn anew as parameters move."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from convexplorer.core.model.banks import BANKS
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.project.change import Kind
from convexplorer.core.project.project import Project, add_filters, with_bank
from convexplorer.errors import InvalidValueError
from convexplorer.gui.document.document import Document
from convexplorer.gui.document.live_edit import LiveEdit
from convexplorer.gui.filters.commands import FilterCommands
from convexplorer.gui.filters.recipe_picker import RecipePicker
from convexplorer.gui.kit.error_text import error_text

CHANNELS = "channels"
"""The parameter that is not asked for: filters are as deep as the input."""


class BankPicker(RecipePicker):
    """Chooses a bank, and adds it to the filters or replaces them all by it.

    Parameters
    ----------
    document : Document
        Where the filters go.
    commands : FilterCommands
        Selects the first of them.
    parent : QWidget, optional
        Qt's owner.
    """

    def __init__(self, document: Document, commands: FilterCommands, parent: QWidget | None = None) -> None:
        super().__init__(self._bank, "banks", hidden=CHANNELS, parent=parent)
        self.set_title(self.tr("Banks"))
        self.setObjectName("bankPicker")
        self.list.setObjectName("bankList")
        self._document = document
        self._commands = commands
        self._live = LiveEdit(document)
        self._target: tuple[str, int] = ("", 0)
        self.add_button = self.button("addBank", self.tr("Add"), self.tr("Add these filters behind the selected ones"))
        self.replace_button = self.button(
            "replaceByBank",
            self.tr("Replace all filters"),
            self.tr("Put these filters in the place of all there are; Undo brings those back"),
            default=True,
        )
        self.add_button.clicked.connect(self.add)
        self.replace_button.clicked.connect(self.replace)
        self.activated.connect(self.replace)
        self.changed.connect(self._follow_parameters)
        self.list.currentItemChanged.connect(self._release)
        document.changes(Kind.FILTERS | Kind.CURRENT | Kind.LAYERS).connect(self._follow)
        self.set_recipes(BANKS.values())
        self._refresh()

    def replace(self) -> None:
        """Replace all filters."""
        self._live.end()
        self._apply("replace", 0)

    def add(self) -> None:
        """Add the bank behind the selected filters; kernels of all take the larger size."""
        self._live.end()
        try:
            self._apply("add", self._commands.place())
        except InvalidValueError as error:  # There would be too many.
            self.note.setText(error_text(error))

    def _apply(self, how: str, row: int) -> None:
        self._target = how, row
        label = self.tr("Add {name}") if how == "add" else self.tr("Replace by {name}")
        bank = self._bank(self.recipe.key, self.form.values())
        before = self._document.project.bank

        def edit(project: Project) -> Project:
            return add_filters(project, row, bank) if how == "add" else with_bank(project, bank)

        self._live.apply(label.format(name=self.title_of(self.recipe)), self._target, edit)
        self._commands.select(range(row, row + len(bank)) if how == "add" else [0])
        if how == "add":
            self._commands.tell_padding(before)
        self._refresh()

    def _bank(self, key: str, values: dict[str, float]) -> FilterBank:
        """A bank, as deep as the input."""
        channels, bank = self._document.project.bank.channels, BANKS[key]
        if any(one.name == CHANNELS for one in bank.parameters):
            values = {**values, CHANNELS: channels}
        return bank.make(**values).with_channels(channels)

    def _follow_parameters(self) -> None:
        if self._live.goes_on(self._target):
            self._apply(*self._target)

    @Slot()
    def _follow(self) -> None:
        """Stay true while it is seen; `showEvent` catches up."""
        if self.isVisible():
            self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what has changed while the page was out of sight."""
        self._refresh()
        super().showEvent(event)

    def _release(self) -> None:
        self._live.end()
        self._refresh()

    def _refresh(self) -> None:
        if self._live.goes_on(self._target):
            done = self.tr("Filters added.") if self._target[0] == "add" else self.tr("All filters replaced.")
            hint = self.tr("Their parameters change them now.") if self.form.values() else ""
            self.note.setText(f"{done} {hint}")
        else:
            self.note.setText("")
