"""Asking where to save: a file dialog whose suffix follows the chosen format, and that remembers its folder."""

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
    """Ask for a file and its format.

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
        None when the person thought better of it.
    """
    settings = QSettings()
    dialog = QFileDialog(parent, title, str(settings.value(FOLDER, str(Path.home()))))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite, not confirm)
    by_filter = {choice.name_filter: choice for choice in choices}
    dialog.setNameFilters(list(by_filter))
    dialog.setDefaultSuffix(choices[0].suffix.lstrip("."))
    dialog.selectFile(suggested)

    def follow(name_filter: str) -> None:
        suffix = by_filter[name_filter].suffix
        dialog.setDefaultSuffix(suffix.lstrip("."))
        if chosen := dialog.selectedFiles():
            dialog.selectFile(Path(chosen[0]).with_suffix(suffix).name)

    dialog.filterSelected.connect(follow)
    accepted = dialog.exec()
    dialog.deleteLater()
    if not accepted:
        return None
    path = Path(dialog.selectedFiles()[0])
    settings.setValue(FOLDER, str(path.parent))
    return path, by_filter[dialog.selectedNameFilter()]
