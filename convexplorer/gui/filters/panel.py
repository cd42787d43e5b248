"""The filters' panel: the selected filter's fields, weights and commands, and below it the list of all."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from convexplorer.core.project.change import Kind
from convexplorer.gui.document.document import Document
from convexplorer.gui.document.selection import Selection
from convexplorer.gui.filters.bank_picker import BankPicker
from convexplorer.gui.filters.command_button import command_button, menu_button
from convexplorer.gui.filters.commands import FILTER_ACTIONS, FilterCommands
from convexplorer.gui.filters.fields import FilterFields
from convexplorer.gui.filters.initialise_page import InitialisePage
from convexplorer.gui.filters.list import FilterListView
from convexplorer.gui.filters.list_model import FilterListModel
from convexplorer.gui.filters.list_selection import ListSelection
from convexplorer.gui.filters.menus import PresetMenu, selection_menu
from convexplorer.gui.filters.plane_area import PlaneArea
from convexplorer.gui.filters.preset_picker import PresetPicker
from convexplorer.gui.filters.recipe_picker import RecipePicker
from convexplorer.gui.filters.weights.clipboard_blocks import WeightCell
from convexplorer.gui.filters.weights.weight_figures import WeightFigures
from convexplorer.gui.filters.weights.weight_model import WeightTableModel
from convexplorer.gui.filters.weights.weight_view import WeightView
from convexplorer.gui.kit.fields.numbers import exact_number_text
from convexplorer.gui.kit.help_button import HelpButton
from convexplorer.gui.kit.wrapping_row import WrappingRow

MARGIN = 8
USUAL_SHARE, LARGEST_SHARE = 0.65, 0.74
"""Of the height, for the selected filter, unless the user moves the divider; the larger one if all its weights are then
in sight, or more of them."""
_SPECS = {spec.key: spec for spec in FILTER_ACTIONS}
_ADDING = ("addFilter", "presets", "banks")
_TRANSFORMS = ("negate", "transpose", "rotate")
_FLIPS = ("flipHorizontal", "flipVertical")
_NORMALISING = ("normalise", "zeroMean", "sameChannels", "zero")
"""Commands on weights: each has a button of its own, or stands in the menu of one."""


class _Halves(QSplitter):
    """Tells when there is another height to share."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class FilterPanel(QWidget):
    """Shows and edits the filters of a document.

    Parameters
    ----------
    document : Document
        What is edited.
    selection : Selection
        Which filters are selected, here and everywhere.
    parent : QWidget, optional
        Qt's owner.
    """

    message = Signal(str)
    """One line that has no better place: why something was not done."""
    weightHovered = Signal(object)
    """(channel, row, column) of the weight under the mouse, or None."""

    def __init__(self, document: Document, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filterPanel")
        self._document = document
        self._selection = selection
        self._cell: WeightCell | None = None
        self.list_model = FilterListModel(document, self)
        self.selection_model = ListSelection(self.list_model, document, selection, self)
        self.commands = FilterCommands(document, self.list_model, selection, self)
        self.weight_model = WeightTableModel(document, self)

        self.list_view = FilterListView(self.list_model, self.selection_model, self)
        self.list_view.set_hint(self.tr("No filters. Add one with +, pick a preset, or take a whole bank."))
        self.fields = FilterFields(document, self)
        self.weight_view = WeightView(self.weight_model, self)
        self.weight_view.set_hint(self.tr("The weights of the selected filter are edited here."))
        self.planes = PlaneArea(document, self.weight_model, self.weight_view, self)
        self.figures = WeightFigures(self)
        self.presets = PresetPicker(document, self.commands, self)
        self.banks = BankPicker(document, self.commands, self)
        self.initialise = InitialisePage(document, self)
        self._pages = QStackedWidget(self)
        self._lay_out()

        self.commands.message.connect(self.message)
        self.commands.renameRequested.connect(self._rename)
        self.commands.presetsRequested.connect(lambda: self._open(self.presets))
        self.commands.banksRequested.connect(lambda: self._open(self.banks))
        for page in (self.presets, self.banks, self.initialise):
            page.closed.connect(self._close_page)
        self.list_view.commandRequested.connect(self.commands.run)
        self.list_view.message.connect(self.message)
        self.list_view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list_view.customContextMenuRequested.connect(self._show_menu)
        self.planes.described.connect(self.figures.show_rest)
        self.fields.message.connect(self.figures.show_problem)
        self.weight_view.message.connect(self.figures.show_problem)
        self.weight_view.weightHovered.connect(self._show_hovered)
        self.weight_view.weightHovered.connect(self.weightHovered)
        selection.currentChanged.connect(self._show)
        document.changes(Kind.FILTERS | Kind.LAYERS | Kind.CURRENT | Kind.MUTED).connect(self._show)
        self._show()

    def open_initialiser(self) -> None:
        """Let the user choose how the edited layer's weights begin anew."""
        self._pages.setCurrentWidget(self.initialise)
        self.initialise.open()

    def _lay_out(self) -> None:
        top, bottom = QWidget(self), QWidget(self)
        upper, lower = QVBoxLayout(top), QVBoxLayout(bottom)
        for layout in (upper, lower):
            layout.setSpacing(MARGIN // 2)
        upper.setContentsMargins(MARGIN, MARGIN, MARGIN, 0)
        lower.setContentsMargins(MARGIN, 0, MARGIN, MARGIN)
        upper.addWidget(self.fields)
        upper.addWidget(self.planes, 1)
        upper.addWidget(self.figures)
        upper.addWidget(self._weight_commands())
        lower.addWidget(self.list_view, 1)
        lower.addWidget(self._list_commands())
        splitter = _Halves(Qt.Orientation.Vertical, self)
        splitter.setObjectName("filterSplitter")
        splitter.setHandleWidth(MARGIN)
        splitter.setChildrenCollapsible(False)
        self._halves = top, bottom
        for half in self._halves:
            splitter.addWidget(half)
        self._splitter = splitter
        self._share_is_chosen = False
        splitter.resized.connect(self._share)
        for row in self.findChildren(WrappingRow):
            row.heightChanged.connect(self._share)
        splitter.splitterMoved.connect(self._keep_share)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        for page in (splitter, self.presets, self.banks, self.initialise):
            self._pages.addWidget(page)

    def _share(self) -> None:
        """Give the weights the height they can use, up to a share, and the list what is left."""
        if self._share_is_chosen:
            return
        top, bottom = self._halves
        fixed = top.sizeHint().height() - self.planes.sizeHint().height()
        wanted = fixed + self.planes.height_for(self.width() - 2 * MARGIN)
        height = self._splitter.height() - MARGIN
        whole = fixed + self.planes.least_height()
        share = min(max(whole, int(height * USUAL_SHARE)), int(height * LARGEST_SHARE))
        upper = max(top.minimumSizeHint().height(), min(wanted, share))
        self._splitter.setSizes([upper, max(bottom.minimumSizeHint().height(), height - upper)])

    def _keep_share(self) -> None:
        self._share_is_chosen = True

    def _help_text(self) -> str:
        return self.tr(
            "A filter is a grid of weights, one plane for each channel it reads; it gives one map, strong where the "
            "image looks like the filter. Type a weight, drag sideways on it, or turn the wheel; Tab goes to the next. "
            "Dark weights are negative, light ones positive, and zero is mid grey: white wants light, black wants "
            "dark. All filters of a layer share one size. In a deeper layer a filter has a plane for each "
            "map it reads: the list shows the strongest plane; beside the table stand all of them, with a bar for "
            "their Σ|w|, and one for what they add to the node that is looked at."
        )

    def _weight_commands(self) -> WrappingRow:
        """What can be done with the weights, in words."""
        row = WrappingRow(self)
        for key in _TRANSFORMS:
            row.add(self._button(key))
        for name, word, tip, keys in (
            ("flipButton", self.tr("Flip"), self.tr("Swap left and right, or top and bottom"), _FLIPS),
            (
                "normaliseMenuButton",
                self.tr("Normalise"),
                self.tr("Bring the sum to 1 or the mean to 0, make channels alike, or set all to 0"),
                _NORMALISING,
            ),
        ):
            row.add(menu_button(name, word, tip, keys, self.commands, self))
        return row

    def _list_commands(self) -> WrappingRow:
        """What makes filters, and all else behind a word."""
        row = WrappingRow(self)
        for key in _ADDING:
            row.add(self._button(key))
        tip = self.tr("Duplicate, delete, move, copy, and everything else for the selected filters")
        row.add(menu_button("moreButton", self.tr("More"), tip, list(_SPECS), self.commands, self))
        row.add(HelpButton(self._help_text(), "filterHelp", self))
        return row

    def _button(self, key: str) -> QToolButton:
        button = command_button(_SPECS[key], self.commands, self)
        if key == "addFilter":
            button.setMenu(PresetMenu(self.commands, self._add_preset, self))
            button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        return button

    def _show(self) -> None:
        row, one = self._selection.current, self._selection.filter
        self.weight_model.show_filter(row, one)
        self.planes.show_filter(row, one)
        self._share()
        self.fields.show_filter(row, one)
        self.figures.show_filter(one)
        self.figures.show_problem("")  # An edit was taken, or another filter is looked at.
        self._show_place()

    def _rename(self) -> None:
        index = self.selection_model.currentIndex()
        if index.isValid() and not self.list_view.is_editing():
            self._close_page()
            self.list_view.edit(index.siblingAtColumn(0))

    def _open(self, page: RecipePicker) -> None:
        self._pages.setCurrentWidget(page)
        page.list.setFocus()

    def _add_preset(self, key: str) -> None:
        """Add a preset; where it has parameters, open its page to set them."""
        self.presets.choose(key)
        self.presets.add()
        if self.presets.recipe.parameters:
            self._open(self.presets)

    def _show_menu(self, at: QPoint) -> None:
        selection_menu(self.commands, self).popup(self.list_view.viewport().mapToGlobal(at))

    def _close_page(self) -> None:
        self._pages.setCurrentIndex(0)
        self.list_view.setFocus()

    def _show_hovered(self, cell: WeightCell | None) -> None:
        self._cell = cell
        self._show_place()

    def _show_place(self) -> None:
        model, cell = self.weight_model, self._cell
        text = "" if cell is None else f"{model.place(cell)}: {exact_number_text(model.value(cell))}"
        self.figures.show_place(text)
