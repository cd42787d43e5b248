"""Dense or convolutional: what the layer that is looked at shares, and what a dense one in its place would not."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from convexplorer.core.explain.dense_comparison import Comparison
from convexplorer.core.model.stack_figures import LayerFigures
from convexplorer.core.runtime.types import Values
from convexplorer.gui.dense.counts import CompareCounts
from convexplorer.gui.dense.drawing import ConnectionView
from convexplorer.gui.dense.layout import CellPlace, Part
from convexplorer.gui.dense.shift import ShiftPage
from convexplorer.gui.kit.fields.numbers import grouped_text
from convexplorer.gui.kit.help_button import HelpButton

SHIFT_PAGE = 2
"""Number of the page with the shift test."""


class ComparePanel(QWidget):
    """Connections drawn, numbers, and the shift test, each on a page."""

    looked = Signal()
    """It, or another page of it, has come into view, or the theme is another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("comparePanel")
        self.title = QLabel(self)
        self.title.setObjectName("compareTitle")
        self.title.setProperty("role", "heading")
        self.counts = CompareCounts(self)
        self.shared = ConnectionView(dense=False, parent=self)
        self.dense = ConnectionView(dense=True, parent=self)
        self.shared_text = self._text("sharedText")
        self.dense_text = self._text("denseText")
        self.shift = ShiftPage(self)
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("compareTabs")
        self._problem = self._text("compareProblem")
        self._problem.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._problem.setProperty("tone", "muted")
        self._stack = QStackedWidget(self)
        self._lay_out()
        for view in (self.shared, self.dense):
            view.nodeChosen.connect(self._choose)
        self.tabs.currentChanged.connect(self.looked)

    @property
    def tests(self) -> bool:
        """Whether the shift test can be seen."""
        return self.isVisible() and self.compares and self.tabs.currentIndex() == SHIFT_PAGE

    @property
    def compares(self) -> bool:
        """Whether a layer is shown rather than a reason why not."""
        return self._stack.currentWidget() is self.tabs

    def _text(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setWordWrap(True)
        return label

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(8, 4, 8, 0)
        top.addWidget(self.title, 1)
        top.addWidget(HelpButton(self._help_text(), "compareHelp", self))
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        for view, text in ((self.shared, self.shared_text), (self.dense, self.dense_text)):
            column.addWidget(text)
            column.addWidget(view, 1)
        for widget, title, tip in (
            (page, self.tr("Connections"), self.tr("The lines of one node, drawn")),
            (self.counts, self.tr("Numbers"), self.tr("Parameters and connections of all nodes, counted")),
            (self.shift, self.tr("Shift test"), self.tr("Move the image, and see what moves with it")),
        ):
            # A small window scrolls the pages instead of growing.
            scroll = QScrollArea(self)
            scroll.setWidgetResizable(True)
            scroll.setWidget(widget)
            self.tabs.setTabToolTip(self.tabs.addTab(scroll, title), tip)
        self._stack.addWidget(self.tabs)
        self._stack.addWidget(self._problem)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(4)
        whole.addLayout(top)
        whole.addWidget(self._stack, 1)

    def _help_text(self) -> str:
        return self.tr(
            "A dense layer connects every node with every input, and each connection has a weight of its own. A "
            "convolutional layer connects a node with the inputs in its window only, and all nodes of a map share one "
            "set of weights: lines of one colour are one weight. So it needs few numbers, and finds its pattern "
            "wherever it is: move the image, and its maps move along. A dense layer knows of no neighbours; it would "
            "have to learn a moved image anew."
        )

    # --- what is shown -------------------------------------------------------------------------------------------

    def show_problem(self, text: str) -> None:
        """Say why there is nothing to be compared."""
        self._problem.setText(text)
        self._stack.setCurrentWidget(self._problem)

    def show_layer(self, title: str, name: str, made: Comparison, one: LayerFigures, weights: Values | None) -> None:
        """Show a layer.

        Parameters
        ----------
        title, name : str
            The layer with its filter, and the layer alone.
        made : Comparison
            Its numbers.
        one : LayerFigures
            How it lies over its input; its geometry is known.
        weights : ndarray, shape (C, kh, kw), or None
            Of the selected filter; None for a pooling.
        """
        geometry = one.geometry
        if geometry is None:
            return
        self._stack.setCurrentWidget(self.tabs)
        self.title.setText(title)
        self.counts.show_comparison(made, name)
        channels = one.inputs[0] if weights is not None else 1
        part = Part.of(geometry, channels)
        drawn, whole = _shape(*part.inputs), _shape(*one.inputs[1:])
        planes = "" if part.planes == 1 else f"×{part.planes}"
        depth = "" if channels == 1 else f"×{channels}"
        left = self.tr("{0} of {1} inputs").format(drawn + planes, whole + depth)
        right = self.tr("{0} of {1} nodes").format(_shape(*part.nodes), _shape(*one.outputs[1:]))
        if weights is not None:
            weights = _strongest(weights, part.planes)
        for view in (self.shared, self.dense):
            view.show_part(part, weights, (left, right))
        self._tell(channels * geometry.kernel[0] * geometry.kernel[1], one, weights is not None)
        self._choose(self.shared.node)

    def _tell(self, window: int, one: LayerFigures, learnt: bool) -> None:
        inputs = one.inputs[0] * one.inputs[1] * one.inputs[2]
        if learnt:
            self.shared_text.setText(
                self.tr(
                    "<b>{0}:</b> a node is connected with {1} inputs, and all nodes of the map share these weights."
                ).format(self.tr("Convolutional"), grouped_text(window))
            )
        else:
            self.shared_text.setText(
                self.tr("<b>{0}:</b> a node is connected with {1} inputs; these lines have no weights.").format(
                    self.tr("Pooling"), grouped_text(window)
                )
            )
        self.dense_text.setText(
            self.tr(
                "<b>{0}:</b> a node is connected with all {1} inputs, and each line has a weight of its own."
            ).format(self.tr("Dense"), grouped_text(inputs))
        )

    def _choose(self, node: CellPlace) -> None:
        for view in (self.shared, self.dense):
            view.show_node(node)
            view.setAccessibleName(
                self.tr("Connections of node row {0}, column {1}; arrow keys go to another").format(*view.node)
            )

    # --- following -----------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up."""
        super().showEvent(event)
        self.looked.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Draw in the tones of another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.looked.emit()


def _strongest(weights: Values, planes: int) -> Values:
    """So many planes of a filter, in their order: those with the largest weights."""
    order = np.argsort(-np.abs(weights).sum(axis=(1, 2)), kind="stable")
    return weights[np.sort(order[:planes])]


def _shape(*sizes: int) -> str:
    return "×".join(map(str, sizes))
