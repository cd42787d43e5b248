"""A page on which presets or banks are chosen and their parameters set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from convexplorer.core.model.filters import Filter
from convexplorer.core.model.parameters import Parameter
from convexplorer.gui.canvas.pattern_preview import PatternPreview, first_patterns
from convexplorer.gui.canvas.thumbnails import thumbnail_icon
from convexplorer.gui.filters.parameter_form import ParameterForm
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.closing_page import ClosingPage
from convexplorer.gui.kit.fields.choice_box import ChoiceList

ICON = 24
ROW_HEIGHT = 32
SMALLEST_DETAILS = 104
_KEY = Qt.ItemDataRole.UserRole

Make = Callable[[str, dict[str, float]], Sequence[Filter]]


class Recipe(Protocol):
    """What can be chosen: a `Preset` or a `Bank`."""

    @property
    def key(self) -> str:
        """Its name in code."""

    @property
    def title(self) -> str:
        """Its name in the list, to be translated."""

    @property
    def sentence(self) -> str:
        """What it does, to be translated."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What can be chosen about it."""


class _Choices(ChoiceList):
    """Keeps the chosen one in sight while its form takes more room or less."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if item := self.currentItem():
            self.scrollToItem(item)


class _Details(QScrollArea):
    """As high as what is in it, where there is room; else it scrolls."""

    def __init__(self, inside: QVBoxLayout, parent: QWidget) -> None:
        super().__init__(parent)
        self._content = QWidget(self)
        self._content.setLayout(inside)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setMinimumHeight(SMALLEST_DETAILS)
        self.setWidgetResizable(True)
        self.setWidget(self._content)

    def sizeHint(self) -> QSize:
        return self._content.sizeHint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


class RecipePicker(ClosingPage):
    """A list of recipes; below it the chosen one's pattern, sentence and parameters, and what to do with it.

    Parameters
    ----------
    make : callable
        Takes the key of a recipe and values of its parameters to filters.
    context : str
        Translation context of the recipes' texts.
    hidden : str
        Name of a parameter that is not asked for.
    parent : QWidget, optional
        Qt's owner.
    """

    changed = Signal()
    """A parameter has another value."""
    activated = Signal()
    """Enter or a double click on a recipe."""

    def __init__(self, make: Make, context: str, *, hidden: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self._context = context
        self._hidden = hidden
        self._recipes: dict[str, Recipe] = {}
        self._drawn = False
        back = QToolButton(self)
        back.setObjectName("backToFilters")
        back.setIcon(theme.icon("back"))
        back.setIconSize(QSize(20, 20))
        back.setAccessibleName(self.tr("Back to the filters"))
        back.setToolTip(self.tr("Back to the filters (Esc)"))
        back.clicked.connect(self.closed)
        self._heading = QLabel(self)
        self.list: QListWidget = _Choices(self)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setIconSize(QSize(ICON, ICON))
        self.list.setMinimumHeight(3 * ROW_HEIGHT)
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # it takes what is left
        self.list.currentItemChanged.connect(self._choose)
        self.list.itemActivated.connect(self.activated)
        self.preview = PatternPreview(self)
        self.name = QLabel(self)
        bold = self.name.font()
        bold.setBold(True)
        self.name.setFont(bold)
        self.sentence = QLabel(self)
        self.sentence.setWordWrap(True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.form = ParameterForm(context, self)
        self.form.changed.connect(self._preview)
        self.form.changed.connect(self.changed)
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self.note.setProperty("tone", "muted")
        self.buttons = QHBoxLayout()
        self._lay_out(back)

    def _lay_out(self, back: QWidget) -> None:
        top, about, words, layout = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(), QVBoxLayout(self)
        inside = QVBoxLayout()
        top.setSpacing(4)
        top.addWidget(back)
        top.addWidget(self._heading, 1)
        words.setSpacing(4)
        words.addWidget(self.name)
        words.addWidget(self.sentence, 1)
        about.setSpacing(8)
        about.addWidget(self.preview, 0, Qt.AlignmentFlag.AlignTop)
        about.addLayout(words, 1)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addLayout(about)
        inside.addWidget(self.form)
        self.buttons.setSpacing(8)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self.list, 1)
        layout.addWidget(_Details(inside, self))
        layout.addWidget(self.note)
        layout.addLayout(self.buttons)

    def set_title(self, title: str) -> None:
        """Say what stands above the list."""
        self._heading.setText(title)
        self.list.setAccessibleName(title)

    def set_recipes(self, recipes: Iterable[Recipe]) -> None:
        """Fill the list, with a heading where the group changes, and choose the first."""
        group = ""
        for one in recipes:
            own = getattr(one, "group", "")
            if own != group:
                group = own
                self._add_heading(QCoreApplication.translate(self._context, group))
            item = QListWidgetItem(self.title_of(one))
            item.setData(_KEY, one.key)
            item.setToolTip(QCoreApplication.translate(self._context, one.sentence))
            item.setSizeHint(QSize(0, ROW_HEIGHT))
            self._recipes[one.key] = one
            self.list.addItem(item)
        self.choose(next(iter(self._recipes)))

    def showEvent(self, event: QShowEvent) -> None:
        """Draw the patterns of all recipes the first time, which a page that nobody opens need not."""
        super().showEvent(event)
        if not self._drawn:
            self._drawn = True
            for item in map(self.list.item, range(self.list.count())):
                if key := item.data(_KEY):
                    patterns = first_patterns(self._make(key, {}))
                    item.setIcon(thumbnail_icon(patterns, ICON, self.devicePixelRatioF()))

    def title_of(self, recipe: Recipe) -> str:
        """A recipe's title, translated."""
        return QCoreApplication.translate(self._context, recipe.title)

    def choose(self, key: str) -> None:
        """Select a recipe."""
        for row in range(self.list.count()):
            if self.list.item(row).data(_KEY) == key:
                self.list.setCurrentRow(row)

    def set_available(self, key: str, *, available: bool, reason: str) -> None:
        """Let a recipe be chosen, or say in its tooltip why not."""
        for row in range(self.list.count()):
            item = self.list.item(row)
            if item.data(_KEY) == key:
                flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
                item.setFlags(flags if available else Qt.ItemFlag.NoItemFlags)
                sentence = QCoreApplication.translate(self._context, self._recipes[key].sentence)
                item.setToolTip(sentence if available else reason)

    @property
    def recipe(self) -> Recipe:
        """The chosen one."""
        return self._recipes[self.list.currentItem().data(_KEY)]

    def make_filters(self) -> Sequence[Filter]:
        """What the chosen recipe makes of the values in the form."""
        return self._make(self.recipe.key, self.form.values())

    def keeps(self, event: QKeyEvent) -> bool:
        """Esc, and letters that look for a recipe."""
        plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        letter = self.list.hasFocus() and event.text().isprintable() and bool(event.text())
        return plain and (letter or super().keeps(event))

    def button(self, name: str, text: str, tip: str, *, default: bool = False) -> QPushButton:
        """Add a button to the lowest row."""
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setDefault(default)
        self.buttons.addWidget(button)
        return button

    def _add_heading(self, text: str) -> None:
        item = QListWidgetItem(text)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setSizeHint(QSize(0, ROW_HEIGHT - 4))
        self.list.addItem(item)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is None or item.data(_KEY) is None:
            return
        recipe = self.recipe
        self.name.setText(self.title_of(recipe))
        self.sentence.setText(QCoreApplication.translate(self._context, recipe.sentence))
        self.form.show_parameters([one for one in recipe.parameters if one.name != self._hidden])
        self.form.setVisible(bool(recipe.parameters))
        self._preview()
        self.list.scrollToItem(item)

    def _preview(self) -> None:
        self.preview.show_filters(self.make_filters())
