"""The weights of a filter, and where it reads maps: which plane they are, what it reads, and all planes beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from convexplorer.core.model.digits import percent
from convexplorer.core.model.filters import Filter
from convexplorer.core.model.layers import label, source
from convexplorer.core.project.project import Project
from convexplorer.gui.canvas.thumbnails import pattern, thumbnail_icon
from convexplorer.gui.document.document import Document
from convexplorer.gui.filters.plane_model import PlaneListModel
from convexplorer.gui.filters.plane_overview import PlaneOverview
from convexplorer.gui.filters.weights.weight_model import WeightTableModel
from convexplorer.gui.filters.weights.weight_view import LARGEST, SMALLEST, WeightView
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.fields.choice_box import ChoiceBox

GAP, SPACING = 8, 4
MAP_SIZE = QSize(54, 30)
"""Room for the small picture of the map that a plane reads."""
ICON = 20
OVERVIEW = 120
"""Least width of the overview, in pixels."""
_UNBOUNDED = (1 << 24) - 1


class PlaneArea(QWidget):
    """Shows the table of weights, and around it what belongs to a filter of many planes.

    Parameters
    ----------
    document : Document
        Says what the planes read.
    weights : WeightTableModel
        The weights; it knows which plane is shown.
    view : WeightView
        The table.
    parent : QWidget, optional
        Qt's owner.
    """

    described = Signal(str)
    """One line about the plane in the table; empty where planes are side by side."""
    followRequested = Signal(int)
    """The filter that made the map which a plane reads is to be looked at."""

    def __init__(
        self, document: Document, weights: WeightTableModel, view: WeightView, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("planeArea")
        self._document = document
        self._weights = weights
        self._view = view
        self._shown: tuple[int, int] | None = None
        self._makers: Sequence[Filter] = ()
        self._names: list[str] = []
        self._z: float | None = None
        self.planes = PlaneListModel(self)
        self.overview = PlaneOverview(self.planes, self)
        self.choice = ChoiceBox(self)
        self.choice.setObjectName("planeChoice")
        self.choice.setAccessibleName(self.tr("Plane"))
        self.choice.setToolTip(self.tr("The plane in the table, and the map it reads (Page Up, Page Down)"))
        self.choice.setIconSize(QSize(ICON, ICON))
        self.choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.choice.setMinimumContentsLength(8)
        self.map = QLabel(self)
        self.map.setObjectName("planeMap")
        self.map.setFixedSize(MAP_SIZE)
        self.map.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.map.setToolTip(self.tr("The map that this plane reads"))
        self.follow = self._button("planeFollow", "previous", self.tr("Go to the filter that made this map"))
        self.sort = self._button("planeSort", "sort", self.tr("Strongest planes first, by Σ|w|"))
        self.sort.setCheckable(True)
        self._lay_out()
        self.choice.activated.connect(weights.show_plane)
        self.overview.planeChosen.connect(weights.show_plane)
        self.follow.clicked.connect(self._follow)
        self.sort.toggled.connect(self._sort)
        weights.planeChanged.connect(self._show_plane)

    def _lay_out(self) -> None:
        header, both, layout = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        header.setSpacing(4)
        header.addWidget(self.choice, 1)
        for widget in (self.map, self.follow, self.sort):
            header.addWidget(widget)
        both.setSpacing(GAP)
        both.addWidget(self._view)
        both.addWidget(self.overview)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACING)
        layout.addLayout(header)
        layout.addLayout(both, 1)
        both.setStretch(0, 1)
        both.setStretch(1, 1000)

    def _button(self, name: str, icon: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setIcon(theme.icon(icon))
        button.setIconSize(QSize(16, 16))
        button.setAutoRaise(True)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    # --- what is shown -------------------------------------------------------------------------------------------

    def show_filter(self, row: int, one: Filter | None) -> None:
        """Follow the table, which shows the filter in a row of the bank, or none."""
        project = self._document.project
        at = source(project.layers, project.edited_index)
        alone = one is not None and at is not None
        for widget in (self.choice, self.map, self.follow, self.sort):
            widget.setVisible(alone)
        self.overview.setVisible(alone and one is not None and one.channels > 1)
        names = self._name_planes(project, at if alone else None)
        anew = self._shown != (project.edited_index, row)
        self._shown = project.edited_index, row
        self.planes.show_filter(one if alone else None, names, project.edited_layer.muted, anew=anew)
        self._place_table()
        self._show_plane()

    def show_node(self, parts: NDArray[np.float64] | None, z: float | None) -> None:
        """Show what each plane adds to the weighted sum z of a node, or that there is none."""
        self._z = z
        self.planes.show_parts(parts)
        self._describe()

    def show_map(self, picture: QImage | None) -> None:
        """Show the map that the plane in the table reads."""
        if picture is None:
            self.map.clear()
            return
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap.fromImage(
            picture.scaled(
                MAP_SIZE * ratio,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )
        pixmap.setDevicePixelRatio(ratio)
        self.map.setPixmap(pixmap)

    def height_for(self, room: int) -> int:
        """The height at which table and overview are as large as this width lets them be."""
        if self._weights.plane is None:
            return self._view.height_for(room)
        width = self._table_width(room, _UNBOUNDED)
        table = max(self._view.height_for(width), self._view.minimumHeight())
        return self._header_height() + max(table, self.overview.height_for(max(room - GAP - width, OVERVIEW)))

    def least_height(self) -> int:
        """The height at which all rows of the table are in sight, in its smallest cells."""
        return self._view.height_for(0) + (0 if self._weights.plane is None else self._header_height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width anew."""
        super().resizeEvent(event)
        self._place_table()

    # --- the parts -----------------------------------------------------------------------------------------------

    def _name_planes(self, project: Project, at: int | None) -> list[str]:
        """Fill the choice with the maps that reach the layer, each with the filter that made it."""
        makers = () if at is None else project.layers[at].bank.filters  # type: ignore[union-attr]
        names = [f"{label(project.layers, at)} · {one.name}" for one in makers] if at is not None else []
        if makers is not self._makers or names != self._names:
            old, self._makers = self._makers, makers
            before, self._names = self._names, names
            with QSignalBlocker(self.choice):
                if before != names:
                    self.choice.clear()
                    self.choice.addItems(
                        [self.tr("{0} of {1} · {2}").format(i + 1, len(names), name) for i, name in enumerate(names)]
                    )
                    old = ()
                for i, one in enumerate(makers):
                    if i >= len(old) or old[i] is not one:
                        ratio = self.devicePixelRatioF()
                        self.choice.setItemIcon(i, thumbnail_icon([pattern(one)], ICON, ratio))
        if at is not None:
            self.follow.setToolTip(
                self.tr("Go to the filter of {0} that made this map").format(label(project.layers, at))
            )
        return names

    def _show_plane(self) -> None:
        plane = self._weights.plane
        if plane is None or plane >= self.planes.rowCount():
            # The table tells of a filter of another depth first; `show_filter` follows.
            self._describe()
            return
        with QSignalBlocker(self.choice):
            self.choice.setCurrentIndex(plane)
        self.overview.show_plane(plane)
        self._describe()

    def _describe(self) -> None:
        """Say how strong the plane is and what it adds to the node."""
        plane = self._weights.plane
        if plane is None or plane >= self.planes.rowCount():
            self.described.emit("")
            return
        value, share = self.planes.magnitude(plane)
        text = self.tr("Plane {0}: Σ|w| {1} ({2})").format(plane + 1, self.planes.digits.weight(value), percent(share))
        part = self.planes.part(plane)
        if part is not None and self._z is not None:
            text = self.tr("{0},  at this node {1} of z {2}").format(
                text, *map(self.planes.digits.value, (part, self._z))
            )
        self.described.emit(text)

    def _sort(self, on: bool) -> None:
        self.planes.set_sorted(on=on)
        self.overview.show_plane(self._weights.plane)

    def _follow(self) -> None:
        if self._weights.plane is not None:
            self.followRequested.emit(self._weights.plane)

    def _header_height(self) -> int:
        return max(self.choice.sizeHint().height(), MAP_SIZE.height()) + SPACING

    def _table_width(self, room: int, height: int) -> int:
        """Width of the table beside the overview, in an area so wide and high."""
        columns, rows = max(1, self._weights.columnCount()), max(1, self._weights.rowCount())
        if len(self._weights.weights) < 2:
            return room
        side = min(LARGEST, (room - GAP - OVERVIEW) // columns, (height - self._header_height()) // rows)
        scroll = self._view.verticalScrollBar().sizeHint().width() if side < SMALLEST else 0
        return min(columns * max(side, SMALLEST) + scroll, max(room - GAP - OVERVIEW, 3 * SMALLEST))

    def _place_table(self) -> None:
        alone = self._weights.plane is not None and len(self._weights.weights) > 1
        width = self._table_width(self.width(), self.height()) if alone else _UNBOUNDED
        self._view.setMinimumWidth(min(width, self._view.maximumWidth()))
        self._view.setMaximumWidth(width)
        self._view.setMinimumWidth(width if alone else 0)
