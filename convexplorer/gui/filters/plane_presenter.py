"""From the node that is looked at to the planes of the selected filter: what each adds, and the map it reads."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Slot

from convexplorer.core.engine.colour import colourise
from convexplorer.core.engine.live import InputReady
from convexplorer.core.engine.pictures import Look
from convexplorer.core.engine.routes.windows import window_at
from convexplorer.core.explain.explain import explain
from convexplorer.core.model.activations import is_signed
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer, source
from convexplorer.core.project.layer_edits import select_layer
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.filters.plane_area import MAP_SIZE, PlaneArea
from convexplorer.gui.filters.weights.weight_model import WeightTableModel
from convexplorer.gui.kit.fields.typed_text import take_typed
from convexplorer.io.arrays.qimages import to_qimage


class PlanePresenter(QObject):
    """Keeps a `PlaneArea` up to date with the node and with the layer's input."""

    def __init__(
        self,
        exploration: Exploration,
        weights: WeightTableModel,
        area: PlaneArea,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = exploration.document
        self._results = exploration.results
        self._probe = exploration.probe
        self._selection = exploration.selection
        self._weights = weights
        self._area = area
        self._pictured: tuple[Prepared, int, Look] | None = None
        self._results.nodeChanged.connect(self._show)
        self._selection.currentChanged.connect(self._show)
        weights.planeChanged.connect(self._show_map)
        area.followRequested.connect(self._follow)

    @Slot(int)
    def choose(self, channel: int) -> None:
        """Put the plane that reads a map, chosen in the Node panel, into the table."""
        if isinstance(self._document.project.shown_layer, ConvLayer):
            self._weights.show_plane(channel)

    def _input(self) -> InputReady | None:
        """What the filters read, if it is there, fits them, and comes from a layer."""
        project, ready = self._document.project, self._results.ready
        if ready is None or self._weights.plane is None or not isinstance(project.shown_layer, ConvLayer):
            return None
        return ready if (ready.prepared.shape[0], *ready.geometry.kernel) == project.bank.shape else None

    @Slot()
    def _show(self) -> None:
        ready, node, layer = self._input(), self._probe.node, self._document.project.edited_layer
        row = self._selection.current
        if ready is None or node is None or not 0 <= row < len(layer.bank):
            self._area.show_node(None, None)
        else:
            window = window_at(ready.prepared, ready.geometry, *node)
            made = explain(window, layer.bank[row], layer.activation, layer.muted)
            parts = made.subtotals.copy()
            parts[sorted(layer.muted)] = 0.0
            self._area.show_node(parts, made.z)
        self._show_map()

    @Slot()
    def _show_map(self) -> None:
        """A small picture of the map that the plane in the table reads."""
        ready, plane, project = self._input(), self._weights.plane, self._document.project
        at = source(project.layers, project.edited_index)
        held = None if ready is None else ready.prepared.stored_array
        if ready is None or plane is None or at is None or held is None:  # Maps too large to be held would take long.
            self._pictured = None
            self._area.show_map(None)
            return
        known, look = self._pictured, self._results.look
        if known is not None and known[0] is ready.prepared and known[1:] == (plane, look):
            return
        self._pictured = ready.prepared, plane, look
        maker, stored = project.layers[at], held[plane]
        step = max(1, min(stored.shape[0] // (2 * MAP_SIZE.height()), stored.shape[1] // (2 * MAP_SIZE.width())))
        values = stored[::step, ::step].astype(np.float32) * np.float32(ready.prepared.gain)
        signed = isinstance(maker, ConvLayer) and is_signed(maker.activation)
        scale = look.scale(float(values.min()), float(values.max()), signed=signed)
        self._area.show_map(to_qimage(colourise(values, scale)))

    def _follow(self, plane: int) -> None:
        """Look at the filter that made the map which a plane reads."""
        take_typed()
        project = self._document.project
        at = source(project.layers, project.edited_index)
        if at is not None:
            self._document.navigate(select_layer(project, at))
            self._selection.select([plane])
