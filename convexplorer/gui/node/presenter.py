"""From the probe to the Node panel: explains the node of the selected filter, and passes on what the panel asks for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRectF, QTimer, Slot

from convexplorer.core.engine.colour import rounded_up
from convexplorer.core.engine.live import InputReady, Strongest
from convexplorer.core.engine.routes.windows import inputs_inside, window_at
from convexplorer.core.explain.explain import NodeExplanation, explain, explain_pooling, strongest_input
from convexplorer.core.model.filters import Filter
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.layers import ConvLayer, PoolLayer, label
from convexplorer.core.project.change import Change, Kind
from convexplorer.core.project.project import with_channel
from convexplorer.core.runtime.types import Values
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.image.image_view import ImageView
from convexplorer.gui.maps.maps_panel import MapsPanel
from convexplorer.gui.node.layout import BlockCell
from convexplorer.gui.node.loupe import Surroundings, surroundings
from convexplorer.gui.node.panel import NodePanel
from convexplorer.gui.node.tracer import Tracer

DOUBT = 500
"""Milliseconds that the strongest places of a filter whose weights have changed are still marked."""
UNFOUND = Kind.INPUT | Kind.CURRENT | Kind.LAYERS | Kind.LAYING | Kind.KERNEL | Kind.ACTIVATION | Kind.MUTED
"""Changes after which it is not known where a filter is strongest."""
PATIENCE = 150
"""Milliseconds that a pinned node's equation stays while the maps that another layer reads are still computed."""


