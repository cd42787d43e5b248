"""Draws a weight's gradient as a sum: its largest terms with their input windows, then the rest."""

from __future__ import annotations

from math import floor, log10

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from convexplorer.core.explain.printed import adds_up
from convexplorer.core.learn.datasets import Dataset
from convexplorer.core.learn.one_update import Term, Update
from convexplorer.core.runtime.types import Values
from convexplorer.gui.canvas.thumbnails import fit_into, paint_pattern
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.fields import numbers
from convexplorer.gui.training.tiles import example_image

MOST = 8
"""Most terms that have a line of their own."""
DIGITS = 6
"""Significant digits of the sum; all lines have as many decimals."""
_LINE = 40


class TermList(QWidget):
    """A line for each term, the rest, and the gradient; ≈ stands before it where the printed lines do not give it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("updateTerms")
        self._update: Update | None = None
        self._dataset: Dataset | None = None
        self.lines: list[tuple[str, str, str]] = []
        self.show_update(None, None)

    def show_update(self, update: Update | None, dataset: Dataset | None) -> None:
        """Take on the terms of an update."""
        self._update, self._dataset = update, dataset
        self.lines = (
            []
            if update is None or dataset is None
            else printed_lines(update, dataset, self.tr("all {0} others"), self.tr("sum = gradient g = ∂L/∂w"))
        )
        self.setAccessibleName("; ".join(f"{where}: {how} = {product}" for where, how, product in self.lines))
        self.setFixedHeight(len(self.lines) * _LINE)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the windows, with the weight's own input marked, and the numbers."""
        update = self._update
        if update is None:
            return
        painter, look = QPainter(self), theme.current()
        for number, (where, how, product) in enumerate(self.lines):
            top = number * _LINE
            if number < len(self.lines) - 2:
                self._paint_window(painter, QRect(0, top + 2, _LINE - 4, _LINE - 4), update.terms[number])
            else:
                painter.setPen(QColor(look.line))
                painter.drawLine(0, top, self.width(), top)
            text = QRect(_LINE + 4, top, self.width() - _LINE - 8, _LINE)
            if where:
                painter.setPen(QColor(look.muted))
                painter.drawText(text.adjusted(0, 2, 0, -_LINE // 2), Qt.AlignmentFlag.AlignVCenter, where)
                text = text.adjusted(0, _LINE // 2 - 2, 0, -2)
            painter.setPen(QColor(look.text))
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, how)
            painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, product)

    def _paint_window(self, painter: QPainter, box: QRect, term: Term) -> None:
        update, data = self._update, self._dataset
        if update is None or data is None:
            return
        if term.patch is None:
            paint_pattern(painter, box, example_image(data.train.images[term.image]))
            return
        image = example_image(stretch_contrast(term.patch))
        paint_pattern(painter, box, image)
        if len(update.index) == 1:
            return
        rect = fit_into(image.size(), box.adjusted(1, 1, -1, -1))
        rows, columns = term.patch.shape[1:]
        row, column = update.index[2:]
        wide, high = rect.width() / columns, rect.height() / rows
        painter.setPen(QPen(QColor(theme.current().accent), 2))
        painter.drawRect(QRectF(rect.left() + column * wide, rect.top() + row * high, wide, high))


def printed_lines(update: Update, dataset: Dataset, others: str, total: str) -> list[tuple[str, str, str]]:
    """Where, how and product of each line; the last two are the rest and the gradient.

    Every number is rounded for itself, to the same decimals; "≈" stands before the gradient where the printed ones do
    not add up to it.

    Parameters
    ----------
    update : Update
        What is printed.
    dataset : Dataset
        Whose training images the terms are of.
    others, total : str
        What the last two lines are called; the first gets the number of terms.
    """
    gradient = update.gradient
    largest = max([abs(gradient), *(abs(term.product) for term in update.terms)])
    decimals = max(0, DIGITS - 1 - floor(log10(largest))) if largest > 0 else DIGITS
    terms = update.terms[:MOST]
    products = [numbers.fixed_text(term.product, decimals) for term in terms]
    rest = numbers.fixed_text(gradient - sum(term.product for term in terms), decimals)
    printed = numbers.fixed_text(gradient, decimals)
    lines = [
        (
            f"{dataset.classes[int(dataset.train.labels[term.image])]} · {term.image}"
            + ("" if update.dense else f" · ({term.row}, {term.column})"),
            f"{numbers.number_text(term.value, DIGITS)} · {numbers.number_text(term.error, DIGITS)}",
            product,
        )
        for term, product in zip(terms, products, strict=True)
    ]
    relation = "" if adds_up(printed, [*products, rest]) else "≈ "
    return [*lines, ("", others.format(update.count - len(terms)), rest), ("", total, relation + printed)]


def stretch_contrast(patch: Values) -> Values:
    """A window for the eye: its one or three channels, or the mean of more, from its least to its largest value."""
    planes = patch if len(patch) in (1, 3) else patch.mean(axis=0, keepdims=True)
    low, high = float(planes.min()), float(planes.max())
    made: Values = ((planes - low) / ((high - low) or 1)).astype(np.float32)
    return made
