"""The page of banks: all filters are replaced at once, and random ones drawn anew while their parameters move."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from convexplorer.core.model.banks import BANKS
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.project import with_bank
from convexplorer.gui.document.document import Document
from convexplorer.gui.document.live_edit import LiveEdit
from convexplorer.gui.filters.commands import FilterCommands
from convexplorer.gui.filters.recipe_picker import RecipePicker

CHANNELS = "channels"
"""The parameter that is not asked for: filters are as deep as the input."""


class BankPicker(RecipePicker):
    """Chooses a bank and replaces all filters by it.

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
        self.replace_button = self.button(
            "replaceByBank",
            self.tr("Replace all filters"),
            self.tr("Put these filters in the place of all there are; Undo brings those back"),
            default=True,
        )
        self.replace_button.clicked.connect(self.replace)
        self.activated.connect(self.replace)
        self.changed.connect(self._follow_parameters)
        self.list.currentItemChanged.connect(self._release)
        document.changed.connect(self._refresh)
        self.set_recipes(BANKS.values())
        self._refresh()

    def replace(self) -> None:
        """Replace all filters."""
        self._live.end()
        self._apply()

    def _apply(self) -> None:
        label = self.tr("Replace by {name}").format(name=self.title_of(self.recipe))
        bank = self._bank(self.recipe.key, self.form.values())
        self._live.apply(label, "bank", lambda project: with_bank(project, bank))
        self._commands.select([0])
        self._refresh()

    def _bank(self, key: str, values: dict[str, float]) -> FilterBank:
        """A bank, as deep as the input."""
        channels, bank = self._document.project.bank.channels, BANKS[key]
        if any(one.name == CHANNELS for one in bank.parameters):
            values = {**values, CHANNELS: channels}
        return bank.make(**values).with_channels(channels)

    def _follow_parameters(self) -> None:
        if self._live.goes_on("bank"):
            self._apply()

    def _release(self) -> None:
        self._live.end()
        self._refresh()

    def _refresh(self) -> None:
        if self._live.goes_on("bank"):
            hint = self.tr("Their parameters change them now.") if self.form.values() else ""
            self.note.setText(f"{self.tr('All filters replaced.')} {hint}")
        else:
            self.note.setText("")
