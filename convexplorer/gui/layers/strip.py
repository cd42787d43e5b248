"""The strip of layers: from the image through every layer, each with what leaves it, to a + for the next."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QScrollArea, QToolButton, QWidget

from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.layers import ConvLayer, Layer, title
from convexplorer.core.model.stack_figures import LayerFigures, fitting_figures
from convexplorer.core.project.change import Change, Kind
from convexplorer.gui.document.document import Document
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.fields.numbers import grouped_text
from convexplorer.gui.kit.translation import with_count
from convexplorer.gui.layers.chip import HEIGHT, LayerChip


class LayerStrip(QScrollArea):
    """Shows the stack; a click looks at a layer, the context menu and the + change the stack."""

    selected = Signal(int)
    """A layer is to be looked at."""
    settingsRequested = Signal()
    """The layer that is looked at was clicked, or the button behind it: its settings are wanted, or no longer."""
    imageSelected = Signal()
    """The image's chip was clicked."""

    def __init__(self, document: Document, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layerStrip")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(HEIGHT + 4)
        self._document = document
        self._actions = actions
        self._chips: list[LayerChip] = []
        self._arrows: list[QLabel] = []
        inner = QWidget(self)
        self._row = QHBoxLayout(inner)
        self._row.setContentsMargins(8, 2, 8, 2)
        self._row.setSpacing(0)
        self._image = LayerChip("layerImage", inner)
        self._image.setCheckable(False)
        self._image.setToolTip(self.tr("What the first layer reads: rows × columns × channels"))
        self._image.clicked.connect(self.imageSelected)
        self._row.addWidget(self._image)
        self._add = QToolButton(inner)
        self._add.setObjectName("layerAdd")
        self._add.setIcon(theme.icon("add"))
        self._add.setAutoRaise(True)
        self._add.setToolTip(self.tr("Add a layer behind the one that is looked at"))
        self._add.setAccessibleName(self.tr("Add a layer"))
        self._add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._add)
        for key in ("addConvolution", "addMaxPooling", "addAveragePooling"):
            menu.addAction(actions[key])
        self._add.setMenu(menu)
        self._last_arrow = _arrow(inner)
        self._row.addWidget(self._last_arrow)
        self._row.addWidget(self._add)
        self._settings = QToolButton(inner)
        self._settings.setObjectName("layerSettingsButton")
        self._settings.setDefaultAction(actions["layerSettings"])
        self._settings.setAutoRaise(True)
        self._row.addWidget(self._settings)
        self._row.addStretch(1)
        self.setWidget(inner)
        for ground in (self.viewport(), inner):
            ground.setAutoFillBackground(False)
        document.changes(Kind.STACK | Kind.INPUT | Kind.CURRENT).connect(self._follow)
        self._refresh()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(400, HEIGHT + 4)

    @property
    def chips(self) -> list[LayerChip]:
        """The layers' buttons, in their order."""
        return self._chips

    def _follow(self, change: Change) -> None:
        self._refresh()
        if change.kinds & Kind.CURRENT:
            self.ensureWidgetVisible(self._chips[change.after.shown_index])

    def refresh_checks(self) -> None:
        """Let the chips say which layer is looked at, whatever a click has made of them."""
        for at, chip in enumerate(self._chips):
            chip.setChecked(at == self._document.project.shown_index)

    def _refresh(self) -> None:
        after = self._document.project
        shape = after.input_shape
        made: list[LayerFigures] = []
        missing = ""
        if shape is not None:
            self._image.show_layer(self.tr("Image"), _size_text(shape), on=True)
            made, problem = fitting_figures(after.layers, shape)
            missing = "" if problem is None else error_text(problem)
        while len(self._chips) < len(after.layers):
            self._append()
        while len(self._chips) > len(after.layers):
            for widget in (self._chips.pop(), self._arrows.pop()):
                self._row.removeWidget(widget)
                widget.deleteLater()
        for at, (chip, layer) in enumerate(zip(self._chips, after.layers, strict=True)):
            one = made[at] if at < len(made) else None
            # Behind a layer that does not fit, nothing has a size.
            size = _size_text(one.outputs) if one else "—" if missing else ""
            chip.show_layer(title(after.layers, at), size, self._detail(one), on=layer.enabled)
            chip.setToolTip(self._tip(layer, one, missing))
        self.refresh_checks()
        self._fit()

    def _detail(self, one: LayerFigures | None) -> str:
        if one is None:
            return ""
        return self.tr("sees {0}×{1}, step {2}").format(*one.field.size, one.field.step)

    def _tip(self, layer: Layer, one: LayerFigures | None, missing: str) -> str:
        if isinstance(layer, ConvLayer):
            lines = [filters_text(layer.bank)]
        else:
            lines = [self.tr("Makes every map smaller for itself")]
        if one is not None:
            lines += [
                self.tr("Receptive field: {0} × {1} pixels of the image, {2} from one node's to the next").format(
                    *one.field.size, one.field.step
                ),
                self.tr("{0} parameters, {1} multiply-adds").format(
                    grouped_text(one.parameters), grouped_text(one.multiply_adds)
                ),
            ]
        elif missing:
            lines.append(missing)
        return "\n".join([*lines, self.tr("Click to look at its maps, right-click for more")])

    def _fit(self) -> None:
        """Show what nodes see beneath every name if that fits into the strip, else beneath none."""
        margins = self._row.contentsMargins()
        # Not asked of the layout, which leaves out what was just put in and is not shown yet.
        wide = margins.left() + margins.right() + self._image.sizeHint().width() + self._add.sizeHint().width()
        wide += self._settings.sizeHint().width()
        wide += (len(self._chips) + 1) * self._last_arrow.sizeHint().width()
        wide += sum(chip.width_with(detailed=True) for chip in self._chips)
        for chip in self._chips:
            chip.set_detailed(detailed=wide <= self.viewport().width())

    def _append(self) -> None:
        at, inner = len(self._chips), self.widget()
        chip = LayerChip(f"layer{at + 1}", inner)
        chip.clicked.connect(lambda _checked=False, at=at: self._choose(at))
        chip.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        chip.customContextMenuRequested.connect(lambda point, at=at: self._menu(at, point))
        before = self._row.indexOf(self._add) - 1
        self._arrows.append(_arrow(inner))
        self._row.insertWidget(before, self._arrows[-1])
        self._row.insertWidget(before + 1, chip)
        self._chips.append(chip)

    def _choose(self, at: int) -> None:
        if at == self._document.project.shown_index:
            self._chips[at].setChecked(True)
            self.settingsRequested.emit()
            return
        # The chip follows the project, not the click.
        self._chips[at].setChecked(at == self._document.project.shown_index)
        self.selected.emit(at)

    def _menu(self, at: int, point: QPoint) -> None:
        self.selected.emit(at)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        _fill(menu, [self._actions[key] for key in ("switchLayer", "removeLayer", "moveLayerBack", "moveLayerOn")])
        menu.popup(self._chips[at].mapToGlobal(point))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the chosen layer in sight."""
        super().resizeEvent(event)
        self._fit()
        self.ensureWidgetVisible(self._chips[self._document.project.shown_index])


def _fill(menu: QMenu, actions: Iterable[QAction]) -> None:
    for action in actions:
        menu.addAction(action)


def _arrow(parent: QWidget | None) -> QLabel:
    label_ = QLabel("›", parent)
    label_.setProperty("tone", "muted")
    label_.setContentsMargins(2, 0, 2, 0)
    return label_


def _size_text(shape: tuple[int, int, int]) -> str:
    channels, rows, columns = shape
    return f"{rows}×{columns}×{channels}"


def filters_text(bank: FilterBank) -> str:
    """How many filters and planes: "1 filter with 3 planes", "4 filters with 1 plane each"."""
    filters = with_count(QCoreApplication.translate("LayerStrip", "%n filter(s)", "", len(bank)), len(bank))
    planes = with_count(QCoreApplication.translate("LayerStrip", "%n plane(s)", "", bank.channels), bank.channels)
    text = (
        QCoreApplication.translate("LayerStrip", "{0} with {1}")
        if len(bank) == 1
        else QCoreApplication.translate("LayerStrip", "{0} with {1} each")
    )
    return text.format(filters, planes)
