"""The bar that plays the sliding window: play, step, position, speed."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from convexplorer.gui.kit import theme
from convexplorer.gui.kit.fields.choice_box import ChoiceBox
from convexplorer.gui.kit.help_button import HelpButton
from convexplorer.gui.maps.sliding import Sliding

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 16.0)


class SlideBar(QWidget):
    """Shown while the window slides; its cross shows all nodes again."""

    def __init__(self, sliding: Sliding, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("slideBar")
        self._sliding = sliding
        self._play = self._button("slidePlay", "play", self.tr("Slide the window over the image, or pause (Space)"))
        self._play.clicked.connect(sliding.toggle)
        back = self._button("slideBack", "previous", self.tr("One node back (Ctrl+Shift+.)"))
        back.clicked.connect(lambda: sliding.step(-1))
        step = self._button("slideStep", "next", self.tr("One node on (Ctrl+.)"))
        step.clicked.connect(lambda: sliding.step(1))
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setObjectName("slidePosition")
        self._slider.setAccessibleName(self.tr("Position of the sliding window"))
        self._slider.setToolTip(self.tr("Drag to any node"))
        self._slider.valueChanged.connect(sliding.go_to)
        self._text = QLabel(self)
        self._text.setObjectName("slideText")
        self._text.setProperty("tone", "muted")
        self._speed = ChoiceBox(self)
        self._speed.setObjectName("slideSpeed")
        self._speed.setAccessibleName(self.tr("Speed"))
        self._speed.setToolTip(
            self.tr("Speed. At ×1 a tiny map fills three nodes a second; larger ones go as fast as 12 seconds ask for")
        )
        for speed in SPEEDS:
            self._speed.addItem(f"×{speed:g}", speed)
        self._speed.setCurrentIndex(SPEEDS.index(1.0))
        self._speed.currentIndexChanged.connect(lambda index: sliding.set_speed(SPEEDS[index]))
        close = self._button("slideClose", "close", self.tr("Show all nodes (Esc)"))
        close.clicked.connect(sliding.end)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(4)
        left: tuple[QWidget, ...] = (self._play, back, step)
        tell = HelpButton(
            self.tr(
                "The window slides over the image, left to right, then down; each place gives one node, and the maps "
                "show the nodes passed so far. Moving the mouse over a picture takes over and pauses."
            ),
            "slideHelp",
            self,
        )
        right: tuple[QWidget, ...] = (self._text, self._speed, tell, close)
        for widget in left:
            layout.addWidget(widget)
        layout.addWidget(self._slider, 1)
        for widget in right:
            layout.addWidget(widget)
        sliding.changed.connect(self._refresh)
        self._refresh()

    def _button(self, name: str, icon: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setIcon(theme.icon(icon))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRaise(True)
        return button

    def _refresh(self) -> None:
        sliding = self._sliding
        self.setVisible(sliding.position is not None)
        self._play.setIcon(theme.icon("pause" if sliding.playing else "play"))
        if sliding.position is None:
            return
        with QSignalBlocker(self._slider):
            self._slider.setRange(0, max(0, sliding.total - 1))
            self._slider.setValue(sliding.position)
        self._text.setText(self.tr("node {0} of {1}").format(sliding.position + 1, sliding.total))
