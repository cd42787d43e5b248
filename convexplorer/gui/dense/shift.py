"""The shift test: the image is moved, and what becomes of a map and of a dense layer's outputs is put side by side."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from convexplorer.core.explain.dense_comparison import Shifted
from convexplorer.gui.dense.pictures import CaptionedPicture, OutputBars
from convexplorer.gui.dense.shift_jobs import ShiftShown
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.fields.number_boxes import WholeBox
from convexplorer.gui.kit.fields.numbers import fixed_text, grouped_text, number_text

FARTHEST = 999
"""Most pixels that the image can be moved by."""
PART = 9
"""Which part of its width it is moved by to begin with."""


class ShiftPage(QWidget):
    """Asks for shifts, and shows what they do."""

    changed = Signal()
    """Another shift, or other weights."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shiftPage")
        self.seed = 1
        self._given = False
        self.down = self._spin("shiftDown", self.tr("Pixels down"), 0)
        self.right = self._spin("shiftRight", self.tr("Pixels to the right"), 1)
        self.random = QToolButton(self)
        self.random.setObjectName("shiftSeed")
        self.random.setIcon(theme.icon("random"))
        self.random.setToolTip(self.tr("Other random weights for the dense layer"))
        self.random.setAccessibleName(self.tr("Other random weights"))
        self.random.clicked.connect(self._reseed)
        self.pictures = {
            "image": CaptionedPicture(self.tr("Image"), self.tr("The image as it is"), self),
            "moved": CaptionedPicture(self.tr("Image, moved"), self.tr("Its border is repeated behind it"), self),
            "before": CaptionedPicture(self.tr("Map"), self.tr("The selected filter's map of the image"), self),
            "after": CaptionedPicture(self.tr("Map, after"), self.tr("Its map of the moved image"), self),
            "difference": CaptionedPicture(
                self.tr("Difference"),
                self.tr(
                    "The map of the moved image, moved back, less that of the image; left out is what sees the border"
                ),
                self,
            ),
        }
        for key, picture in self.pictures.items():
            picture.setObjectName(f"shift-{key}")
        self.bars = OutputBars(self)
        self.maps_text = self._text("shiftMapsText")
        self.dense_text = self._text("shiftDenseText")
        self.dense_text.setToolTip(
            self.tr("Root mean square of the difference, as a part of the values'; unrelated numbers differ by 141 %")
        )
        self.note = self._text("shiftNote")
        self.note.setProperty("tone", "muted")
        self._lay_out()

    @property
    def shift(self) -> tuple[int, int]:
        """Pixels down and to the right."""
        return self.down.value(), self.right.value()

    def _spin(self, name: str, title: str, value: int) -> WholeBox:
        box = WholeBox(-FARTHEST, FARTHEST, self)
        box.setObjectName(name)
        box.setAccessibleName(title)
        box.setToolTip(self.tr("{0}; below zero the other way").format(title))
        box.setValue(value)
        box.setFixedWidth(70)
        box.valueChanged.connect(self._change)
        return box

    def _text(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setWordWrap(True)
        return label

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(QLabel(self.tr("Move image"), self))
        for box, unit in ((self.down, self.tr("down")), (self.right, self.tr("right"))):
            label = QLabel(unit, self)
            label.setProperty("tone", "muted")
            row.addWidget(box)
            row.addWidget(label)
        row.addStretch(1)
        row.addWidget(self.random)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.addWidget(self._heading(self.tr("Convolutional: the map moves with the image")), 0, 0, 1, 3)
        for at, key in enumerate(("image", "moved")):
            grid.addWidget(self.pictures[key], 1, at)
        grid.addWidget(self.maps_text, 1, 2, Qt.AlignmentFlag.AlignBottom)
        for at, key in enumerate(("before", "after", "difference")):
            grid.addWidget(self.pictures[key], 2, at)
            grid.setColumnStretch(at, 1)
        grid.addWidget(self._heading(self.tr("Dense: every output changes")), 3, 0, 1, 3)
        grid.addWidget(self.bars, 4, 0, 1, 2)
        grid.addWidget(self.dense_text, 4, 2, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addLayout(row)
        column.addLayout(grid)
        column.addWidget(self.note)
        column.addStretch(1)

    def _heading(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setProperty("role", "heading")
        return label

    def suggest(self, width: int) -> None:
        """Until somebody gives a shift, move an image of this width so far that it is seen."""
        if not self._given:
            with QSignalBlocker(self.right):
                self.right.setValue(max(1, min(FARTHEST, width // PART)))

    def _change(self) -> None:
        self._given = True
        self.changed.emit()

    def _reseed(self) -> None:
        self.seed += 1
        self.changed.emit()

    # --- what is shown -------------------------------------------------------------------------------------------

    def show_test(self, made: ShiftShown) -> None:
        """Show pictures and numbers of a test."""
        maps, (rows, columns) = made.maps, made.maps.after.shape
        self.pictures["image"].show_picture(made.image)
        self.pictures["moved"].show_picture(made.moved)
        self.pictures["before"].show_picture(made.before)
        self.pictures["after"].show_picture(made.after)
        part = QRectF(
            (maps.columns.start - maps.steps[1]) / columns,
            (maps.rows.start - maps.steps[0]) / rows,
            len(maps.columns) / columns,
            len(maps.rows) / rows,
        )
        nothing = self.tr("no difference") if maps.change == 0 else ""
        self.pictures["difference"].show_picture(made.difference, part, (rows, columns), nothing)
        self.bars.show_outputs(made.dense)
        self._set_tone(self.maps_text, "")
        self.maps_text.setText(self._shift_text(maps, made.job.shift))
        self.maps_text.setToolTip(
            self.tr(
                "Root mean square of the difference, as a part of the values'; the largest difference is {0}"
            ).format(number_text(maps.largest, 2))
        )
        self.dense_text.setText(self._dense_text(made.dense))
        height, width = made.dense.before.shape
        note = self.tr(
            "The dense layer reads {0}×{1} pixels, less their mean, and has {2} outputs with random weights (seed {3})."
        ).format(height, width, grouped_text(height * width), made.job.seed)
        if not made.whole:
            note += " " + self.tr("The middle {0}×{1} pixels of the image are moved.").format(*made.size)
        self.note.setText(note)

    def show_problem(self, text: str) -> None:
        """Say why there is no answer."""
        self._set_tone(self.maps_text, "error")
        self.maps_text.setText(text)
        self.set_stale(stale=True)

    def set_stale(self, *, stale: bool) -> None:
        """Look as if behind, or not."""
        for picture in self.pictures.values():
            picture.set_stale(stale=stale)
        self.bars.set_stale(stale=stale)

    def _shift_text(self, maps: Shifted, shift: tuple[int, int]) -> str:
        if not any(shift):
            return self.tr("Nothing is moved: give a number of pixels above.")
        percent, steps = fixed_text(100 * maps.change, 2), self._steps(maps.steps)
        if not maps.exact:
            return self.tr(
                "The map's step does not divide the shift, so windows see other pixels: moved back by {0}, it differs "
                "by <b>{1} %</b>."
            ).format(steps, percent)
        return self.tr("Moved back by {0}, the map's {1} nodes differ by <b>{2} %</b>.").format(
            steps, grouped_text(maps.difference.size), percent
        )

    def _dense_text(self, dense: Shifted) -> str:
        return self.tr("All changed, by <b>{0} %</b>. Moved back like a map, they differ by <b>{1} %</b>.").format(
            fixed_text(100 * dense.change_in_place, 0), fixed_text(100 * dense.change, 0)
        )

    def _steps(self, steps: tuple[int, int]) -> str:
        down, right = steps
        parts = []
        if down:
            parts.append((self.tr("{0} down") if down > 0 else self.tr("{0} up")).format(abs(down)))
        if right or not down:
            parts.append((self.tr("{0} right") if right >= 0 else self.tr("{0} left")).format(abs(right)))
        return " + ".join(parts)

    @staticmethod
    def _set_tone(label: QLabel, tone: str) -> None:
        if label.property("tone") != tone:
            label.setProperty("tone", tone)
            label.style().polish(label)
