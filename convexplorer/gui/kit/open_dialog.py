"""Asks which files to open: a dialog that remembers its folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QWidget


def ask_which(parent: QWidget, key: str, title: str, names: list[str], *, many: bool) -> list[Path]:
    """Ask for one or more existing files.

    Parameters
    ----------
    parent : QWidget
        The window the dialog belongs to.
    key : str
        Of the setting that holds the folder it begins with.
    title : str
        Title of the dialog.
    names : list of str
        Kinds of files to choose from, as file dialogs want them.
    many : bool
        Whether more than one can be chosen.

    Returns
    -------
    list of Path
        What was chosen; empty when the person thought better of it.
    """
    settings = QSettings()
    dialog = QFileDialog(parent, title, str(settings.value(key, str(Path.home()))))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles if many else QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters(names)
    if not dialog.exec():
        return []
    paths = [Path(name) for name in dialog.selectedFiles()]
    settings.setValue(key, str(paths[0].parent))
    return paths
