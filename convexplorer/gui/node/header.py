"""The line above a node's equation: whose node it is, where it is, what can be done with it, and what all that is."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
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

LEAST = 480
"""Least width in pixels, without the strongest places."""


class NodeHeader(QWidget):
    """Filter, row and column, the strongest places, where the window lies or how to get one, pinned or not, help."""

    placeChosen = Signal(int, int)
    """Row and column that were typed or stepped to."""
    letGo = Signal()
    helpToggled = Signal(bool)
    attributionToggled = Signal(bool)
    """What drove the node is to be shown on the image, or not."""

    def __init__(self, steps: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nodeHeader")
        self._steps = steps
        self._hint = ""
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
        layout.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        self.setMinimumWidth(LEAST)
        layout.addWidget(self._thumb)
        layout.addWidget(self._name)
        layout.addSpacing(8)
        for caption, box in ((self.tr("Ro&w"), self.row), (self.tr("Colum&n"), self.column)):
            label = QLabel(caption, self)
            label.setProperty("tone", "muted")
            label.setBuddy(box)
            layout.addWidget(label)
            layout.addWidget(box)
        layout.addWidget(self._steps)
        layout.addSpacing(8)
        layout.addWidget(self._window, 1)
        layout.addWidget(self._pin)
        layout.addWidget(self.attribution)
        layout.addWidget(self._help)

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

    def title(self) -> str:
        """The filter and the place, in words."""
        name = "" if self._filter is None else self._filter.name
        return name if self._place is None else self.tr("{0}, row {1}, column {2}").format(name, *self._place)

    def set_hint(self, text: str) -> None:
        """What to say while there is no node."""
        if self._window.text() == self._hint:
            self._window.setText(text)
        self._hint = text

    def show_place(self, place: tuple[int, int] | None, size: tuple[int, int], window: str, *, pinned: bool) -> None:
        """Show where the node is.

        Parameters
        ----------
        place : (int, int) or None
            Its row and column.
        size : (int, int)
            Rows and columns of the map; (0, 0) if there is none.
        window : str
            Where its window lies, in words; "" shows the hint.
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
        self._window.setText(window or self._hint)
        self._pin.setVisible(pinned)

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the strongest places out where the rest has no room beside them."""
        super().resizeEvent(event)
        layout = self.layout()
        if layout is not None:
            beside = 0 if self._steps.isVisibleTo(self) else self._steps.width() + layout.spacing()
            self._steps.setVisible(self.width() >= layout.minimumSize().width() + beside)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes a number even if it stood there when typing began; Esc forgets what is typed, or lets go."""
        typed = [box for box in (self.row, self.column) if box.lineEdit().isModified()]
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (self.row.hasFocus() or self.column.hasFocus()):
            self._go()
            return
        if event.key() == Qt.Key.Key_Escape and not typed and not self._pin.isHidden():
            self.letGo.emit()
            return
        if event.key() != Qt.Key.Key_Escape or not typed:
            super().keyPressEvent(event)
            return
        for box in typed:
            box.forget_typed()
            box.selectAll()


class NodeHelp(QLabel):
    """The text that the header's ⓘ shows and hides."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("nodeHelpText")
        self.setWordWrap(True)
        self.setText(
            self.tr(
                "A node sees only the inputs in its window. Each is multiplied by the weight at its place; the cell is "
                "tinted by the product; products and bias add up to z; ReLU keeps z if it is positive, else the node "
                "is 0. Point at a cell to see its pixel and its weight; click it to go to where its input is from. "
                "The bar compares the value with the most this filter can give: with 1 wherever a weight is positive, "
                "0 elsewhere. Every printed number is the true one, rounded for itself: ≈ stands where what is "
                "printed does not give the next number to the last digit, and a corner marks such a product. In "
                "deeper layers the maps that were read are listed with what each gave, and the cells are those of "
                "the one pointed at. "
                "Strictly this is a cross-correlation, the filter is not turned over; deep learning calls it a "
                "convolution."
            )
        )
        self.hide()