class NodePresenter(QObject):
    """Keeps the Node panel, and the marks on image and maps that belong to it, up to date.

    Parameters
    ----------
    exploration : Exploration
        What is explored.
    tracer : Tracer
        Follows inputs down the layers.
    panel : NodePanel
        Shows the equation.
    image, maps : ImageView, MapsPanel
        Show marks.
    parent : QObject
        Qt's owner.
    """

    def __init__(
        self,
        exploration: Exploration,
        tracer: Tracer,
        panel: NodePanel,
        image: ImageView,
        maps: MapsPanel,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = exploration.document
        self._results = exploration.results
        self._probe = exploration.probe
        self._selection = exploration.selection
        self._tracer = tracer
        self._panel = panel
        self._image = image
        self._maps = maps
        self.marking = True
        self._found: tuple[Strongest, Filter] | None = None
        self._explained: NodeExplanation | None = None
        self._inside: NDArray[np.bool_] = np.ones((1, 1), np.bool_)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self._show_none)
        self._doubt = QTimer(self)
        self._doubt.setSingleShot(True)
        self._doubt.setInterval(DOUBT)
        self._doubt.timeout.connect(self._forget_strongest)
        self._results.nodeChanged.connect(self._show)
        self._results.strongestFound.connect(self._show_strongest)
        self._results.lookChanged.connect(self._mark_places)
        self._selection.currentChanged.connect(self._selection_changed)
        self._document.changes(Kind.FILTERS | Kind.STACK | Kind.MUTED | Kind.INPUT | Kind.CURRENT).connect(self._follow)
        panel.cellHovered.connect(self.mark_cell)
        panel.cellActivated.connect(self._follow_cell)
        panel.mapFollowed.connect(self._follow_map)
        panel.placeChosen.connect(self._probe.pin)
        panel.letGo.connect(self._probe.let_go)
        panel.channelSwitched.connect(self._switch_channel)
        self._selection_changed()

    @property
    def _row(self) -> int | None:
        row = self._selection.current
        return row if 0 <= row < len(self._results.shown.bank) else None

    @Slot(object)
    def mark_cell(self, cell: BlockCell | None) -> None:
        """Mark an input under the window on the image, and its partners in the panel."""
        self._image.set_marked(self._inputs(cell))
        self._panel.mark_cell(cell)

    def _follow_map(self, channel: int) -> None:
        """Go to the input of a map that gives most."""
        node, project = self._explained, self._document.project
        if node is None:
            return
        line = 0 if isinstance(project.shown_layer, PoolLayer) else channel
        self._tracer.descend((channel, *strongest_input(node.products[line], self._inside)))

    def _follow_cell(self, cell: BlockCell) -> None:
        """Go to the input that a cell of the panel is."""
        row = self._row
        pooled = isinstance(self._document.project.shown_layer, PoolLayer) and row is not None
        self._tracer.descend((row, *cell[1:]) if pooled and row is not None else cell)

    def _inputs(self, cell: BlockCell | None) -> QRectF:
        """What a weight multiplies, over the image: one pixel or node below, or without a node all of them."""
        ready, node = self._results.ready, self._probe.node
        if cell is None or ready is None:
            return QRectF()
        geometry = ready.geometry
        area = QRectF()
        last = geometry.output[0] - 1, geometry.output[1] - 1
        for place in (node or (0, 0), node or last):
            top, left = geometry.origin(*place)
            y0, x0, y1, x1 = ready.below.rectangle(
                top + cell[1] * geometry.dilation, left + cell[2] * geometry.dilation
            )
            area = area.united(QRectF(x0, y0, x1 - x0, y1 - y0))
        return area

    @Slot()
    def _show(self) -> None:
        ready, node, row = self._results.ready, self._probe.node, self._row
        if ready is None and self._explained is not None:
            if not self._patience.isActive():
                self._patience.start()
            return
        self._patience.stop()
        found = None if ready is None or node is None or row is None else self._explain(ready, node, row)
        if found is None or ready is None or node is None or row is None:
            self._show_none()
            return
        self._explained, geometry, top = found
        self._inside = inputs_inside(geometry, *node)
        cell = next((cell for cell in self._maps.grid.cells if cell.index == row), None)
        scale = cell.picture.scale if cell is not None and cell.picture is not None else None
        self._panel.set_colours(scale, diverging=self._results.look.diverging, top=top)
        pooled = self._explained.pooling is not None
        self._panel.show_node(
            self._explained,
            node,
            geometry.origin(*node),
            geometry.output,
            pinned=self._probe.pinned,
            inside=self._inside,
            dilation=geometry.dilation,
            sources=None if self._explained.colours else self._tracer.sources(self._document.project.shown_index),
            pooled=row if pooled else None,
            surroundings=self._surroundings(ready, geometry, node),
        )

    def _surroundings(self, ready: InputReady, geometry: Geometry, node: tuple[int, int]) -> Surroundings | None:
        """The image around a node's window, if that reads it."""
        if self._explained is None or not self._explained.colours:
            return None
        read = ready.prepared if self._explained.pooling is None or ready.pooled is None else ready.pooled
        return surroundings(read, geometry, *node)

    def _explain(
        self, ready: InputReady, node: tuple[int, int], row: int
    ) -> tuple[NodeExplanation, Geometry, float] | None:
        """A node's equation, how its layer's windows lie, and the input that is shown as white."""
        project = self._document.project
        shown, first = project.shown_layer, self._tracer.reads_image
        if isinstance(shown, ConvLayer):
            if (ready.prepared.shape[0], *ready.geometry.kernel) != shown.bank.shape:
                return None
            window = window_at(ready.prepared, ready.geometry, *node)
            found = explain(window, shown.bank[row], shown.activation, shown.muted)
            return replace(found, colours=first), ready.geometry, self._white(window)
        if not shown.enabled or ready.pooled is None or row >= ready.pooled.shape[0]:
            return None
        geometry = shown.geometry(*ready.pooled.shape[1:])
        window = window_at(ready.pooled, geometry, *node)[[row]]
        return explain_pooling(window, shown.kind, colours=first), geometry, self._white(window)

    def _white(self, *patches: Values) -> float:
        """The input that is shown as white: the image's own; of maps, a round number from the largest of these on."""
        ready = self._results.ready
        if self._tracer.reads_image:
            return 1.0 if ready is None else ready.image.top
        return rounded_up(max((float(np.abs(patch).max()) for patch in patches), default=1.0))

    def _show_none(self) -> None:
        """Show no equation, and say how to get one, or why there is none."""
        project, ready = self._document.project, self._results.ready
        self._explained = None
        if isinstance(project.shown_layer, PoolLayer) and not project.shown_layer.enabled:
            name = label(project.layers, project.shown_index)
            self._panel.set_hint(self.tr("{0} is off: it hands on what reaches it").format(name))
        elif self._probe.pinned:
            self._panel.set_hint(self.tr("The maps that this layer reads are being computed"))
        else:
            self._panel.set_hint("")
        size = (0, 0) if ready is None else ready.geometry.output
        nothing = np.ones(project.bank.size, np.bool_)
        self._panel.show_node(None, None, (0, 0), size, pinned=self._probe.pinned, inside=nothing)

    def set_marking(self, *, on: bool) -> None:
        """Ring the strongest nodes on map and image, or not."""
        self.marking = on
        self._mark_places()

    # --- the strongest places ------------------------------------------------------------------------------------

    @Slot(object)
    def _show_strongest(self, found: Strongest | None) -> None:
        """Take what was found of the current filter; None is not known yet."""
        row = self._row
        maker = None if row is None else self._results.shown.bank[row]
        if found is None or found.index != row or maker is None:
            self._forget_strongest()
            return
        self._doubt.stop()
        self._found = found, maker
        top = self._white(*found.patches)
        self._panel.set_strongest(found.places, found.patches, found.total_equal, top)
        self._mark_places()

    def _forget_strongest(self) -> None:
        """It is not known where the current filter is strongest."""
        self._doubt.stop()
        self._found = None
        row = self._row
        one = None if row is None else self._results.shown.maker(row)
        self._panel.forget_strongest(off=one is not None and not one.enabled)
        self._mark_places()

    def _mark_places(self) -> None:
        found = self._found[0] if self._found is not None and self.marking else None
        nodes = [] if found is None else [(place.row, place.column) for place in found.places]
        row = self._row
        self._maps.set_places(None if found is None or row is None else self._results.shown.cell_of(row), nodes)
        self._image.set_places(nodes)

    @Slot()
    def _selection_changed(self) -> None:
        self._show_filter()
        row = self._row
        if self._found is not None and (row is None or self._results.shown.bank[row] is not self._found[1]):
            self._forget_strongest()
        self._mark_places()
        self._show()

    def _show_filter(self) -> None:
        row = self._row
        self._panel.show_filter(None if row is None else self._results.shown.maker(row))

    @Slot(object)
    def _follow(self, change: Change) -> None:
        """Take up an edit; what was found of a filter holds on for a moment while its weights change."""
        self._panel.set_muted(change.after.edited_layer.muted)
        self._show_filter()
        found, row = self._found, self._row
        one = None if row is None else self._results.shown.bank[row]
        if (
            found is None
            or row is None
            or one is None
            or not one.enabled
            or self._results.ready is None
            or change.kinds & UNFOUND
            or (one is not found[1] and (change.rows is None or change.rows[row] != found[0].index))
        ):
            self._forget_strongest()
            return
        self._found = replace(found[0], index=row), one
        if one is not found[1] and change.kinds & (Kind.WEIGHTS | Kind.BIAS):
            self._doubt.start()
        self._mark_places()

    def _switch_channel(self, channel: int, on: bool) -> None:
        names = (self.tr("red"), self.tr("green"), self.tr("blue"))
        name = names[channel] if self._tracer.reads_image else str(channel + 1)
        label = self.tr("Switch {0} on") if on else self.tr("Switch {0} off")
        self._document.apply(label.format(name), with_channel(self._document.project, channel, on=on))
