"""Small pictures in rows, each with a line under it: filters, samples and mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from convexplorer.core.engine.colour import packed
from convexplorer.gui.canvas.thumbnails import paint_pattern
from convexplorer.gui.kit import theme
from convexplorer.io.arrays.qimages import to_qimage

_GAP = 8
_LOCK = 16
ACROSS = 8
"""TileGrid in a row that are worth making them smaller for."""


@dataclass(frozen=True)
class Tile:
    """A picture, the lines under it and its tool tip; without a picture, a heading that begins a new row."""

    image: QImage | None
    text: str = ""
    tip: str = ""


def example_image(pixels: NDArray[Any]) -> QImage:
    """A picture of a data set, (C, H, W), uint8 or float32 in [0, 1]."""
    levels = pixels if pixels.dtype == np.uint8 else np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    return to_qimage(packed(levels[0], levels[len(levels) // 2], levels[-1]))


class TileGrid(QWidget):
    """TileGrid side by side, as many in a row as there is room for.

    Parameters
    ----------
    side : int
        Width and height of the pictures, at most.
    least : int, optional
        Width and height to which they are reduced so that `ACROSS` of them stand side by side; `side` unless told
        otherwise.
    choose : bool
        Whether one of them can be chosen, with the mouse or the arrow keys.
    locks : bool
        Whether each can be locked, with the icon in its corner or the key L.
    """

    chosen = Signal(int)
    """A tile's number."""
    lockToggled = Signal(int)
    """The number of a tile that is to be locked, or let go."""

    def __init__(
        self,
        side: int,
        parent: QWidget | None = None,
        *,
        least: int | None = None,
        choose: bool = False,
        locks: bool = False,
    ) -> None:
        super().__init__(parent)
        self._side = self._most = side
        self._least = side if least is None else least
        self._tiles: tuple[Tile, ...] = ()
        self._places: list[QRect] = []
        self._choose, self._locks = choose, locks
        self._locked: frozenset[int] = frozenset()
        self._under = -1
        self.current = -1
        if choose:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(locks)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """What is shown."""
        return self._tiles

    def choose(self, number: int) -> None:
        """Make a tile the current one; −1 is none."""
        self.current = number
        self.update()

    def set_locked(self, locked: frozenset[int]) -> None:
        """Show which tiles are locked."""
        if locked != self._locked:
            self._locked = locked
            self.update()

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Exchange all tiles."""
        lines = self._lines
        again = len(tiles) != len(self._tiles) or any(
            (a.image is None) != (b.image is None) for a, b in zip(tiles, self._tiles, strict=False)
        )
        self._tiles = tuple(tiles)
        again = again or lines != self._lines
        if again:
            self._arrange()
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Four tiles wide."""
        return QSize(4 * (self._most + _GAP), self.heightForWidth(max(self.width(), self._most)))

    def heightForWidth(self, width: int) -> int:
        """All rows."""
        places = self._places_for(width, self._side_for(width))
        return places[-1].bottom() + 1 if places else self._side_for(width)

    def _side_for(self, width: int) -> int:
        return min(self._most, max(self._least, (width + _GAP) // ACROSS - _GAP))

    def _places_for(self, width: int, side: int) -> list[QRect]:
        line = self.fontMetrics().height()
        x, y, found = 0, 0, []
        below = line * self._lines
        step = side + below + _GAP
        for tile in self._tiles:
            if tile.image is None:
                y += step if x else 0
                found.append(QRect(0, y, width, line))
                x, y = 0, y + line + 2
                continue
            if x and x + side > width:
                x, y = 0, y + step
            found.append(QRect(x, y, side, side + below))
            x += side + _GAP
        return found

    @property
    def _lines(self) -> int:
        """Lines below each picture."""
        return max((tile.text.count("\n") + 1 for tile in self._tiles if tile.text and tile.image), default=0)

    def _arrange(self) -> None:
        self._side = self._side_for(self.width())
        self._places = self._places_for(self.width(), self._side)
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the rows out anew."""
        self._arrange()
        super().resizeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a tile, or lock it."""
        for number, place in enumerate(self._places):
            if self._choose and place.contains(event.position().toPoint()) and self._tiles[number].image is not None:
                if self._locks and self.lock_place(number).contains(event.position().toPoint()):
                    self.lockToggled.emit(number)
                else:
                    self._take(number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the lock of the tile under the mouse."""
        point = event.position().toPoint()
        self._point_at(next((number for number, place in enumerate(self._places) if place.contains(point)), -1))

    def leaveEvent(self, event: QEvent) -> None:
        """No tile is under the mouse any more."""
        self._point_at(-1)
        super().leaveEvent(event)

    def _point_at(self, number: int) -> None:
        if number != self._under:
            self._under = number
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows choose a tile, L locks it."""
        pictures = [number for number, tile in enumerate(self._tiles) if tile.image is not None]
        columns = max(1, sum(one.top() == self._places[0].top() for one in self._places)) if self._places else 1
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        step = steps.get(Qt.Key(event.key()))
        if not self._choose or not pictures or (step is None and event.key() != Qt.Key.Key_L):
            super().keyPressEvent(event)
        elif step is None:
            if self._locks and self.current in pictures:
                self.lockToggled.emit(self.current)
        else:
            at = pictures.index(self.current) if self.current in pictures else -step
            self._take(pictures[min(max(at + step, 0), len(pictures) - 1)])

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard is."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that it is elsewhere."""
        super().focusOutEvent(event)
        self.update()

    def lock_place(self, number: int) -> QRect:
        """Where a tile's lock is."""
        place = self._places[number]
        return QRect(place.left() + self._side - _LOCK, place.top(), _LOCK, _LOCK)

    def _take(self, number: int) -> None:
        self.choose(number)
        self.chosen.emit(number)

    def event(self, event: QEvent) -> bool:
        """Tell what is under the mouse; keep the window's own shortcuts from taking the tiles' keys."""
        override = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if override and self._locks and event.key() == Qt.Key.Key_L and not event.modifiers():  # type: ignore[attr-defined]
            event.accept()
            return True
        if isinstance(event, QHelpEvent):
            for number, (tile, place) in enumerate(zip(self._tiles, self._places, strict=True)):
                if self._locks and self.lock_place(number).contains(event.pos()):
                    text = self.tr("Frozen: training leaves it as it is. Click, or press L, to let it learn")
                    if number not in self._locked:
                        text = self.tr("Learns. Click, or press L, to freeze it")
                    QToolTip.showText(event.globalPos(), text, self)
                elif place.contains(event.pos()):
                    QToolTip.showText(event.globalPos(), tile.tip or tile.text, self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw pictures and texts."""
        painter, look = QPainter(self), theme.current()
        metrics = self.fontMetrics()
        for number, (tile, place) in enumerate(zip(self._tiles, self._places, strict=True)):
            box = QRect(place.topLeft(), QSize(self._side, self._side))
            text = QRect(max(0, box.left() - _GAP // 2), box.bottom() + 1, self._side + _GAP, metrics.height())
            lines = tile.text.split("\n")
            if tile.image is None:
                text = QRect(place)  # Its own: it moves down line by line, the tile must not.
            else:
                paint_pattern(painter, box, tile.image)
                if number == self.current:
                    painter.setPen(QPen(QColor(look.accent), 3 if self.hasFocus() else 2))
                    painter.drawRect(box.adjusted(0, 0, -1, -1))
                if self._locks and (number in self._locked or number in (self._under, self.current)):
                    self._paint_lock(painter, number)
            painter.setPen(QColor(look.muted))
            align = Qt.AlignmentFlag.AlignLeft if tile.image is None else Qt.AlignmentFlag.AlignHCenter
            for line in lines:
                # Of names that do not fit the ends are shown, which tell more often than their beginnings.
                elide = Qt.TextElideMode.ElideRight if len(lines) == 1 else Qt.TextElideMode.ElideLeft
                painter.drawText(text, align, metrics.elidedText(line, elide, text.width()))
                text.translate(0, metrics.height())

    def _paint_lock(self, painter: QPainter, number: int) -> None:
        """A lock in the corner; open and faint where one can be set."""
        place, locked = self.lock_place(number), number in self._locked
        painter.save()
        painter.setOpacity(1.0 if locked else 0.7)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().surface))
        painter.drawRoundedRect(place, 3, 3)
        icon = theme.icon("lock", "accent") if locked else theme.icon("unlock")
        icon.paint(painter, place.adjusted(1, 1, -1, -1))
        painter.restore()
