"""The status line: what is under the cursor, the input's size, and what is going on."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QStatusBar, QToolButton, QWidget

from convexplorer.gui.kit import theme

BUSY = -1.0
"""A share that cannot be told."""


class StatusLine(QStatusBar):
    """Texts on the left and right, and a progress bar with Cancel while something takes long."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusLine")
        self.setSizeGripEnabled(False)
        self.cursor_text = QLabel(self)
        self.cursor_text.setObjectName("cursorText")
        self.cursor_text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.input_text = QLabel(self)
        self.input_text.setObjectName("inputText")
        self._label = QLabel(self)
        self._bar = QProgressBar(self)
        self._bar.setObjectName("progress")
        self._bar.setFixedWidth(120)
        self._bar.setTextVisible(False)
        self._cancel = QToolButton(self)
        self._cancel.setObjectName("cancelWork")
        self._cancel.setText(self.tr("Cancel"))
        self._cancel.setToolTip(self.tr("Stop this work; nothing half-done is left behind"))
        self._cancel.setAutoRaise(True)
        self._cancel.setIcon(theme.icon("cancel"))
        self._cancel.clicked.connect(self.cancelled)
        self.addWidget(self.cursor_text, 1)
        for widget in (self._label, self._bar, self._cancel, self.input_text):
            self.addPermanentWidget(widget)
        self._work: dict[str, tuple[str, float]] = {}
        self._show_work()

    def set_work(self, key: str, label: str, share: float) -> None:
        """Tell about work that takes long, by a key of its own; an empty label ends it.

        Parameters
        ----------
        key : str
            Whose work it is.
        label : str
            What is being done.
        share : float
            How much of it is done, 0 to 1, or `BUSY`.
        """
        if label:
            self._work[key] = (label, share)
        else:
            self._work.pop(key, None)
        self._show_work()

    def _show_work(self) -> None:
        for widget in (self._label, self._bar, self._cancel):
            widget.setVisible(bool(self._work))
        if self._work:
            label, share = list(self._work.values())[-1]
            known = share >= 0
            self._label.setText(f"{label} {share:.0%}" if known else f"{label} …")
            self._bar.setRange(0, 1000 if known else 0)
            self._bar.setValue(int(share * 1000) if known else 0)
