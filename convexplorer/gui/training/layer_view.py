"""Shows the filters of one layer at one moment, and which of them are frozen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from convexplorer.core.model.filters import Filter, Weights
from convexplorer.core.model.layers import ConvLayer, Layer, label
from convexplorer.core.project.training_run import Frozen, Snapshot
from convexplorer.gui.canvas.thumbnails import pattern
from convexplorer.gui.kit.fields import numbers
from convexplorer.gui.kit.fields.choice_box import ChoiceBox
from convexplorer.gui.training.tiles import Tile, TileGrid

MOST_TILES = 256
"""Most filters, and most planes of one, that are drawn."""


class LayerView(QWidget):
    """Chooses a layer; shows its filters, how far each has come, and the planes of the one that is chosen."""

    layerChanged = Signal()
    lockToggled = Signal(int, int)
    """A layer and a filter of it that is to be frozen, or let go."""
    layerLocked = Signal(int, bool)
    """A layer that is to be frozen as a whole, or let go."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingLayerView")
        self._names: list[tuple[str, ...]] = []
        self._of_map: list[str] = []
        self._convolutions = 0
        self._frozen: Frozen = ()
        self._shown: Weights | None = None
        self.layer = ChoiceBox(self)
        self.layer.setObjectName("trainingLayer")
        self.layer.setAccessibleName(self.tr("Layer"))
        self.layer.setToolTip(self.tr("Which layer is shown below"))
        self.layer.currentIndexChanged.connect(self._layer_changed)
        self.lock = QCheckBox(self.tr("Frozen"), self)
        self.lock.setObjectName("trainingFreezeLayer")
        self.lock.setToolTip(
            self.tr("Training leaves the whole layer as it is; locks on the tiles freeze single filters")
        )
        self.lock.clicked.connect(self._lock_clicked)
        self.tiles = TileGrid(56, self, least=36, choose=True, locks=True)
        self.tiles.setObjectName("trainingFilters")
        self.tiles.setAccessibleName(self.tr("Filters of the layer"))
        self.tiles.chosen.connect(lambda _: self._show_planes())
        self.tiles.lockToggled.connect(self._tile_lock_clicked)
        self._of_filter = QLabel(self)
        self._of_filter.setObjectName("trainingPlanesTitle")
        self._of_filter.setProperty("tone", "muted")
        self._of_filter.setWordWrap(True)
        self.planes = TileGrid(32, self)
        self.planes.setObjectName("trainingPlanes")
        self.planes.setAccessibleName(self.tr("Planes of the chosen filter"))
        row = QHBoxLayout()
        row.addWidget(self.layer, 1)
        row.addWidget(self.lock)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.tiles)
        column.addWidget(self._of_filter)
        column.addWidget(self.planes)

    @property
    def number(self) -> int:
        """Which layer is chosen; convolutions are counted first, then comes the dense one."""
        return max(0, self.layer.currentIndex())

    def names(self, layer: int) -> tuple[str, ...]:
        """Names of a layer's filters or units."""
        return self._names[layer] if layer < len(self._names) else ()

    def begin(self, layers: Sequence[Layer], start: Snapshot, classes: Sequence[str], hidden: Sequence[int]) -> None:
        """Begin with a network: its stack, how it starts, and what it ends with."""
        kept = self.number
        convolutions = [at for at, one in enumerate(layers) if isinstance(one, ConvLayer)]
        self._names, self._of_map, titles = [], [], []
        self._convolutions = len(convolutions)
        made_by = ""
        for at, weights in zip(convolutions, start.weights, strict=False):
            one = layers[at]
            count, channels, rows, columns = weights.shape
            if isinstance(one, ConvLayer):
                self._names.append(one.bank.names)
            self._of_map.append(made_by)
            made_by = label(layers, at)
            titles.append(self.tr("{0} · {1} filters {2}×{3}×{4}").format(made_by, count, rows, columns, channels))
        if len(start.weights) > len(convolutions):
            count, channels, rows, columns = start.weights[-1].shape
            units = tuple(self.tr("Unit {0}").format(number + 1) for number in range(count))
            self._names.append(units if hidden else tuple(classes))
            self._of_map.append(made_by)
            titles.append(self.tr("Dense · {0} units, over {1} maps {2}×{3}").format(count, channels, rows, columns))
        with QSignalBlocker(self.layer):
            self.layer.clear()
            self.layer.addItems(titles)
            self.layer.setCurrentIndex(min(kept, len(titles) - 1))
        self.tiles.choose(-1)

    def show_moment(self, moment: Snapshot | None, start: Snapshot | None, *, difference: bool) -> None:
        """Show the layer's filters at a moment, or what was added to them since the start."""
        if moment is None or start is None:
            self._shown = None
            self.tiles.show_tiles(())
            self._show_planes()
            return
        at = self.number
        self._shown = moment.weights[at] - start.weights[at] if difference else moment.weights[at]
        change = moment.change(start, at)
        dense = self.layer.currentIndex() >= self._convolutions
        tiles = []
        for weights, moved, name in zip(self._shown[:MOST_TILES], change, self._names[at], strict=False):
            come = f"+{numbers.number_text(float(moved), 2)}"
            tip = self.tr("{0}: changed by {1} since the start").format(name, come)
            # Of a dense layer's units, the classes, names alone are shown; the second line is there from the start on,
            # so that nothing moves with the first step.
            text = name if dense else f"{name}\n{come if moved else ''}"
            tiles.append(Tile(pattern(Filter(weights)), text, tip))
        self.tiles.show_tiles(tiles)
        self._show_planes()

    def set_frozen(self, frozen: Frozen, *, ready: bool) -> None:
        """Show what does not learn, and whether that can be changed now."""
        self._frozen = frozen
        here = frozen[self.number] if self.number < len(frozen) else frozenset()
        self.tiles.set_locked(here)
        count = len(self._names[self.number]) if self._names else 0
        states = Qt.CheckState
        state = states.Unchecked if not here else states.Checked if len(here) >= count else states.PartiallyChecked
        with QSignalBlocker(self.lock):
            self.lock.setCheckState(state)
        self.lock.setEnabled(ready)

    def _layer_changed(self) -> None:
        self.tiles.choose(-1)
        self.set_frozen(self._frozen, ready=self.lock.isEnabled())
        self.layerChanged.emit()

    def _tile_lock_clicked(self, number: int) -> None:
        if self.lock.isEnabled():
            self.lockToggled.emit(self.number, number)

    def _lock_clicked(self) -> None:
        here = self._frozen[self.number] if self.number < len(self._frozen) else frozenset()
        whole = bool(self._names) and len(here) >= len(self._names[self.number])
        self.layerLocked.emit(self.number, not whole)

    def _show_planes(self) -> None:
        """One small picture for each map that the chosen filter reads; grey and RGB filters are whole in their tile."""
        chosen, shown = self.tiles.current, self._shown
        deep = shown is not None and shown.shape[1] not in (1, 3)
        self._of_filter.setVisible(deep)
        self.planes.setVisible(deep and chosen >= 0)
        if shown is None or not deep:
            return
        source = self._of_map[self.number]
        if not 0 <= chosen < len(shown):
            self._of_filter.setText(
                self.tr(
                    "Each is the strongest of its {0} planes, one for each map of {1}. Click one to see them all."
                ).format(shown.shape[1], source)
            )
            return
        name = self._names[self.number][chosen]
        self._of_filter.setText(self.tr("{0}: what it looks for in each map of {1}").format(name, source))
        planes = shown[chosen][:MOST_TILES]
        largest = float(abs(planes).max()) or 1.0
        self.planes.show_tiles(
            [
                Tile(
                    pattern(Filter(one[None]), largest),
                    tip=self.tr("Map {0} of {1}: largest weight {2}").format(
                        number + 1, source, numbers.number_text(float(abs(one).max()), 3)
                    ),
                )
                for number, one in enumerate(planes)
            ]
        )
