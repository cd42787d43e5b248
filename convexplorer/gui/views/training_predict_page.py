"""Ask the network: draw something, or take a picture, and see what it says and why."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from convexplorer.core.datasets import Dataset
from convexplorer.core.images import Values
from convexplorer.gui import numbers, theme
from convexplorer.gui.training_session import Predicted
from convexplorer.gui.views.thumbnails import fitted
from convexplorer.gui.views.training_tiles import Tile, Tiles, example_image

PEN = 1.3
"""Half the width of a stroke, in pixels of the network's picture of 28 rows."""
BARS = 6
"""Most classes whose probability is listed."""


class DrawPad(QWidget):
    """A small picture to draw on: white on black, as digits are."""

    drawn = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingPad")
        self.setAccessibleName(self.tr("Draw here for the network"))
        self.setToolTip(self.tr("Draw with the left button, wipe with the right one"))
        self.setFixedSize(168, 168)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.values: Values = np.zeros((1, 28, 28), np.float32)
        self._last: QPointF | None = None

    def show_values(self, values: Values) -> None:
        """Show a picture (C, H, W) in [0, 1]."""
        self.values = values.copy()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture with sharp pixels."""
        painter = QPainter(self)
        painter.drawImage(self._box(), example_image(self.values))
        painter.setPen(QColor(theme.current().thumb))
        painter.drawRect(self._box().adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a stroke."""
        self._last = event.position()
        self._stroke(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw on."""
        if self._last is not None:
            self._stroke(event)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """End the stroke."""
        self._last = None

    def _box(self) -> QRect:
        rows, columns = self.values.shape[1:]
        return fitted(QSize(columns, rows), self.rect())

    def _stroke(self, event: QMouseEvent) -> None:
        """Lay a soft round pen along the way from the last point to this one."""
        begin, end = self._last or event.position(), event.position()
        self._last = end
        box, (rows, columns) = self._box(), self.values.shape[1:]
        scale = columns / box.width()
        x0, y0, x1, y1 = (
            (begin.x() - box.x()) * scale,
            (begin.y() - box.y()) * scale,
            (end.x() - box.x()) * scale,
            (end.y() - box.y()) * scale,
        )
        y, x = np.mgrid[:rows, :columns] + 0.5
        length = max((x1 - x0) ** 2 + (y1 - y0) ** 2, 1e-9)
        along = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length, 0, 1)
        distance = np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0))
        ink = np.clip(PEN * rows / 28 + 0.5 - distance, 0, 1).astype(np.float32)
        wipe = bool(event.buttons() & Qt.MouseButton.RightButton)
        self.values = self.values * (1 - ink) if wipe else np.maximum(self.values, ink)
        self.update()
        self.drawn.emit()


class ProbabilityBars(QWidget):
    """A bar for each of the most probable classes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("predictBars")
        self.rows: list[tuple[float, str]] = []
        self.show_rows([])

    def show_rows(self, rows: list[tuple[float, str]]) -> None:
        """Take probabilities from 0 to 1 and the classes' names."""
        self.rows = rows
        self.setAccessibleName("; ".join(f"{text} {numbers.fixed(100 * share, 1)} %" for share, text in rows))
        self.setFixedHeight(len(rows) * (self.fontMetrics().height() + 4))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw name, bar and number of each."""
        painter, look, metrics = QPainter(self), theme.current(), self.fontMetrics()
        step = metrics.height() + 4
        names = min(120, max((metrics.horizontalAdvance(text) for _, text in self.rows), default=0))
        figures = metrics.horizontalAdvance("100.0 %")
        room = max(0, self.width() - names - figures - 16)
        for number, (share, text) in enumerate(self.rows):
            top = number * step
            painter.setPen(QColor(look.text))
            elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, names)
            painter.drawText(QRect(0, top, names, step), Qt.AlignmentFlag.AlignVCenter, elided)
            painter.fillRect(QRect(names + 8, top + 4, max(1, round(room * share)), step - 8), QColor(look.accent))
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            box = QRect(self.width() - figures, top, figures, step)
            painter.drawText(box, right, f"{numbers.fixed(100 * share, 1)} %")


class PredictPage(QWidget):
    """The drawing, the probabilities, and the last layer's maps with what each adds to the answer."""

    asked = Signal(object)
    """Values (C, H, W) to be predicted."""
    pictureWanted = Signal()
    """The explorer's picture is to be predicted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingPredictPage")
        self._dataset: Dataset | None = None
        self._next = 0
        self.pad = DrawPad(self)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(40)
        self._soon.timeout.connect(self._ask)
        self.pad.drawn.connect(self._soon.start)
        self.clear = self._button("predictClear", self.tr("Clear"), self.tr("Begin with an empty picture"))
        self.clear.clicked.connect(self._clear)
        self.sample = self._button("predictSample", self.tr("Test image"), self.tr("Take the next test image"))
        self.sample.clicked.connect(self._sample)
        self.picture = self._button("predictPicture", self.tr("My picture"), self.tr("Take the explorer's picture"))
        self.picture.clicked.connect(self.pictureWanted)
        self._answer = QLabel(self)
        self._answer.setObjectName("predictAnswer")
        self._answer.setWordWrap(True)
        self.bars = ProbabilityBars(self)
        self._heading = QLabel(self)
        self._heading.setProperty("tone", "muted")
        self._heading.setWordWrap(True)
        self.maps = Tiles(48, self)
        self.maps.setObjectName("predictMaps")
        self.maps.setAccessibleName(self.tr("Maps of the last layer"))
        buttons = QVBoxLayout()
        for button in (self.clear, self.sample, self.picture):
            buttons.addWidget(button)
        buttons.addStretch(1)
        top = QHBoxLayout()
        top.addWidget(self.pad)
        top.addLayout(buttons)
        top.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self._answer)
        column.addWidget(self.bars)
        column.addWidget(self._heading)
        column.addWidget(self.maps)
        column.addStretch(1)
        self.set_ready(ready=False)

    def begin(self, dataset: Dataset) -> None:
        """Begin with a network that takes such images."""
        self._dataset, self._next = dataset, 0
        self.pad.show_values(np.zeros(dataset.shape, np.float32))
        self._tell_nothing()

    def set_ready(self, *, ready: bool) -> None:
        """Whether the network can be asked now."""
        for widget in (self.pad, self.clear, self.sample, self.picture):
            widget.setEnabled(ready)

    def show_answer(self, predicted: Predicted) -> None:
        """Show what the network says."""
        data, prediction = self._dataset, predicted.prediction
        if data is None:
            return
        if predicted.image is not self.pad.values:
            self.pad.show_values(predicted.image)
        order = np.argsort(-prediction.probabilities, kind="stable")[:BARS]
        self.bars.show_rows([(float(prediction.probabilities[one]), data.classes[one]) for one in order])
        self._answer.hide()
        self._heading.setText(
            self.tr("Maps of the last layer, and what each adds to the logit of “{0}”").format(
                data.classes[prediction.answer]
            )
        )
        maps = prediction.maps[-1]
        high = float(maps.max()) or 1.0
        ranked = np.argsort(-np.abs(prediction.shares), kind="stable")
        self.maps.show_tiles(
            [
                Tile(
                    example_image(maps[one][np.newaxis] / high),
                    numbers.shown(float(prediction.shares[one]), 2),
                    self.tr("Map {0}").format(int(one) + 1),
                )
                for one in ranked
            ]
        )

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(tip)
        return button

    def _tell_nothing(self) -> None:
        self._answer.setText(self.tr("Draw something, or take a picture, and see what the network says."))
        self._answer.show()
        self.bars.show_rows([])
        self._heading.clear()
        self.maps.show_tiles(())

    def _ask(self) -> None:
        self.asked.emit(self.pad.values)

    def _clear(self) -> None:
        self.pad.show_values(np.zeros_like(self.pad.values))
        self._tell_nothing()

    def _sample(self) -> None:
        if self._dataset is not None:
            values, _ = self._dataset.test.batch(slice(self._next, self._next + 1))
            self._next = (self._next + 1) % len(self._dataset.test)
            self.asked.emit(values[0])
