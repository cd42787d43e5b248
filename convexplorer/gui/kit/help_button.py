"""A button that tells, in place and in a few sentences, what a panel is for."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton, QWhatsThis, QWidget

from convexplorer.gui.kit import theme


class HelpButton(QToolButton):
    """Shows a short text beneath itself until the next click or key.

    Parameters
    ----------
    text : str
        What to tell, translated.
    name : str
        The button's object name.
    parent : QWidget, optional
        Qt's owner.
    """

    def __init__(self, text: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setIcon(theme.icon("info"))
        self.setAutoRaise(True)
        self.setToolTip(self.tr("What is this?"))
        self.setAccessibleName(self.tr("What is this?"))
        self.setAccessibleDescription(text)
        self.text_shown = text
        self.clicked.connect(self._tell)

    def _tell(self) -> None:
        QWhatsThis.showText(self.mapToGlobal(self.rect().bottomLeft()), self.text_shown, self)
