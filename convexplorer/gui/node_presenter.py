"""From the probe to the Node panel: explains the node of the selected filter, and passes on what the panel asks for."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QItemSelectionModel, QObject, QRectF, Signal, Slot

from convexplorer.core.explain import explain
from convexplorer.core.layer_edits import select_layer
from convexplorer.core.layers import ConvLayer, label
from convexplorer.core.maps import Strongest
from convexplorer.core.network import figures
from convexplorer.core.placement import Placement
from convexplorer.core.project import Project, with_channel
from convexplorer.core.windows import inputs_inside, window_at
from convexplorer.gui.document import Document
from convexplorer.gui.presenter import Presenter
from convexplorer.gui.probe import Probe
from convexplorer.gui.views.image_view import ImageView
from convexplorer.gui.views.maps_panel import MapsPanel
from convexplorer.gui.views.node_layout import Cell
from convexplorer.gui.views.node_panel import NodePanel


class NodePresenter(QObject):
    """Keeps the Node panel, and the marks on image and maps that belong to it, up to date."""

    descended = Signal(str, object)
    """A node was followed down to one of its inputs: what it is, and the function that goes back."""

    def __init__(
        self,
        document: Document,
        presenter: Presenter,
        probe: Probe,
        selection: QItemSelectionModel,
        panel: NodePanel,
        image: ImageView,
        maps: MapsPanel,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._presenter = presenter
        self._probe = probe
        self._selection = selection
        self._panel = panel
        self._image = image
        self._maps = maps
        self.marking = True
        self._found: Strongest | None = None
        presenter.nodeChanged.connect(self._show)
        presenter.strongestFound.connect(self._show_strongest)
        selection.currentChanged.connect(self._selection_changed)
        document.changed.connect(self._project_changed)
        panel.cellHovered.connect(self.mark_cell)
        panel.cellActivated.connect(self.descend)
        panel.placeChosen.connect(probe.pin)
        panel.letGo.connect(probe.let_go)
        panel.channelSwitched.connect(self._switch_channel)
        self._selection_changed()

    @property
    def _row(self) -> int | None:
        row = self._selection.currentIndex().row()
        return row if 0 <= row < len(self._document.project.bank) else None

    @Slot(object)
    def mark_cell(self, cell: Cell | None) -> None:
        """Mark an input under the window on the image, and its partners in the panel."""
        self._image.set_marked(self._inputs(cell))
        self._panel.mark_cell(cell)

    def descend(self, cell: Cell) -> None:
        """Go to the node of the layer below that an input is, with the way back on offer."""
        ready, node, project = self._presenter.input, self._probe.node, self._document.project
        below = [at for at in range(project.current) if project.layers[at].enabled]
        if ready is None or node is None or not below or not isinstance(project.shown, ConvLayer):
            return
        channel, i, j = cell
        top, left = ready.geometry.origin(*node)
        place = top + i * ready.geometry.dilation, left + j * ready.geometry.dilation
        if not inputs_inside(ready.geometry, *node)[i, j]:
            return
        row, name = self._row, label(project.layers, project.current)
        self._go_to(below[-1], place, channel)
        there = label(project.layers, below[-1])
        text = self.tr("{0}, map {1}, node row {2}, column {3}: one input of {4}").format(
            there, channel + 1, *place, name
        )
        self.descended.emit(text, partial(self._go_to, project.current, node, row))

    def _go_to(self, at: int, node: tuple[int, int], row: int | None) -> None:
        """Look at a layer, one of its maps, and a node of it."""
        project = select_layer(self._document.project, at)
        shape = project.input_shape
        if shape is None:
            return
        self._document.navigate(project)
        reached = figures(project.layers[: at + 1], shape)[-1]
        self._probe.set_placement(Placement(reached.field, reached.outputs[1:]))
        self._probe.pin(*node)
        if row is not None:
            flags = QItemSelectionModel.SelectionFlag
            index = self._selection.model().index(row, 0)
            self._selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def _inputs(self, cell: Cell | None) -> QRectF:
        """What a weight multiplies, over the image: one pixel or node below, or without a node all of them."""
        ready, node = self._presenter.input, self._probe.node
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
        ready, node, row = self._presenter.input, self._probe.node, self._row
        layer = self._document.project.layer
        rows_columns = (0, 0) if ready is None else ready.geometry.output
        explained = isinstance(self._document.project.shown, ConvLayer)
        fits = explained and ready is not None and (ready.prepared.shape[0], *ready.geometry.kernel) == layer.bank.shape
        if ready is None or node is None or row is None or not fits:
            nothing = np.ones(layer.bank.size, np.bool_)
            self._panel.show_node(None, None, (0, 0), rows_columns, pinned=False, inside=nothing)
            return
        cell = next((cell for cell in self._maps.grid.cells if cell.index == row), None)
        scale = cell.picture.scale if cell is not None and cell.picture is not None else None
        self._panel.set_colours(scale, diverging=self._presenter.look.diverging, top=ready.prepared.top)
        self._panel.show_node(
            explain(window_at(ready.prepared, ready.geometry, *node), layer.bank[row], layer.activation, layer.muted),
            node,
            ready.geometry.origin(*node),
            ready.geometry.output,
            pinned=self._probe.pinned,
            inside=inputs_inside(ready.geometry, *node),
            dilation=ready.geometry.dilation,
        )

    def set_marking(self, *, on: bool) -> None:
        """Ring the strongest nodes on map and image, or not."""
        self.marking = on
        self._mark_places()

    @Slot(object)
    def _show_strongest(self, found: Strongest | None) -> None:
        self._found = found if found is not None and found.index == self._row else None
        if self._found is None:
            self._panel.set_strongest([], [], 0)
        else:
            self._panel.set_strongest(self._found.places, self._found.patches, self._found.total_equal)
        self._mark_places()

    def _mark_places(self) -> None:
        found = self._found if self.marking else None
        nodes = [] if found is None else [(place.row, place.column) for place in found.places]
        self._maps.set_places(None if found is None else found.index, nodes)
        self._image.set_places(nodes)

    @Slot()
    def _selection_changed(self) -> None:
        row = self._row
        self._panel.show_filter(None if row is None else self._document.project.bank[row])
        self._presenter.seek_strongest(row)
        self._show()

    @Slot(object, object)
    def _project_changed(self, _before: Project, after: Project) -> None:
        self._panel.set_muted(after.layer.muted)
        row = self._row
        self._panel.show_filter(None if row is None else after.bank[row])

    def _switch_channel(self, channel: int, on: bool) -> None:
        names = (self.tr("red"), self.tr("green"), self.tr("blue"))
        name = names[channel] if self._document.project.bank.channels == 3 else str(channel + 1)
        label = self.tr("Switch {0} on") if on else self.tr("Switch {0} off")
        self._document.apply(label.format(name), with_channel(self._document.project, channel, on=on))
