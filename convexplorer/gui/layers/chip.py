"""One layer in the strip: its name and what leaves it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from convexplorer.gui.kit import theme

MARGIN = 10
HEIGHT = 44


class LayerChip(QAbstractButton):
    """A flat button of two lines; checked when its layer is looked at, faint when the layer is off."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._size = ""
        self._detail = ""
        self._detailed = False
        self._on = True

    def show_layer(self, title: str, size: str, detail: str = "", *, on: bool) -> None:
        """Say which layer it is, what leaves it, where there is room for that what its nodes see, and whether it is on.

        Parameters
        ----------
        title, size, detail : str
            The first line, and the parts of the second.
        on : bool
            Whether layers behind read it.
        """
        if (title, size, detail, on) != (self.text(), self._size, self._detail, self._on):
            self._size, self._detail, self._on = size, detail, on
            self.setText(title)
            self.setAccessibleName(", ".join(part for part in (title, size, detail) if part))
            self.updateGeometry()
            self.update()

    def set_detailed(self, *, detailed: bool) -> None:
        """Show the detail, or not."""
        if detailed != self._detailed:
            self._detailed = detailed
            self.updateGeometry()
            self.update()

    def width_with(self, *, detailed: bool) -> int:
        """How wide it is with the detail or without."""
        title = QFontMetrics(self._title_font()).horizontalAdvance(self.text())
        return max(title, self.fontMetrics().horizontalAdvance(self._line(detailed=detailed))) + 2 * MARGIN

    @property
    def line(self) -> str:
        """The second line as it is shown."""
        return self._line(detailed=self._detailed)

    def _line(self, *, detailed: bool) -> str:
        return f"{self._size} · {self._detail}" if detailed and self._detail else self._size

    def sizeHint(self) -> QSize:
        """Room for the longer line."""
        return QSize(self.width_with(detailed=self._detailed), HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the ground and the two lines."""
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.5, 1.5, -0.5, -1.5)
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(look.selected if self.isChecked() else look.raised))
            painter.drawRoundedRect(area, 6, 6)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(look.accent), 1.5))
            painter.drawRoundedRect(area, 6, 6)
        upper = QRectF(MARGIN, 4, self.width() - 2 * MARGIN, 19)
        lower = QRectF(MARGIN, 22, self.width() - 2 * MARGIN, 17)
        painter.setPen(QColor(look.text if self._on else look.faint))
        painter.setFont(self._title_font())
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.setFont(self.font())
        painter.setPen(QColor(look.muted if self._on else look.faint))
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter, self.line)

    def _title_font(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        font.setStrikeOut(not self._on)
        return font
