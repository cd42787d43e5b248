"""The page on which a layer's weights begin anew: a scheme and a seed, answered at once by all maps."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidgetItem,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.initialisers import INITIALISERS, fans, glorot_reach, he_deviation
from convexplorer.core.model.layers import label
from convexplorer.core.model.parameters import Parameter
from convexplorer.core.project.change import Kind
from convexplorer.core.project.layer_edits import initialise_layer
from convexplorer.gui.canvas.pattern_preview import first_patterns
from convexplorer.gui.canvas.thumbnails import thumbnail_icon
from convexplorer.gui.document.document import Document
from convexplorer.gui.document.live_edit import LiveEdit
from convexplorer.gui.filters.parameter_form import ParameterForm
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.closing_page import ClosingPage
from convexplorer.gui.kit.fields.choice_box import ChoiceList
from convexplorer.gui.kit.fields.numbers import number_text

SEED = Parameter("seed", "Seed", 0, 0, 2**31 - 1, whole=True)
ROW_HEIGHT = 44
ICON = 32
_KEY = Qt.ItemDataRole.UserRole


class InitialisePage(ClosingPage):
    """Chooses how the edited convolution's weights begin; all choices until it is closed are one step.

    Parameters
    ----------
    document : Document
        Where the weights go.
    parent : QWidget, optional
        Qt's owner.
    """

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("initialisePage")
        self._document = document
        self._live = LiveEdit(document)
        back = QToolButton(self)
        back.setObjectName("initialiseBack")
        back.setIcon(theme.icon("back"))
        back.setIconSize(QSize(20, 20))
        back.setAccessibleName(self.tr("Back to the filters"))
        back.setToolTip(self.tr("Back to the filters (Esc)"))
        back.clicked.connect(self.closed)
        self.heading = QLabel(self)
        self.heading.setProperty("role", "heading")
        self.list = ChoiceList(self)
        self.list.setObjectName("initialisers")
        self.list.setAccessibleName(self.tr("How weights begin"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setIconSize(QSize(ICON, ICON))
        self.list.setFixedHeight(len(INITIALISERS) * ROW_HEIGHT + 4)
        for key, title, tip in self._schemes():
            item = QListWidgetItem(title, self.list)
            item.setData(_KEY, key)
            item.setToolTip(tip)
            item.setSizeHint(QSize(0, ROW_HEIGHT))
        self.list.setCurrentRow(0)
        self.formula = self._text("initialiseFormula")
        self.form = ParameterForm("parameters", self)
        self.form.show_parameters([SEED])
        self.note = self._text("initialiseNote")
        self.note.setProperty("tone", "muted")
        self.done = QPushButton(self.tr("Done"), self)
        self.done.setObjectName("initialiseDone")
        self.done.setToolTip(self.tr("Keep these weights and go back to the filters"))
        self.done.clicked.connect(self.closed)
        self._lay_out(back)
        self.list.currentItemChanged.connect(self._apply)
        self.list.itemClicked.connect(self._apply)
        self.list.itemActivated.connect(self._apply)
        self.form.changed.connect(self._apply)
        document.changes(Kind.FILTERS | Kind.LAYERS | Kind.CURRENT).connect(self._follow)

    @property
    def key(self) -> str:
        """The chosen scheme, a key of `INITIALISERS`."""
        return str(self.list.currentItem().data(_KEY))

    def open(self) -> None:
        """Begin anew; nothing changes until something is chosen."""
        self._live.end()
        self._refresh()
        self.list.setFocus()

    def choose(self, key: str) -> None:
        """Take a scheme."""
        for row in range(self.list.count()):
            if self.list.item(row).data(_KEY) == key:
                self.list.setCurrentRow(row)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what has changed while the page was out of sight."""
        self._refresh()
        super().showEvent(event)

    def _lay_out(self, back: QWidget) -> None:
        top, layout = QHBoxLayout(), QVBoxLayout(self)
        top.setSpacing(4)
        top.addWidget(back)
        top.addWidget(self.heading, 1)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addLayout(top)
        for widget in (self.list, self.formula, self.form, self.note):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(self.done)

    def _text(self, name: str) -> QLabel:
        made = QLabel(self)
        made.setObjectName(name)
        made.setWordWrap(True)
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return made

    def _schemes(self) -> list[tuple[str, str, str]]:
        return [
            ("glorot", self.tr("Glorot"), self.tr("Uniform numbers whose spread keeps signals level, both ways")),
            ("he", self.tr("He"), self.tr("Normal numbers whose spread keeps signals level through ReLU")),
            ("uniform", self.tr("Uniform"), self.tr("Uniform numbers from −1 to 1, whatever the shape")),
            ("zeros", self.tr("Zeros"), self.tr("All maps are flat, and training could not tell the filters apart")),
        ]

    def _apply(self) -> None:
        project, key, seed = self._document.project, self.key, int(self.form.values()["seed"])
        run = "initialise", project.edited_index
        if not self._live.goes_on(run) and initialise_layer(project, project.edited_index, key, seed) == project:
            return
        self._live.apply(
            self.tr("Initialise {0}").format(label(project.layers, project.edited_index)),
            run,
            lambda before: initialise_layer(before, before.edited_index, key, seed),
        )
        self._refresh()

    @Slot()
    def _follow(self) -> None:
        """Stay true while it is seen; `showEvent` catches up."""
        if self.isVisible():
            self._refresh()

    def _refresh(self) -> None:
        project = self._document.project
        name, bank = label(project.layers, project.edited_index), project.bank
        self.heading.setText(self.tr("Initialise {0}").format(name))
        self.formula.setText(self._formula(bank))
        if self._live.goes_on(("initialise", project.edited_index)):
            self.note.setText(self.tr("Drawn; biases are 0. Undo brings the old weights back."))
        else:
            self.note.setText(self.tr("Nothing has changed yet. A click on a scheme, or another seed, draws weights."))
        self._show_patterns(bank)

    def _formula(self, bank: FilterBank) -> str:
        """How the scheme spreads numbers in this layer."""
        shape = (len(bank), *bank.shape)
        fan_in, fan_out = fans(shape)
        sizes = self.tr("Each node reads {0} inputs (fan in), each input feeds {1} nodes (fan out).").format(
            fan_in, fan_out
        )
        text = {
            "glorot": f"±√(6 / ({fan_in} + {fan_out})) = ±{number_text(glorot_reach(shape))}",
            "he": self.tr("mean 0, deviation √(2 / {0}) = {1}").format(fan_in, number_text(he_deviation(shape))),
            "uniform": "±1",
            "zeros": "0",
        }[self.key]
        return f"{text}\n{sizes}" if self.key in ("glorot", "he") else text

    def _show_patterns(self, bank: FilterBank) -> None:
        """The first four filters that each scheme would give."""
        if not self.isVisible() or not bank:
            return
        seed = int(self.form.values()["seed"])
        count = min(4, len(bank))
        with QSignalBlocker(self.list):
            for row in range(self.list.count()):
                item = self.list.item(row)
                # The same numbers as the whole bank begins with, but for their spread, which a pattern does not show.
                weights = INITIALISERS[item.data(_KEY)]((count, *bank.shape), seed)
                icons = first_patterns(FilterBank.from_arrays(weights))
                item.setIcon(thumbnail_icon(icons, ICON, self.devicePixelRatioF()))
