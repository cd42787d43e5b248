"""The picture of the whole network: photo, maps and the lines between them; zoomed, panned and clicked."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from convexplorer.core.engine.overview import SmallMaps
from convexplorer.gui.flow.card import CardContent, FlowCard, with_sign
from convexplorer.gui.flow.layout import Cell, LayerSize, Scene, lay_out
from convexplorer.gui.flow.paint import ScenePainter
from convexplorer.gui.flow.state import Followed, LayerFace, Shown, Sight

MARGIN = 16.0
STEP = 1.2
"""Factor of one notch of the wheel."""
LARGEST = 8.0
"""Largest zoom; 1 shows everything."""


class FlowView(QWidget):
    """Shows the network and reports what is clicked; it decides nothing."""

    mapChosen = Signal(int, int)
    """A layer and one of its maps."""
    nodeChosen = Signal(int, int, int, int)
    """A layer, one of its maps, and the row and column of a node."""
    opened = Signal(int, int)
    """A layer whose maps are to be seen large, and one of them."""
    released = Signal()
    """The node that was pinned is to be let go."""
    sizeNeeded = Signal()
    """Maps are drawn at another size."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("flowView")
        self.setAccessibleName(self.tr("The network as pictures"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.card = FlowCard(self)
        self.shown = Shown()
        self.unfolded: frozenset[int] = frozenset()
        self._sizes: tuple[LayerSize, ...] = ()
        self.scene: Scene = lay_out(1.0, ())
        self._zoom = 1.0
        self._centre: QPointF | None = None
        self._pressed: QPointF | None = None
        self._dragged = False

    # --- what is shown -------------------------------------------------------------------------------------------

    def show_layers(
        self, image_size: tuple[int, int], faces: tuple[LayerFace, ...], sizes: tuple[LayerSize, ...]
    ) -> None:
        """Take another network: its layers, from the image on."""
        known = {face.layer for face in faces}
        self.unfolded &= known
        maps = {at: one for at, one in self.shown.maps.items() if at in known}
        pictures = {at: one for at, one in self.shown.pictures.items() if at in known}
        self.shown = replace(self.shown, image_size=image_size, faces=faces, maps=maps, pictures=pictures)
        self._sizes = sizes
        self._lay_out()

    def show_photo(self, photo: QImage) -> None:
        """Take the picture of the input."""
        self.shown = replace(self.shown, photo=photo)
        self.update()

    def show_maps(self, maps: SmallMaps, pictures: tuple[QImage, ...]) -> None:
        """Take the small maps of one layer, and their pictures."""
        self.shown = replace(
            self.shown,
            maps={**self.shown.maps, maps.layer: maps},
            pictures={**self.shown.pictures, maps.layer: pictures},
        )
        self.update()

    def follow(self, followed: Followed, content: CardContent | None) -> None:
        """Show what flows into a node, or which map is selected."""
        self.shown = replace(self.shown, followed=followed)
        self.card.show_content(content)
        self._place_card()
        self.update()

    def set_stale(self, *, stale: bool) -> None:
        """Look as if behind, or not."""
        if stale != self.shown.stale:
            self.shown = replace(self.shown, stale=stale)
            self.update()

    def toggle_fold(self, layer: int) -> None:
        """Put the maps of a large layer into one long column, or fold them again."""
        self.unfolded ^= {layer}
        self._lay_out()

    def map_side(self) -> int:
        """Pixels of the screen that the longer side of the largest map takes."""
        sides = [max(cell.picture.width(), cell.picture.height()) for one in self.scene.columns for cell in one.cells]
        return max(16, round(max(sides, default=64.0) * self._scale() * self.devicePixelRatioF()))

    def _lay_out(self) -> None:
        height, width = self.shown.image_size
        self.scene = lay_out(height / width, self._sizes, self.unfolded)
        self._place_card()
        self.update()
        self.sizeNeeded.emit()

    def _place_card(self) -> None:
        self.card.move(self.width() - self.card.width() - int(MARGIN), int(MARGIN))

    # --- where it is looked at -----------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show everything."""
        self._zoom, self._centre = 1.0, None
        self.update()
        self.sizeNeeded.emit()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom about a point of the widget, which stays where it is."""
        point = QPointF(self.rect().center()) if at is None else at
        before = self.sight.to_scene(point)
        self._zoom = min(max(self._zoom * factor, 1.0), LARGEST)
        if self._zoom == 1.0:
            self._centre = None
        else:
            here = QPointF(self.rect().center())
            self._centre = before + (here - point) / self._scale()
        self.update()
        self.sizeNeeded.emit()

    def _scale(self) -> float:
        room = self._room()
        size = self.scene.size
        fit = min(room.width() / max(size.width(), 1.0), room.height() / max(size.height(), 1.0))
        return max(min(fit, 1.6), 0.02) * self._zoom

    def _room(self) -> QRectF:
        """Where the scene is fitted in: all but the margins, and the card where it is shown."""
        right = self.card.width() + MARGIN if self.card.content is not None else 0.0
        return QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN - right, -MARGIN)

    @property
    def sight(self) -> Sight:
        """Where the scene lies in the widget now."""
        scale, room = self._scale(), self._room()
        if self._centre is None:
            size = self.scene.size
            return Sight(scale, room.center() - QPointF(size.width(), size.height()) * scale / 2)
        return Sight(scale, QPointF(self.rect().center()) - self._centre * scale)

    def cell_at(self, point: QPointF) -> Cell | None:
        """The map under a point of the widget, its name and pattern included."""
        at = self.sight.to_scene(point)
        for column in self.scene.columns:
            for cell in column.cells:
                beside = [cell.name, cell.pattern]
                if cell.picture.contains(at) or any(area is not None and area.contains(at) for area in beside):
                    return cell
        return None

    def node_at(self, cell: Cell, point: QPointF) -> tuple[int, int] | None:
        """Row and column of the node of a map under a point of the widget; None beside the picture."""
        maps, at = self.shown.maps.get(cell.layer), self.sight.to_scene(point)
        if maps is None or not cell.picture.contains(at):
            return None
        rows, columns = maps.size
        row = int((at.y() - cell.picture.top()) / cell.picture.height() * rows)
        column = int((at.x() - cell.picture.left()) / cell.picture.width() * columns)
        return min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)

    # --- events --------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Wide: a network reads from left to right."""
        return QSize(900, 560)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Keep the card in its corner."""
        self._place_card()
        self.sizeNeeded.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw all that is in sight."""
        painter = QPainter(self)
        ScenePainter(painter, self.rect(), self.scene, self.sight, self.shown, self.unfolded).paint(self.tr("Photo"))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the mouse."""
        if turned := event.angleDelta().y():
            self.zoom(STEP ** (turned / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        if event.button() in {Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton}:
            self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan while a button is down, else mark the map under the mouse."""
        if self._pressed is not None:
            moved = event.position() - self._pressed
            if self._dragged or moved.manhattanLength() > 6:
                self._dragged = True
                centre = self.sight.to_scene(QPointF(self.rect().center())) - moved / self._scale()
                self._centre, self._pressed = centre, event.position()
                self.update()
            return
        cell = self.cell_at(event.position())
        hovered = None if cell is None else (cell.layer, cell.map)
        if hovered != self.shown.hovered:
            self.shown = replace(self.shown, hovered=hovered)
            self.setToolTip("" if cell is None else self._name(cell))
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose what was clicked."""
        pressed, self._pressed = self._pressed, None
        if pressed is None or self._dragged or event.button() != Qt.MouseButton.LeftButton:
            return
        for column in self.scene.columns:
            if column.can_fold and column.title.contains(self.sight.to_scene(event.position())):
                self.toggle_fold(column.layer)
                return
        cell = self.cell_at(event.position())
        if cell is None:
            self.released.emit()
            return
        node = self.node_at(cell, event.position())
        if node is None:
            self.mapChosen.emit(cell.layer, cell.map)
        else:
            self.nodeChosen.emit(cell.layer, cell.map, *node)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See the maps of a layer large."""
        cell = self.cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(cell.layer, cell.map)

    def leaveEvent(self, _event: object) -> None:
        """Mark nothing."""
        self.shown = replace(self.shown, hovered=None)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from map to map by arrows; + and − zoom, 0 shows everything, Return opens a map, Esc lets the node go."""
        keys = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        key = Qt.Key(event.key())
        if key in keys:
            self._walk(*keys[key])
        elif key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal}:
            self.zoom(STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.shown.followed.map >= 0:
            self.opened.emit(self.shown.followed.layer, self.shown.followed.map)
        elif key == Qt.Key.Key_Escape:
            self.released.emit()
        else:
            super().keyPressEvent(event)

    def _walk(self, layers: int, maps: int) -> None:
        """Select the next map, or one of the next layer at the same height."""
        order = [column.layer for column in self.scene.columns]
        if not order:
            return
        followed = self.shown.followed
        at = order.index(followed.layer) if followed.layer in order else 0
        if not layers:
            count = len(self.scene.columns[at].cells)
            if count:
                self.mapChosen.emit(order[at], min(max(followed.map + maps, 0), count - 1))
            return
        to = min(max(at + layers, 0), len(order) - 1)
        here = self.scene.cell(followed.layer, followed.map)
        cells = self.scene.columns[to].cells
        if to != at and cells:
            height = here.picture.center().y() if here is not None else 0.0
            nearest = min(cells, key=lambda cell: abs(cell.picture.center().y() - height))
            self.mapChosen.emit(nearest.layer, nearest.map)

    def _name(self, cell: Cell) -> str:
        face = self.shown.face(cell.layer)
        name = face.names[cell.map] if face is not None and cell.map < len(face.names) else ""
        amount = self.shown.followed.amounts.get(cell.map) if cell.layer == self.shown.followed.below else None
        if amount is None:
            return name
        return self.tr("{0}: gives {1}").format(name, with_sign(self.shown.followed.texts[cell.map], amount))
