"""Draws the picture of the whole network: only what is in sight."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen

from convexplorer.core.engine.colour import packed_palette
from convexplorer.core.model.digits import number_text
from convexplorer.gui.canvas.thumbnails import paint_pattern
from convexplorer.gui.flow.card import tone, with_sign
from convexplorer.gui.flow.layout import Cell, Column, Scene
from convexplorer.gui.flow.state import LayerFace, Shown, Sight
from convexplorer.gui.kit import theme
from convexplorer.io.arrays.qimages import to_qimage

NUMBERED = 4
"""Lines that have their number beside them: the strongest."""
MOST_FAINT = 400
"""Lines between two layers up to which the faint ones are drawn at all."""
MARKED = 36.0
"""Width of a picture from which it is marked what the node sees; on smaller ones the mark would hide the map."""
READABLE = 0.55
"""Scale from which names can be read."""


class ScenePainter:
    """Draws photo, lines, maps and titles.

    Parameters
    ----------
    painter : QPainter
        Of the widget.
    clip : QRect
        What of the widget is drawn.
    scene : Scene
        Where everything stands.
    sight : Sight
        Where the scene lies in the widget.
    shown : Shown
        What is drawn there.
    unfolded : collection of int
        Layers whose maps are unfolded.
    """

    def __init__(
        self, painter: QPainter, clip: QRect, scene: Scene, sight: Sight, shown: Shown, unfolded: frozenset[int]
    ) -> None:
        self._painter = painter
        self._clip = clip
        self._scene = scene
        self._sight = sight
        self._shown = shown
        self._unfolded = unfolded
        self._look = theme.current()
        amounts = shown.followed.amounts
        order = sorted(amounts, key=lambda one: -abs(amounts[one]))
        self._strong = [index for index in order if amounts[index]][:NUMBERED]

    def paint(self, photo_title: str) -> None:
        """Draw everything."""
        painter = self._painter
        painter.fillRect(self._clip, QColor(self._look.window))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._shown.stale:
            painter.setOpacity(0.45)
        self._paint_photo(photo_title)
        self._paint_faint_lines()
        self._paint_shares()
        for column in self._scene.columns:
            face = self._shown.face(column.layer)
            if face is not None:
                self._paint_column(column, face)
        self._paint_amounts()

    def _use_font(self, scale: float, colour: str, *, bold: bool = False) -> None:
        font = QFont(self._painter.font())
        font.setPixelSize(max(9, min(15, round(13 * scale))))
        font.setBold(bold)
        self._painter.setFont(font)
        self._painter.setPen(QColor(colour))

    # --- pictures ------------------------------------------------------------------------------------------------

    def _paint_photo(self, text: str) -> None:
        area, photo = self._sight.to_widget(self._scene.photo), self._shown.photo
        if photo is None or not self._clip.intersects(area.toAlignedRect()):
            return
        painter, (height, width) = self._painter, self._shown.image_size
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, photo.width() > area.width())
        painter.drawImage(area, photo)
        title = QRectF(area.left(), area.top() - 24, area.width(), 20)
        self._use_font(self._sight.scale, self._look.text, bold=True)
        painter.drawText(title, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        self._use_font(self._sight.scale, self._look.muted)
        painter.drawText(title, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{height}×{width}")
        self._mark(area, QRectF(0, 0, width, height))

    def _mark(self, area: QRectF, covers: QRectF) -> None:
        """Outline what the node sees, in a picture that covers a rectangle of the image."""
        seen = self._shown.followed.field
        if seen.isEmpty() or covers.isEmpty() or area.width() < MARKED:
            return
        across, down = area.width() / covers.width(), area.height() / covers.height()
        target = QRectF(
            area.left() + (seen.left() - covers.left()) * across,
            area.top() + (seen.top() - covers.top()) * down,
            seen.width() * across,
            seen.height() * down,
        )
        grown = max(0.0, (7 - min(target.width(), target.height())) / 2)
        target.adjust(-grown, -grown, grown, grown)
        painter = self._painter
        painter.save()
        painter.setClipRect(area)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((QColor(0, 0, 0, 150), 3.6), (QColor(theme.ON_PICTURES), 1.8)):
            painter.setPen(QPen(colour, width))
            painter.drawRect(target)
        painter.restore()

    def _paint_column(self, column: Column, face: LayerFace) -> None:
        scale, maps = self._sight.scale, self._shown.maps.get(column.layer)
        title = self._sight.to_widget(column.title)
        title.setTop(title.bottom() - 36)
        title.setWidth(max(title.width(), 200.0))
        selected = self._shown.followed.layer == column.layer
        fold = ("▾ " if column.layer in self._unfolded else "▸ ") if column.can_fold else ""
        self._use_font(scale, self._look.accent if selected else self._look.text, bold=True)
        top = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        self._painter.drawText(title, top, fold + face.title)
        self._use_font(0.9 * scale, self._look.muted)
        self._painter.drawText(title, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, face.size)
        for cell in column.cells:
            area = self._sight.to_widget(cell.picture)
            if self._clip.intersects(area.toAlignedRect()):
                self._paint_map(cell, face, area)
                self._paint_beside(cell, face)
        if maps is not None:
            ends = maps.scale.low, maps.scale.high
            self._paint_legend(self._sight.to_widget(column.legend), maps.scale.palette, ends)

    def _paint_map(self, cell: Cell, face: LayerFace, area: QRectF) -> None:
        painter, followed = self._painter, self._shown.followed
        maps, pictures = self._shown.maps.get(cell.layer), self._shown.pictures.get(cell.layer, ())
        if maps is not None and cell.map < len(pictures) and maps.shown[cell.map]:
            picture = pictures[cell.map]
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, picture.width() > area.width())
            painter.drawImage(area, picture)
            rows, columns = maps.size
            left, top, _, _ = face.placement.square(0, 0)
            self._mark(area, QRectF(left, top, columns * face.placement.pitch, rows * face.placement.pitch))
        else:
            painter.fillRect(area, QColor(self._look.surface))
        chosen = (cell.layer, cell.map) == (followed.layer, followed.map)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if chosen or self._shown.hovered == (cell.layer, cell.map):
            painter.setPen(QPen(QColor(self._look.accent), 2.5 if chosen else 1.5))
            painter.drawRect(area.adjusted(-1, -1, 1, 1))
        elif cell.layer == followed.below and cell.map in self._strong:
            painter.setPen(QPen(tone(followed.amounts[cell.map]), 2))
            painter.drawRect(area.adjusted(-1, -1, 1, 1))

    def _paint_beside(self, cell: Cell, face: LayerFace) -> None:
        """Draw the filter's pattern and name."""
        pattern = face.patterns[cell.map] if cell.map < len(face.patterns) else None
        if cell.pattern is not None and pattern is not None:
            paint_pattern(self._painter, self._sight.to_widget(cell.pattern).toAlignedRect(), pattern)
        if cell.name is None or self._sight.scale < READABLE or cell.map >= len(face.names):
            return
        chosen = (cell.layer, cell.map) == (self._shown.followed.layer, self._shown.followed.map)
        self._use_font(self._sight.scale, self._look.text if chosen else self._look.muted, bold=chosen)
        box = self._sight.to_widget(cell.name)
        metrics = self._painter.fontMetrics()
        text = metrics.elidedText(face.names[cell.map], Qt.TextElideMode.ElideMiddle, int(box.width()))
        self._painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_legend(self, area: QRectF, palette: str, ends: tuple[float, float]) -> None:
        """Draw the colours below a layer's maps, with the values at their ends."""
        self._use_font(0.85, self._look.muted)
        low, high = number_text(ends[0], 3), number_text(ends[1], 3)
        bar = QRectF(area.left() + self._painter.fontMetrics().horizontalAdvance(low) + 6, area.top() + 6, 52, 9)
        self._painter.drawImage(bar, to_qimage(packed_palette(palette, dark=self._look.dark)[None]))
        self._painter.drawText(QPointF(area.left(), bar.bottom() + 1), low)
        self._painter.drawText(QPointF(bar.right() + 6, bar.bottom() + 1), high)

    # --- lines ---------------------------------------------------------------------------------------------------

    def _leaving(self, layer: int, index: int) -> QPointF | None:
        """Where lines leave a map; all channels of the image leave from its middle."""
        if layer < 0:
            area = self._sight.to_widget(self._scene.photo)
        elif (cell := self._scene.cell(layer, index)) is not None:
            area = self._sight.to_widget(cell.picture)
        else:
            return None
        return QPointF(area.right(), area.center().y())

    def _arriving(self, cell: Cell) -> QPointF:
        """Where lines reach a map: at the left of what stands beside it."""
        area = self._sight.to_widget(cell.name or cell.pattern or cell.picture)
        return QPointF(area.left() - 3, self._sight.to_widget(cell.picture).center().y())

    def _paint_faint_lines(self) -> None:
        """Draw lines between all maps of neighbouring layers, so far as they do not become a veil."""
        colour = QColor(self._look.thumb)
        colour.setAlpha(70)
        self._painter.setPen(QPen(colour, 1))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        below, before = -1, 1
        for column in self._scene.columns:
            face = self._shown.face(column.layer)
            each = face is not None and any(one is not None for one in face.patterns)
            if before * len(column.cells) <= MOST_FAINT or not each:
                for cell in column.cells:
                    for index in range(before) if each else [min(cell.map, before - 1)]:
                        start = self._leaving(below, index)
                        if start is not None:
                            self._painter.drawPath(line_between(start, self._arriving(cell)))
            below, before = column.layer, len(column.cells)

    def _paint_shares(self) -> None:
        """Draw lines into the selected map, as wide as what flows through them."""
        followed = self._shown.followed
        cell = self._scene.cell(followed.layer, followed.map)
        if cell is None:
            return
        end = self._arriving(cell)
        largest = max((abs(one) for one in followed.amounts.values()), default=0.0) or 1.0
        for index, amount in sorted(followed.amounts.items(), key=lambda pair: abs(pair[1])):
            start = self._leaving(followed.below, index)
            if start is None or not amount:
                continue
            colour = tone(amount)
            colour.setAlphaF(0.35 + 0.65 * abs(amount) / largest)
            self._painter.setPen(QPen(colour, 1.0 + 5.0 * abs(amount) / largest))
            self._painter.drawPath(line_between(start, end))

    def _paint_amounts(self) -> None:
        """Print the numbers beside the strongest lines, over everything else."""
        followed = self._shown.followed
        for index in self._strong if followed.below >= 0 else ():
            start = self._leaving(followed.below, index)
            if start is None or self._is_crowded(followed.below):
                continue
            text = with_sign(followed.texts[index], followed.amounts[index])
            self._use_font(1.0, tone(followed.amounts[index]).name(), bold=True)
            width = self._painter.fontMetrics().horizontalAdvance(text) + 8
            box = QRect(int(start.x()) + 6, int(start.y()) - 22, width, 18)
            ground = QColor(self._look.window)
            ground.setAlpha(215)
            self._painter.fillRect(box, ground)
            self._painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _is_crowded(self, layer: int) -> bool:
        """Whether maps stand so close that numbers between them would hide them."""
        column = self._scene.column(layer)
        return column is not None and len({cell.picture.left() for cell in column.cells}) > 1


def line_between(start: QPointF, end: QPointF) -> QPainterPath:
    """A curve from the right of one map to the left of another."""
    bend = QPointF((end.x() - start.x()) / 2, 0)
    path = QPainterPath(start)
    path.cubicTo(start + bend, end - bend, end)
    return path
