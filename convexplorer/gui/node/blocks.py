"""The cells of the lens: a grid for each channel, beside each other, of input × weight = product."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QToolTip, QWidget

from convexplorer.core.explain.equation import channel_names
from convexplorer.core.explain.explain import NodeExplanation
from convexplorer.core.explain.printed import PrintedNode, format_node
from convexplorer.gui.canvas.text_stamps import TextStamps
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.fields.numbers import exact_number_text, number_text
from convexplorer.gui.node.faces import EXPECTED, FaceMaker, Measure, bold_font, with_pixel_size
from convexplorer.gui.node.layout import (
    CAPTION,
    BlockCell,
    LensLayout,
    comfortable_height,
    comfortable_width,
    fit_layout,
)
from convexplorer.gui.node.paint import SWITCH, Blocks, mark_area, paint_blocks, paint_mark
from convexplorer.gui.node.pooling import around, paint_pooling

_MOVES = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
_BY_TAB = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class NodeBlocks(QWidget):
    """Paints all cells of a node itself, and marks the one that is pointed at."""

    cellHovered = Signal(object)
    """(channel, row, column) of the cell under the mouse or chosen by keys, or None."""
    cellActivated = Signal(object)
    """A cell that was clicked, or on which Return was pressed."""
    channelSwitched = Signal(int, bool)
    """A channel is to be switched on or off."""
    reshaped = Signal()
    """The equation needs another width than before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nodeBlocks")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Equation of the node"))
        self.marked: BlockCell | None = None
        self.blocks: Blocks | None = None
        self._maker = FaceMaker(self.font())
        self._measure = Measure(self.font(), EXPECTED)
        self._last_stamps = self._new_stamps(10, 10)
        self._inside: NDArray[np.bool_] = np.ones((1, 1), np.bool_)
        self._room = QSize(0, 0)
        self._around = (0, 0)
        self._plain = False
        self._layout = self.layout_for(QSize(0, 0), (1, 4, 4))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._alone: int | None = None
        self._pressed: BlockCell | None = None
        self._switches: list[QCheckBox] = []

    # --- what is shown -------------------------------------------------------------------------------------------

    def set_colours(self, top: float, diverging: str) -> None:
        """The input that is white, and the palette of the products."""
        if (top, diverging) != (self._maker.top, self._maker.diverging):
            self._maker.top, self._maker.diverging = top, diverging
            self._refresh()

    def show_node(
        self,
        node: NodeExplanation | None,
        inside: NDArray[np.bool_],
        alone: int | None = None,
        numbers: PrintedNode | None = None,
    ) -> None:
        """Show a node, or nothing.

        Parameters
        ----------
        node : NodeExplanation or None
            What to show.
        inside : ndarray, shape (kh, kw), bool
            Which inputs lie in the image rather than in the padding.
        alone : int, optional
            The one channel to show; otherwise all are shown, beside each other.
        numbers : PrintedNode, optional
            Its printed numbers, where they are known.
        """
        before, self._inside, self._alone = self.blocks, inside, alone
        if node is None:
            self.blocks = None
            self._place_switches()
            self.unsetCursor()
            self.update()
            return
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        channels = [alone] if alone is not None else list(range(len(node.patch)))
        numbers = format_node(node) if numbers is None else numbers
        faces = self._maker.faces(node, numbers, channels, dark=theme.current().dark)
        measure = self._maker.measure(node, numbers, faces)
        shape = len(channels), *node.filter.size
        plain, beside = node.pooling is not None, around(node, measure.widest[0], self.font())
        reshaped = (self._layout.shape, self._measure) != (shape, measure) or self._around != beside
        if reshaped:
            self._measure, self._plain, self._around = measure, plain, beside
            self._layout = self.layout_for(self._room, shape)
        self.blocks = Blocks(node, numbers, channels, self._layout, faces, self._stamps(), inside)
        self.mark(self.marked)
        if reshaped:
            self._reshape()
            self.reshaped.emit()
        elif before is None or before.node.muted != node.muted:
            self._place_switches()
        self.update()

    def layout_for(self, room: QSize, shape: BlockCell | None = None) -> LensLayout:
        """The layout that the last node would have in a room."""
        shape = self._layout.shape if shape is None else shape
        return fit_layout(shape, self._measure.needs, room, plain=self._plain, around=self._around)

    @property
    def shape(self) -> BlockCell:
        """Grids, rows and columns of the last node."""
        return self._layout.shape

    def comfortable_width(self, height: int) -> int:
        """Width in pixels in which the last node is read with ease."""
        return comfortable_width(
            self._layout.shape, self._measure.needs, height, plain=self._plain, around=self._around
        )

    def comfortable_height(self, room: QSize) -> int:
        """Height in pixels, at most the room's, in which the last node is read with ease in the room's width."""
        return comfortable_height(self._layout.shape, self._measure.needs, room, plain=self._plain, around=self._around)

    def fit(self, room: QSize) -> None:
        """Make the most of the room that can be seen at once; without a node it is kept for the next."""
        self._room = room
        layout = self.layout_for(room)
        if layout != self._layout:
            self._layout = layout
            self.update()
        if self.blocks is not None:
            self.blocks.layout, self.blocks.stamps = self._layout, self._stamps()
        self._reshape()

    def mark(self, cell: BlockCell | None) -> None:
        """Mark an input, its weight and their product, or none."""
        if cell is not None and self._place_of(cell) is None:
            cell = None
        if cell != self.marked:
            for one in (self.marked, cell):
                place = None if one is None else self._place_of(one)
                if place is not None and self.blocks is not None:
                    self.update(mark_area(self.blocks.layout, place))
            self.marked = cell

    def _place_of(self, cell: BlockCell) -> BlockCell | None:
        """A cell with its grid's place in place of its channel, if it is shown."""
        if self.blocks is None or cell[0] not in self.blocks.channels:
            return None
        place = self.blocks.channels.index(cell[0]), cell[1], cell[2]
        return None if any(map(int.__ge__, place, self.blocks.layout.shape)) else place

    def area_of(self, cell: BlockCell) -> QRect | None:
        """Where a cell lies in the widget, if it is shown."""
        place = self._place_of(cell)
        return None if place is None or self.blocks is None else self.blocks.layout.cell(place)

    def _stamps(self) -> tuple[TextStamps, TextStamps]:
        layout, last = self._layout, self._last_stamps
        if [one.font.pixelSize() for one in last] != [layout.factors, layout.digits]:
            self._last_stamps = self._new_stamps(layout.factors, layout.digits)
        return self._last_stamps

    def _new_stamps(self, factors: int, digits: int) -> tuple[TextStamps, TextStamps]:
        """What draws digits of two sizes in pixels."""
        return TextStamps(with_pixel_size(self.font(), factors)), TextStamps(bold_font(self.font(), digits))

    def _reshape(self) -> None:
        self.setFixedSize(self._layout.size)
        self._place_switches()

    def _refresh(self) -> None:
        if self.blocks is not None:
            self.show_node(self.blocks.node, self._inside, self._alone)

    # --- the channels' switches ----------------------------------------------------------------------------------

    def _place_switches(self) -> None:
        """One switch above each channel, if there are several."""
        names: tuple[str, ...] = ()
        if self.blocks is not None and len(self.blocks.channels) > 1:
            names = channel_names(len(self.blocks.channels), colours=self.blocks.node.colours)
        while len(self._switches) < len(names):
            self._switches.append(self._switch(len(self._switches)))
        for channel, switch in enumerate(self._switches):
            switch.setVisible(channel < len(names))
            if self.blocks is None or channel >= len(names):
                continue
            layout, on = self.blocks.layout, channel not in self.blocks.node.muted
            switch.setText(names[channel])
            switch.setChecked(on)
            switch.setToolTip(self.tr("Count channel {0}, or leave it out of the sum").format(names[channel]))
            switch.setGeometry(layout.left(channel), 0, SWITCH, CAPTION - 2)

    def _switch(self, channel: int) -> QCheckBox:
        switch = QCheckBox(self)
        switch.setObjectName(f"nodeChannel{channel}")
        switch.clicked.connect(lambda on: self.channelSwitched.emit(channel, on))
        return switch

    # --- painting and pointing -----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what has changed."""
        painter, tones = QPainter(self), theme.current()
        if self.blocks is None:
            return
        paint_blocks(painter, self.blocks, event.region(), tones)
        painter.setOpacity(1.0)
        if self._plain:
            painter.setFont(self.font())
            paint_pooling(painter, self.blocks, tones, self._maker.top, self._maker.diverging)
        place = None if self.marked is None else self._place_of(self.marked)
        if place is not None:
            paint_mark(painter, self.blocks.layout, place, tones)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme and the font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            top, diverging = self._maker.top, self._maker.diverging
            self._maker, self._last_stamps = FaceMaker(self.font()), self._new_stamps(10, 10)
            self._maker.top, self._maker.diverging = top, diverging
            self._refresh()
        elif event.type() == QEvent.Type.PaletteChange:
            self._refresh()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Mark what is under the mouse."""
        self._choose(self._cell_at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click."""
        left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = self._cell_at(event.position().toPoint()) if left else None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Follow the cell that was clicked to where its input comes from."""
        cell, self._pressed = self._pressed, None
        if cell is not None and cell == self._cell_at(event.position().toPoint()):
            self.cellActivated.emit(cell)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Come in by Tab at the first cell."""
        super().focusInEvent(event)
        if event.reason() in _BY_TAB and self.blocks is not None and self.marked is None:
            self._choose((self.blocks.channels[0], 0, 0))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Mark nothing."""
        super().focusOutEvent(event)
        self._choose(None)

    def leaveEvent(self, event: QEvent) -> None:
        """Mark nothing."""
        self._choose(None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys walk from cell to cell, Return follows one, Esc ends it."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.marked is not None:
            self.cellActivated.emit(self.marked)
            return
        move = _MOVES.get(Qt.Key(event.key()))
        if self.blocks is None or (move is None and (event.key() != Qt.Key.Key_Escape or self.marked is None)):
            super().keyPressEvent(event)
        elif move is None:
            self._choose(None)
        else:
            self._choose(self._beside(self.marked, move))

    def _beside(self, cell: BlockCell | None, move: tuple[int, int]) -> BlockCell:
        """The next cell in a direction, from grid to grid."""
        channels = [0] if self.blocks is None else self.blocks.channels
        _, rows, columns = self._layout.shape
        place = None if cell is None else self._place_of(cell)
        if place is None:
            return channels[0], 0, 0
        along = min(max(place[0] * columns + place[2] + move[1], 0), len(channels) * columns - 1)
        return channels[along // columns], min(max(place[1] + move[0], 0), rows - 1), along % columns

    def event(self, event: QEvent) -> bool:
        """Tell the numbers of a cell in full."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cell = self._cell_at(event.pos())
            QToolTip.showText(event.globalPos(), "" if cell is None else self._in_full(cell), self)
            return True
        return super().event(event)

    def _cell_at(self, point: QPoint) -> BlockCell | None:
        place = None if self.blocks is None else self.blocks.layout.cell_at(point)
        return None if place is None or self.blocks is None else (self.blocks.channels[place[0]], place[1], place[2])

    def _choose(self, cell: BlockCell | None) -> None:
        if cell != self.marked:
            self.mark(cell)
            self.cellHovered.emit(cell)

    def _in_full(self, cell: BlockCell) -> str:
        if self.blocks is None:
            return ""
        node = self.blocks.node
        return self.tr("Input {0}\nWeight {1}\nProduct {2}\nClick, or Return, goes to where this input is from").format(
            exact_number_text(node.patch[cell]),
            exact_number_text(node.filter.weights[cell]),
            number_text(node.products[cell], 9),
        )
