"""Settings of the layer that is looked at, in a line below the strip, and the sum that gives the size of its maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QAction, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from convexplorer.core.model.activations import ACTIVATIONS
from convexplorer.core.model.filters import MAX_FILTERS, MAX_KERNEL
from convexplorer.core.model.layers import POOLINGS, ConvLayer, PoolLayer
from convexplorer.core.model.stack_figures import shown_geometry
from convexplorer.core.project.change import Kind
from convexplorer.core.project.layer_edits import with_layer_settings
from convexplorer.core.project.project import Project
from convexplorer.errors import InvalidValueError
from convexplorer.gui.document.document import Document
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.fields.choice_box import ChoiceBox
from convexplorer.gui.kit.fields.field_note import FieldNote
from convexplorer.gui.kit.fields.number_boxes import WholeBox
from convexplorer.gui.kit.fields.setting_fields import PaddingBox

FIELD = 56
"""Width of a field for two digits, in pixels."""
OUTCOME = 32
"""Height of two small lines, in pixels."""
MOST = 999
"""Largest stride, padding and dilation that the fields take."""


class LayerSettings(QWidget):
    """Fields for the current layer; what is impossible is refused beneath the field, with the reason.

    Parameters
    ----------
    document : Document
        Where edits go.
    actions : mapping of str to QAction
        The window's, by key; "initialiseLayer" is offered here.
    parent : QWidget, optional
        Qt's owner.
    """

    def __init__(self, document: Document, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layerSettings")
        self._document = document
        self._run = _Run(document)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 0, 4, 4)
        self._row.setSpacing(4)
        self._shown: dict[type, list[QWidget]] = {ConvLayer: [], PoolLayer: []}
        self.note = FieldNote(self)
        self._make_convolution(actions)
        self._make_pooling()
        self.outcome = _Outcome(self)
        self.outcome.setObjectName("layerOutcome")
        self.outcome.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.outcome.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.outcome.setProperty("role", "small")
        self.outcome.setWordWrap(True)
        self.outcome.setMaximumHeight(OUTCOME)
        self.outcome.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._row.addWidget(self.outcome, 1)
        document.changes(Kind.STACK | Kind.INPUT | Kind.CURRENT).connect(self._follow)
        self._refresh()

    def _make_convolution(self, actions: Mapping[str, QAction]) -> None:
        size = self.tr("Maps have ⌊(input + zeros − window) / stride⌋ + 1 rows and columns")
        self.filters = self._spin(
            ConvLayer,
            "layerFilters",
            self.tr("Filters"),
            self.tr(
                "How many filters, and so maps. New ones are random; layers behind read them with planes of zeros, "
                "and lose the planes of those that go"
            ),
            MAX_FILTERS,
            "filters",
        )
        self.rows = self._spin(
            ConvLayer,
            "layerKernelHeight",
            self.tr("Kernel"),
            self.tr("Rows of every filter; resizing keeps the centre. {0}").format(size),
            MAX_KERNEL,
            "rows",
            title=self.tr("Kernel height"),
        )
        self.columns = self._spin(
            ConvLayer,
            "layerKernelWidth",
            "×",
            self.tr("Columns of every filter; resizing keeps the centre. {0}").format(size),
            MAX_KERNEL,
            "columns",
            title=self.tr("Kernel width"),
        )
        self.square = QToolButton(self)
        self.square.setObjectName("kernelSquare")
        self.square.setAccessibleName(self.tr("Keep kernels square"))
        self.square.setToolTip(self.tr("Keep kernels square: height and width change together"))
        self.square.setIcon(theme.icon("link"))
        self.square.setFixedWidth(24)
        self.square.setCheckable(True)
        self.square.clicked.connect(self._make_square)
        self._row.addWidget(self.square)
        self._shown[ConvLayer].append(self.square)
        self.stride = self._spin(
            ConvLayer,
            "layerStride",
            self.tr("Stride"),
            self.tr("Steps between windows. {0}").format(size),
            MOST,
            "stride",
        )
        self.padding = PaddingBox([(self.tr("valid"), "valid"), (self.tr("same"), "same")], MOST, self)
        self.padding.setFixedWidth(78)
        self.padding.picked.connect(lambda value: self._change(self.padding, padding=value))
        self.padding.complained.connect(
            lambda typed: self.note.tell(
                self.padding,
                self.tr("the padding is valid, same or a whole number up to {0}, not “{1}”").format(MOST, typed),
            )
        )
        tip = self.tr("Zeros around the input: none (valid), as many as keep the size at stride 1 (same), or a number")
        self._put(ConvLayer, "layerPadding", self.tr("Padding"), tip, self.padding)
        self.dilation = self._spin(
            ConvLayer,
            "layerDilation",
            self.tr("Dilation"),
            self.tr("Steps between the inputs of one window: a kernel of 3 reaches over 2 · dilation + 1. {0}").format(
                size
            ),
            MOST,
            "dilation",
        )
        self.activation = self._choice(
            ConvLayer,
            "layerActivation",
            self.tr("Activation"),
            self.tr("What is applied to every weighted sum; without one, maps are signed"),
            [(_activation(self, key), key) for key in ACTIVATIONS],
            "activation",
        )
        initialise = QToolButton(self)
        initialise.setDefaultAction(actions["initialiseLayer"])
        initialise.setAccessibleName(self.tr("Initialise"))
        self._row.addWidget(initialise)
        self._shown[ConvLayer].append(initialise)

    def _make_pooling(self) -> None:
        self.pool_kind = self._choice(
            PoolLayer,
            "poolKind",
            self.tr("Pooling"),
            self.tr("What becomes of the numbers under a window: the largest, or their mean"),
            [(_pooling(self, key), key) for key in POOLINGS],
            "kind",
        )
        size = self.tr("Maps have ⌊(input − size) / stride⌋ + 1 rows and columns")
        self.pool_size = self._spin(
            PoolLayer,
            "poolSize",
            self.tr("Size"),
            self.tr("Rows and columns of a window. {0}").format(size),
            MAX_KERNEL,
            "size",
        )
        self.pool_stride = self._spin(
            PoolLayer,
            "poolStride",
            self.tr("Stride"),
            self.tr("Steps between windows. {0}").format(size),
            MOST,
            "stride",
        )

    def _spin(
        self, kind: type, name: str, caption: str, tip: str, most: int, field: str, *, title: str = ""
    ) -> WholeBox:
        box = WholeBox(1, most, self, self.note)
        box.setFixedWidth(FIELD + 8 * (most > MAX_KERNEL))
        box.valueChanged.connect(lambda value: self._change(box, **{field: value}))
        box.left.connect(self._run.end)
        self._put(kind, name, caption, tip, box, title)
        return box

    def _choice(
        self, kind: type, name: str, title: str, tip: str, choices: Sequence[tuple[str, Any]], field: str
    ) -> QComboBox:
        box = ChoiceBox(self)
        for text, value in choices:
            box.addItem(text, value)
        box.currentIndexChanged.connect(lambda index: self._change(box, **{field: box.itemData(index)}))
        self._put(kind, name, title, tip, box)
        return box

    def _put(self, kind: type, name: str, caption: str, tip: str, field: QWidget, title: str = "") -> None:
        field.setObjectName(name)
        field.setAccessibleName(title or caption)
        field.setToolTip(tip)
        label = QLabel(caption, self)
        label.setProperty("tone", "muted")
        label.setBuddy(field)
        label.setToolTip(tip)
        label.setContentsMargins(8 if self._shown[kind] and caption != "×" else 0, 0, 0, 0)
        for widget in (label, field):
            self._row.addWidget(widget)
            self._shown[kind].append(widget)

    def _change(self, field: QWidget, **settings: Any) -> None:
        """Change one setting; going on with the same one is the same step, made of the layers at its beginning."""
        if self._document.telling:
            return  # The field was hidden while it was typed into: the layer it was meant for is not there any more.
        rows, columns = settings.pop("rows", None), settings.pop("columns", None)
        project = self._document.project
        if (rows or columns) and isinstance(project.shown_layer, ConvLayer):
            height, width = project.shown_layer.bank.size
            if self.square.isChecked():
                height = width = rows or columns
            settings["kernel"] = rows or height, columns or width
        label = self.tr("Change {0}").format(field.accessibleName().lower())
        try:
            self._run.apply(label, field.objectName(), settings)
        except InvalidValueError as error:
            self._refresh()
            self.note.tell(field, error_text(error))

    def _make_square(self, on: bool) -> None:
        if on and self.rows.value() != self.columns.value():
            self._change(self.rows, rows=max(self.rows.value(), self.columns.value()))

    def _follow(self) -> None:
        self.note.clear()
        self._refresh()

    def _refresh(self) -> None:
        layer = self._document.project.shown_layer
        # First those that go: with both kinds at once the line is wider than a small screen, and the window follows.
        for kind, widgets in sorted(self._shown.items(), key=lambda item: isinstance(layer, item[0])):
            for widget in widgets:
                if not isinstance(layer, kind) and isinstance(widget, (WholeBox, PaddingBox)):
                    widget.forget_typed()  # When it is hidden, it would give the other layer what was typed for this.
                widget.setVisible(isinstance(layer, kind))
        if isinstance(layer, ConvLayer):
            self.filters.show_value(len(layer.bank))
            if layer.bank.size[0] != layer.bank.size[1]:
                self.square.setChecked(False)
            self.rows.show_value(layer.bank.size[0])
            self.columns.show_value(layer.bank.size[1])
            self.stride.show_value(layer.stride)
            self.dilation.show_value(layer.dilation)
            self.padding.show_value(layer.padding)
            _select(self.activation, layer.activation)
        else:
            _select(self.pool_kind, layer.kind)
            self.pool_size.show_value(layer.size)
            self.pool_stride.show_value(layer.stride)
        self._show_outcome(self._document.project)

    def _show_outcome(self, project: Project) -> None:
        """How many nodes there are and why, or why there are none."""
        shape, text, tone = project.input_shape, "", "muted"
        if shape is not None:
            try:
                geometry = shown_geometry(project.layers, project.shown_index, shape)
                rows, columns = geometry.formula(0), geometry.formula(1)
                text = self.tr("{0} rows\n{1} columns").format(rows, columns)
            except InvalidValueError as error:
                text, tone = error_text(error), "error"
        self.outcome.setText(text)
        self.outcome.setToolTip(text)
        if self.outcome.property("tone") != tone:
            self.outcome.setProperty("tone", tone)
            self.outcome.style().unpolish(self.outcome)
            self.outcome.style().polish(self.outcome)


class _Outcome(QLabel):
    """The sum, or why there is none; a sum that has no room stands in the tooltip only."""

    def paintEvent(self, event: QPaintEvent) -> None:
        longest = max(map(self.fontMetrics().horizontalAdvance, self.text().split("\n")))
        if self.property("tone") != "muted" or longest <= self.width():
            super().paintEvent(event)


class _Run:
    """Changes of one setting in a row: one step, each made of the project as it was at the beginning.

    So taking filters away and giving them back, or shrinking a kernel and growing it, loses nothing.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._base = self._after = document.project
        self._field = ""
        self._token = object()

    def end(self) -> None:
        """Begin a new step with the next change."""
        self._field = ""

    def apply(self, label: str, field: str, settings: Mapping[str, Any]) -> None:
        """Change a setting; errors are those of `with_layer_settings`, and change nothing."""
        project = self._document.project
        goes_on = project is self._after and field == self._field
        base = self._base if goes_on else project
        after = with_layer_settings(base, base.shown_index, **settings)
        if not goes_on:
            self._base, self._field, self._token = base, field, object()
        self._after = after
        self._document.apply(label, after, merge=self._token)


def _select(box: QComboBox, value: object) -> None:
    with QSignalBlocker(box):
        box.setCurrentIndex(box.findData(value))


def _activation(parent: QWidget, key: str) -> str:
    names = {
        "relu": parent.tr("ReLU"),
        "leaky_relu": parent.tr("Leaky ReLU"),
        "tanh": parent.tr("tanh"),
        "sigmoid": parent.tr("Sigmoid"),
        "none": parent.tr("None"),
    }
    return names[key]


def _pooling(parent: QWidget, key: str) -> str:
    return {"max": parent.tr("Maximum"), "average": parent.tr("Average")}[key]
