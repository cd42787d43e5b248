"""The maps that a node read, each with what it gave: rows in the order of their contributions, or by number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt, Signal

from convexplorer.core.explain.explain import NodeExplanation, channels_by_contribution
from convexplorer.core.explain.printed import PrintedNode
from convexplorer.gui.kit.fields.model_index import Index

_NOWHERE = QModelIndex()


def map_title(channel: int, names: tuple[str, ...]) -> str:
    """Number and name of a map; the number once only, as in "Filter 5"."""
    number, name = str(channel + 1), names[channel] if channel < len(names) else ""
    return name if name.split(" ")[-1] == number else f"{number} {name}".strip()


@dataclass(frozen=True)
class Sources:
    """Where the maps come from that a node's layer reads.

    Parameters
    ----------
    layer : str
        What the layer below is called, as "MaxPool 1".
    maker : str
        Whose filters made the maps, as "Conv 1"; "" where they are the image's own channels.
    names : tuple of str
        The filters', or channels', names.
    """

    layer: str
    maker: str
    names: tuple[str, ...]

    def full(self, channel: int) -> str:
        """The layer that made a map, with the map's number and name: filters of all layers may be called alike."""
        return f"{self.maker} · {self.short(channel)}" if self.maker else self.short(channel)

    def short(self, channel: int) -> str:
        """Number and name of a map (`map_title`)."""
        return map_title(channel, self.names)


@dataclass(frozen=True, eq=False)
class Row:
    """A map and what it gave.

    Parameters
    ----------
    channel : int
        Which map it is.
    name : str
        The layer that made it, its number and its filter's name.
    number : str
        Its subtotal as printed.
    part : float
        Its subtotal relative to the largest, −1 to 1.
    counts : bool
        Whether it is switched on.
    """

    channel: int
    name: str
    number: str
    part: float
    counts: bool


class ContributionModel(QAbstractListModel):
    """The rows of one node.

    Parameters
    ----------
    parent : QObject, optional
        Qt's owner.
    """

    switched = Signal(int, bool)
    """A map is to be counted, or left out of the sum."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self.node: NodeExplanation | None = None
        self.sources = Sources("", "", ())
        self.by_size = True

    def show(self, node: NodeExplanation, numbers: PrintedNode, channels: list[int], sources: Sources) -> None:
        """Take a node.

        Parameters
        ----------
        node, numbers : NodeExplanation, PrintedNode
            The equation.
        channels : list of int
            Which map each of its channels is.
        sources : Sources
            What the maps are called.
        """
        self.node, self.sources = node, sources
        largest = max((abs(float(one)) for one in node.subtotals), default=0.0) or 1.0
        order = channels_by_contribution(node) if self.by_size else range(len(node.patch))
        rows = [
            Row(
                channels[at],
                sources.full(channels[at]),
                numbers.sum(float(node.subtotals[at])),
                float(node.subtotals[at]) / largest,
                at not in node.muted,
            )
            for at in order
        ]
        if len(rows) != len(self.rows):
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
        else:
            self.rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))

    def row_of(self, channel: int) -> int:
        """The row of a map; −1 if there is none."""
        return next((i for i, row in enumerate(self.rows) if row.channel == channel), -1)

    # --- Qt ------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Number of maps."""
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """A convolution's maps can be switched off."""
        flags = super().flags(index)
        checkable = self.node is not None and self.node.pooling is None
        return flags | Qt.ItemFlag.ItemIsUserCheckable if checkable and index.isValid() else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name, subtotal in words, and whether it counts."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.name}: {row.number}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row)
        if role == Qt.ItemDataRole.CheckStateRole and self.flags(index) & Qt.ItemFlag.ItemIsUserCheckable:
            return Qt.CheckState.Checked if row.counts else Qt.CheckState.Unchecked
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Ask for a map to be switched on or off."""
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid():
            return False
        self.switched.emit(self.rows[index.row()].channel, Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def _tip(self, row: Row) -> str:
        maker, name = self.sources.maker, self.sources.names[row.channel]
        if maker:
            what = self.tr("{0}, filter {1} “{2}” gives {3}").format(maker, row.channel + 1, name, row.number)
        else:
            what = self.tr("{0} gives {1}").format(name, row.number)
        return self.tr("{0}\nClick, or Return, goes to the node of {1} that gives most of it").format(
            what, self.sources.layer
        )
