"""The right end of the lens: the addition up to the node's value, and its copies."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from convexplorer.gui.kit import theme
from convexplorer.gui.node.sum import WIDTH, NodeSum


class NodeResult(QWidget):
    """The sum, and a row of buttons that copy the equation."""

    copyRequested = Signal(str)
    """ "text", "latex" or "picture"."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nodeResult")
        self.sum = NodeSum(self)
        self._buttons = [
            self._copy("nodeCopyText", self.tr("Text"), self.tr("Copy the whole equation as text"), "text"),
            self._copy("nodeCopyLatex", self.tr("LaTeX"), self.tr("Copy the whole equation as LaTeX"), "latex"),
            self._copy("nodeCopyPicture", self.tr("Picture"), self.tr("Copy the lens as a picture"), "picture"),
        ]
        self.row = QWidget(self)
        row = QHBoxLayout(self.row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for button in self._buttons:
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.sum, 1)
        layout.addWidget(self.row)
        layout.addStretch()
        self.fit(WIDTH)

    def fit(self, width: int) -> None:
        """Take one of the sum's two widths."""
        self.setFixedWidth(width)
        self.sum.setFixedWidth(width)

    def set_usable(self, *, on: bool) -> None:
        """Whether there is something to copy."""
        for button in self._buttons:
            button.setEnabled(on)

    def least_height(self) -> int:
        """Height in pixels from which the lines are comfortable to read."""
        return self.sum.comfortable_height() + 4 + self.row.sizeHint().height()

    def _copy(self, name: str, text: str, tip: str, kind: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        if kind == "text":
            button.setIcon(theme.icon("copy"))
            button.setIconSize(QSize(16, 16))
        button.setText(text)
        beside, alone = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonTextOnly
        button.setToolButtonStyle(beside if kind == "text" else alone)
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        button.clicked.connect(lambda: self.copyRequested.emit(kind))
        return button
