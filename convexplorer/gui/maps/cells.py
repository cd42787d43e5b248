"""The cells of the maps shown: each keeps its picture, its figures and its marks, wherever its filter is moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convexplorer.core.engine.live_events import MapPictures
from convexplorer.core.engine.statistics import MapRange
from convexplorer.core.model.filters import FilterBank
from convexplorer.gui.maps.map_cell import MapCell


class MapCells:
    """One cell for each filter that is on. What a call changes it returns by places in `cells`, to be drawn again."""

    def __init__(self) -> None:
        self.cells: list[MapCell] = []

    def find(self, index: int | None) -> MapCell | None:
        """The cell of a filter, if it is on."""
        return next((cell for cell in self.cells if cell.index == index), None)

    def set_bank(
        self, bank: FilterBank, makers: FilterBank | None, order: Sequence[int | None] | None
    ) -> tuple[bool, list[int]]:
        """Have a cell for each filter that is on.

        Parameters
        ----------
        bank : FilterBank
            What makes the maps.
        makers : FilterBank or None
            The filters whose patterns stand beside the names, where those of `bank` only hand maps on.
        order : sequence of (int or None), or None
            For each filter, which one it was before, so that cells go with their filters; None if they are others
            altogether, whose cells stay at their places until there are newer pictures.

        Returns
        -------
        bool
            Whether cells came, went or moved.
        list of int
            Places of the others whose header is another.
        """
        old = {cell.index: cell for cell in self.cells}
        cells: list[MapCell] = []
        changed: list[int] = []
        for index, one in enumerate(bank):
            if not one.enabled:
                continue
            was = index if order is None else order[index] if index < len(order) else None
            cell = (old.get(was) if was is not None else None) or MapCell(index, one)
            maker = one if makers is None else makers[index]
            if cell.filter is not one or cell.maker is not maker:
                changed.append(len(cells))
            cell.index, cell.filter, cell.maker = index, one, maker
            cells.append(cell)
        moved = len(cells) != len(self.cells) or any(a is not b for a, b in zip(cells, self.cells, strict=False))
        self.cells = cells
        return moved, changed

    def show_pictures(self, made: MapPictures) -> list[int]:
        """Take maps as the worker has drawn them."""
        pictures = {picture.tile.index: picture for picture in made.pictures}
        changed = []
        for place, cell in enumerate(self.cells):
            picture = pictures.get(cell.index)
            if picture is not None and (picture is not cell.picture or made.placement != cell.placement):
                cell.picture, cell.placement = picture, made.placement
                changed.append(place)
            elif cell.picture is not None and cell.index not in made.kept:
                cell.forget()
        return changed

    def forget_pictures(self) -> None:
        """There are no maps any more."""
        for cell in self.cells:
            cell.forget()
            cell.placement = None

    def show_ranges(self, ranges: Mapping[int, MapRange]) -> list[int]:
        """Take the figures of whole maps."""
        changed = []
        for place, cell in enumerate(self.cells):
            figures = ranges.get(cell.index)
            if figures != cell.figures:
                cell.figures = figures
                changed.append(place)
        return changed

    def show_node(self, values: Mapping[int, float]) -> list[int]:
        """Take the value of the cursor's node on every map; empty when there is no cursor."""
        changed = []
        for place, cell in enumerate(self.cells):
            value = values.get(cell.index)
            if value != cell.node_value:
                cell.node_value = value
                changed.append(place)
        return changed

    def show_places(self, index: int | None, nodes: list[tuple[int, int]]) -> list[int]:
        """Ring some nodes of one map, and none on the others."""
        changed = []
        for place, cell in enumerate(self.cells):
            wanted = nodes if cell.index == index else []
            if cell.places != wanted:
                cell.places = wanted
                changed.append(place)
        return changed
