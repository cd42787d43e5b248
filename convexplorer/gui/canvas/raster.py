"""Pictures of numbers: arrays of colours, sharp when enlarged, with the numbers in the cells when there is room."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from convexplorer.core.engine.colour import ink
from convexplorer.core.engine.lattice import Lattice
from convexplorer.gui.canvas.navigator import Frame
from convexplorer.io.arrays.qimages import to_qimage

ValuesAt = Callable[[int, int], tuple[float, ...]]
"""The values of the cell in a row and column of the picture."""

NUMBERS_FROM = 36.0
"""Size of a cell in pixels from which its number is printed, if it fits."""
FILLED = 0.96
"""Part of a cell's width that its number may take."""
GRID_FROM = 12.0
"""Size of a cell in pixels from which cells are kept apart by lines."""


@dataclass(eq=False)
class Raster:
    """An array of colours and where it lies on the input.

    Parameters
    ----------
    image : QImage
        One pixel a value.
    area : QRectF
        What it covers, in pixels of the input.
    """

    image: QImage
    area: QRectF
    _halved: list[QImage] = field(default_factory=list, repr=False)

    def reduced_image(self, shrink: float) -> QImage:
        """The image halved as often as it can be without having fewer pixels than are drawn.

        Halving takes all pixels into account. What has been halved is kept, so that zooming needs no more of it.
        """
        times = int(math.log2(1 / shrink)) if shrink < 1.0 else 0
        while len(self._halved) < times:
            larger = self._halved[-1] if self._halved else self.image
            size = QSize(-(-larger.width() // 2), -(-larger.height() // 2))
            self._halved.append(
                larger.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
            )
        return self._halved[times - 1] if times else self.image


def raster_of(
    colours: NDArray[np.uint32], lattice: Lattice, *, pitch: float = 1.0, origin: tuple[float, float] = (0.0, 0.0)
) -> Raster:
    """Place an array on the input.

    Parameters
    ----------
    colours : ndarray, shape (h, w)
        As 0xffRRGGBB.
    lattice : (range, range)
        Index of the node or pixel each row and column shows; with steps, each is drawn in the middle of what it
        stands for.
    pitch : float
        Input pixels between neighbouring nodes.
    origin : (float, float)
        Input row and column at which the square of node (0, 0) begins.
    """
    rows, columns = lattice
    top = origin[0] + pitch * (rows.start + 0.5 - rows.step / 2)
    left = origin[1] + pitch * (columns.start + 0.5 - columns.step / 2)
    size = pitch * columns.step * len(columns), pitch * rows.step * len(rows)
    return Raster(to_qimage(colours), QRectF(left, top, *size))


def draw(painter: QPainter, frame: Frame, raster: Raster) -> None:
    """Draw what of a raster is in a pane: nearest neighbour when enlarged, averaged when reduced."""
    target = frame.to_screen(raster.area)
    ratio = painter.device().devicePixelRatioF()
    shrink = target.width() * ratio / raster.image.width()
    painter.save()
    painter.setClipRect(frame.pane, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrink < 1.0)
    painter.drawImage(target, raster.reduced_image(shrink))
    painter.restore()


def cells_in_view(frame: Frame, area: QRectF, shape: tuple[int, int]) -> tuple[range, range]:
    """Which rows and columns of an array that covers `area` can be seen."""
    height, width = area.height() / shape[0], area.width() / shape[1]
    (top, bottom), (left, right) = frame.rows, frame.columns
    return (
        range(max(0, int((top - area.y()) // height)), min(shape[0], int((bottom - area.y()) // height) + 1)),
        range(max(0, int((left - area.x()) // width)), min(shape[1], int((right - area.x()) // width) + 1)),
    )


def draw_numbers(
    painter: QPainter,
    frame: Frame,
    raster: Raster,
    values_at: ValuesAt,
    write: Callable[[float], str],
    line: QColor,
) -> None:
    """Print the values into the cells, in an ink that can be read on each, and rule lines between them."""
    shape = raster.image.height(), raster.image.width()
    side = raster.area.width() / shape[1] * frame.scale
    if side < GRID_FROM:
        return
    rows, columns = cells_in_view(frame, raster.area, shape)
    if not rows or not columns:
        return
    painter.save()
    painter.setClipRect(frame.pane, Qt.ClipOperation.IntersectClip)
    inside = frame.to_screen(
        QRectF(
            raster.area.x() + columns.start * side / frame.scale,
            raster.area.y() + rows.start * side / frame.scale,
            len(columns) * side / frame.scale,
            len(rows) * side / frame.scale,
        )
    )
    painter.setPen(QPen(line, 1))
    for i in range(len(rows) + 1):
        y = inside.y() + i * side
        painter.drawLine(QPointF(inside.left(), y), QPointF(inside.right(), y))
    for j in range(len(columns) + 1):
        x = inside.x() + j * side
        painter.drawLine(QPointF(x, inside.top()), QPointF(x, inside.bottom()))
    if side >= NUMBERS_FROM:
        texts = {(row, column): "\n".join(map(write, values_at(row, column))) for row in rows for column in columns}
        _print(painter, raster.image, inside, (rows, columns), texts)
    painter.restore()


def _print(
    painter: QPainter,
    image: QImage,
    inside: QRectF,
    cells: tuple[range, range],
    texts: dict[tuple[int, int], str],
) -> None:
    """Print the texts of cells in one size; where the widest does not fit, none: a number cut short is another one."""
    rows, columns = cells
    side = inside.height() / len(rows)
    font = painter.font()
    font.setWeight(QFont.Weight.Normal)
    for pixels in range(max(9, min(15, int(side / 3.6))), 8, -1):
        font.setPixelSize(pixels)
        metrics = QFontMetricsF(font)
        if max(metrics.size(0, text).width() for text in set(texts.values())) <= FILLED * side:
            break
    else:
        return
    painter.setFont(font)
    for (row, column), text in texts.items():
        cell = QRectF(inside.x() + (column - columns.start) * side, inside.y() + (row - rows.start) * side, side, side)
        pixel = QColor(image.pixel(column, row))
        painter.setPen(QColor(*ink((pixel.red(), pixel.green(), pixel.blue()))))
        painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)


def draw_marker(painter: QPainter, frame: Frame, area: QRectF, accent: QColor) -> None:
    """Outline a rectangle of the input, in the accent between hairlines, so that it is seen on any picture."""
    target = frame.to_screen(area)
    if min(target.width(), target.height()) < 6:
        grown = (6 - min(target.width(), target.height())) / 2
        target.adjust(-grown, -grown, grown, grown)
    painter.save()
    painter.setClipRect(frame.pane.adjusted(-1, -1, 1, 1), Qt.ClipOperation.IntersectClip)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 150), 4))
    painter.drawRect(target)
    painter.setPen(QPen(QColor(255, 255, 255, 220), 2.6))
    painter.drawRect(target)
    painter.setPen(QPen(accent, 1.6))
    painter.drawRect(target)
    painter.restore()


def draw_outline(painter: QPainter, frame: Frame, area: QRectF) -> None:
    """Outline a rectangle of the input in a thin light line on a dark one: quieter than a marker."""
    target = frame.to_screen(area)
    if min(target.width(), target.height()) < 6:
        grown = (6 - min(target.width(), target.height())) / 2
        target.adjust(-grown, -grown, grown, grown)
    painter.save()
    painter.setClipRect(frame.pane.adjusted(-1, -1, 1, 1), Qt.ClipOperation.IntersectClip)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((QColor(0, 0, 0, 130), 3.0), (QColor(255, 255, 255, 190), 1.0)):
        painter.setPen(QPen(colour, width))
        painter.drawRect(target)
    painter.restore()


def draw_spot(painter: QPainter, frame: Frame, area: QRectF, accent: QColor) -> None:
    """Outline a rectangle of the input, more quietly than a marker; a small one is ringed, so that it can be seen."""
    target = frame.to_screen(area)
    radius = 7.0
    painter.save()
    painter.setClipRect(frame.pane, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((QColor(0, 0, 0, 130), 3.0), (accent, 1.4)):
        painter.setPen(QPen(colour, width))
        if max(target.width(), target.height()) <= 2 * radius:
            painter.drawEllipse(target.center(), radius, radius)
        else:
            painter.drawRoundedRect(target.adjusted(1, 1, -1, -1), 5, 5)
    painter.restore()
