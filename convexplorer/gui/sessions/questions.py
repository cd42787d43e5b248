"""What is asked before work could be lost, in a dialog."""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from convexplorer.gui.kit import theme


class Answer(Enum):
    """What is to become of changes that are not saved."""

    SAVE = auto()
    DISCARD = auto()
    CANCEL = auto()


class Conflict(Enum):
    """What is to become of a file that is not as this window left it."""

    OVERWRITE = auto()
    SAVE_AS = auto()
    CANCEL = auto()


def ask_unsaved(parent: QWidget, name: str) -> Answer:
    """Ask what is to become of changes."""
    box = _box(
        parent,
        "unsavedDialog",
        _tr("Save the changes to {0}?").format(name),
        _tr("They are lost if you do not save them."),
    )
    return _save_answer(box)


def ask_deleted(parent: QWidget, name: str) -> Answer:
    """Ask whether a session whose file is gone is to be saved again."""
    box = _box(
        parent,
        "deletedDialog",
        _tr("{0} was deleted or moved. Save it again?").format(name),
        _tr("What is in this window is in no file any more."),
    )
    return _save_answer(box)


def ask_conflict(parent: QWidget, name: str, *, deleted: bool) -> Conflict:
    """Ask what is to become of a file that was changed or deleted since it was opened or saved here."""
    if deleted:
        text, about = _tr("{0} was deleted or moved since it was opened"), _tr("It can be saved there again.")
    else:
        text = _tr("{0} was changed since it was opened, by another window or program")
        about = _tr("What was saved there is lost if you overwrite it.")
    box = _box(parent, "conflictDialog", text.format(name), about)
    again = box.addButton(_tr("Save again") if deleted else _tr("Overwrite"), QMessageBox.ButtonRole.DestructiveRole)
    elsewhere = box.addButton(_tr("Save as…"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(elsewhere)
    pressed = _pressed_button(box)
    return Conflict.OVERWRITE if pressed is again else Conflict.SAVE_AS if pressed is elsewhere else Conflict.CANCEL


def _box(parent: QWidget, name: str, text: str, about: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setObjectName(name)
    box.setIconPixmap(theme.icon("warning").pixmap(QSize(32, 32), parent.devicePixelRatioF()))
    box.setWindowTitle(QCoreApplication.applicationName())
    box.setText(text)
    box.setInformativeText(about)
    return box


def _save_answer(box: QMessageBox) -> Answer:
    buttons = QMessageBox.StandardButton
    box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
    box.setDefaultButton(buttons.Save)
    save, discard = box.button(buttons.Save), box.button(buttons.Discard)
    pressed = _pressed_button(box)
    return Answer.SAVE if pressed is save else Answer.DISCARD if pressed is discard else Answer.CANCEL


def _pressed_button(box: QMessageBox) -> QPushButton | None:
    for button in box.buttons():
        button.setIcon(QIcon())  # The style's own pictures are of another family than ours.
    box.exec()
    pressed = box.clickedButton()
    box.deleteLater()
    return pressed if isinstance(pressed, QPushButton) else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("SessionKeeper", text)
