"""What keys and mouse do, as a small window beside the main one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget


class KeysWindow(QDialog):
    """Lists the gestures that no menu shows; shortcuts of commands stand in the menus."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("keysWindow")
        self.setWindowTitle(self.tr("Keys and mouse"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        inner = QWidget(self)
        grid = QGridLayout(inner)
        grid.setContentsMargins(16, 8, 16, 16)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        row = 0
        for title, entries in self._groups():
            heading = QLabel(title, inner)
            heading.setProperty("role", "heading")
            heading.setContentsMargins(0, 12, 0, 4)
            grid.addWidget(heading, row, 0, 1, 2)
            row += 1
            for keys, what in entries:
                grid.addWidget(QLabel(keys, inner), row, 0)
                grid.addWidget(QLabel(what, inner), row, 1)
                row += 1
        area = QScrollArea(self)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self.resize(inner.sizeHint().width() + 24, min(640, inner.sizeHint().height() + 8))

    def _groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        control = QKeySequence("Ctrl+A").toString(QKeySequence.SequenceFormat.NativeText)[:-1].rstrip("+")
        return [
            (
                self.tr("Image and maps"),
                [
                    (self.tr("Hover"), self.tr("the window on the image, its node and value on every map")),
                    (self.tr("Drag"), self.tr("pan image and maps together")),
                    (self.tr("Wheel"), self.tr("zoom; on a grid that scrolls: scroll")),
                    (self.tr("{0} + wheel").format(control), self.tr("zoom, always")),
                    (self.tr("+  −  0"), self.tr("zoom in, zoom out, fit")),
                    (self.tr("Double click, Return"), self.tr("one map large; Esc goes back")),
                    (self.tr("Drag a map's title"), self.tr("save the map where it is dropped")),
                    (self.tr("Click"), self.tr("pin a node; arrows move it, with Shift by ten, Esc lets go")),
                    (
                        self.tr("Click an input or a map's name in the Node panel, Return"),
                        self.tr("go to the node below that it is, on down to the pixels"),
                    ),
                    (self.tr("Alt + Left, Backspace"), self.tr("back to the node whose input it is")),
                ],
            ),
            (
                self.tr("Layers"),
                [
                    (self.tr("Click on a row in the Network panel"), self.tr("look at that layer")),
                    (self.tr("{0} + C in the Network panel").format(control), self.tr("copy the selected rows")),
                    (self.tr("Hover, arrows on drawn connections"), self.tr("the lines of another node")),
                ],
            ),
            (
                self.tr("Weights"),
                [
                    (self.tr("Type, Return"), self.tr("set a weight; fractions such as 1/9 too")),
                    (self.tr("Drag sideways"), self.tr("scrub a weight")),
                    (self.tr("Wheel, ↑, ↓"), self.tr("nudge a weight")),
                    (self.tr("Shift, Alt with these"), self.tr("ten times as much, a tenth")),
                    (self.tr("Tab, ←, →, {0} + arrows").format(control), self.tr("go to another weight")),
                    (self.tr("{0} + C, {0} + V").format(control), self.tr("copy and paste blocks of numbers")),
                    (self.tr("Delete"), self.tr("zero")),
                    (self.tr("Page Up, Page Down"), self.tr("go to another plane of the filter")),
                ],
            ),
            (
                self.tr("Training"),
                [
                    (self.tr("Click a filter, arrows"), self.tr("choose it; of a deeper layer, see all its planes")),
                    (self.tr("L, or its lock"), self.tr("freeze it: training leaves it as it is")),
                    (self.tr("Click a weight, arrows"), self.tr("in One update: see what the next step makes of it")),
                    (self.tr("Left, right button"), self.tr("in Predict: draw, wipe")),
                ],
            ),
            (
                self.tr("Everywhere"),
                [
                    (self.tr("Drop files"), self.tr("open pictures, filters, stacks of layers or a session")),
                    (self.tr("{0} + ,").format(control), self.tr("settings: look, threads, memory, device, files")),
                ],
            ),
        ]
