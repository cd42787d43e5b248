"""What a cell's tooltip says."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from convexplorer.core.engine.pictures import MapTile
from convexplorer.core.model.digits import decimal
from convexplorer.gui.maps.map_cell import MapCell


def map_tip(cell: MapCell) -> str:
    """The map's name and figures, which of its nodes are drawn, and what can be done with it."""
    lines = [cell.filter.name]
    figures = cell.figures
    if figures is not None:
        text = QCoreApplication.translate("MapGrid", "{0} to {1}, mean {2}, {3} % of the nodes above zero")
        low, high, mean = map(cell.digits.value, (figures.low, figures.high, figures.mean))
        lines.append(text.format(low, high, mean, decimal(100 * figures.active, 1)))
    if cell.picture is not None and cell.picture.tile.lattice[0].step > 1:
        lines.append(drawn_nodes(cell.picture.tile))
    lines.append(
        QCoreApplication.translate(
            "MapGrid", "Double-click shows it large; Ctrl and the wheel zoom; drag the title out to save it"
        )
    )
    return "\n".join(lines)


def drawn_nodes(tile: MapTile) -> str:
    """Which nodes of a map that is zoomed out are on the screen."""
    if not tile.peaks:
        text = QCoreApplication.translate(
            "MapGrid", "Zoomed out: one node of every {0} × {0} is drawn, with its exact value"
        )
    elif tile.values.min() < 0.0:
        text = QCoreApplication.translate(
            "MapGrid", "Zoomed out: of every {0} × {0} nodes the value farthest from zero is drawn"
        )
    else:
        text = QCoreApplication.translate("MapGrid", "Zoomed out: of every {0} × {0} nodes the largest value is drawn")
    return text.format(tile.lattice[0].step)
