"""A filter panel in a window, and what one does with it; for its tests."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget

from convexplorer.core.model.images import Preparation
from convexplorer.core.project.project import ConvLayer, Project
from convexplorer.gui.document.document import Document
from convexplorer.gui.document.selection import Selection
from convexplorer.gui.filters.list_model import FilterColumn
from convexplorer.gui.filters.panel import FilterPanel

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


BEHIND = {
    "flipHorizontal": "flipButton",
    "flipVertical": "flipButton",
    **dict.fromkeys(("normalise", "zeroMean", "zero", "sameChannels"), "normaliseMenuButton"),
}
"""Buttons whose menus hold commands; all others stand behind "More"."""


class FilterBench:
    """A panel in a window, and what one does with it."""

    def __init__(self, qtbot, bank):
        self.document = Document(Project((ConvLayer(bank),), preparation=Preparation(grey=bank.channels == 1)))
        self.panel = FilterPanel(self.document, Selection(self.document))
        self.messages = []
        self.panel.message.connect(self.messages.append)
        self.qtbot = qtbot
        qtbot.addWidget(self.panel)
        self.panel.resize(360, 680)
        self.panel.show()
        self.panel.activateWindow()
        qtbot.waitUntil(self.panel.isActiveWindow)

    @property
    def bank(self):
        return self.document.project.bank

    @property
    def steps(self):
        return self.document.undo_stack.count()

    @property
    def names(self):
        return list(self.bank.names)

    @property
    def list(self):
        return self.panel.list_view

    @property
    def current(self):
        return self.panel.selection_model.currentIndex().row()

    @property
    def selected(self):
        return sorted(index.row() for index in self.panel.selection_model.selectedRows())

    def rect(self, row, column=FilterColumn.NAME):
        return self.list.visualRect(self.panel.list_model.index(row, column))

    def click(self, row, modifiers=NONE, column=FilterColumn.NAME):
        self.qtbot.mouseClick(self.list.viewport(), LEFT, modifiers, self.rect(row, column).center())
        self.list.setFocus()

    def double_click(self, row, column):
        at = self.rect(row, column).center()
        self.qtbot.mouseClick(self.list.viewport(), LEFT, NONE, at)
        self.qtbot.mouseDClick(self.list.viewport(), LEFT, NONE, at)

    def key(self, key, modifiers=NONE):
        QTest.keyClick(QApplication.focusWidget(), key, modifiers)

    def type(self, text):
        QTest.keyClicks(QApplication.focusWidget(), text)

    def press(self, key):
        """Click the button of a command, or choose it in the menu that it stands in."""
        button = self.panel.findChild(QToolButton, f"{key}Button")
        if button is not None:
            self.qtbot.mouseClick(button, LEFT)
            return
        action = self.open(BEHIND.get(key, "moreButton")).findChild(QAction, key)
        if action.isEnabled():
            action.trigger()

    def open(self, name):
        """The menu behind a button, filled as when it is shown."""
        menu = self.panel.findChild(QToolButton, name).menu()
        menu.aboutToShow.emit()
        return menu

    def push(self, name):
        self.qtbot.mouseClick(self.panel.findChild(QPushButton, name), LEFT)

    def undo(self):
        self.document.undo_stack.undo()

    def child(self, name):
        return self.panel.findChild(QWidget, name)
