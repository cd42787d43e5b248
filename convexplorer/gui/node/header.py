"""The line above a node's equation: whose node it is, where it is, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from convexplorer.core.model.filters import Filter
from convexplorer.gui.canvas.thumbnails import pattern, thumbnail_icon
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.elided_label import ElidedLabel
from convexplorer.gui.kit.fields.number_boxes import WholeBox

SIDE = 24
"""Width and height of the filter's thumbnail in pixels."""
LONGEST_NAME = 180
"""Width in pixels that a filter's name may take."""


class NodeHeader(QWidget):
    """Filter, row and column, the window's place, pinned or not; copying and help."""

    placeChosen = Signal(int, int)
    """Row and column that were typed or stepped to."""
    letGo = Signal()
    copyRequested = Signal(str)
    """ "text" or "latex"."""
    helpToggled = Signal(bool)
    attributionToggled = Signal(bool)
    """What drove the node is to be shown on the image, or not."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nodeHeader")
        self._filter: Filter | None = None
        self._place: tuple[int, int] | None = None
        self._thumb = QLabel(self)
        self._thumb.setFixedSize(SIDE, SIDE)
        self._name = QLabel(self)
        self._name.setObjectName("nodeFilter")
        self._name.setProperty("role", "heading")
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._name.setMaximumWidth(LONGEST_NAME)
        self.row = self._spin("nodeRow", self.tr("Row of the node"))
        self.column = self._spin("nodeColumn", self.tr("Column of the node"))
        self._window = ElidedLabel(self)
        self._window.setObjectName("nodeWindow")
        self._window.setProperty("tone", "muted")
        self._pin = QPushButton(self.tr("Let go (Esc)"), self)
        self._pin.setObjectName("nodeLetGo")
        self._pin.setIcon(theme.icon("pin"))
        self._pin.setToolTip(
            self.tr("The node is pinned: it stays while the mouse moves on. Let go to follow the mouse again")
        )
        self._pin.clicked.connect(self.letGo)
        self.attribution = QToolButton(self)
        self.attribution.setObjectName("nodeAttribution")
        self.attribution.setIcon(theme.icon("attribution"))
        self.attribution.setCheckable(True)
        self.attribution.setAccessibleName(self.tr("What drove this node"))
        self.attribution.setToolTip(
            self.tr("What drove this node: show on the image which pixels raised and which lowered the pinned node (D)")
        )
        self.attribution.clicked.connect(self.attributionToggled)
        self._copies = [
            self._copy("nodeCopyText", self.tr("Text"), self.tr("Copy the whole equation as text"), "text"),
            self._copy("nodeCopyLatex", self.tr("LaTeX"), self.tr("Copy the whole equation as LaTeX"), "latex"),
        ]
        self._help = QToolButton(self)
        self._help.setObjectName("nodeHelp")
        self._help.setIcon(theme.icon("info"))
        self._help.setCheckable(True)
        self._help.setAccessibleName(self.tr("What is this?"))
        self._help.setToolTip(self.tr("What is this?"))
        self._help.toggled.connect(self.helpToggled)
        self._lay_out()
        self.show_place(None, (0, 0), "", pinned=False)

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._thumb)
        layout.addWidget(self._name)
        layout.addSpacing(8)
        for caption, box in ((self.tr("Ro&w"), self.row), (self.tr("Colum&n"), self.column)):
            label = QLabel(caption, self)
            label.setProperty("tone", "muted")
            label.setBuddy(box)
            layout.addWidget(label)
            layout.addWidget(box)
        layout.addSpacing(8)
        layout.addWidget(self._window, 1)
        layout.addWidget(self._pin)
        layout.addWidget(self.attribution)
        for button in (*self._copies, self._help):
            layout.addWidget(button)

    def show_filter(self, one: Filter | None) -> None:
        """Show the filter's pattern and name."""
        if one is self._filter:
            return
        self._filter = one
        if one is None:
            self._thumb.clear()
        else:
            ratio = self.devicePixelRatioF()
            self._thumb.setPixmap(thumbnail_icon([pattern(one)], SIDE, ratio).pixmap(QSize(SIDE, SIDE), ratio))
        name = "" if one is None else one.name
        self._name.setText(self._name.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, LONGEST_NAME))
        self._name.setToolTip(name)

    def show_place(self, place: tuple[int, int] | None, size: tuple[int, int], window: str, *, pinned: bool) -> None:
        """Show where the node is.

        Parameters
        ----------
        place : (int, int) or None
            Its row and column.
        size : (int, int)
            Rows and columns of the map; (0, 0) if there is none.
        window : str
            Where its window lies, in words.
        pinned : bool
            Whether it stays when the mouse moves on.
        """
        self._place = place
        for box, length, at in zip((self.row, self.column), size, place or (0, 0), strict=True):
            box.setEnabled(length > 0)
            with QSignalBlocker(box):
                box.setMaximum(max(0, length - 1))
                if not box.lineEdit().isModified():
                    box.setValue(at)
        self._window.setText(window)
        self._pin.setVisible(pinned)
        for button in self._copies:
            button.setEnabled(place is not None)

    def _spin(self, name: str, title: str) -> WholeBox:
        box = WholeBox(0, 99, self)
        box.setObjectName(name)
        box.setAccessibleName(title)
        box.setToolTip(self.tr("{0}, from 0: type it, or step with ↑ ↓").format(title))
        box.setFixedWidth(76)
        box.valueChanged.connect(self._go)
        return box

    def _go(self) -> None:
        """Ask for the node of the fields, unless it is there."""
        chosen = self.row.value(), self.column.value()
        if chosen != self._place:
            self.placeChosen.emit(*chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes a number even if it stood there when typing began; Esc forgets what is being typed."""
        typed = [box for box in (self.row, self.column) if box.lineEdit().isModified()]
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (self.row.hasFocus() or self.column.hasFocus()):
            self._go()
            return
        if event.key() != Qt.Key.Key_Escape or not typed:
            super().keyPressEvent(event)
            return
        for box in typed:
            box.forget_typed()
            box.selectAll()

    def _copy(self, name: str, text: str, tip: str, kind: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setIcon(theme.icon("copy"))
        button.setIconSize(QSize(16, 16))
        button.setText(text)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        button.clicked.connect(lambda: self.copyRequested.emit(kind))
        return button
