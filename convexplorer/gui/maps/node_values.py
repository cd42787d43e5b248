"""The value of the node that is looked at, on every map: computed at once, so that it goes with the mouse."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from convexplorer.core.engine.colour import Scale
from convexplorer.core.engine.conv import activate
from convexplorer.core.engine.live_events import MapPictures, MapsJob
from convexplorer.core.engine.noise import quiet_sums
from convexplorer.core.engine.routes.windows import window_at
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.maps.maps_panel import MapsPanel


class NodeValues(QObject):
    """Sums one window for each filter, which takes microseconds, in the GUI thread.

    Parameters
    ----------
    exploration : Exploration
        The node and what its window reads.
    maps : MapsPanel
        Shows the values.
    parent : QObject
        Qt's owner.
    """

    def __init__(self, exploration: Exploration, maps: MapsPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._probe = exploration.probe
        self._results = exploration.results
        self._maps = maps
        self._made_of: tuple[ConvLayer | None, Prepared | None] = (None, None)
        self._scales: list[Scale] = []
        self._told: object = None
        self._probe.changed.connect(self.show)

    def renew(self, job: MapsJob, made: MapPictures) -> None:
        """Show the node again if what it follows from has changed, or the colours of the maps."""
        scales = [picture.scale for picture in made.pictures]
        ready = self._results.ready
        known = None if ready is None else ready.prepared
        layer, prepared = self._made_of
        if layer is not job.layer or prepared is not known or scales != self._scales:
            self._scales = scales
            self.show()

    @Slot()
    def show(self) -> None:
        """Show the node's values, or none where there is no node or its input is not known yet."""
        values: dict[int, float] = {}
        node, layer, ready = self._probe.node, self._results.shown.layer, self._results.ready
        self._made_of = layer, None if ready is None else ready.prepared
        if node is not None and ready is not None and len(layer.bank):
            prepared, geometry = ready.prepared, ready.geometry
            if (prepared.shape[0], *geometry.kernel) == layer.bank.shape:
                weights = layer.kernels(range(len(layer.bank)))
                sums = quiet_sums(window_at(prepared, geometry, *node), weights, layer.bank.bias, prepared.noise)
                values = dict(enumerate(activate(sums, layer.activation).tolist()))
        self._maps.show_node(values)
        told = node, self._probe.pinned, None if ready is None else (ready.prepared, ready.placement), values
        # An edit while no node is looked at is no news to those who show one.
        if node is not None or told != self._told:
            self._told = told
            self._results.nodeChanged.emit()
