"""A dock's title with room beside it, so that what belongs above the panel costs no line of it."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

from convexplorer.gui.kit import theme


class DockTitle(QWidget):
    """Takes the place of the title bar that Qt draws: the title, a widget, and the buttons that float and close.

    Parameters
    ----------
    dock : QDockWidget
        Whose title it is.
    content : QWidget
        What stands beside the title.
    """

    def __init__(self, dock: QDockWidget, content: QWidget) -> None:
        super().__init__(dock)
        self.setObjectName("dockTitle")
        title = QLabel(dock.windowTitle(), self)
        title.setProperty("tone", "muted")
        dock.windowTitleChanged.connect(title.setText)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 4, 2)
        row.setSpacing(8)
        row.addWidget(title)
        row.addWidget(content, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for name, icon, text, run in (
            ("dockFloat", "dock-float", self.tr("Take the panel out of the window, or put it back"), self._float),
            ("dockClose", "dock-close", self.tr("Close the panel; the View menu opens it again"), dock.close),
        ):
            button = QToolButton(self)
            button.setObjectName(name)
            button.setAutoRaise(True)
            button.setIcon(theme.icon(icon, "muted"))
            button.setIconSize(QSize(12, 12))
            button.setAccessibleName(text)
            button.setToolTip(text)
            button.clicked.connect(run)
            buttons.addWidget(button)
        row.addLayout(buttons)
        self._dock = dock

    def _float(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())
