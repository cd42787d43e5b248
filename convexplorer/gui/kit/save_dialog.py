"""Asks where to save: a dialog in which format and suffix follow each other, and that remembers its folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QWidget

FOLDER = "folders/save"


@dataclass(frozen=True)
class Choice:
    """A format to choose: what the program calls it, the suffix of its files, and what the dialog says."""

    key: str
    suffix: str
    title: str

    @property
    def name_filter(self) -> str:
        """As file dialogs want it."""
        return f"{self.title} (*{self.suffix})"


def ask_where(
    parent: QWidget, title: str, suggested: str, choices: Sequence[Choice], *, confirm: bool = True
) -> tuple[Path, Choice] | None:
    """Ask for a file and its format: the one whose suffix is typed, else the one that is chosen.

    Parameters
    ----------
    parent : QWidget
        The window the dialog belongs to.
    title, suggested : str
        Title of the dialog, and the name it begins with.
    choices : sequence of Choice
        Formats, the first one chosen at first.
    confirm : bool
        Whether the dialog asks before an existing file is replaced.

    Returns
    -------
    (Path, Choice) or None
        A path with the suffix of the choice; None when the person thought better of it.
    """
    settings = QSettings()
    dialog = _SaveDialog(parent, title, str(settings.value(FOLDER, str(Path.home()))), choices)
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite, not confirm)
    dialog.selectFile(suggested)
    accepted = dialog.exec()
    dialog.deleteLater()
    if not accepted:
        return None
    path, choice = dialog.answer()
    settings.setValue(FOLDER, str(path.parent))
    return path, choice


class _SaveDialog(QFileDialog):
    """A file dialog for saving in one of several formats."""

    def __init__(self, parent: QWidget, title: str, folder: str, choices: Sequence[Choice]) -> None:
        super().__init__(parent, title, folder)
        self._choices = {choice.name_filter: choice for choice in choices}
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setNameFilters(list(self._choices))
        self.setDefaultSuffix(choices[0].suffix.lstrip("."))
        self.filterSelected.connect(self._follow)

    def answer(self) -> tuple[Path, Choice]:
        """What is typed and chosen: a suffix that is one of the formats' decides, any other is part of the name."""
        path, chosen = Path(self.selectedFiles()[0]), self._choices[self.selectedNameFilter()]
        fits = [one for one in (chosen, *self._choices.values()) if one.suffix == path.suffix.lower()]
        return (path, fits[0]) if fits else (path.with_name(path.name + chosen.suffix), chosen)

    def accept(self) -> None:
        """Bring the name into its final form before it is asked whether a file of that name is replaced."""
        if self.selectedFiles():
            path, choice = self.answer()
            if choice is not self._choices[self.selectedNameFilter()]:
                self.selectNameFilter(choice.name_filter)
                self.setDefaultSuffix(choice.suffix.lstrip("."))
            if path != Path(self.selectedFiles()[0]):
                self.selectFile(str(path))
        super().accept()

    def _follow(self, name_filter: str) -> None:
        suffix = self._choices[name_filter].suffix
        self.setDefaultSuffix(suffix.lstrip("."))
        if chosen := self.selectedFiles():
            self.selectFile(Path(chosen[0]).with_suffix(suffix).name)
