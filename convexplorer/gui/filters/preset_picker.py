"""The page of presets: added or put in once, then changed live while their parameters move."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from convexplorer.core.model.filters import Filter
from convexplorer.core.model.presets import PRESETS
from convexplorer.core.project.change import Kind
from convexplorer.core.project.project import Project, add_filters, with_bank
from convexplorer.gui.document.document import Document
from convexplorer.gui.document.live_edit import LiveEdit
from convexplorer.gui.filters.commands import FilterCommands
from convexplorer.gui.filters.recipe_picker import RecipePicker


class PresetPicker(RecipePicker):
    """Chooses a preset and makes a filter of it.

    Parameters
    ----------
    document : Document
        Where the filter goes.
    commands : FilterCommands
        Knows which filters are selected.
    parent : QWidget, optional
        Qt's owner.
    """

    def __init__(self, document: Document, commands: FilterCommands, parent: QWidget | None = None) -> None:
        super().__init__(lambda key, values: [PRESETS[key].make(**values)], "presets", parent=parent)
        self.set_title(self.tr("Presets"))
        self.setObjectName("presetPicker")
        self.list.setObjectName("presetList")
        self._document = document
        self._commands = commands
        self._live = LiveEdit(document)
        self._target: tuple[str, int] = ("", 0)
        self._colour: bool | None = None
        self.replace_button = self.button(
            "replaceByPreset", self.tr("Replace"), self.tr("Put it in the place of the selected filter")
        )
        self.add_button = self.button(
            "addPreset", self.tr("Add"), self.tr("Add it behind the selected filters"), default=True
        )
        self.replace_button.clicked.connect(self.replace)
        self.add_button.clicked.connect(self.add)
        self.activated.connect(self.add)
        self.changed.connect(self._follow_parameters)
        self.list.currentItemChanged.connect(self._release)
        document.changes(Kind.FILTERS | Kind.CURRENT | Kind.LAYERS).connect(self._follow)
        commands.changed.connect(self._follow)
        self.set_recipes(PRESETS.values())
        self._refresh()

    def add(self) -> None:
        """Add the preset behind the selected filters."""
        self._live.end()
        self._apply("add", self._commands.place())

    def replace(self) -> None:
        """Put the preset in the place of the first selected filter."""
        if rows := self._commands.rows():
            self._live.end()
            self._apply("replace", rows[0])

    def _apply(self, how: str, row: int) -> None:
        [made] = self.make_filters()
        self._target = how, row
        if how == "add":
            label = self.tr("Add {name}").format(name=made.name)
        else:
            label = self.tr("Replace by {name}").format(name=made.name)
        before = self._document.project.bank
        self._live.apply(label, self._target, lambda project: _with(project, how, row, made))
        self._commands.select([row])
        if len(before) > 1 or how == "add":
            self._commands.tell_padding(before)
        self._refresh()

    def _follow_parameters(self) -> None:
        if self._live.goes_on(self._target):
            self._apply(*self._target)

    @Slot()
    def _follow(self) -> None:
        """Stay true while it is seen; `showEvent` catches up."""
        self._show_available()
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
        self.replace_button.setEnabled(self._commands.is_enabled("negate"))
        self._show_available()
        self.note.setText(self._state())

    def _show_available(self) -> None:
        """Offer presets for colour where filters have a plane for each."""
        colour = self._document.project.bank.channels > 1
        if colour != self._colour:
            self._colour = colour
            for one in PRESETS.values():
                if one.channels > 1:
                    reason = self.tr("For colour: switch the image to RGB first")
                    self.set_available(one.key, available=colour, reason=reason)

    def _state(self) -> str:
        """What has become of the preset."""
        how, row = self._target
        if not self._live.goes_on(self._target):
            return ""
        done = self.tr("Added as filter {number}.") if how == "add" else self.tr("Filter {number} replaced.")
        hint = self.tr("Its parameters change it now.") if self.recipe.parameters else ""
        return f"{done.format(number=row + 1)} {hint}"


def _with(project: Project, how: str, row: int, made: Filter) -> Project:
    """The project with a filter added, or put in the place of another."""
    if how == "add":
        return add_filters(project, row, [made])
    bank = project.bank
    rest = bank.subset(i for i in range(len(bank)) if i != row)
    return with_bank(project, rest.with_inserted(row, [made]))
