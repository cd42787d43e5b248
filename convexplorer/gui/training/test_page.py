"""The results on the test images: accuracy, confusion matrix and worst mistakes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QToolTip, QVBoxLayout, QWidget

from convexplorer.core.learn.datasets import Dataset
from convexplorer.core.learn.evaluation import Evaluation, OneAnswer, find_one_answer
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.fields import numbers
from convexplorer.gui.training.tiles import Tile, TileGrid, example_image

HEIGHT = 264
"""Height of the squares of all classes and of short titles."""
TITLE = 112
"""Longest title in pixels."""
NUMBERED = 24
"""Most classes whose counts are printed."""


class ConfusionView(QWidget):
    """A square for every pair of classes: rows are right, columns are answers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingConfusion")
        self.setAccessibleName(self.tr("Confusion matrix: rows are the right classes, columns the answers"))
        self.setFixedHeight(HEIGHT)
        self._test: Evaluation | None = None
        self._classes: tuple[str, ...] = ()

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(300, 300)

    def show_test(self, test: Evaluation | None, classes: tuple[str, ...]) -> None:
        """Take the counts of an evaluation."""
        self._test, self._classes = test, classes
        widest = max((self.fontMetrics().horizontalAdvance(one) for one in classes), default=0)
        self.setFixedHeight(HEIGHT + min(TITLE, widest))
        self.update()

    def _frame(self) -> tuple[float, float, float]:
        """Left, top and the side of a square."""
        metrics = self.fontMetrics()
        left = min(TITLE, max((metrics.horizontalAdvance(one) for one in self._classes), default=0)) + 8
        top = metrics.height() + 4
        widest = max((metrics.horizontalAdvance(one) for one in self._classes), default=0)
        count = max(1, len(self._classes))
        side = min((self.width() - left) / count, (self.height() - top) / count)
        if widest > side:
            # Titles of columns stand upright where they are wider than their column.
            top = min(TITLE, widest) + 6
            side = min((self.width() - left) / count, (self.height() - top) / count)
        return left, top, side

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw shares of each row as tints of the accent, and counts where there is room."""
        if self._test is None:
            return
        painter, look = QPainter(self), theme.current()
        left, top, side = self._frame()
        metrics, counts = self.fontMetrics(), self._test.confusion
        shares = counts / counts.sum(axis=1, keepdims=True).clip(1)
        for row, title in enumerate(self._classes):
            painter.setPen(QColor(look.muted))
            box = QRectF(0, top + row * side, left - 8, side)
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, align, metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, int(left - 8)))
            self._paint_column_title(painter, title, QRectF(left + row * side, 0, side, top))
            for column in range(len(self._classes)):
                cell = QRectF(left + column * side, top + row * side, side - 1, side - 1)
                colour = QColor(look.accent if row == column else look.error)
                colour.setAlphaF(float(shares[row, column]) ** 0.5)
                painter.fillRect(cell, QColor(look.surface))
                painter.fillRect(cell, colour)
                text = str(counts[row, column])
                if counts[row, column] and len(self._classes) <= NUMBERED and metrics.horizontalAdvance(text) < side:
                    strong = row == column and shares[row, column] > 0.5
                    painter.setPen(QColor(look.accent_text if strong else look.text))
                    painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_column_title(self, painter: QPainter, title: str, box: QRectF) -> None:
        metrics = self.fontMetrics()
        if metrics.horizontalAdvance(title) <= box.width():
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, title)
        elif box.width() >= metrics.height() - 4:
            painter.save()
            painter.translate(box.center().x(), box.bottom() - 4)
            painter.rotate(-90)
            text = metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, int(box.height() - 6))
            upright = QRectF(0, -box.width() / 2, box.height() - 4, box.width())
            painter.drawText(upright, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
            painter.restore()

    def event(self, event: QEvent) -> bool:
        """Tell of the square under the mouse."""
        if isinstance(event, QHelpEvent) and self._test is not None:
            left, top, side = self._frame()
            column, row = int((event.pos().x() - left) // side), int((event.pos().y() - top) // side)
            if 0 <= row < len(self._classes) and 0 <= column < len(self._classes):
                text = self.tr("{0} of “{1}” taken for “{2}”").format(
                    int(self._test.confusion[row, column]), self._classes[row], self._classes[column]
                )
                QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)


class TestPage(QWidget):
    """Accuracy, confusion matrix and the most wrong images of the last epoch."""

    __test__ = False  # Its name begins like a test's.

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingTestPage")
        self._dataset: Dataset | None = None
        self._text = QLabel(self)
        self._text.setObjectName("trainingTestText")
        self._text.setWordWrap(True)
        self.confusion = ConfusionView(self)
        self.worst = TileGrid(56, self)
        self.worst.setObjectName("trainingWorst")
        self.worst.setAccessibleName(self.tr("The most wrong test images"))
        self._key = QLabel(self.tr("Rows: the right class; columns: what it was taken for"), self)
        self._key.setProperty("tone", "muted")
        self._heading = QLabel(self.tr("Most wrong: right class → answer"), self)
        self._heading.setProperty("tone", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self._text)
        column.addWidget(self._key)
        column.addWidget(self.confusion)
        column.addWidget(self._heading)
        column.addWidget(self.worst)
        column.addStretch(1)
        self.begin(None)

    def begin(self, dataset: Dataset | None) -> None:
        """Begin with a data set nothing has been learnt of."""
        self._dataset = dataset
        self._text.setText(self.tr("The test images are tried at the end of every epoch; they are never learnt from."))
        self._heading.hide()
        self._key.hide()
        self.confusion.show_test(None, ())
        self.worst.show_tiles(())

    def _explain_one_answer(self, found: OneAnswer, data: Dataset) -> str:
        """Say that all images got the same answer, and what helps where that is known."""
        title = data.classes[found.answer]
        if found.reason == "imbalance":
            text = self.tr(
                "All are taken for “{0}”: {1} % of the training images are of it. More images of the others help;"
                " another learning rate does not."
            )
            return text.format(title, numbers.fixed_text(100 * found.share, 0))
        if found.reason == "blind":
            return self.tr(
                "All are taken for “{0}”, whatever the image: no more of it gets through the layers. Set a lower"
                " learning rate and press Reset."
            ).format(title)
        return self.tr("All are taken for “{0}” so far.").format(title)

    def show_test(self, epoch: float, test: Evaluation) -> None:
        """Show what an epoch ended with, or how a run does that was taken up again."""
        data = self._dataset
        if data is None:
            return
        text = self.tr("Epoch {0}: {1} % of {2} test images right, loss {3}").format(
            numbers.number_text(epoch, 3),
            numbers.fixed_text(100 * test.accuracy, 1),
            len(data.test),
            numbers.number_text(test.loss, 3),
        )
        found = find_one_answer(test, data.train)
        self._text.setText(text if found is None else f"{text}. {self._explain_one_answer(found, data)}")
        self.confusion.show_test(test, data.classes)
        self._heading.setVisible(bool(test.worst))
        self._key.show()
        self.worst.show_tiles(
            [
                Tile(
                    example_image(data.test.images[one.index]),
                    f"{data.classes[one.label]}\n→ {data.classes[one.answer]}",
                    self.tr("{0}, taken for {1}; −log p = {2}").format(
                        data.classes[one.label], data.classes[one.answer], numbers.number_text(one.loss, 3)
                    ),
                )
                for one in test.worst
            ]
        )
