"""The steps from picture to input, as rows that can be switched: colour → size → values in [0, 1]."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QWidget,
)

from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.model.preparation import GreyMethod
from convexplorer.core.project.change import Change, Kind
from convexplorer.core.project.project import Project, with_preparation
from convexplorer.errors import InvalidValueError
from convexplorer.gui.document.document import Document
from convexplorer.gui.image.grey_methods import grey_formula, grey_titles
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.fields.choice_box import ChoiceBox
from convexplorer.gui.kit.fields.number_boxes import NumberBox
from convexplorer.gui.kit.help_button import HelpButton


class PreparationBar(QWidget):
    """Shows and changes the document's preparation."""

    summarised = Signal(str)
    """All steps in one line."""
    refused = Signal()
    """A change cannot be made; the reason stands here."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preparationBar")
        self._document = document
        self._last_scale = 0.3
        self._original, self._channels, self._size, self._range = (_outcome(self) for _ in range(4))
        self.grey = _segment(self.tr("Grey"), "preparationGrey", "", self)
        self.rgb = _segment(
            self.tr("RGB"), "preparationRgb", self.tr("Three channels; every filter gets a plane for each"), self
        )
        group = QButtonGroup(self)
        group.addButton(self.grey)
        group.addButton(self.rgb)
        self.grey_method = _grey_box(self)
        self.resize_box = _step(
            self.tr("Size"),
            "preparationResize",
            self.tr("Resize the picture before the layer sees it, or leave it as large as it is"),
            self,
        )
        self.scale = _percent_box(self)
        self.unit_range = _step(
            self.tr("Values in [0, 1]"),
            "preparationUnitRange",
            self.tr("Divide by the largest number the file's type can hold, or leave numbers as stored"),
            self,
        )
        self._reason = QLabel(self)
        self._reason.setObjectName("preparationReason")
        self._reason.setProperty("tone", "error")
        self._reason.setWordWrap(True)
        self._reason.hide()
        self._help = HelpButton(
            self.tr(
                "The steps from the picture to what the first layer reads: grey or R, G and B; made smaller, so that a "
                "small window sees more; numbers brought into 0 to 1. Grey is a sum of red, green and blue; the list "
                "beside it says which: Rec. 601 is what OpenCV and Pillow do. The rectangle on the picture is the "
                "window of the node that is looked at. Wheel zooms, dragging pans, a click pins the node."
            ),
            "preparationHelp",
            self,
        )
        self._lay_out()
        self.grey.clicked.connect(lambda: self._change(self.tr("Switch to grey"), grey=True))
        self.rgb.clicked.connect(lambda: self._change(self.tr("Switch to RGB"), grey=False))
        self.grey_method.activated.connect(lambda _: self.choose_grey(self.grey_method.currentData()))
        self.resize_box.clicked.connect(self._switch_size)
        self.scale.valueChanged.connect(self._change_scale)
        self.unit_range.clicked.connect(lambda on: self._change(self.tr("Change value range"), unit_range=on))
        document.changes(Kind.INPUT).connect(self._follow)
        self._refresh(document.project)

    def choose_grey(self, method: GreyMethod) -> None:
        """Take the picture grey, and make grey in this way."""
        self._change(self.tr("Change grey"), grey=True, grey_method=method)

    def _lay_out(self) -> None:
        colour = QHBoxLayout()
        colour.setSpacing(0)
        colour.addWidget(self.grey)
        colour.addWidget(self.rgb)
        layout = QGridLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setHorizontalSpacing(8)
        layout.setVerticalSpacing(4)
        layout.setColumnStretch(2, 1)
        layout.addWidget(QLabel(self.tr("Original"), self), 0, 0)
        layout.addWidget(self._original, 0, 1, 1, 2)
        layout.addWidget(self._help, 0, 3)
        layout.addWidget(QLabel(self.tr("Colour"), self), 1, 0)
        layout.addLayout(colour, 1, 1, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._channels, 1, 2, 1, 2)
        layout.addWidget(self.grey_method, 1, 2, 1, 2, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self.resize_box, 2, 0)
        layout.addWidget(self.scale, 2, 1, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._size, 2, 2, 1, 2)
        layout.addWidget(self.unit_range, 3, 0, 1, 2)
        layout.addWidget(self._range, 3, 2, 1, 2)
        layout.addWidget(self._reason, 4, 0, 1, 4)

    def _change(self, label: str, *, merge: str | None = None, **changes: object) -> None:
        project = self._document.project
        preparation = replace(project.preparation, **changes)  # type: ignore[arg-type]
        if preparation == project.preparation:
            return
        try:
            self._document.apply(label, with_preparation(project, preparation), merge=merge)
            self._reason.hide()
        except InvalidValueError as error:
            self._reason.setText(error_text(error))
            self._reason.show()
            self.refused.emit()
            self._refresh(project)

    def _change_scale(self, percent: float) -> None:
        self._change(self.tr("Change size"), merge="size", scale=percent / 100)

    def _switch_size(self, on: bool) -> None:
        scale = self._document.project.preparation.scale
        if not on:
            self._last_scale = scale
        self._change(self.tr("Change size"), scale=self._last_scale if on else 1.0)

    def _follow(self, change: Change) -> None:
        self._refresh(change.after)

    def _refresh(self, after: Project) -> None:
        preparation: Preparation = after.preparation
        resized = preparation.scale != 1.0
        with QSignalBlocker(self.scale):
            self.scale.setValue(preparation.scale * 100)
        self.scale.setEnabled(resized)
        self.resize_box.setChecked(resized)
        self.grey.setChecked(preparation.grey)
        self.rgb.setChecked(not preparation.grey)
        self.unit_range.setChecked(preparation.unit_range)
        formula = grey_formula(preparation.grey_method)
        self.grey.setToolTip(self.tr("One channel: {0}").format(formula))
        self.grey_method.setCurrentIndex(self.grey_method.findData(preparation.grey_method))
        self.grey_method.setToolTip(self.tr("What grey is made of: {0}").format(formula))
        image = after.image
        # Without colours there is nothing to choose.
        choice = preparation.grey and (image is None or image.channels == 3)
        self.grey_method.setVisible(choice)
        self._channels.setVisible(not choice)
        self._channels.setText(self.tr("1 channel") if preparation.grey else self.tr("3 channels"))
        if image is None:
            return
        kind = {"uint8": self.tr("8-bit"), "uint16": self.tr("16-bit"), "float32": self.tr("float")}[
            str(image.native.dtype)
        ]
        colour = self.tr("colour") if image.channels == 3 else self.tr("grey")
        self._original.setText(f"{image.width} × {image.height}  {kind} {colour}")
        self._original.setToolTip(_about(image))
        height, width = preparation.size(image.height, image.width)
        self._size.setText(f"{width} × {height}")
        top = {"uint8": 255, "uint16": 65535, "float32": 1}[str(image.native.dtype)]
        self._range.setText(self.tr("÷ {0}").format(top) if preparation.unit_range and top > 1 else f"0 … {top}")
        self.summarised.emit(self.summary())

    def summary(self) -> str:
        """All steps in one line, from the picture to what the first layer reads; "" without a picture."""
        image, preparation = self._document.project.image, self._document.project.preparation
        if image is None:
            return ""
        colour = self.tr("RGB")
        if preparation.grey:
            title = grey_titles()[preparation.grey_method]
            colour = self.tr("grey ({0})").format(title) if image.channels == 3 else self.tr("grey")
        resized = [f"{preparation.scale * 100:g} %", self._size.text()] if preparation.scale != 1.0 else []
        return " → ".join([self._original.text(), colour, *resized, self._range.text()])


def _about(image: Image) -> str:
    return "\n".join(filter(None, [str(image.path or image.name), *image.notes]))


def _outcome(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setProperty("tone", "muted")
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return label


def _segment(text: str, name: str, tip: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setObjectName(name)
    button.setText(text)
    button.setToolTip(tip)
    button.setCheckable(True)
    return button


def _step(text: str, name: str, tip: str, parent: QWidget) -> QCheckBox:
    box = QCheckBox(text, parent)
    box.setObjectName(name)
    box.setToolTip(tip)
    return box


def _grey_box(parent: QWidget) -> ChoiceBox:
    box = ChoiceBox(parent)
    box.setObjectName("preparationGreyMethod")
    box.setAccessibleName(QCoreApplication.translate("PreparationBar", "What grey is made of"))
    for at, (method, title) in enumerate(grey_titles().items()):
        box.addItem(title, method)
        box.setItemData(at, grey_formula(method), Qt.ItemDataRole.ToolTipRole)
    return box


def _percent_box(parent: QWidget) -> NumberBox:
    box = NumberBox(0.1, 1600.0, 1, parent)
    box.setObjectName("preparationScale")
    box.setAccessibleName(QCoreApplication.translate("PreparationBar", "Size in per cent"))
    box.setToolTip(
        QCoreApplication.translate("PreparationBar", "Width and height in per cent of the original, antialiased")
    )
    box.setSingleStep(5.0)
    box.setSuffix(" %")
    return box
