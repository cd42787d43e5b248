"""Settings of the layer that is looked at, in one line beside the strip."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSpinBox, QWidget

from convexplorer.core.activations import ACTIVATIONS
from convexplorer.core.filters import MAX_FILTERS, MAX_KERNEL
from convexplorer.core.layer_edits import with_layer_settings
from convexplorer.core.layers import POOLINGS, ConvLayer, PoolLayer
from convexplorer.core.project import Project
from convexplorer.errors import InvalidValueError
from convexplorer.gui.document import Document
from convexplorer.gui.error_text import error_text

MOST = 64
"""Largest stride, padding and dilation that the fields offer."""


class LayerSettings(QWidget):
    """Fields for the current layer."""

    refused = Signal(str)
    """One line: why a value does not fit, with the formula and its numbers."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layerSettings")
        self._document = document
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 0, 8, 0)
        self._row.setSpacing(4)
        self._shown: dict[type, list[QWidget]] = {ConvLayer: [], PoolLayer: []}
        self.filters = self._spin(ConvLayer, "layerFilters", self.tr("Filters"), 1, MAX_FILTERS, "filters")
        self.stride = self._spin(ConvLayer, "layerStride", self.tr("Stride"), 1, MOST, "stride")
        self.padding = self._choice(
            ConvLayer,
            "layerPadding",
            self.tr("Padding"),
            [(self.tr("valid"), "valid"), (self.tr("same"), "same"), *((str(n), n) for n in range(1, 16))],
            "padding",
        )
        self.dilation = self._spin(ConvLayer, "layerDilation", self.tr("Dilation"), 1, MOST, "dilation")
        self.activation = self._choice(
            ConvLayer,
            "layerActivation",
            self.tr("Activation"),
            [(_activation(self, key), key) for key in ACTIVATIONS],
            "activation",
        )
        self.pool_kind = self._choice(
            PoolLayer, "poolKind", self.tr("Pooling"), [(_pooling(self, key), key) for key in POOLINGS], "kind"
        )
        self.pool_size = self._spin(PoolLayer, "poolSize", self.tr("Size"), 1, MAX_KERNEL, "size")
        self.pool_stride = self._spin(PoolLayer, "poolStride", self.tr("Stride"), 1, MOST, "stride")
        document.changed.connect(self._refresh)
        self._refresh(document.project, document.project)

    def _spin(self, kind: type, name: str, title: str, low: int, high: int, field: str) -> QSpinBox:
        box = QSpinBox(self)
        box.setRange(low, high)
        box.setKeyboardTracking(False)
        box.valueChanged.connect(lambda value: self._change(title, **{field: value}))
        self._put(kind, name, title, box)
        return box

    def _choice(self, kind: type, name: str, title: str, choices: list[tuple[str, Any]], field: str) -> QComboBox:
        box = QComboBox(self)
        for text, value in choices:
            box.addItem(text, value)
        box.currentIndexChanged.connect(lambda index: self._change(title, **{field: box.itemData(index)}))
        self._put(kind, name, title, box)
        return box

    def _put(self, kind: type, name: str, title: str, field: QWidget) -> None:
        field.setObjectName(name)
        field.setAccessibleName(title)
        caption = QLabel(title, self)
        caption.setProperty("tone", "muted")
        caption.setBuddy(field)
        caption.setContentsMargins(8, 0, 0, 0)
        for widget in (caption, field):
            self._row.addWidget(widget)
            self._shown[kind].append(widget)

    def _change(self, title: str, **settings: Any) -> None:
        project = self._document.project
        try:
            after = with_layer_settings(project, project.current, **settings)
        except InvalidValueError as error:
            self._refresh(project, project)
            self.refused.emit(error_text(error))
            return
        # Another layer's setting, or another setting, is another step.
        key = "layer", project.current, *sorted(settings)
        self._document.apply(self.tr("Change {0}").format(title.lower()), after, merge=key)

    def _refresh(self, _before: Project, after: Project) -> None:
        layer = after.shown
        for kind, widgets in self._shown.items():
            for widget in widgets:
                widget.setVisible(isinstance(layer, kind))
        if isinstance(layer, ConvLayer):
            _set(self.filters, len(layer.bank))
            _set(self.stride, layer.stride)
            _set(self.dilation, layer.dilation)
            _select(self.padding, layer.padding)
            _select(self.activation, layer.activation)
        else:
            _select(self.pool_kind, layer.kind)
            _set(self.pool_size, layer.size)
            _set(self.pool_stride, layer.stride)


def _set(box: QSpinBox, value: int) -> None:
    with QSignalBlocker(box):
        box.setValue(value)


def _select(box: QComboBox, value: object) -> None:
    with QSignalBlocker(box):
        at = box.findData(value)
        if at < 0:  # A padding from a file that the list does not offer.
            box.addItem(str(value), value)
            at = box.count() - 1
        box.setCurrentIndex(at)


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
